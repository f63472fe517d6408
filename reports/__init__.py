"""The hand-over: the HTML report for people, the CSV files for editors and for importers."""
