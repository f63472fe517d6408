"""How often the pictures of each host end how, on both databases."""

from __future__ import annotations

from sqlalchemy import select, update

from store.crawls import begin_crawl
from store.engine import writing
from store.failing_hosts import host_ends
from store.models import Image
from store.pages import write_visits
from store.sites import ensure_site
from tests.storefill import MISSING, occurrence, visit

ENDS = {
    "https://cdn.test/a.png": ("failed", "fetch", "http_403"),
    "https://cdn.test/b.png?u=http://x.test/": ("failed", "fetch", "http_403"),
    "https://cdn.test": ("failed", "decode", "html"),
    "https://cdn.test:8443/c.png": ("captioned", None, None),
    "http://[::1]:81/d.png": ("failed", "fetch", "timeout"),
    "http://shop.test/e.png": ("pending", None, None),
    "data:image/png;base64,x": ("failed", "decode", "damaged"),
}


def test_host_ends(engine):
    with writing(engine) as session:
        site_id = ensure_site(session, "shop.test").id
        crawl = begin_crawl(session, site_id, ["http://shop.test/"])
        shown = [(occurrence(url, image_url=url, fetch_url=url, key=url), MISSING) for url in ENDS]
        write_visits(session, crawl.id, site_id, [visit("", *shown)])
        for url, (state, stage, code) in ENDS.items():
            session.execute(update(Image).where(Image.url == url).values(state=state, stage=stage, code=code))
        assert session.scalars(select(Image.url)).all()
        found = host_ends(session, site_id)
        everywhere = host_ends(session, None)
        other = host_ends(session, ensure_site(session, "other.test").id)
    assert found.failed == {
        "fetch/http_403": {"cdn.test": 2}, "decode/html": {"cdn.test": 1}, "fetch/timeout": {"[::1]:81": 1}
    }  # fmt: skip
    assert found.ended == {"cdn.test": 3, "cdn.test:8443": 1, "[::1]:81": 1}
    assert everywhere == found
    assert (other.failed, other.ended) == ({}, {})
