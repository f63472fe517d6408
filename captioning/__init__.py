"""From the address of a picture to alt text: fetch, decode, caption, compose, and the worker that does so."""
