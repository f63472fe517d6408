"""Reading a page: bytes to PageFacts. Pure; knows nothing of Scrapy or the store."""
