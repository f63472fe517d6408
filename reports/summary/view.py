"""What the summary says: a value, of which both forms are made."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import Outcome
from core.text import counted, shorten
from reports.diff.folding import Kind
from reports.html.labels import CLASSIFICATION_LABELS
from reports.html.numbers import date, number
from reports.html.sections.headline import headline
from reports.row import RowStatus
from reports.summary.logo import logo_url
from reports.texts import Link, link
from reports.totals import ON_EVERY_PAGE
from store.fixes import fixes
from store.report import thumbnails

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.html.numbers import Breakdown
    from reports.html.sources import ReportSources
    from reports.report_options import ReportOptions
    from reports.row import Row

TEXT_CHARS = 110  # of a text on one sheet
ADDRESS_CHARS = 70


@dataclass(frozen=True, slots=True)
class Number:
    """A number and what it counts."""

    value: str
    what: str


@dataclass(frozen=True, slots=True)
class Thing:
    """Something to mend that many places share."""

    name: str
    verdict: str  # and the text that stands there
    where: str  # in how many places
    decided: str | None  # the text that a person decided on, where the site lacks it
    page: Link
    picture: str | None  # as a data: address


@dataclass(frozen=True, slots=True)
class Summary:
    """One sheet."""

    brand: str
    logo: str | None  # as a data: address
    title: str
    site: str
    crawled: str
    number: str  # of things to mend
    text: str
    places_text: str
    places: Breakdown
    since: str | None  # the crawl before; None: there was none
    changes: tuple[Number, ...]
    decided: tuple[Number, ...]
    things: tuple[Thing, ...]


def summary(sources: ReportSources, options: ReportOptions) -> Summary:
    """The sheet of a site."""
    said = headline(sources)
    return Summary(
        brand=options.brand,
        logo=logo_url(options.logo) if options.logo is not None else None,
        title=options.title or "Alternative texts of pictures",
        site=sources.site.name,
        crawled=date(sources.crawl.started_at),
        number=said.number,
        text=said.text,
        places_text=said.places_text,
        places=said.places,
        since=date(sources.changes.comparison.earlier.finished_at) if sources.changes is not None else None,
        changes=tuple(_changes(sources)),
        decided=tuple(_decided(sources)),
        things=tuple(_things(sources)),
    )


def _changes(sources: ReportSources) -> Iterator[Number]:
    if sources.changes is None:
        return
    tally = sources.changes.comparison.tally
    yield Number(number(tally.kinds[Kind.FIXED]), "mended")
    yield Number(number(tally.new_needing_text), "new, and in need of a text")
    yield Number(number(tally.kinds[Kind.REGRESSED]), "were fine, and need a text now")
    yield Number(number(tally.kinds[Kind.VANISHED]), "gone from the site")


def _decided(sources: ReportSources) -> Iterator[Number]:
    found = sources.read(fixes).together
    if not found.decided:
        return
    yield Number(number(found.decided), "decided")
    yield Number(number(found.outcomes[Outcome.LIVE]), "live on the site")
    yield Number(number(found.open), "not seen there yet")
    yield Number(number(found.outcomes[Outcome.REGRESSED] + found.outcomes[Outcome.CHANGED]), "gone or changed again")


def _things(sources: ReportSources) -> Iterator[Thing]:
    rows = [row for _, _, row in sources.totals.widest_to_mend.best()]
    digests = {row.digest for row in rows if row.digest is not None}
    pictures = {digest: webp for digest, webp in thumbnails(sources.session, digests) if webp}
    for row in rows:
        webp = pictures.get(row.digest) if row.digest is not None else None
        yield _thing(row, f"data:image/webp;base64,{base64.b64encode(webp).decode()}" if webp else None)


def _thing(row: Row, picture: str | None) -> Thing:
    text = f": “{shorten(row.alt, TEXT_CHARS)}”" if row.alt else ""
    template = ": part of a template, mended once" if any(one.rule == ON_EVERY_PAGE for one in row.findings) else ""
    decided = row.suggested if row.status is RowStatus.DECIDED and row.suggested != row.alt else None
    return Thing(
        name=shorten(row.name, ADDRESS_CHARS),
        verdict=CLASSIFICATION_LABELS[row.classification][0] + text,
        where=f"{counted(row.occurrences, 'place')} on {counted(row.pages, 'page')}{template}",
        decided=(shorten(decided, TEXT_CHARS) or 'alt=""') if decided is not None else None,
        page=link(row.first_page.url, shorten(row.first_page.url, ADDRESS_CHARS)),
        picture=picture,
    )
