"""What speaks for a text: who else says so, the kind of the picture, what stands in it."""
