"""The HTML report: a frozen view for each part, laid out by a template."""
