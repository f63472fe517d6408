"""Sitemaps: lists, indexes, gzip, and what only claims to be one."""

from __future__ import annotations

import gzip
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory import run_and_measure

from crawler.inputs.sitemaps import SitemapFacts, Trouble, read_sitemap

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
        pytest.param(urlset("data:,x", "mailto:a@b", "http://[", " "), SitemapFacts(no_addresses=4), id="no addresses"),
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
            f"<sitemapindex {XMLNS}><url><loc>/two.xml.gz</loc></url><url><loc>/a</loc></url></sitemapindex>".encode(),
            SitemapFacts(("https://shop.test/two.xml.gz",), ("https://shop.test/a",)),
            id="index of <url>",
        ),
        pytest.param(
            urlset("/sitemap-2.xml", "/prices.xml"),
            SitemapFacts(("https://shop.test/sitemap-2.xml",), ("https://shop.test/prices.xml",)),
            id="sitemaps as pages",
        ),
    ],
)
def test_sitemap(body: bytes, expected: SitemapFacts) -> None:
    assert read_sitemap(URL, body, LIMIT) == expected


A, B = "https://shop.test/a", "https://shop.test/b"


@pytest.mark.parametrize(
    ("body", "pages"),
    [
        pytest.param(
            urlset("/s?q=1&r=2&copy=3&lt=4", "/b"), ("https://shop.test/s?q=1&r=2&copy=3&lt=4", B), id="bare &"
        ),
        pytest.param(urlset("/s?q=1&amp;amp;r=2"), ("https://shop.test/s?q=1&r=2",), id="escaped twice"),
        pytest.param(urlset("<![CDATA[/s?q=1&r=2]]>"), ("https://shop.test/s?q=1&r=2",), id="CDATA"),
        pytest.param(urlset("/caf&eacute;"), ("https://shop.test/caf%C3%A9",), id="entity of HTML"),
        pytest.param(
            b"<urlset><url><i:image><i:loc>/a.png</i:loc></i:image><n:news>Tea &nbsp; < 3</n:news><loc>/a</loc></url>"
            b"<url><loc>/b</loc></url></urlset>",
            (A, B),
            id="unbound prefixes, a bare <",
        ),
        pytest.param(b"<S:URLSET xmlns:S='x'><S:Url><S:LOC>/a</S:LOC></S:Url></S:URLSET>", (A,), id="capitals"),
        pytest.param(
            b'<?xml version="1.0" encoding="UTF-16LE"?>' + urlset("/ä"),
            ("https://shop.test/%C3%A4",),
            id="UTF-8",
        ),
        pytest.param(
            b'<?xml version="1.0" encoding="utf-8"?>' + urlset("/a") + "<!--ä-->".encode("cp1252") + urlset("/b"),
            (A, B),
            id="windows-1252 in a comment",
        ),
        pytest.param(
            b'<?xml version="1.0" encoding="utf-8"?><urlset><url><loc>/\xe4/\xc3\xa4</loc></url></urlset>',
            ("https://shop.test/%C3%A4/%C3%A4",),
            id="two encodings",
        ),
        pytest.param(
            ('<?xml version="1.0" encoding="koi8-r"?>' + urlset("/я").decode()).encode("koi8-r"),
            ("https://shop.test/%D1%8F",),
            id="KOI8-R",
        ),
        pytest.param("\ufeff\ufeff\ufeff".encode() + urlset("/a"), (A,), id="three byte order marks"),
        pytest.param(("\ufeff\ufeff" + urlset("/a").decode()).encode("utf-16-be"), (A,), id="two marks, UTF-16"),
        pytest.param(urlset("/a").decode().encode("utf-16-be"), (A,), id="UTF-16 without a mark"),
        pytest.param(b" \r\n" * 2000 + urlset("/a"), (A,), id="blanks in front"),
        pytest.param(b"<p class=error>Deprecated: <i>x</i> & more</p>" + urlset("/a"), (A,), id="an error in front"),
        pytest.param(urlset("/a") + b'<?xml version="1.0"?><!DOCTYPE urlset>' + urlset("/b"), (A, B), id="two files"),
        pytest.param(
            b"<urlset><urlset><url><loc>/a</loc></url></urlset><url><loc>/b</loc></url></urlset>", (A, B), id="nested"
        ),
        pytest.param(urlset("/a") + b"</url></urlset>" + urlset("/b"), (A, B), id="closed twice"),
        pytest.param(b"<urlset><url><loc>/a</loc><url><loc>/b</loc></url></urlset>", (A, B), id="never closed"),
        pytest.param(b"<urlset><loc>/a</loc></urlset>", (A,), id="without <url>"),
        pytest.param(urlset("/a\x00\x08", "/b"), (A, B), id="control characters"),
        pytest.param(
            b"<urlset><url><loc>/a</loc><xhtml:link rel='alternate' hreflang='de' href='/b'/></url></urlset>",
            (A, B),
            id="other languages",
        ),
        pytest.param(urlset("shop.test/a", "www.shop.test/b"), (A, "https://www.shop.test/b"), id="no scheme"),
        pytest.param(b"# all pages\nhttps://shop.test/a\n\n", (A,), id="plain text with a comment"),
        pytest.param(
            gzip.compress(urlset("/a")[:-9]) + gzip.compress(b"<url><loc>/b</loc></url></urlset>") + b"\0" * 512,
            (A, B),
            id="gzip of two members, padded",
        ),
    ],
)
def test_as_generators_write_them(body: bytes, pages: tuple[str, ...]) -> None:
    found = read_sitemap(URL, body, LIMIT)
    assert found is not None
    assert (found.pages, found.trouble) == (pages, None)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (urlset("/a", "/b-and-more")[:-40], SitemapFacts(pages=(A,), trouble=Trouble.CUT_SHORT)),
        (b"https://shop.test/a\nhttps://shop.test/b\nnone", SitemapFacts(pages=(A, B), no_addresses=1)),
        (urlset(*["/a"] * 10_000), SitemapFacts(pages=(A,), trouble=Trouble.TOO_LARGE)),
        (gzip.compress(urlset(*["/a"] * 10_000), mtime=0), SitemapFacts(pages=(A,), trouble=Trouble.TOO_LARGE)),
        (gzip.compress(urlset("/a"), mtime=0)[:-8], SitemapFacts(pages=(A,), trouble=Trouble.CUT_SHORT)),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(body: bytes, expected: SitemapFacts) -> None:
    assert read_sitemap(URL, body, LIMIT) == expected


