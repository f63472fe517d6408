"""Sitemaps: lists, indexes, gzip, and what only claims to be one."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.sitemaps import SitemapFacts, read_sitemap

URL = "https://shop.test/maps/sitemap.xml"
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
LIMIT = 100_000


def urlset(*locations: str) -> bytes:
    return f"<urlset {XMLNS}>{''.join(f'<url><loc>{loc}</loc></url>' for loc in locations)}</urlset>".encode()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            urlset("https://shop.test/a", "https://shop.test/b?x=1&amp;y=2"),
            SitemapFacts((), ("https://shop.test/a", "https://shop.test/b?x=1&y=2")),
            id="pages",
        ),
        pytest.param(
            urlset(" /a\n", "b"), SitemapFacts((), ("https://shop.test/a", "https://shop.test/maps/b")), id="relative"
        ),
        pytest.param(urlset("data:,x", "mailto:a@b", "http://["), SitemapFacts((), ()), id="no addresses"),
        pytest.param(urlset(), SitemapFacts((), ()), id="no pages"),
        pytest.param(gzip.compress(urlset("/a")), SitemapFacts((), ("https://shop.test/a",)), id="gzip"),
        pytest.param(
            b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>' + urlset("/a"),
            SitemapFacts((), ("https://shop.test/a",)),
            id="byte order mark",
        ),
        pytest.param(
            f"<sitemapindex {XMLNS}><sitemap><loc>/one.xml.gz</loc></sitemap></sitemapindex>".encode(),
            SitemapFacts(("https://shop.test/one.xml.gz",), ()),
            id="index",
        ),
        pytest.param(
            b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/'
            b'sitemap-image/1.1"><url><loc>/a</loc><image:image><image:loc>/a.png</image:loc></image:image></url></urlset>',
            SitemapFacts((), ("https://shop.test/a",)),
            id="image sitemap: the page, not the picture",
        ),
        pytest.param(
            b"<urlset><url><loc>/a</loc></url></urlset>", SitemapFacts((), ("https://shop.test/a",)), id="no namespace"
        ),
    ],
)
def test_sitemap(body: bytes, expected: SitemapFacts) -> None:
    assert read_sitemap(URL, body, LIMIT) == expected


ENTITY_BOMB = (
    b'<!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(8))
    + b"]><urlset><url><loc>/&i;</loc></url></urlset>"
)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0\0\0", id="zeros"),
        pytest.param(b"<!DOCTYPE html><html><body>Not found</body></html>", id="a page"),
        pytest.param(b"<rss><channel/></rss>", id="feed"),
        pytest.param(b"\x1f\x8b", id="gzip without content"),
        pytest.param(b"\x1f\x8bgarbage", id="gzip garbage"),
        pytest.param(gzip.compress(urlset("/a"))[:-12], id="gzip cut short"),
        pytest.param(gzip.compress(b" " * 10_000_000), id="gzip bomb"),
        pytest.param(urlset(*["/a"] * 10_000), id="too large"),
    ],
)
def test_no_sitemap(body: bytes) -> None:
    assert read_sitemap(URL, body, LIMIT) is None


@pytest.mark.timeout(60)
def test_entities_are_not_expanded() -> None:
    found = read_sitemap(URL, ENTITY_BOMB, LIMIT)
    assert found is None or all(len(page) < 1000 for page in found.pages)


@settings(deadline=None)
@given(st.binary() | st.binary().map(gzip.compress) | st.binary().map(lambda tail: urlset("/a")[:60] + tail))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    found = read_sitemap(URL, body, LIMIT)
    assert found is None or isinstance(found, SitemapFacts)
