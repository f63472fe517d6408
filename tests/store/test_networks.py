"""From which networks, not public, a claimed image may be fetched."""

from __future__ import annotations

from sqlalchemy import Engine

from store.crawls import begin_crawl, record_networks
from store.engine import writing
from store.pages import write_visits
from store.queue import claim
from store.sites import ensure_site
from tests.storefill import MISSING, occurrence, visit


def crawled(engine: Engine, site: str, networks: list[str] | None, *images: str) -> None:
    """A crawl of the site that found these images on its first page."""
    judged = [
        (occurrence(name, image_url=f"http://{name}", fetch_url=f"http://{name}", key=name), MISSING) for name in images
    ]
    with writing(engine) as session:
        crawl = begin_crawl(session, ensure_site(session, site).id, [f"http://{site}/"], fresh=True)
        if networks is not None:
            record_networks(session, crawl.id, networks)
        write_visits(session, crawl.id, ensure_site(session, site).id, [visit(site, *judged)])


def claimed(engine: Engine) -> dict[str, set[str]]:
    with writing(engine) as session:
        return {image.url.removeprefix("http://"): set(image.networks) for image in claim(session, "worker", 100, 0)}


def test_networks_go_by_the_sites_on_which_an_image_stands(engine):
    crawled(engine, "a.corp", ["10.0.0.0/8"], "a.png", "both.png", "shared.png")
    crawled(engine, "b.corp", ["192.168.0.0/16", "127.0.0.0/8"], "b.png", "both.png")
    crawled(engine, "public.test", [], "10.0.0.5/secret.png", "shared.png")
    crawled(engine, "unknown.test", None, "10.0.0.6/secret.png")
    assert claimed(engine) == {
        "a.png": {"10.0.0.0/8"},
        "b.png": {"192.168.0.0/16", "127.0.0.0/8"},
        "both.png": {"10.0.0.0/8", "192.168.0.0/16", "127.0.0.0/8"},
        "shared.png": {"10.0.0.0/8"},
        "10.0.0.5/secret.png": set(),
        "10.0.0.6/secret.png": set(),
    }


def test_the_last_crawl_of_a_site_that_knows_counts(engine):
    crawled(engine, "a.corp", ["10.0.0.0/8"], "a.png")
    assert claimed(engine) == {"a.png": {"10.0.0.0/8"}}
    crawled(engine, "a.corp", None, "a.png")  # which has only begun
    assert claimed(engine) == {"a.png": {"10.0.0.0/8"}}
    crawled(engine, "a.corp", [], "a.png")  # moved to a public address
    assert claimed(engine) == {"a.png": set()}
