"""Where pages lead, beside plain links: frames, drawings, neighbours, other languages."""

from __future__ import annotations

import pytest
from crawl_server import running
from crawls import crawl, fetched

from core.records import Occurrence, PageFacts
from crawler.page.parse import parse_page

URL = "https://shop.test/a/page.html"


def parse(markup: str) -> PageFacts:
    return parse_page(URL, markup.encode(), "text/html; charset=utf-8")


def only(markup: str) -> Occurrence:
    (occurrence,) = parse(markup).occurrences
    return occurrence


@pytest.mark.parametrize(
    "markup",
    [
        "<iframe src=/b></iframe>",
        "<iframe data-src=/b></iframe>",
        "<frameset><frame src=/b></frameset>",
        "<frameset><frameset><frame src=/b></frameset></frameset>",
        "<object data=/b type=text/html></object>",
        "<embed src=/b type='text/html; charset=utf-8'>",
        "<svg><a xlink:href=/b><path /></a></svg>",
        "<svg><a href=/b><path /></a></svg>",
        "<svg><a href=/b xlink:href=/old><path /></a></svg>",
        "<noscript><a href=/b>Page 2</a></noscript>",
        "<link rel=next href=/b>",
        "<link rel='Prev start' href=/b>",
        "<link rel=alternate hreflang=de href=/b>",
        "<link rel=alternate hreflang=de type=text/html href=/b>",
    ],
)
def test_a_link(markup: str) -> None:
    assert parse(markup).links == ("https://shop.test/b",)


@pytest.mark.parametrize(
    "markup",
    [
        "<iframe></iframe>",
        "<iframe src=about:blank></iframe>",
        "<iframe src='javascript:void 0'></iframe>",
        "<iframe src=/b.png></iframe>",
        "<object data=/b.svg></object>",
        "<embed src=/b type=application/pdf>",
        "<a xlink:href=/b>no drawing</a>",
        "<link rel=alternate type=application/rss+xml href=/b>",
        "<link rel=alternate hreflang=de type=application/rss+xml href=/b>",
        "<link rel='alternate stylesheet' href=/b>",
        "<link rel=prefetch href=/b>",
        "<link rel=amphtml href=/b>",
        "<template><iframe src=/b></iframe></template>",
    ],
)
def test_no_link(markup: str) -> None:
    assert parse(markup).links == ()


def test_amp_pages_are_told_of() -> None:
    assert parse("<link rel=amphtml href=/amp/page>").unfollowed == ("amphtml",)
    assert parse(f"<link rel=amphtml href={URL}>").unfollowed == ()


def test_a_link_in_a_drawing_is_the_link_of_what_is_in_it() -> None:
    markup = "<svg><a xlink:href=/b><foreignObject><img src=c></foreignObject></a></svg>"
    drawing, image = parse(markup).occurrences
    assert (drawing.interactive, image.interactive) == (None, "link")
    assert image.context.link_url == "https://shop.test/b"


@pytest.mark.parametrize("tag", ["iframe", "frame"])
def test_a_frame_that_shows_a_picture_is_a_place(tag: str) -> None:
    markup = f"<{tag} src=/plan.png title='Plan of the house'>"
    one = only(f"<frameset>{markup}</frameset>" if tag == "frame" else markup)
    assert (one.element, one.image_url, one.accessible_name) == (tag, "https://shop.test/plan.png", "Plan of the house")


def test_frames_are_read_and_amp_pages_counted(sqlite_url: str) -> None:
    start = b"<link rel=amphtml href=/amp><frameset><frame src=menu><frame src=//other.test/x></frameset>"
    with running() as server:
        server.answers["/"] = lambda handler: handler.reply(start)
        server.html("/menu", "/news")
        server.html("/news", images=("/n.png",))
        counts = crawl(f"{server.base}/", sqlite_url)["counts"]
    assert fetched(sqlite_url) == {"/", "/menu", "/news"}
    assert (counts["skipped/amphtml"], counts["skipped/offsite"]) == (1, 1)


