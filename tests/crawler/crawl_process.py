"""One crawl in a process of its own, as Twisted asks: a JSON order on the command line, a JSON result on stdout."""

from __future__ import annotations

import dataclasses
import json
import sys

import store.engine

order = json.loads(sys.argv[1])
# Nobody waits half a minute for a test. Set here, for the reading process too.
store.engine.BUSY_TIMEOUT_S = order["busy_timeout_s"]
if order["names"]:
    from tests.names import Names

    Names(order["names"]).install()


def main() -> None:
    """Run the crawl that the first argument describes."""
    # Not above, since the reading process imports this module as well, and has no need of Scrapy.
    from memory import peak_kib

    from core.errors import AltAuditError
    from crawler.crawl_options import CrawlOptions
    from crawler.run import crawl_site

    if order["names"]:
        from scrapy.settings import default_settings

        default_settings.DNSCACHE_ENABLED = False  # so that each connection asks anew
    told: list[tuple[int, int]] = []
    try:
        summary = crawl_site(
            order["seeds"],
            order["database"],
            CrawlOptions(**order["options"]),
            fresh=order["fresh"],
            listed=order["listed"],
            site=order["site"],
            progress=lambda read, known: told.append((read, known)),
        )
    except AltAuditError as error:
        result = {"error": type(error).__name__, "message": str(error)}
    else:
        result = {**dataclasses.asdict(summary), "told": told, "peak_kib": peak_kib()}
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
