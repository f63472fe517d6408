"""The tables. Texts that are missing are NULL, empty ones are ''; times are UTC; open sets are text.

States and severities are text columns rather than database enums, so that a new member needs no migration.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UTCDateTime(TypeDecorator[datetime]):
    """A point in time, always aware and in UTC. SQLite would hand back naive values."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: pass an aware one")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Declarative base; every constraint has a name, since unnamed ones cannot be altered on SQLite."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        str: Text(),
        bytes: LargeBinary(),
        float: Double(),  # as SQLAlchemy takes it from 2.1 on
        datetime: UTCDateTime(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
    }


Id = Annotated[int, mapped_column(primary_key=True)]


class Site(Base):
    """One website of one customer; owns its pages, crawls and suggestions."""

    __tablename__ = "sites"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[Id]
    name: Mapped[str]  # what people see and type: host[:port] of the first start URL
    hosts: Mapped[list[str]]  # host[:port]; a start URL there belongs to this site
    settings: Mapped[dict[str, Any]]
    last_turn: Mapped[int] = mapped_column(BigInteger, server_default="0")  # store.turns: given to its images so far
    created_at: Mapped[datetime]


class Crawl(Base):
    """One run over a site."""

    __tablename__ = "crawls"

    id: Mapped[Id]
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    seeds: Mapped[list[str]]
    state: Mapped[str]  # core.records.CrawlStatus
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    stats: Mapped[dict[str, Any]]  # counts of what was fetched and what was left out, by reason
    # CIDR notation; not public, but where its start URLs are, so images may be fetched from there. NULL: not known yet
    networks: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    # store.crawl_facts: what it came to and how it was run. NULL: not finished, or from before this was kept.
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class Run(Base):
    """One try to do all that is planned for a site: from its crawl to the message about it."""

    __tablename__ = "runs"
    __table_args__ = (Index(None, "site_id", "id"),)

    id: Mapped[Id]
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    due_at: Mapped[datetime]  # when it was to begin, or was asked for
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    state: Mapped[str]  # core.records.RunState
    step: Mapped[str]  # core.records.Step: the one that it is at, or ended in
    attempt: Mapped[int]  # 1, or one more than that of the run before, which was not done
    error: Mapped[str | None]
    crawl_id: Mapped[int | None] = mapped_column(ForeignKey("crawls.id"))  # that it read the site with, once whole
    counts: Mapped[dict[str, Any]]  # what the site was after the crawl: pages, images, places, needing_text
    warnings: Mapped[list[str]]  # what people should look at, though it went on


class Notice(Base):
    """What one destination of messages was told of one site."""

    __tablename__ = "notices"

    destination: Mapped[str] = mapped_column(primary_key=True)  # its name in the configuration; never its address
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))  # changes up to this run are dealt with
    crawl_id: Mapped[int | None] = mapped_column(ForeignKey("crawls.id"))  # that what comes is compared with
    told_at: Mapped[datetime | None]  # when it was last told of changes
    failing: Mapped[bool] = mapped_column(default=False)  # it knows that the runs fail
    tried_at: Mapped[datetime | None]  # a message could not be delivered, and this is why
    error: Mapped[str | None]


class Page(Base):
    """One URL that a crawl of its site met. A row in the frontier of a crawl has `queued_crawl_id` set."""

    __tablename__ = "pages"
    __table_args__ = (UniqueConstraint("site_id", "url"), Index(None, "site_id", "state"))

    id: Mapped[Id]
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    url: Mapped[str]
    state: Mapped[str]  # core.records.PageState
    failure: Mapped[str | None]  # code: http_404, timeout, robots, not_html, ...
    status: Mapped[int | None]  # HTTP status
    depth: Mapped[int]  # links from the start page
    title: Mapped[str | None]
    lang: Mapped[str | None]
    robots: Mapped[list[str]] = mapped_column(server_default="[]")  # what the page asks of crawlers
    etag: Mapped[str | None]  # validators of the last answer, for the next crawl's conditional request
    last_modified: Mapped[str | None]
    body_sha256: Mapped[str | None]
    reader: Mapped[str | None]  # what read the page: with another reader, an unchanged page is read again
    canonical: Mapped[str | None]  # the address that it names as its own, where that is another
    # The page that it is a variant of: the last one of its site that canonical leads to, and that was read.
    variant_of_id: Mapped[int | None] = mapped_column(ForeignKey("pages.id"))
    links: Mapped[bytes | None]  # zlib of the links on it, one a line: known without reading the page again
    fetched_at: Mapped[datetime | None]
    queued_crawl_id: Mapped[int | None] = mapped_column(ForeignKey("crawls.id"), index=True)
    first_crawl_id: Mapped[int] = mapped_column(ForeignKey("crawls.id"))
    last_crawl_id: Mapped[int] = mapped_column(ForeignKey("crawls.id"))  # the last that fetched or found it


