"""A small website that people edit, and a store that follows it: crawled by the real parser, captioned by hand."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, func, select

from core.identity import image_schemes, image_sizes, urls
from core.records import DecisionState, Judgement, PageRead, QueueState
from crawler.page.parse import parse_page
from store import crawls, decisions, decisions_attach, pages, queue
from store.deciding import Choice, DecisionError, Seen, decide
from store.engine import reading, writing
from store.models import Asset, Image, Occurrence, Page, Suggestion
from store.sites import ensure_site
from store.upsert import insert
from tests.storefill import MISSING, OK


@dataclass(frozen=True)
class Picture:
    """One img on a page; `link` makes it the only content of a link."""

    src: str  # path with its query
    link: str | None = None
    figcaption: str | None = None
    product: str | None = None
    alt: str | None = None

    def html(self, origin: str) -> str:
        alt = f' alt="{html.escape(self.alt)}"' if self.alt is not None else ""
        markup = f'<img src="{html.escape(origin + self.src)}"{alt}>'
        if self.link is not None:
            markup = f'<a href="{html.escape(origin + self.link)}">{markup}</a>'
        if self.figcaption is not None:
            markup = f"<figure>{markup}<figcaption>{html.escape(self.figcaption)}</figcaption></figure>"
        if self.product is not None:
            markup = (
                f'<div itemscope itemtype="https://schema.org/Product"><b itemprop="name">{html.escape(self.product)}'
                f"</b>{markup}</div>"
            )
        return markup


@dataclass
class WebPage:
    """One page of the site."""

    pictures: list[Picture]
    lang: str | None = "en"


@dataclass
class World:
    """The site as its visitors see it now, and what the store made of it."""

    engine: Engine
    origin: str = "http://shop.test"
    pages: dict[str, WebPage] = field(default_factory=dict)
    content: dict[str, int] = field(default_factory=dict)  # path of an image -> which bytes are there
    variants_differ: bool = False  # another query, other bytes
    fetched: set[tuple[str, str]] = field(default_factory=set)  # (address, sha256) of all that was looked at

    def __post_init__(self) -> None:
        with writing(self.engine) as session:
            self.site_id = ensure_site(session, "shop.test").id

    def crawl(self, *, whole_site: bool = True) -> int:
        """Read every page. Returns the crawl's id."""
        with writing(self.engine) as session:
            crawl = crawls.begin_crawl(session, self.site_id, [self.origin + "/"], fresh=True)
            pages.write_visits(session, crawl.id, self.site_id, [self._visit(path) for path in sorted(self.pages)])
            crawls.finish_crawl(session, crawl.id, state="finished", stats={}, whole_site=whole_site)
        return crawl.id

    def _visit(self, path: str) -> PageRead:
        page = self.pages[path]
        lang = f' lang="{page.lang}"' if page.lang is not None else ""
        body = f"<html{lang}><body>{''.join(picture.html(self.origin) for picture in page.pictures)}"
        facts = parse_page(self.origin + path, body.encode())
        judgements = tuple(self._judge(occurrence.alt) for occurrence in facts.occurrences)
        return PageRead(self.origin + path, 0, facts, judgements, status=200)

    @staticmethod
    def _judge(alt: str | None) -> Judgement:
        return MISSING if alt is None else OK

    def sha256(self, address: str) -> str:
        """Of the bytes at an address."""
        path, query = urlsplit(address)[2:4]
        variant = query if self.variants_differ else ""
        return hashlib.sha256(f"{path} {variant} {self.content.get(path, 0)}".encode()).hexdigest()

    def caption(self) -> None:
        """Look at what waits: what the worker stores, with drafts that name the bytes."""
        with writing(self.engine) as session:
            claimed = queue.claim(session, "w", 1000, 60)
            endings = []
            for image in claimed:
                asset_id = self._asset(session, self.sha256(image.fetch_url))
                self._draft(session, image.id, self.sha256(image.fetch_url))
                endings.append(queue.Ending(image.id, asset_id, image.fetch_url))
                self.fetched.add((image.fetch_url, self.sha256(image.fetch_url)))
            queue.end(session, "w", endings)
            decisions_attach.attach_images(session, [image.id for image in claimed])

    def recaption(self) -> None:
        """Look at everything again."""
        with writing(self.engine) as session:
            queue.requeue_captioned(session)
        self.caption()

    @staticmethod
    def _asset(session, sha256: str) -> int:
        known = session.scalar(select(Asset.id).where(Asset.sha256 == sha256))
        if known is not None:
            return known
        asset = Asset(
            sha256=sha256, format="PNG", width=1, height=1, byte_size=1, phash=None, warnings=[], thumbnail=b"",
            created_at=datetime.now(UTC),
        )  # fmt: skip
        session.add(asset)
        session.flush()
        return asset.id

    def _draft(self, session, image_id: int, sha256: str) -> None:
        now = datetime.now(UTC)
        for key in session.scalars(
            select(Occurrence.context_key).where(
                Occurrence.image_id == image_id, Occurrence.vanished_crawl_id.is_(None)
            )
        ).unique():
            row = {
                "site_id": self.site_id, "image_id": image_id, "context_key": key, "language": key.partition("-")[2],
                "text": f"draft of {sha256[:8]}", "state": "pending", "origin": "model", "source": "caption",
                "needs_human": False, "created_at": now, "updated_at": now,
            }  # fmt: skip
            statement = insert(session, Suggestion)
            session.execute(
                statement.on_conflict_do_update(
                    index_elements=["site_id", "image_id", "context_key"],
                    set_={"text": statement.excluded.text},
                    where=(Suggestion.state == "pending") & (Suggestion.origin == "model"),
                ),
                [row],
            )

    def decide(self, suggestion_id: int, state: str, text: str | None = None, batch: str | None = None) -> int:
        """Decide as a person who sees what stands now. Returns the decision's id."""
        with writing(self.engine) as session:
            row = session.get_one(Suggestion, suggestion_id)
            seen = Seen(row.text, row.state)
            choice = Choice(row.image_id, row.context_key, DecisionState(state), text, seen)
            (made,) = decide(session, self.site_id, [choice], who="Ann", batch=batch)
        if isinstance(made, DecisionError):
            raise made
        return made

    def undo(self, decision_id: int | None = None, batch: str | None = None) -> None:
        """Take a decision or a batch back."""
        with writing(self.engine) as session:
            decisions.undo(session, self.site_id, who="Ben", decision_id=decision_id, batch=batch)

    def shown(self) -> list[tuple[str, str, str | None, str, bool]]:
        """(page path, image address, text, state, carried) of all that stands on the site, in order."""
        with reading(self.engine) as session:
            rows = session.execute(
                select(Page.url, Image.url, Suggestion.text, Suggestion.state, Suggestion.carried)
                .select_from(Occurrence)
                .join(Page, Page.id == Occurrence.page_id)
                .join(Image, Image.id == Occurrence.image_id)
                .outerjoin(
                    Suggestion,
                    (Suggestion.image_id == Occurrence.image_id)
                    & (Suggestion.context_key == Occurrence.context_key)
                    & (Suggestion.site_id == Page.site_id),
                )
                .where(Occurrence.vanished_crawl_id.is_(None))
                .order_by(Page.url, Occurrence.position)
            )
            return [(urlsplit(page).path, *rest) for page, *rest in rows]

    def suggestion_ids(self) -> list[int]:
        """Those of what stands on the site, in the order of `shown`, each once."""
        with reading(self.engine) as session:
            rows = session.scalars(
                select(Suggestion.id)
                .join(
                    Occurrence,
                    (Suggestion.image_id == Occurrence.image_id) & (Suggestion.context_key == Occurrence.context_key),
                )
                .join(Page, Page.id == Occurrence.page_id)
                .where(Occurrence.vanished_crawl_id.is_(None), Page.site_id == Suggestion.site_id)
                .order_by(Page.url, Occurrence.position)
            )
            return list(dict.fromkeys(rows))

    def reason(self, decision_id: int) -> str:
        """Why a decision is shown, or is not."""
        with reading(self.engine) as session:
            return decisions.explain(session, decision_id).reason

    def found_is_the_sum_of_states(self) -> None:
        """Every image is in one of the known states."""
        with reading(self.engine) as session:
            states = dict(session.execute(select(Image.state, func.count()).group_by(Image.state)).all())
            assert set(states) <= set(QueueState)
            assert sum(states.values()) == session.scalar(select(func.count()).select_from(Image))


Row = Mapping[str, Any]  # of the table of image schemes, as TOML gives it


@contextmanager
def scheme_table(rows: Sequence[Row]) -> Iterator[None]:
    """The table of image schemes with other rows, as another version of the program has it."""
    before = image_schemes.table
    _set_table(lambda: {"scheme": list(rows), "size": before()["size"]})
    try:
        yield
    finally:
        _set_table(before)


def _set_table(table: Callable[[], Row]) -> None:
    image_schemes.table = table
    image_schemes.image_schemes.cache_clear()
    image_schemes.image_sizes.cache_clear()
    image_sizes.sized.cache_clear()
    image_schemes._schemes_of.cache_clear()
    urls._canonical.cache_clear()


def rows_without(*names: str) -> tuple[Row, ...]:
    """The table that comes with the package, without some rows."""
    return tuple(row for row in image_schemes.table()["scheme"] if row["name"] not in names)


def row_that_drops(parameter: str) -> Row:
    """A row that takes one parameter out of every address."""
    return {"name": f"drops {parameter}", "drop": [parameter]}
