"""What else a program says of a picture, beside its caption: one module or package each, listed in `registry`."""
