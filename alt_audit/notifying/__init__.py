"""Telling people what changed on their sites: what is said, and how it gets to them."""
