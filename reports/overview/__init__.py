"""All sites on one page."""
