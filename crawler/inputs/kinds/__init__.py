"""The kinds of files, a module each with its INPUT. They are imported for --help: what is heavy waits for `read`."""