class Asset(Base):
    """One distinct picture, by the sha256 of its bytes."""

    __tablename__ = "assets"
    __table_args__ = (UniqueConstraint("sha256"),)

    id: Mapped[Id]
    sha256: Mapped[str]
    format: Mapped[str]
    width: Mapped[int]  # pixels, upright
    height: Mapped[int]
    byte_size: Mapped[int]
    phash: Mapped[str | None] = mapped_column(
        index=True
    )  # pHash, 64 bits in hexadecimal; NULL: one shade, or not hashed
    warnings: Mapped[list[str]]  # codes, e.g. truncated
    thumbnail: Mapped[bytes]  # WebP for the report
    created_at: Mapped[datetime]


class Image(Base):
    """One canonical image URL, and its place in the captioning queue. Sites share it."""

    __tablename__ = "images"
    __table_args__ = (UniqueConstraint("url"), Index(None, "state", "strikes", "turn", "id"))

    id: Mapped[Id]
    url: Mapped[str]
    identity_version: Mapped[int] = mapped_column(SmallInteger, server_default="1")  # of the rules that made `url`
    fetch_url: Mapped[str]  # what a worker downloads: the largest useful candidate seen
    fetch_width: Mapped[int | None]  # pixels that the page promises for it
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("assets.id"), index=True)
    asset_url: Mapped[str | None]  # where the asset was fetched; NULL: not known
    state: Mapped[str]  # core.records.QueueState
    stage: Mapped[str | None]  # core.records.Stage of a failure
    code: Mapped[str | None]  # why failed or skipped
    message: Mapped[str | None]
    strikes: Mapped[int] = mapped_column(server_default="0")  # store.queue.mark_tried says what they mean
    turn: Mapped[int] = mapped_column(BigInteger, server_default="0")  # store.turns: its place in its site's line
    etag: Mapped[str | None]  # validators of the answer that the asset came with
    last_modified: Mapped[str | None]
    lease_owner: Mapped[str | None]
    lease_expires_at: Mapped[datetime | None]
    first_crawl_id: Mapped[int] = mapped_column(ForeignKey("crawls.id"))
    last_crawl_id: Mapped[int] = mapped_column(ForeignKey("crawls.id"))


class Occurrence(Base):
    """One place on one page where an image stands. Gone from the page: `vanished_crawl_id` is set."""

    __tablename__ = "occurrences"
    __table_args__ = (
        UniqueConstraint("page_id", "key"),
        Index(None, "image_id", "classification"),
        Index(None, "page_id", "position"),  # what stands beside a place
    )

    id: Mapped[Id]
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"))
    image_id: Mapped[int | None] = mapped_column(ForeignKey("images.id"))
    key: Mapped[str]
    position: Mapped[int] = mapped_column(server_default="0")  # among the occurrences of its page, from 0
    context_key: Mapped[str]
    context_version: Mapped[int] = mapped_column(SmallInteger, server_default="1")  # of the rules that made the key
    element: Mapped[str]
    selector: Mapped[str]
    html: Mapped[str]
    src: Mapped[str | None]
    alt: Mapped[str | None]
    accessible_name: Mapped[str | None]
    facts: Mapped[dict[str, Any]]  # what else the rules read: role, title, size, hidden, ...
    context: Mapped[dict[str, Any]]  # core.records.Context
    classification: Mapped[str]
    reason: Mapped[str | None]
    first_crawl_id: Mapped[int] = mapped_column(ForeignKey("crawls.id"))
    last_crawl_id: Mapped[int] = mapped_column(ForeignKey("crawls.id"))
    vanished_crawl_id: Mapped[int | None] = mapped_column(ForeignKey("crawls.id"))


class Change(Base):
    """What a crawl saw change in one occurrence since the crawl before. Its first sight of it is no change.

    A classification is NULL where the occurrence was not on the page.
    """

    __tablename__ = "changes"
    __table_args__ = (UniqueConstraint("occurrence_id", "crawl_id"),)

    id: Mapped[Id]
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id", ondelete="CASCADE"))
    crawl_id: Mapped[int] = mapped_column(ForeignKey("crawls.id"), index=True)
    alt_before: Mapped[str | None]
    alt_after: Mapped[str | None]
    classification_before: Mapped[str | None]
    classification_after: Mapped[str | None]


class Finding(Base):
    """A rule that an occurrence breaks."""

    __tablename__ = "findings"
    __table_args__ = (UniqueConstraint("occurrence_id", "rule"),)

    id: Mapped[Id]
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id", ondelete="CASCADE"))
    rule: Mapped[str]
    severity: Mapped[str]
    message: Mapped[str]


CAPTION = "caption"  # the analyser whose analyses are captions
TRANSLATION = "translation"  # the analyser whose analyses are captions in other languages
IN_PLACE = "caption@"  # and what a model said of a picture in a place, with the place's digest behind


