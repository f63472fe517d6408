"""Fine-tuning captioners of the transformers library on pictures and captions of one's own: `tune.py` is the start."""
