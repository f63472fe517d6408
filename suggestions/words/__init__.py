"""Word lists and numbers of the composer."""
