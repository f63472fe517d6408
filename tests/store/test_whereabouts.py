"""On which pages and sites a claimed image stands."""

from __future__ import annotations

from store.crawls import begin_crawl
from store.engine import writing
from store.pages import write_visits
from store.queue import claim
from store.sites import ensure_site
from store.whereabouts import NOWHERE, whereabouts
from tests.storefill import MISSING, occurrence, visit


def read(engine, site: str, pages: dict[str, list[str]]) -> None:
    """A crawl that found these images on these pages."""
    with writing(engine) as session:
        site_id = ensure_site(session, site).id
        crawl = begin_crawl(session, site_id, [f"http://{site}/"], fresh=True)
        visits = [
            visit(page, *((occurrence(name, image_url=name, fetch_url=name, key=name), MISSING) for name in images))
            for page, images in pages.items()
        ]
        write_visits(session, crawl.id, site_id, visits)


def claimed(engine) -> dict[str, tuple[set[str], set[str]]]:
    with writing(engine) as session:
        found = claim(session, "worker", 100, 0)
    return {image.url: (set(image.where.pages), set(image.where.hosts)) for image in found}


def test_one_page_of_each_site_that_shows_it(engine):
    read(
        engine,
        "a.test",
        {"a/1": ["http://x.test/a.png"], "a/2": ["http://x.test/a.png", "http://x.test/b.png"]},
    )
    read(engine, "b.test:81", {"b": ["http://x.test/b.png"]})
    assert claimed(engine) == {
        "http://x.test/a.png": ({"http://shop.test/a/1"}, {"a.test"}),
        "http://x.test/b.png": ({"http://shop.test/a/2", "http://shop.test/b"}, {"a.test", "b.test:81"}),
    }


def test_a_page_that_shows_it_no_more_is_not_named(engine):
    both = ["http://x.test/a.png", "http://x.test/b.png"]
    read(engine, "a.test", {"a/1": both, "a/2": both})
    read(engine, "a.test", {"a/1": both[:1], "a/2": both})
    assert {url: pages for url, (pages, _) in claimed(engine).items()} == {
        both[0]: {"http://shop.test/a/1"},
        both[1]: {"http://shop.test/a/2"},
    }


def test_of_what_stands_nowhere_nothing_is_known(engine):
    with writing(engine) as session:
        assert whereabouts(session, [4711]).get(4711, NOWHERE) == NOWHERE


def test_the_page_that_is_named_has_its_policy(engine):
    with writing(engine) as session:
        site_id = ensure_site(session, "a.test").id
        crawl = begin_crawl(session, site_id, ["http://a.test/"], fresh=True)
        names = {"a": "no-referrer", "b": None}
        shown = [
            (
                occurrence(
                    name,
                    image_url=f"http://x.test/{name}",
                    fetch_url=f"http://x.test/{name}",
                    key=name,
                    referrer=policy,
                ),
                MISSING,
            )
            for name, policy in names.items()
        ]
        write_visits(session, crawl.id, site_id, [visit("first", *shown), visit("second", shown[1])])
    with writing(engine) as session:
        found = {image.url: dict(image.where.policies) for image in claim(session, "worker", 100, 0)}
    assert found == {"http://x.test/a": {"http://shop.test/first": "no-referrer"}, "http://x.test/b": {}}
