"""A site in a store, as the crawl and the captioning worker would leave it, for the report's tests."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from core.records import Classification, Context, Finding, Judgement, PageFailed, Severity
from store import models
from store.captions import CaptionKey, NewCaption, save_captions
from store.crawls import finish_crawl
from store.engine import writing
from tests.storefill import DECORATIVE, MISSING, OK, SITE, SITE_ID, occurrence, store_visits, visit

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from core.records import Occurrence

EMPTY = Judgement(
    Classification.EMPTY, findings=(Finding("empty-in-link", Severity.ERROR, "Say where the link goes."),)
)
TOO_LONG = Judgement(Classification.SUSPICIOUS, findings=(Finding("too-long", Severity.WARNING, "Say it shorter."),))
REPEATS = Judgement(Classification.OK, findings=(Finding("repeats-text", Severity.REVIEW, "Said twice."),))
IGNORED = Judgement(Classification.IGNORED, reason="tracking pixel")
WEBP = b"RIFF....WEBP"


def linked(name: str, **changes: object) -> Occurrence:
    """The only content of a link to the front page."""
    context = Context(heading="Menu", link_url=f"http://{SITE}/")
    return occurrence(name, interactive="link", sole_content=True, context=context, **changes)


def small_site(engine: Engine) -> None:
    """Seven rows to act on: one of each kind that the report tells apart.

    | image        | places | alt     | suggestion                       |
    |--------------|--------|---------|----------------------------------|
    | missing.jpg  | 2      | missing | machine draft                    |
    | approved.jpg | 1      | missing | approved                         |
    | failed.jpg   | 1      | missing | none, its download failed        |
    | drawing      | 1      | missing | none, it has no address          |
    | logo.png     | 3      | empty   | written by a person              |
    | long.jpg     | 1      | text    | the model abstained              |
    | twice.jpg    | 1      | text    | none, it needs none              |
    """
    drawing = occurrence(
        "d", key="svg", element="svg", html="<svg/>", src=None, image_url=None, fetch_url=None, selector="svg"
    )
    crawl_id = store_visits(
        engine,
        visit(
            "",
            (linked("logo.png", alt=""), EMPTY),
            (occurrence("missing.jpg"), MISSING),
            (occurrence("good.jpg", alt="A cat"), OK),
            (occurrence("pixel.gif"), IGNORED),
            title="Home",
        ),
        visit(
            "about",
            (linked("logo.png", alt=""), EMPTY),
            (occurrence("missing.jpg"), MISSING),
            (occurrence("approved.jpg"), MISSING),
            (occurrence("line.png", alt=""), DECORATIVE),
            (drawing, MISSING),
            title="About",
        ),
        visit(
            "shop",
            (linked("logo.png", alt=""), EMPTY),
            (occurrence("long.jpg", alt="long " * 40), TOO_LONG),
            (occurrence("twice.jpg", alt="A dog"), REPEATS),
            (occurrence("failed.jpg"), MISSING),
            title="Shop",
        ),
        PageFailed(f"http://{SITE}/gone", 1, "http_404", 404),
        PageFailed(f"http://{SITE}/private", 1, "robots", skipped=True),
    )
    with writing(engine) as session:
        finish_crawl(session, crawl_id, state="finished", stats={"pages": 3, "skipped/robots": 1}, whole_site=True)
        crawl = session.get_one(models.Crawl, crawl_id)
        crawl.started_at = datetime(2026, 3, 5, 14, 5, tzinfo=UTC)
        crawl.finished_at = datetime(2026, 3, 5, 14, 6, tzinfo=UTC)
        caption(session, "missing.jpg", "a cat on a sofa", confidence=0.83)
        caption(session, "approved.jpg", "a red house", state="approved")
        caption(session, "logo.png", "Shop: home page", state="edited", origin="human", source="link")
        caption(session, "long.jpg", None)
        failed = image(session, "failed.jpg")
        failed.state, failed.stage, failed.code, failed.message = "failed", "fetch", "http_404", "HTTP 404"


def image(session: Session, name: str) -> models.Image:
    return session.scalars(select(models.Image).where(models.Image.url == f"http://{SITE}/{name}")).one()


def caption(
    session: Session,
    name: str,
    text: str | None,
    *,
    confidence: float | None = None,
    state: str = "pending",
    origin: str = "model",
    source: str = "caption",
    picture: str | None = None,
) -> None:
    """Let the model have looked at an image; `picture` names its bytes, by default its own."""
    now = datetime.now(UTC)
    digest = hashlib.sha256((picture or name).encode()).hexdigest()
    asset = session.scalars(select(models.Asset).where(models.Asset.sha256 == digest)).one_or_none()
    if asset is None:
        asset = models.Asset(
            sha256=digest, format="jpeg", width=1200, height=800, byte_size=9, warnings=["truncated"], thumbnail=WEBP,
            created_at=now,
        )  # fmt: skip
        session.add(asset)
        session.flush()
    key = CaptionKey("tiny", "r1", name, "en")
    caption = NewCaption(asset.id, text if origin == "model" else "something else", confidence)
    analysis = save_captions(session, key, [caption])[asset.id]
    found = image(session, name)
    found.state, found.asset_id = "captioned", asset.id
    keys = select(models.Occurrence.context_key).where(models.Occurrence.image_id == found.id)
    for key in sorted(set(session.scalars(keys))):
        session.add(
            models.Suggestion(
                site_id=SITE_ID, image_id=found.id, context_key=key, analysis_id=analysis.id, text=text, state=state,
                origin=origin, source=source if text is not None else "none", needs_human=text is None,
                created_at=now, updated_at=now,
            )
        )  # fmt: skip


def dog_by_builtin(session: Session, name: str, text: str) -> None:
    """Let the built-in captioner have said this of a dog that is at an address; what is proposed stays."""
    from captioning.captioners.builtin.files import read_model
    from captioning.thumbnails import shrink, thumbnail
    from tests.captioning.test_builtin import draw_dog

    asset = session.get_one(models.Asset, image(session, name).asset_id)
    asset.thumbnail = thumbnail(shrink(draw_dog()))
    said = session.scalars(select(models.Analysis).where(models.Analysis.asset_id == asset.id)).one()
    said.data = said.data | {"model": "builtin", "revision": read_model("builtin").revision, "text": text}


def many_rows(engine: Engine, rows: int, per_page: int = 100) -> None:
    """A site of `rows` images without alt, each in one place."""
    visits = [
        visit(f"p{start}", *((occurrence(f"i{n:05}.jpg"), MISSING) for n in range(start, min(start + per_page, rows))))
        for start in range(0, rows, per_page)
    ]
    store_visits(engine, *visits)
