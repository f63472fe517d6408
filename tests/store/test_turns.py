"""Claims are fair between sites: a large site starves no small one, in whatever order they came."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from core.errors import ImageError
from core.records import QueueState, Stage
from store import queue
from store.crawls import begin_crawl
from store.engine import reading, writing
from store.models import Image
from store.pages import write_visits
from store.sites import ensure_site
from tests.storefill import DECORATIVE, MISSING, OK, occurrence, visit


def crawled(engine, site: str, *names: str, judgement=MISSING, page: str = "") -> int:
    """A crawl that found these images on one page of the site. Returns the site's id."""
    judged = [(occurrence(name, key=name), judgement) for name in names]
    with writing(engine) as session:
        site_id = ensure_site(session, site).id
        crawl = begin_crawl(session, site_id, [f"http://{site}/"], fresh=True)
        write_visits(session, crawl.id, site_id, [replace(visit("", *judged), url=f"http://{site}/{page}")])
    return site_id


def many(site: str, number: int) -> list[str]:
    return [f"{site}-{n:04}.jpg" for n in range(number)]


def claimed(engine, limit: int, **options) -> list[str]:
    with writing(engine) as session:
        return [image.url.rpartition("/")[2] for image in queue.claim(session, "w", limit, 60, **options)]


@pytest.mark.parametrize("order", [("big", "small"), ("small", "big")], ids=" then ".join)
def test_a_large_site_starves_no_small_one_in_either_order(engine, order):
    sizes = {"big": 300, "small": 6}
    for site in order:
        crawled(engine, f"{site}.test", *many(site, sizes[site]))
    first = claimed(engine, 14)
    assert sum(name.startswith("small") for name in first) == 6  # all of them: the sites take turns
    assert sum(name.startswith("big") for name in first) == 8


def test_a_site_that_comes_later_begins_where_the_lines_are_now(engine):
    crawled(engine, "big.test", *many("big", 300))
    assert len(claimed(engine, 200)) == 200
    crawled(engine, "small.test", *many("small", 5))
    assert sum(name.startswith("small") for name in claimed(engine, 12)) == 5
    # What it was served before is not held against the big site: both begin anew once nothing waits.
    claimed(engine, 1000)
    crawled(engine, "small.test", *many("small2", 100), page="2")
    crawled(engine, "big.test", *many("big2", 5), page="2")
    assert sum(name.startswith("big2") for name in claimed(engine, 12)) == 5


def test_a_line_that_was_served_out_of_turn_is_not_put_back_behind_the_others(engine):
    big = crawled(engine, "big.test", *many("big", 200))
    crawled(engine, "slow.test", *many("slow", 3))
    assert len(claimed(engine, 200, site_ids=[big])) == 200
    crawled(engine, "slow.test", *many("slow2", 200), page="2")
    crawled(engine, "big.test", *many("big2", 5), page="2")
    assert sum(name.startswith("big2") for name in claimed(engine, 16)) == 5


def test_within_a_site_the_oldest_come_first(engine):
    names = many("a", 30)
    crawled(engine, "a.test", *names)
    crawled(engine, "b.test", *many("b", 30))
    assert [name for name in claimed(engine, 60) if name.startswith("a")] == names


def test_suspects_come_last_whatever_their_site(engine):
    crawled(engine, "big.test", *many("big", 20))
    crawled(engine, "small.test", *many("small", 2))
    with writing(engine) as session:
        suspect = Image.url.endswith("/small-0000.jpg")
        session.execute(update(Image).where(suspect).values(strikes=1))
    assert claimed(engine, 22)[-1] == "small-0000.jpg"


def test_one_site_alone_is_served_with_what_it_shares(engine):
    crawled(engine, "a.test", "shared.jpg", *many("a", 3))
    b = crawled(engine, "b.test", "shared.jpg", *many("b", 3))
    with reading(engine) as session:
        assert queue.waiting(session, [b]) == 4
        assert queue.waiting(session) == 7
    assert sorted(claimed(engine, 100, site_ids=[b])) == ["b-0000.jpg", "b-0001.jpg", "b-0002.jpg", "shared.jpg"]
    assert len(claimed(engine, 100)) == 3


def test_an_image_that_one_site_needs_and_another_does_not_is_served_to_the_one(engine):
    a = crawled(engine, "a.test", "shared.jpg", judgement=OK)
    b = crawled(engine, "b.test", "shared.jpg")
    assert claimed(engine, 10, site_ids=[a]) == []
    assert claimed(engine, 10, site_ids=[b]) == ["shared.jpg"]


def test_images_that_go_back_into_the_queue_stand_in_line_again(engine):
    a = crawled(engine, "a.test", *many("a", 50))
    with writing(engine) as session:
        images = queue.claim(session, "w", 50, 60)
        error = ImageError(Stage.FETCH, "http_500", "The server failed.")
        queue.end(session, "w", [queue.Ending(image.id, error=error) for image in images])
    crawled(engine, "b.test", *many("b", 4))
    with writing(engine) as session:
        assert queue.retry_failed(session, site_id=a + 1) == 0
        assert queue.retry_failed(session, site_id=a) == 50
    assert sum(name.startswith("b") for name in claimed(engine, 9)) == 4


def test_reconciling_a_site_leaves_the_others_alone(engine):
    a = crawled(engine, "a.test", "a.jpg", judgement=DECORATIVE)
    crawled(engine, "b.test", "b.jpg", judgement=DECORATIVE)
    with writing(engine) as session:
        session.execute(update(Image).values(state=QueueState.PENDING))
        queue.reconcile(session, site_id=a)
    with reading(engine) as session:
        states = {url.rpartition("/")[2]: state for url, state in session.execute(select(Image.url, Image.state))}
    assert states == {"a.jpg": "skipped", "b.jpg": "pending"}
