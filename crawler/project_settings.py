"""The settings of `scrapy crawl site -a url=...`; scrapy.cfg names this module, and nothing else imports it."""

from __future__ import annotations

import os

from crawler.crawl_options import CrawlOptions
from crawler.settings import scrapy_settings

# Scrapy reads a module's names in capitals.
globals().update(scrapy_settings(CrawlOptions(), os.environ.get("ALT_AUDIT_DATABASE", "sqlite:///alt-audit.db")))
