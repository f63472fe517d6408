"""pages.csv: every page that a crawl met, with what its images need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.files.csv_writer import CsvWriter
from store.report import CLASSIFICATIONS
from store.site_pages import SitePage

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.records import Classification


def _places(verdict: Classification) -> Callable[[SitePage], str]:
    return lambda page: str(page.classifications[verdict])


WRITERS = (
    CsvWriter(
        record=SitePage,
        name="pages",
        title="Every page",
        help="Every page with its title, what became of it, its image places by verdict, and the crawls that met it "
        "first and last. Places on a variant of another page are counted there; left_out are those that report.ignore "
        "takes from to_mend.",
        columns=(
            ("page_url", lambda page: page.url),
            ("title", lambda page: page.title or ""),
            ("state", lambda page: page.state),
            ("code", lambda page: page.failure or ""),
            ("http_status", lambda page: str(page.status or "")),
            ("language", lambda page: page.lang or ""),
            ("variant_of", lambda page: page.variant_of or ""),
            ("places", lambda page: str(page.places)),
            ("to_mend", lambda page: str(page.to_mend)),
            *((verdict, _places(verdict)) for verdict in CLASSIFICATIONS),
            ("visits", lambda page: "" if page.visits is None else str(page.visits)),
            ("first_crawl", lambda page: str(page.first_crawl)),
            ("first_seen", lambda page: page.first_seen.date().isoformat()),
            ("last_crawl", lambda page: str(page.last_crawl)),
            ("last_seen", lambda page: page.last_seen.date().isoformat()),
            ("left_out", lambda page: str(page.left_out)),
        ),
        extra=True,
    ),
)
