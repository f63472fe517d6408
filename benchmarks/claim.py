"""How long a claim takes with very many images waiting, beside the statement that ordered all of them.

    python benchmarks/claim.py [--images 1000000] [--sites 2] [--postgres | --database postgresql://...]
    python benchmarks/claim.py --postgres --sites 200 --workers 8 --claims 200 --pause 0.1

The sites share the queue, one of them with 40 images. A claim is of 16 images, and is rolled back; those of
`--workers`, each a process, are kept, and are timed with their transactions. After each a worker ends the images, and
waits `--pause` seconds on average: for pictures, as it were. The database must be new.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import or_, select, text

from benchmarks.large_site import empty_database
from core.errors import ImageError
from core.records import Stage
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

GONE = ImageError(Stage.FETCH, "http_404", "The server has no such picture.")
SMALL, CLAIMED, REPEATS, CHUNK, PER_PAGE = 40, 16, 9, 10_000, 20


def fill(engine: Engine, images: int, sites: int) -> int:
    """Images of so many sites that wait, one of which has few. Returns the id of that one, the last."""
    now = datetime.now(UTC)
    with writing(engine) as session:
        ids = [ensure_site(session, f"{n}.test").id for n in range(sites)]
        for id_, site_id in enumerate(ids, 1):
            session.add(Crawl(id=id_, site_id=site_id, seeds=[], state="finished", started_at=now, stats={}))
    for start in range(0, images, CHUNK):
        numbers = range(start + 1, min(start + CHUNK, images) + 1)
        nth = {n: sites - 1 if n > images - SMALL else n // PER_PAGE % (sites - 1) for n in numbers}  # of the sites
        crawls = {n: {"first_crawl_id": nth[n] + 1, "last_crawl_id": nth[n] + 1} for n in numbers}
        pages = {n: 1 + n // PER_PAGE * 2 + (n > images - SMALL) for n in numbers}
        with writing(engine) as session:
            session.execute(insert(session, Page).on_conflict_do_nothing(), [
                {"id": page, "site_id": ids[nth[n]], "url": f"http://{nth[n]}.test/{page}", "state": "fetched",
                 "depth": 0} | crawls[n] for page, n in {pages[n]: n for n in numbers}.items()
            ])  # fmt: skip
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
    print(f"put {images:,} images of {sites} sites in line: {time.perf_counter() - started:.1f} s")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return ids[-1]


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


def claims(url: str, name: str, number: int, pause_s: float) -> list[float]:
    """Seconds of so many claims of a worker."""
    took = []
    rng = random.Random(name)  # noqa: S311 - no secret
    with opened(url) as engine:
        for _ in range(number + 1):
            time.sleep(rng.random() * 2 * pause_s)
            started = time.perf_counter()
            with writing(engine) as session:
                claimed = queue.claim(session, name, CLAIMED, 300)
            took.append(time.perf_counter() - started)
            assert len(claimed) == CLAIMED
            with writing(engine) as session:  # what is held stays as much as in a night
                queue.end(session, name, [queue.Ending(image.id, error=GONE) for image in claimed])
    return took[1:]  # the first one makes the statement and the connection


def of_workers(url: str, workers: int, number: int, pause_s: float) -> None:
    """Print how long claims take that workers make side by side."""
    with get_context("spawn").Pool(workers) as pool:
        works = [(url, f"worker-{n}", number, pause_s) for n in range(workers)]
        took = sorted(seconds for some in pool.starmap(claims, works) for seconds in some)
    at = {share: took[int(share * (len(took) - 1))] * 1000 for share in (0.5, 0.95, 1)}
    print(
        f"  {workers} workers, {number} claims each, {pause_s:g} s between two: median {at[0.5]:.1f} ms, "
        f"95 % within {at[0.95]:.1f} ms, longest {at[1]:.1f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database")
    parser.add_argument("--postgres", action="store_true", help="a Postgres server of its own")
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--sites", type=int, default=2)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--claims", type=int, default=200)
    parser.add_argument("--pause", type=float, nargs="+", default=[0.0])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = arguments.database or stack.enter_context(
            empty_database(Path(folder), "claims", postgres=arguments.postgres)
        )
        engine = stack.enter_context(opened(url, create=True))
        small = fill(engine, arguments.images, arguments.sites)
        before = seconds(engine, all_ordered)
        now = seconds(engine, lambda session: queue.claim(session, "w", CLAIMED, 60))
        one = seconds(engine, lambda session: queue.claim(session, "w", CLAIMED, 60, site_ids=[small]))
        with writing(engine) as session:
            first = queue.claim(session, "w", 2 * SMALL * arguments.sites, 60)
            of_small = sum(image.id > arguments.images - SMALL for image in first)
            session.rollback()
        print(f"{engine.dialect.name}, {arguments.images:,} images of {arguments.sites} sites waiting")
        print(f"  choose by ordering them all: {before * 1000:.1f} ms")
        print(f"  claim: {now * 1000:.1f} ms ({now / before:.3f} of it); for the small site alone: {one * 1000:.1f} ms")
        print(f"  of the first {len(first):,} claimed, {of_small} are of the small site, which came last", flush=True)
        for pause_s in arguments.pause if arguments.workers else ():
            of_workers(url, arguments.workers, arguments.claims, pause_s)


if __name__ == "__main__":
    main()
