"""Files with which content systems take approved texts: a module of `systems` each, the rest shared."""