CANONICAL = [
    ("<link rel=canonical href=/p/mug>", "https://shop.test/p/mug"),
    ("<link rel='nofollow CANONICAL' href='https://other.test/p'>", "https://other.test/p"),
    ("<link rel=canonical href='/a?b#c'>", "https://shop.test/a?b"),
    ("<link rel=canonical href=''><link rel=canonical>", None),
    ("<link rel=canonical href=/p/mug><link rel=canonical href=/p/mug>", "https://shop.test/p/mug"),
    ("<link rel=canonical href=/p/mug><link rel=canonical href=/>", None),
    ("<body><link rel=canonical href=/p/mug>", None),
    ("<link rel=canonical href='/a/page?x=1'>", None),
    ("<link rel=canonical href='javascript:0'><link rel=alternate href=/p/mug>", None),
    (f"<link rel=canonical href=/{'a' * 3000}>", None),
]


@pytest.mark.parametrize(("markup", "expected"), CANONICAL)
def test_canonical(markup: str, expected: str | None) -> None:
    facts = parse_page("https://shop.test/a/page?x=1", f"<title>T</title>{markup}".encode())
    assert facts.canonical == expected
    assert (expected in facts.links) == (expected is not None)


@pytest.mark.parametrize(
    ("header", "markup", "expected"),
    [
        ('<https://shop.test/p/mug>; rel="canonical"', "", "https://shop.test/p/mug"),
        ("</s.css>; rel=preload; as=style, </p/mug>; rel=canonical", "", "https://shop.test/p/mug"),
        ('</p/mug>; title="a"; REL="shortlink CANONICAL"', "", "https://shop.test/p/mug"),
        ("</p/mug>; rel=canonical", "<link rel=canonical href=/p/mug>", "https://shop.test/p/mug"),
        ("</p/cup>; rel=canonical", "<link rel=canonical href=/p/mug>", None),
        ("</p/cup>; rel=canonical, </p/mug>; rel=canonical", "", None),
        ("</p/mug>; rel=alternate", "", None),
        ("</p/mug>, <>; rel=canonical", "", None),
        ("/p/mug; rel=canonical", "", None),
        ("<" * 100_000, "", None),
    ],
)
def test_canonical_in_a_header(header: str, markup: str, expected: str | None) -> None:
    facts = parse_page("https://shop.test/a?b", f"<title>T</title>{markup}".encode(), link=header)
    assert facts.canonical == expected


def test_a_header_names_the_canonical_of_a_page(sqlite_url: str) -> None:
    with running() as server:
        server.html("/", "/p?a=1", "/p")
        for path in ("/p", "/p?a=1"):
            server.answers[path] = lambda handler: handler.reply(b"<title>P</title>", Link="</p>; rel=canonical")
        counts = crawl(f"{server.base}/", sqlite_url)["counts"]
    assert (counts["pages"], counts["canonicalised"]) == (3, 1)


@pytest.mark.parametrize(
    ("url", "canonical", "shown"),
    [
        ("http://shop.test/a", "https://www.shop.test/a", "https://www.shop.test/x.png?b=1"),
        ("https://www.shop.test/a", "https://www.shop.test/a", "https://www.shop.test/x.png?b=1"),
        ("https://www.shop.test/a", "https://shop.test/b", "https://shop.test/x.png?b=1"),
        ("https://www.shop.test/a", "https://other.test/a", None),
        ("https://www.shop.test/a", "https://blog.shop.test/a", None),
        ("https://www.shop.test/a", "", None),
    ],
)
def test_one_image_where_the_page_says_which_host_is_the_site(url: str, canonical: str, shown: str | None) -> None:
    sources = [f"{origin}shop.test/x.png?b=1" for origin in ("http://", "http://www.", "https://", "https://www.")]
    markup = f"<link rel=canonical href='{canonical}'>" + "".join(f"<img src={source}>" for source in sources)
    places = parse_page(url, markup.encode()).occurrences
    assert [place.image_url for place in places] == ([shown] * 4 if shown else sources)
    assert [place.address for place in places] == sources
    assert {place.picture for place in places} <= {shown, None}


def test_the_own_page_under_www_is_not_asked_for_once_more() -> None:
    facts = parse_page("http://shop.test/a", b"<link rel=canonical href='https://www.shop.test/a'>")
    assert facts.canonical == "https://www.shop.test/a"
    assert facts.links == ()
