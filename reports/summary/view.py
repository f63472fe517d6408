"""What the summary says: a value, of which both forms are made."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.records import Classification, Outcome
from core.text import shorten
from reports.diff.folding import Kind
from reports.html.sections.headline import headline
from reports.row import RowStatus
from reports.summary.logo import logo_url
from reports.summary.words import words_of
from reports.texts import Link, link
from reports.totals import ON_EVERY_PAGE
from store.counts import counts
from store.fixes import fixes
from store.report import thumbnails

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.html.numbers import Breakdown
    from reports.html.sources import ReportSources
    from reports.report_options import ReportOptions
    from reports.row import Row
    from reports.summary.words import Words

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
    """One sheet, in these words."""

    words: Words
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
    words = words_of(options.language)
    said = headline(sources, words)
    return Summary(
        words=words,
        brand=options.brand,
        logo=logo_url(options.logo) if options.logo is not None else None,
        title=options.title or words.say("title"),
        site=sources.site.name,
        crawled=words.date(sources.crawl.started_at),
        number=said.number,
        text=said.text,
        places_text=said.places_text,
        places=_in_words(said.places, sources, words),
        since=words.date(sources.changes.comparison.earlier.finished_at) if sources.changes is not None else None,
        changes=tuple(_changes(sources, words)),
        decided=tuple(_decided(sources, words)),
        things=tuple(_things(sources, words)),
    )


def _in_words(places: Breakdown, sources: ReportSources, words: Words) -> Breakdown:
    numbers = sources.read(counts).classifications
    verdicts = [Classification(bar.key) for bar in places.bars]
    bars = [
        replace(bar, label=_verdict(verdict, words), value=words.number(numbers[verdict]))
        for bar, verdict in zip(places.bars, verdicts, strict=True)
    ]
    return replace(places, bars=tuple(bars), total=words.number(sum(numbers.values())))


def _verdict(classification: Classification, words: Words) -> str:
    ignored = classification is Classification.IGNORED
    return words.say("ignored_verdict" if ignored else classification)


def _changes(sources: ReportSources, words: Words) -> Iterator[Number]:
    if sources.changes is None:
        return
    tally = sources.changes.comparison.tally
    for places, what in (
        (tally.kinds[Kind.FIXED], "fixed"),
        (tally.new_needing_text, "new"),
        (tally.kinds[Kind.REGRESSED], "regressed"),
        (tally.kinds[Kind.VANISHED], "vanished"),
    ):
        yield Number(words.number(places), words.say(what, places))


def _decided(sources: ReportSources, words: Words) -> Iterator[Number]:
    found = sources.read(fixes).together
    if not found.decided:
        return
    for texts, what in (
        (found.decided, "decided"),
        (found.outcomes[Outcome.LIVE], "live"),
        (found.open, "open"),
        (found.outcomes[Outcome.REGRESSED] + found.outcomes[Outcome.CHANGED], "gone"),
    ):
        yield Number(words.number(texts), words.say(what, texts))


def _things(sources: ReportSources, words: Words) -> Iterator[Thing]:
    rows = [row for _, _, row in sources.totals.widest_to_mend.best()]
    digests = {row.digest for row in rows if row.digest is not None}
    pictures = {digest: webp for digest, webp in thumbnails(sources.session, digests) if webp}
    for row in rows:
        webp = pictures.get(row.digest) if row.digest is not None else None
        yield _thing(row, words, f"data:image/webp;base64,{base64.b64encode(webp).decode()}" if webp else None)


def _thing(row: Row, words: Words, picture: str | None) -> Thing:
    text = f": “{shorten(row.alt, TEXT_CHARS)}”" if row.alt else ""
    template = words.say("template") if any(one.rule == ON_EVERY_PAGE for one in row.findings) else ""
    where = words.say("where", places=words.say("places", row.occurrences), pages=words.say("pages", row.pages))
    decided = row.suggested if row.status is RowStatus.DECIDED and row.suggested != row.alt else None
    return Thing(
        name=shorten(row.name, ADDRESS_CHARS),
        verdict=_verdict(row.classification, words) + text,
        where=f"{where}{template}",
        decided=(shorten(decided, TEXT_CHARS) or 'alt=""') if decided is not None else None,
        page=link(row.first_page.url, shorten(row.first_page.url, ADDRESS_CHARS)),
        picture=picture,
    )
