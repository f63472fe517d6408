"""Training captioners of the built-in family on pictures and captions of one's own: `train.py` puts it together."""
