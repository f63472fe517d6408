"""Pictures with captions, as files: what captioners are trained on and measured by.

`records` says what a dataset is, `read` reads one from COCO captions JSON and says what is wrong with it.
"""
