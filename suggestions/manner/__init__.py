"""How a site writes, from its own good texts."""
