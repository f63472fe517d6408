"""Where URLs come from: lists, sitemaps, exports of other crawlers."""