class Analysis(Base):
    """What a program said of an asset. Captions are those of the analyser 'caption'; a NULL text is an abstention."""

    __tablename__ = "analyses"
    __table_args__ = (UniqueConstraint("asset_id", "analyser", "revision"),)

    id: Mapped[Id]
    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id"))
    analyser: Mapped[str]
    revision: Mapped[str]  # of the analyser: another one may say something else
    data: Mapped[dict[str, Any]]  # a caption: model, revision, prompt_version, language, text, confidence
    created_at: Mapped[datetime]  # when the analyser said it last


class Suggestion(Base):
    """The alt text that a site is proposed for an (image, context). A NULL text: there is nothing to propose."""

    __tablename__ = "suggestions"
    __table_args__ = (UniqueConstraint("site_id", "image_id", "context_key"),)

    id: Mapped[Id]
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"))
    context_key: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="und")  # of the places: a primary subtag
    analysis_id: Mapped[int | None] = mapped_column(ForeignKey("analyses.id"), index=True)  # the caption used
    text: Mapped[str | None]
    state: Mapped[str]  # core.records.SuggestionState
    origin: Mapped[str]  # core.records.SuggestionOrigin
    source: Mapped[str]  # core.records.SuggestionSource
    needs_human: Mapped[bool]
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"), index=True)  # that holds for it
    carried: Mapped[bool] = mapped_column(server_default=false())  # the decision was made on another place
    # What a machine proposes, while a decision holds.
    draft: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str | None]  # core.records.SuggestionReason: why no text, or why a person is needed
    confidence: Mapped[float | None]  # 0 to 1: of a caption, its captioner's; of a text of the page, that it will do
    witnesses: Mapped[list[str]] = mapped_column(server_default="[]")  # what else says it: core.records.Witness
    composer_version: Mapped[str | None]  # what made the draft; NULL: a version before these were kept
    inputs: Mapped[str | None]  # digest of what it was made from: places, caption, composer
    keywords: Mapped[list[str]] = mapped_column(server_default="[]")  # of the places, by a text model; unchecked
    keywords_inputs: Mapped[str | None]  # digest of what they were made from: model, text; NULL: none were asked for
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Decision(Base):
    """What a person decided, and on what: a row of the journal, which is never changed nor deleted."""

    __tablename__ = "decisions"
    __table_args__ = (UniqueConstraint("undoes_id"), Index(None, "site_id", "batch"))

    id: Mapped[Id]
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    page_url: Mapped[str]
    # Of the image as written on the page; canonical in rows from before the journal, and where it is that of a size.
    address: Mapped[str]
    asset_sha256: Mapped[str | None]
    role: Mapped[str]  # image, link or button
    language: Mapped[str]  # primary subtag
    context: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # as stored; NULL: not known
    context_key: Mapped[str]  # by the rules of context_version
    context_version: Mapped[int] = mapped_column(SmallInteger)
    text: Mapped[str | None]
    state: Mapped[str]  # core.records.DecisionState
    origin: Mapped[str]  # core.records.SuggestionOrigin: who wrote the text
    who: Mapped[str | None]  # NULL: before the journal was kept
    at: Mapped[datetime]
    batch: Mapped[str | None]
    before_text: Mapped[str | None]  # of the suggestion, with its state
    before_state: Mapped[str]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))  # the decision that held before
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))


class DecisionOutcome(Base):
    """What a crawl was the first to see of a decided text: until the next row of the decision it stays so."""

    __tablename__ = "decision_outcomes"
    __table_args__ = (UniqueConstraint("decision_id", "crawl_id"),)

    id: Mapped[Id]
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    crawl_id: Mapped[int] = mapped_column(ForeignKey("crawls.id"), index=True)
    outcome: Mapped[str]  # core.records.Outcome


class DecisionKey(Base):
    """What a decision was made on by the identities of today; made again when their rules change.

    But for the asset of a decision that was made before its picture was fetched: that is learnt once.
    """

    __tablename__ = "decision_keys"
    __table_args__ = (Index(None, "site_id", "decision_id"),)

    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    image_url: Mapped[str] = mapped_column(index=True)  # canonical
    context_key: Mapped[str]
    asset_sha256: Mapped[str | None] = mapped_column(index=True)


class Identity(Base):
    """By which rules the identities of one kind in this store are made: of images, or contexts."""

    __tablename__ = "identities"

    name: Mapped[str] = mapped_column(primary_key=True)
    rules: Mapped[str]  # what tells them from others: a digest, or a number
    version: Mapped[int] = mapped_column(SmallInteger)  # by which rows made by them are marked
    finished: Mapped[bool]  # no row is left that other rules made


class Attempt(Base):
    """One try of a worker at an image, and how it ended."""

    __tablename__ = "attempts"

    id: Mapped[Id]
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"), index=True)
    worker: Mapped[str]
    outcome: Mapped[str]  # captioned or failed
    stage: Mapped[str | None]
    code: Mapped[str | None]
    message: Mapped[str | None]
    ended_at: Mapped[datetime]
