"""The settings of Scrapy, from our typed options.

Politeness is explicit: Scrapy's own defaults ignore robots.txt, do not wait, and accept bodies of 1 GiB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.settings.default_settings import EXTENSIONS_BASE

from crawler.downloader import HOSTS_AT_ONCE

if TYPE_CHECKING:
    from crawler.crawl_options import CrawlOptions

_UNUSED_EXTENSIONS = {
    "scrapy.extensions.telnet.TelnetConsole",
    "scrapy.extensions.remote_control.RemoteControl",
    "scrapy.extensions.throttle.AutoThrottle",  # ours takes its place
}


def scrapy_settings(options: CrawlOptions, database: str, *, fresh: bool = False) -> dict[str, Any]:
    """Everything a crawl needs to know, as Scrapy wants to be told."""
    middlewares: dict[str, int | None] = {
        "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
        "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
        "crawler.middlewares.traps.TrapMiddleware": 90,
        "crawler.middlewares.robots.RobotsMiddleware": 100,
        "crawler.middlewares.retry.RetryAfterMiddleware": 550,
        # It has to know the proxy, and stands before the retries.
        "crawler.middlewares.address_guard.GuardMiddleware": 900,
        "crawler.middlewares.certificates.CertificateMiddleware": 910,
        "crawler.middlewares.auth.AuthMiddleware": 1000,  # nearest to the network, after the cookies
    }
    if options.render:
        # Nearest to the spider: it sees what the others have unpacked and no longer want to fetch again.
        middlewares["crawler.middlewares.render.middleware.RenderMiddleware"] = 50
    return {
        "BOT_NAME": "alt-audit",
        "SPIDER_MODULES": ["crawler.spider"],
        "ALT_AUDIT_DATABASE": database,
        "ALT_AUDIT_FRESH": fresh,
        "USER_AGENT": options.user_agent,
        "ROBOTSTXT_OBEY": options.obey_robots,
        "DOWNLOADER": "crawler.downloader.HostDownloader",
        "CONCURRENT_REQUESTS": options.concurrency_per_host * HOSTS_AT_ONCE,
        "CONCURRENT_REQUESTS_PER_DOMAIN": options.concurrency_per_host,
        # Scrapy starts that many tasks for each response; a response gives one item, and the pipeline takes turns.
        "CONCURRENT_ITEMS": 1,
        "DOWNLOAD_DELAY": options.delay_s,
        "DOWNLOAD_DELAY_JITTER": 0,  # delay_s is what lies between two requests at least
        "AUTOTHROTTLE_ENABLED": options.throttle,
        "AUTOTHROTTLE_START_DELAY": options.delay_s,
        "AUTOTHROTTLE_MAX_DELAY": 30,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": options.concurrency_per_host,
        "DOWNLOAD_TIMEOUT": options.timeout_s,
        # The default one knows no IPv6. This one has no time-out of its own: DOWNLOAD_TIMEOUT counts the name, too.
        "TWISTED_DNS_RESOLVER": "scrapy.resolver.CachingHostnameResolver",
        "DOWNLOAD_VERIFY_CERTIFICATES": not options.insecure,
        "DOWNLOAD_MAXSIZE": options.max_page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "RETRY_TIMES": options.retries,
        "HTTPERROR_ALLOW_ALL": True,  # an error page is a page with a reason, not a gap
        "REDIRECT_ENABLED": False,  # the spider takes redirects as links
        "METAREFRESH_ENABLED": False,
        # Scrapy imports what EXTENSIONS or a setting of theirs switches off, which takes a third of a second.
        "EXTENSIONS_BASE": {name: order for name, order in EXTENSIONS_BASE.items() if name not in _UNUSED_EXTENSIONS},
        "EXTENSIONS": {"crawler.downloader.Throttle": 0},
        "URLLENGTH_LIMIT": 0,  # the scope counts what it leaves out
        "ITEM_PIPELINES": {"crawler.pipeline.StorePipeline": 100},
        "DOWNLOADER_MIDDLEWARES": middlewares,
        "ALT_AUDIT_RENDER": options.render,
        "ALT_AUDIT_RENDER_TIMEOUT_S": options.render_timeout_s,
        "LOG_LEVEL": "INFO",
    }
