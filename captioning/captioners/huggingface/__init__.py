"""Captioners of the transformers library."""
