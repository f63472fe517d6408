"""From the address of a picture to a caption: fetch, decode, caption, and the worker that does so."""