def test_an_address_is_not_asked_for_with_a_name_that_only_the_file_knows() -> None:
    body = b'<!DOCTYPE urlset [<!ENTITY home "https://shop.test">]>' + urlset("&home;/a", "/b")
    assert read_sitemap(URL, body) == SitemapFacts(pages=(B,), no_addresses=1)


def test_very_many_addresses_are_handed_over_in_parts() -> None:
    """As one tuple with the dict that it is made of, 100,000 of them would take 12 MB beside the file."""
    prepare = (
        "from pathlib import Path\n"
        "from crawler.inputs.sitemaps import sitemap_parts\n"
        "urls = b''.join(b'<url><loc>https://a.test/%d</loc></url>' % n for n in range(100_000))\n"
        "body = b'<urlset>' + urls + b'</urlset>'\n"
        "del urls\n"
        "Path('/proc/self/clear_refs').write_text('5')"  # the peak is what it is now
    )
    answer, kib = run_and_measure(prepare, "sum(len(part.pages) for part in sitemap_parts('https://a.test/', body))")
    assert answer == "100000"
    assert kib < 8_000


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
        pytest.param(gzip.compress(os.urandom(5000))[:-4000], id="gzip cut short"),
        pytest.param(b'{"urls": ["https://shop.test/a"]}', id="JSON"),
        pytest.param(b"<!DOCTYPE html><pre>&lt;urlset&gt;&lt;url&gt;</pre>", id="a page about sitemaps"),
        pytest.param(gzip.compress(b" " * 10_000_000), id="gzip bomb"),
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
    prepare = (
        "from crawler.inputs.sitemaps import read_sitemap\n"
        "body = b'<urlset>' + b'<url a=\"b\"/>' * 1_000_000 + b'<url><loc>/a</loc></url></urlset>'"
    )
    answer, kib = run_and_measure(prepare, "read_sitemap('https://shop.test/', body).pages[0]")
    assert answer == "https://shop.test/a"
    assert kib < 50_000


@settings(deadline=None)
@given(st.binary() | st.binary().map(gzip.compress) | st.binary().map(lambda tail: urlset("/a")[:60] + tail))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    found = read_sitemap(URL, body, LIMIT)
    assert found is None or isinstance(found, SitemapFacts)
