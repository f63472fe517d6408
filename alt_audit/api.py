"""For other programs: what the commands do, as functions. Everything here is typed, and stays as it is.

Each takes `settings`, as `load_settings` reads them: a YAML file, variables, and sections as keyword arguments. Errors
are `core.errors.AltAuditError`, with a message for people.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Literal

from alt_audit.check.page import CheckedPage
from alt_audit.check.page import check as _check
from alt_audit.config import Settings, load_settings
from alt_audit.jobs.sites import chosen_site
from reports.row import Row, RowStatus
from reports.rows import asked_for, ignoring, rows_of_images
from store.engine import reading, writing
from store.migrate import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from suggestions.run import SuggestSummary

__all__ = ["CheckedPage", "Row", "RowStatus", "Settings", "audit", "decide", "load_settings", "rows", "suggest"]

Said = Literal["use", "keep", "reject", "decorative", "reopen"]


def audit(page: str, settings: Settings | None = None) -> CheckedPage:
    """Judge one page, a file or an http(s) address, without a store: `alt-audit check`.

    Must not be called from a running event loop. Raises AltAuditError where the page cannot be read.
    """
    settings = settings or load_settings()
    return _check(page, settings.crawl, settings.rules)


def suggest(site: str | None = None, settings: Settings | None = None) -> SuggestSummary:
    """Draft texts from what the store holds of a site, the last crawled one by default: `alt-audit suggest`."""
    from alt_audit.jobs.suggest import suggest as draft

    settings = settings or load_settings()
    return draft(settings, lambda _: None, site=chosen_site(settings, site))


def rows(
    site: str | None = None, status: RowStatus | Literal["all"] = "all", settings: Settings | None = None
) -> Iterator[Row]:
    """The rows of a site that ask for something, worst first, as the report has them. Close it when you stop early."""
    settings = settings or load_settings()
    chosen = chosen_site(settings, site)
    with opened(settings.database) as engine, reading(engine) as session:
        ignored = ignoring(session, chosen.id, settings.report)
        with closing(asked_for(session, chosen.id, ignored)) as found:
            yield from (row for row in found if status in {"all", row.status})


def decide(
    row: Row,
    say: Said,
    text: str = "",
    *,
    who: str,
    batch: str = "program",
    site: str | None = None,
    settings: Settings | None = None,
) -> str:
    """Write down what a person says of a row that they have seen, and return that in words.

    use takes `text`, or the row's draft where there is none; keep the text that stands there; decorative alt="". What
    is of one `batch` can be taken back with `alt-audit import --undo BATCH`.

    Raises DecisionClashError where something else was decided since the row was read, DecisionError for what cannot be.
    """
    from reports.review.desk import Say, Scope, decide_on

    settings = settings or load_settings()
    chosen = chosen_site(settings, site)
    with opened(settings.database) as engine, writing(engine) as session:
        image_id = row.key.image_id
        known = list(rows_of_images(session, chosen.id, [image_id])) if image_id is not None else [row]
        taken = text or row.suggested or ""
        return decide_on(session, chosen.id, known, row.id, Say(say), taken, Scope.HERE, row.seen, (who, batch)).said
