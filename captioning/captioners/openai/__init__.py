"""Captioners behind an OpenAI-compatible server."""
