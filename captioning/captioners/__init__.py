"""Captioning models behind one protocol, a small module each.

Importing this package costs nothing: torch and transformers are loaded only by the backend that needs them, once
`captioning.captioners.select.load_captioner` has chosen it.
"""
