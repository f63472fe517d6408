"""How long a claim takes with very many images waiting, beside the statement that ordered all of them.

    python benchmarks/claim.py [--database postgresql://...] [--images 1000000]

Two sites share the queue, one of 40 images. A claim is of 16 images, and is rolled back. The database must be new.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, text

from store import queue
from store.engine import writing
from store.migrate import opened
from store.models import Crawl, Image, Occurrence, Page
from store.sites import ensure_site
from store.turns import line_up
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

SMALL, CLAIMED, REPEATS, CHUNK = 40, 16, 9, 10_000


def fill(engine: Engine, images: int) -> int:
    """Images of two sites that wait. Returns the id of the small site."""
    with writing(engine) as session:
        sites = [ensure_site(session, name).id for name in ("large.test", "small.test")]
        now = datetime.now(UTC)
        for id_, site_id in enumerate(sites, 1):
            session.add(Crawl(id=id_, site_id=site_id, seeds=[], state="finished", started_at=now, stats={}))
            session.flush()
            session.add(Page(id=id_, site_id=site_id, url=f"http://{id_}.test/", state="fetched", depth=0,
                             first_crawl_id=id_, last_crawl_id=id_))  # fmt: skip
    for start in range(1, images + 1, CHUNK):
        with writing(engine) as session:
            numbers = range(start, min(start + CHUNK, images + 1))
            pages = {n: 2 if n > images - SMALL else 1 for n in numbers}
            crawls = {n: {"first_crawl_id": page, "last_crawl_id": page} for n, page in pages.items()}
            session.execute(insert(session, Image), [
                {"id": n, "url": f"http://cdn.test/{n}.jpg", "fetch_url": "", "state": "pending"} | crawls[n]
                for n in numbers
            ])  # fmt: skip
            session.execute(insert(session, Occurrence), [
                {"id": n, "page_id": pages[n], "image_id": n, "key": str(n), "context_key": "k", "element": "img",
                 "selector": "", "html": "", "facts": {}, "context": {}, "classification": "missing"} | crawls[n]
                for n in numbers
            ])  # fmt: skip
    started = time.perf_counter()
    with writing(engine) as session:
        line_up(session)
    print(f"put {images:,} images in line: {time.perf_counter() - started:.1f} s")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return sites[1]


def all_ordered(session: Session) -> object:
    """How images were chosen before there were turns."""
    now = datetime.now(UTC)
    free = or_(Image.state == "pending", (Image.state == "leased") & (Image.lease_expires_at < now))
    chosen = select(Image.id).where(free).order_by(Image.strikes, Image.id).limit(CLAIMED)
    return session.execute(chosen.with_for_update(skip_locked=True)).all()


def seconds(engine: Engine, what: Callable[[Session], object]) -> float:
    took = []
    for _ in range(REPEATS):
        with writing(engine) as session:
            started = time.perf_counter()
            what(session)
            took.append(time.perf_counter() - started)
            session.rollback()
    return statistics.median(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database")
    parser.add_argument("--images", type=int, default=1_000_000)
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(arguments.database or f"sqlite:///{folder}/audit.db", create=True) as engine,
    ):
        small = fill(engine, arguments.images)
        before = seconds(engine, all_ordered)
        now = seconds(engine, lambda session: queue.claim(session, "w", CLAIMED, 60))
        one = seconds(engine, lambda session: queue.claim(session, "w", CLAIMED, 60, site_ids=[small]))
        with writing(engine) as session:
            first = queue.claim(session, "w", 4 * SMALL, 60)
            of_small = sum(image.id > arguments.images - SMALL for image in first)
    print(f"{engine.dialect.name}, {arguments.images:,} images waiting")
    print(f"  choose by ordering them all: {before * 1000:.1f} ms")
    print(f"  claim: {now * 1000:.1f} ms ({now / before:.3f} of it); for the small site alone: {one * 1000:.1f} ms")
    print(f"  of the first {4 * SMALL} claimed, {of_small} are of the small site, which came last")


if __name__ == "__main__":
    main()
