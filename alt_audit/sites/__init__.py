"""The sites that are audited on time: what is planned for each, and when it is due."""
