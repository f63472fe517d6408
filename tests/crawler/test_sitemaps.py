"""Sitemaps: lists, indexes, gzip, and what only claims to be one."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.inputs.sitemaps import SitemapFacts, read_sitemap

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
            SitemapFacts((), ("https://shop.test/a",), ("https://shop.test/a.png",)),
            id="image sitemap",
        ),
        pytest.param(
            b"<urlset><url><loc>/a</loc></url></urlset>", SitemapFacts((), ("https://shop.test/a",)), id="no namespace"
        ),
        pytest.param(
            gzip.compress(gzip.compress(urlset("/a"))), SitemapFacts((), ("https://shop.test/a",)), id="gzip, twice"
        ),
        pytest.param(
            b"\xef\xbb\xbfhttps://shop.test/a\r\n\r\nhttps://shop.test/b\n",
            SitemapFacts((), ("https://shop.test/a", "https://shop.test/b")),
            id="plain text",
        ),
        pytest.param(
            ('<?xml version="1.0" encoding="utf-16"?>' + urlset("/a").decode()).encode("utf-16"),
            SitemapFacts((), ("https://shop.test/a",)),
            id="UTF-16",
        ),
        pytest.param(
            b"<rss version='2.0'><channel><link>https://shop.test/</link><item><title>A</title><link>/a</link></item>"
            b"<item><link>/b</link></item></channel></rss>",
            SitemapFacts((), ("https://shop.test/a", "https://shop.test/b")),
            id="RSS",
        ),
        pytest.param(
            b"<feed xmlns='http://www.w3.org/2005/Atom'><link href='/'/><entry><link rel='edit' href='/edit'/>"
            b"<link href='/a'/></entry></feed>",
            SitemapFacts((), ("https://shop.test/a",)),
            id="Atom",
        ),
        pytest.param(
            f"<sitemapindex {XMLNS}><url><loc>/a</loc></url></sitemapindex>".encode(), SitemapFacts(), id="mixed up"
        ),
        pytest.param(urlset("/a")[:-20] + b"<loc>", SitemapFacts((), ("https://shop.test/a",)), id="cut short"),
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
        pytest.param(b"Not found: https://shop.test/a", id="text with an address"),
        pytest.param(gzip.compress(gzip.compress(gzip.compress(urlset("/a")))), id="gzip, three times"),
        pytest.param(gzip.compress(gzip.compress(b" " * 10_000_000)), id="gzip bomb in gzip"),
        pytest.param(b"\x1f\x8b", id="gzip without content"),
        pytest.param(b"\x1f\x8bgarbage", id="gzip garbage"),
        pytest.param(gzip.compress(urlset("/a"))[:-12], id="gzip cut short"),
        pytest.param(gzip.compress(b" " * 10_000_000), id="gzip bomb"),
        pytest.param(urlset(*["/a"] * 10_000), id="too large"),
    ],
)
def test_no_sitemap(body: bytes) -> None:
    assert read_sitemap(URL, body, LIMIT) is None


@pytest.mark.computes(60)
def test_entities_are_not_expanded() -> None:
    found = read_sitemap(URL, ENTITY_BOMB, LIMIT)
    assert found is None or all(len(page) < 1000 for page in found.pages)


def test_no_tree_is_kept() -> None:
    """A million elements: as a tree they take some 200 MB."""
    script = (
        "from memory import peak_kib\n"
        "from crawler.inputs.sitemaps import read_sitemap\n"
        "body = b'<urlset>' + b'<url a=\"b\"/>' * 1_000_000 + b'<url><loc>/a</loc></url></urlset>'\n"
        "before = peak_kib()\n"
        "found = read_sitemap('https://shop.test/', body)\n"
        "print(found.pages[0], peak_kib() - before)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert answer[0] == "https://shop.test/a"
    assert int(answer[1]) < 50_000  # KiB


@settings(deadline=None)
@given(st.binary() | st.binary().map(gzip.compress) | st.binary().map(lambda tail: urlset("/a")[:60] + tail))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    found = read_sitemap(URL, body, LIMIT)
    assert found is None or isinstance(found, SitemapFacts)
