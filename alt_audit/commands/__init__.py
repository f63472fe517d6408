"""The commands, by what they are about. Each parses, calls one function and prints."""
