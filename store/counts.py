"""The counts of `alt-audit status` and of the reports. They add up when the caller reads them from one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ColumnElement, case, exists, func, literal_column, or_, select, true
from sqlalchemy.orm import aliased

from core.records import (
    NEEDS_TEXT,
    Classification,
    CrawlStatus,
    PageState,
    QueueState,
    Severity,
    Stage,
    SuggestionOrigin,
    SuggestionState,
)
from store.models import CAPTION, IN_PLACE, Analysis, Asset, Crawl, Finding, Image, Occurrence, Page, Suggestion
from store.variants import count_variants, is_counted, stands_once

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import InstrumentedAttribute, Session

Member = TypeVar("Member", bound=StrEnum)
SITEMAPS_UNREAD = "sitemaps_unread"  # in the figures of a crawl: sitemap -> code


@dataclass(frozen=True, slots=True)
class FailureTally:
    """How many images failed in one stage with one code."""

    stage: Stage
    code: str
    images: int

    @property
    def name(self) -> str:
        """`fetch/http_404`, as `status` and `caption --code` call it."""
        return f"{self.stage}/{self.code}"


@dataclass(frozen=True, slots=True)
class Drafts:
    """Texts of a machine that wait for a person: for places that stand now and need one, each (image, context) once."""

    to_check: int  # all of them
    doubtful: int  # of those: they ask for more than a nod


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of the whole store, or of one site.

    images = the sum of queue, and occurrences = the sum of classifications. Vanished occurrences and pages
    that could not be read are not counted; what stands on variants of one page is counted once.
    An image belongs to each site that shows or showed it.
    """

    pages: int  # that were read, without variants
    canonicalised: int  # pages that were read and are variants of others
    assets: int
    classifications: dict[Classification, int]  # occurrences; every member has a number
    queue: dict[QueueState, int]  # images; every member has a number
    failures: tuple[FailureTally, ...]  # by stage and code
    suggestions: dict[SuggestionState, int]  # every member has a number
    drafts: Drafts

    @property
    def occurrences(self) -> int:
        """Places where an image stands now."""
        return sum(self.classifications.values())

    @property
    def images(self) -> int:
        """Canonical image URLs."""
        return sum(self.queue.values())

    def as_json(self) -> dict[str, Any]:
        """The JSON of `status --format json`."""
        return {
            "pages": self.pages,
            "canonicalised": self.canonicalised,
            "occurrences": self.occurrences,
            "images": self.images,
            "assets": self.assets,
            "classifications": dict(self.classifications),
            "queue": dict(self.queue),
            "failures": {tally.name: tally.images for tally in self.failures},
            "suggestions": dict(self.suggestions),
            "drafts": {"to_check": self.drafts.to_check, "doubtful": self.drafts.doubtful},
        }


def counts(session: Session, site_id: int | None = None) -> Counts:
    """Count the whole store, or one site."""
    images = on_site(Image.id, site_id)
    # A picture is worth counting whether or not it still stands somewhere, as long as it was looked at.
    assets = true() if site_id is None else Asset.id.in_(select(Image.asset_id).where(images))
    own = true() if site_id is None else Suggestion.site_id == site_id
    failures = session.execute(
        select(Image.stage, Image.code, func.count().label("images"))
        .where(Image.state == QueueState.FAILED, images)
        .group_by(Image.stage, Image.code)
        .order_by(Image.stage, Image.code)
    )
    return Counts(
        pages=_count(session, Page, is_counted(), _of(site_id)),
        canonicalised=count_variants(session, site_id),
        assets=_count(session, Asset, assets),
        classifications=_tally(session, Classification, Occurrence.classification, current_on(site_id)),
        queue=_tally(session, QueueState, Image.state, images),
        failures=tuple(FailureTally(Stage(row.stage), row.code, row.images) for row in failures),
        suggestions=_tally(session, SuggestionState, Suggestion.state, own),
        drafts=_drafts(session, own),
    )


