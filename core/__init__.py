"""The ground floor: records, errors, URL and text rules. Imports nothing of the project."""
