"""How good drafts are on a site: alt texts that people wrote are hidden, drafted, and compared. Pure."""
