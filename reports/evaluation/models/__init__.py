"""Captioning models side by side, for people and programs."""
