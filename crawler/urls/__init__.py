"""Which URLs belong to a crawl."""
