"""The crawl: a Scrapy project around two pure steps, parse (bytes -> facts) and judge (occurrence -> findings)."""