def _drafts(session: Session, own: ColumnElement[bool]) -> Drafts:
    rows = session.execute(
        select(Suggestion.needs_human, func.count().label("number"))
        .where(own, *_to_check())
        .group_by(Suggestion.needs_human)
    )
    numbers = {bool(row.needs_human): row.number for row in rows}
    return Drafts(sum(numbers.values()), numbers.get(True, 0))


def drafts_by_site(session: Session) -> dict[int, int]:
    """`Drafts.to_check` of each site that has any, by its id."""
    number = func.count().label("number")
    rows = session.execute(select(Suggestion.site_id, number).where(*_to_check()).group_by(Suggestion.site_id))
    return {row.site_id: row.number for row in rows}


def _to_check() -> tuple[ColumnElement[bool], ...]:
    wanted = exists().where(
        Occurrence.image_id == Suggestion.image_id,
        Occurrence.context_key == Suggestion.context_key,
        Occurrence.classification.in_(NEEDS_TEXT),
        Occurrence.page_id == Page.id,
        Page.site_id == Suggestion.site_id,
        current_on(None),
    )
    return (
        Suggestion.state == SuggestionState.PENDING,
        Suggestion.origin == SuggestionOrigin.MODEL,
        Suggestion.text.is_not(None),
        wanted,
    )


def current_on(site_id: int | None, *, few: bool = False) -> ColumnElement[bool]:
    """Occurrences that stand on a page of the site now, on variants of a page once; None means any site.

    `few` are named otherwise, by their images for example: each looks its page up. Without, a list of all pages of the
    site is made for each statement, or all that stands on them is read.
    """
    current = Occurrence.vanished_crawl_id.is_(None) & stands_once(few=few)
    if site_id is None:
        return current
    if few:
        page = aliased(Page)
        return current & exists().where(page.id == Occurrence.page_id, page.site_id == site_id)
    return current & Occurrence.page_id.in_(select(Page.id).where(Page.site_id == site_id))


def on_site(image_id: InstrumentedAttribute[int], site_id: int | None) -> ColumnElement[bool]:
    """Images that have, or had, an occurrence on a page of the site; None means any image."""
    if site_id is None:
        return true()
    pages = select(Page.id).where(Page.site_id == site_id)
    return image_id.in_(
        select(Occurrence.image_id).where(Occurrence.page_id.in_(pages), Occurrence.image_id.is_not(None))
    )


def _of(site_id: int | None) -> ColumnElement[bool]:
    return true() if site_id is None else Page.site_id == site_id


def _count(session: Session, table: type[Asset | Page], *where: Any) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*where)) or 0


def _tally(
    session: Session, members: type[Member], column: InstrumentedAttribute[str], *where: Any
) -> dict[Member, int]:
    """How many rows have each member in the column, zeros included, in the order of the enum."""
    rows = session.execute(select(column.label("value"), func.count().label("number")).where(*where).group_by(column))
    numbers = {row.value: row.number for row in rows}
    return {member: numbers.get(member, 0) for member in members}


def sitemaps_unread(session: Session, site_id: int | None = None) -> dict[str, str]:
    """Sitemaps that the latest crawl of the site, or of each site, did not read or not wholly, with the code why."""
    latest = select(func.max(Crawl.id)).group_by(Crawl.site_id)
    own = true() if site_id is None else Crawl.site_id == site_id
    stats = session.scalars(select(Crawl.stats).where(Crawl.id.in_(latest), own).order_by(Crawl.id.desc()))
    return {url: code for crawl in stats for url, code in crawl.get(SITEMAPS_UNREAD, {}).items()}


@dataclass(frozen=True, slots=True)
class CrawlFacts:
    """The latest crawl of a site."""

    started_at: datetime
    finished_at: datetime | None
    state: CrawlStatus
    stats: dict[str, Any]


