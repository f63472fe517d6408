"""An evaluation of drafts, for people and programs."""
