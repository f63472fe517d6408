"""Voices: models that speak a text, on this machine."""
