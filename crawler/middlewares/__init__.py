"""Scrapy's middlewares and what stands between it and the network."""
