"""From what a model said of a picture to a text in the language of its place."""
