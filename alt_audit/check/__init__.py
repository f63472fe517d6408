"""Judging single pages without a store: what `alt-audit check` does and prints."""
