"""Sheets that people and programs save: what whoever reads one needs."""
