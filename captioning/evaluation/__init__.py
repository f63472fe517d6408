"""Captioning models measured on pictures of which people have said something: `look` asks, `figures` compares."""