def latest_crawl(session: Session, site_id: int) -> CrawlFacts | None:
    """The newest crawl of the site; None when it was never crawled."""
    row = session.execute(
        select(Crawl.started_at, Crawl.finished_at, Crawl.state, Crawl.stats)
        .where(Crawl.site_id == site_id)
        .order_by(Crawl.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return CrawlFacts(row.started_at, row.finished_at, CrawlStatus(row.state), row.stats)


@dataclass(frozen=True, slots=True)
class RuleTally:
    """How often a rule is broken on the site now."""

    rule: str
    severity: Severity
    occurrences: int
    images: int
    example: str  # the message that it gives most often


def rule_tallies(session: Session, site_id: int) -> list[RuleTally]:
    """Every rule that is broken, worst severity first, then the most often broken."""
    kind = (Finding.rule, Finding.severity)
    broken = select(*kind).join(Occurrence, Occurrence.id == Finding.occurrence_id).where(current_on(site_id))
    place = func.row_number().over(partition_by=kind, order_by=(func.count().desc(), Finding.message)).label("place")
    messages = broken.add_columns(Finding.message, place).group_by(*kind, Finding.message).subquery()
    occurrences = func.count().label("occurrences")
    tallies = broken.add_columns(occurrences, func.count(Occurrence.image_id.distinct()).label("images"))
    tallied = tallies.group_by(*kind).subquery()
    rows = session.execute(
        select(tallied, messages.c.message.label("example"))
        .join(messages, (messages.c.rule == tallied.c.rule) & (messages.c.severity == tallied.c.severity))
        .where(messages.c.place == 1)
        .order_by(
            case({name: rank for rank, name in enumerate(Severity)}, value=tallied.c.severity),
            tallied.c.occurrences.desc(),
            tallied.c.rule,
        )
    )
    return [RuleTally(row.rule, Severity(row.severity), row.occurrences, row.images, row.example) for row in rows]


def images_shown(session: Session, site_id: int) -> int:
    """How many images stand on the site now."""
    return session.scalar(select(func.count(Occurrence.image_id.distinct())).where(current_on(site_id))) or 0


@dataclass(frozen=True, slots=True)
class CaptionSource:
    """A model that looked at pictures of the site."""

    model: str
    revision: str
    pictures: int
    abstained: int  # of these, without a caption


def caption_sources(session: Session, site_id: int) -> list[CaptionSource]:
    """The models whose captions the store holds for the site, the busiest first."""
    text, model, revision = (Analysis.data[name].as_string() for name in ("text", "model", "revision"))
    pictures = func.count(Analysis.asset_id.distinct()).label("pictures")
    silent = text.is_(None) & (Analysis.analyser == CAPTION)  # in a place, another answer may stand for one
    abstained = func.count(case((silent, Analysis.asset_id)).distinct()).label("abstained")
    rows = session.execute(
        select(model.label("model"), revision.label("revision"), pictures, abstained)
        .where(
            or_(Analysis.analyser == CAPTION, Analysis.analyser.startswith(IN_PLACE)),
            Analysis.revision.not_like("%\n%"),  # what a model is to say anew, it does not say
            Analysis.asset_id.in_(select(Image.asset_id).where(on_site(Image.id, site_id))),
        )
        .group_by(literal_column("1"), literal_column("2"))
        .order_by(pictures.desc(), literal_column("1"), literal_column("2"))
    )
    return [CaptionSource(row.model, row.revision, row.pictures, row.abstained) for row in rows]


def skip_tallies(session: Session, site_id: int) -> list[tuple[str, int]]:
    """(code, images) of the images that need no caption, the most frequent reason first."""
    number = func.count().label("number")
    rows = session.execute(
        select(Image.code, number)
        .where(Image.state == QueueState.SKIPPED, on_site(Image.id, site_id))
        .group_by(Image.code)
        .order_by(number.desc(), Image.code)
    )
    return [(row.code or "", row.number) for row in rows]


def page_tallies(session: Session, site_id: int) -> list[tuple[PageState, str | None, int]]:
    """(state, failure code, pages) of every page of the site, the most frequent first."""
    number = func.count().label("number")
    rows = session.execute(
        select(Page.state, Page.failure, number)
        .where(Page.site_id == site_id)
        .group_by(Page.state, Page.failure)
        .order_by(number.desc(), Page.state, Page.failure)
    )
    return [(PageState(row.state), row.failure, row.number) for row in rows]
