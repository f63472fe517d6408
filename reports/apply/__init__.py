"""Putting decided texts into local files: HTML and Markdown, nothing changed but the texts."""
