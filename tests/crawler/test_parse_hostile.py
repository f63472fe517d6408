"""Any bytes give facts and judgements, in bounded time, and nothing that a database refuses."""

from __future__ import annotations

import re
import time
from dataclasses import fields, is_dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory import peak_kib

from core.identity.context_key import context_key
from core.records import Classification
from crawler.page.images import MAX_IMAGES, MAX_NOSCRIPT_CHARS
from crawler.page.parse import parse_page
from rules.judge import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.records import PageFacts

pytestmark = pytest.mark.computes(60)

URL = "https://shop.test/page.html"
SITE = files("alt_audit.demo") / "site"
REAL_PAGES = [path.read_bytes() for path in sorted(Path(str(SITE)).rglob("*.html"))]
IMG = b"<img src=a.png>"


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))


def audit(body: bytes, content_type: str | None = None) -> PageFacts:
    """Parse and judge a page, and check that the result can be stored."""
    facts = parse_page(URL, body, content_type)
    for text in texts([facts, [judge(occurrence) for occurrence in facts.occurrences]]):
        assert "\0" not in text
        text.encode("utf-8")
    for occurrence in facts.occurrences:
        assert re.fullmatch("[0-9a-f]{16}-[a-z]{2,8}", context_key(occurrence))
    return facts


charsets = st.sampled_from(
    'utf-8 utf-16 utf-16le utf-32 utf-7 latin-1 gb18030 idna punycode base64 rot13 undefined zlib mbcs none " \0'.split(
        " "
    )
)
content_types = st.none() | st.text() | charsets.map(lambda name: f"text/html; charset={name}")
fragments = st.sampled_from(
    [
        *[b"<", b">", b"</", b"/>", b"<!--", b"-->", b"<![CDATA[", b"<?", b"'", b'"', b"=", b" ", b"9" * 5000],
        *[b"&", b"&#", b"&#xd800;", b"&#0;", b"&#x110000;", b"\0", b"\x1a", b"\x0b", b"\x85", b"\xff", b"\xff\xfe"],
        *[b"\xed\xa0\x80", b"\xef\xbb\xbf", b"data:", b"http://[", b"//", b"<img ", b"src=", b"alt=", b"srcset="],
        *[b"title=", b"style=", b"role=img ", b"id=a ", b"aria-labelledby=a ", b"<svg>", b"<title>", b"<noscript>"],
        *[b"</noscript>", b"<picture>", b"<source>", b"<wbr>", b"<base href=", b"<a href=x>", b"<button>", b"<h1>"],
        *[b"<figure>", b"<figcaption>", b"<template>", b"<frameset>", b"<input type=image ", b"<area href=x "],
        *[b"<object data=a.png ", b"<plaintext>", b"<meta charset=", b"<embed src=a.png ", b"<video poster=a.png>"],
        *[b"<style>", b"p{background:url(", b"</style>", b"data-bg=", b"data-src=", b"usemap=#a ", b"<map name=a>"],
        *[b"<svg><use href=", b"<image src=", b"<script>", b"</script>", b"<div>" * 3000, b"<template>"],
    ]
)


@settings(deadline=None)
@given(st.binary(), content_types)
def test_any_bytes(body: bytes, content_type: str | None) -> None:
    audit(body, content_type)


@settings(deadline=None, max_examples=300)
@given(st.lists(fragments, max_size=30).map(b"".join), content_types)
def test_any_heap_of_markup(body: bytes, content_type: str | None) -> None:
    audit(body, content_type)


@st.composite
def mutated_pages(draw: st.DrawFn) -> bytes:
    """A real page, cut, spliced and garbled in a few places."""
    page = bytearray(draw(st.sampled_from(REAL_PAGES)))
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, len(page)))
        end = min(len(page), start + draw(st.integers(0, 200)))
        garbled = draw(st.sampled_from(["replace", "swap", "repeat", "repeat an attribute"]))
        if garbled == "replace":
            page[start:end] = draw(st.binary(max_size=20) | fragments)
        elif garbled == "swap":
            page[start:end] = reversed(page[start:end])
        elif garbled == "repeat":
            page[start:end] *= draw(st.integers(2, 50))
        else:
            page[:] = page.replace(b" alt=", b" alt=x alt=")
    return bytes(page[: draw(st.integers(0, len(page)))]) if draw(st.booleans()) else bytes(page)


@settings(deadline=None, max_examples=200)
@given(mutated_pages(), content_types)
def test_real_pages_garbled(body: bytes, content_type: str | None) -> None:
    audit(body, content_type)


def entity_bomb() -> bytes:
    entities = b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(10))
    return b'<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa">' + entities + b"]><p>&k;</p><img src=a.png alt='&k;'>"


# What the page holds, and how many images an audit must find in it.
CORPUS = {
    "NUL bytes": (b"\0" * 100_000 + b"<i\0mg src=b><img src='a\0.png' alt='\0'>", 1),
    "a million characters of alt": (b"<img src=a alt='" + b"x" * 1_000_000 + b"'>", 1),
    "a million spaces of alt": (b"<img src=a alt='" + b" " * 1_000_000 + b"'>", 1),
    "a million digits of alt": (b"<img src=a alt='img " + b"1 " * 500_000 + b"x'>", 1),
    "a million characters of address": (b"<img src='/" + b"a" * 1_000_000 + b"'>", 1),
    "3 MB of data address": (b"<img src='data:image/png;base64," + b"a" * 3_000_000 + b"'>", 1),
    "5 MB of one open tag": (b"<img src=a alt='" + b"x" * 5_000_000, 0),
    "5 MB of one tag name": (b"<" + b"x" * 5_000_000, 0),
    "5 MB of white space in a tag": (b"<img" + b" " * 5_000_000, 0),
    "50 MB of one tag": (b"<img src=a alt='" + b"x" * 50_000_000 + b"'>", 1),
    "50 MB of white space in a tag": (b"<img" + b" " * 50_000_000 + b"src=a>", 1),
    "a million unknown entities": (b"&lol;" * 1_000_000 + IMG, 1),
    "entity bomb": (entity_bomb(), 1),
    "lone surrogates": ("<img src='\ud800' alt='\udfff'>".encode("utf-8", "surrogatepass"), 1),
    "references to no characters": (b"<img src='&#xd800;' alt='&#xdfff;&#0;&#x110000;&#1;&#99999999999;'>", 1),
    "broken UTF-8": (b"<meta charset=utf-8><img src=a alt='\xc3(\xa0\xa1\xe2\x28\xa1\xf0\x28\x8c\xbc'>", 1),
    "broken UTF-16": (b"\xff\xfe" + "<img src=a alt='".encode("utf-16-le") + b"\x00\xd8'\0>\0x", 1),
    "UTF-32": (b"\xff\xfe\0\0" + "<img src=a alt='ä'>".encode("utf-32-le"), 0),
    "srcset of 200,000 candidates": (b"<img src=a srcset='" + b"a 1w," * 200_000 + b"'>", 1),
    "srcset of a million commas": (b"<img src=a srcset='" + b"," * 1_000_000 + b"'>", 1),
    "srcset that opens a million parentheses": (b"<img src=a srcset='a " + b"(" * 1_000_000 + b"'>", 1),
    "srcset of absurd numbers": (b"<img src=a srcset='a " + b"9" * 10_000 + b"w, b 1e999x, c -0x'>", 1),
    "style without end": (b"<img src=a style='" + b"width:" * 200_000 + b"display" + b" " * 200_000 + b"'>", 1),
    "size without end": (b"<img src=a width='" + b" " * 1_000_000 + b"x'>", 1),
    "10,000 images in a link": (b"<a href=x>" + IMG * 10_000 + b"</a>", 10_000),
    "20,000 images in a row": (b"<div>" + b"<img src=a id=same>" * 20_000 + b"</div>", 20_000),
    "an empty article of 50,000 parts": (
        b"<figure><div itemtype=schema.org/Product>" + b"<i></i>" * 50_000 + IMG * 2_000 + b"</div></figure>",
        2_000,
    ),
    "2,000 images named by an article": (
        b"<p id=x>" + b"word " * 100_000 + b"</p>" + b"<img src=a aria-labelledby='x x x'>" * 2_000,
        2_000,
    ),
    "an image named 100,000 times": (
        b"<p id=x>" + b"w " * 1_000 + b"</p><img src=a aria-labelledby='" + b"x " * 100_000 + b"'>",
        1,
    ),
    "a paragraph with 1,500 places to break": (b"<p>" + b"<wbr>a" * 1_500 + IMG, 1),
    "1,500 sources": (b"<picture>" + b"<source srcset=b>" * 1_500 + IMG + b"</picture>", 1),
    "an image within 1,000 links": (b"<span role=link>" * 1_000 + IMG, 1),
    "1,000 images within one another": ((b"<div role=img id=i aria-labelledby=i>" + IMG) * 1_000, 2_000),
    "100,000 captions of nothing": (b"<div>" + b"<p class=caption>a</p>" * 100_000 + b"</div>" + IMG, 1),
    "captions within one another": (b"<div class=caption><div class=image>" * 3_000 + b"a" * 100_000 + IMG, 1),
    "20,000 images with captions": ((b"<p class=caption>a</p>" + IMG) * 20_000, 20_000),
    "3,000 noscripts": (b"<noscript><img src=a></noscript>" * 3_000, 1),
    "a noscript of 20,000 escaped levels": (
        b"<p><noscript>" + b"&lt;div&gt;" * 20_000 + b"&lt;img src=a&gt;</noscript>",
        1,
    ),
    "addresses with a bracket": (b"<base href='http://['><img src='http://[' alt=x><a href='http://['>x</a>", 1),
    "Next.js within itself": (b"<img src='" + b"/_next/image?url=" * 5_000 + b"a.png'>", 1),
    "names that are none": (b"<img src=a \xff='1' :x=1 @y=2 xml:lang=de a:b:c=1><x:y role=img><-x role=img>", 2),
    "a whole page inside svg": (b"<svg><![CDATA[" + IMG + b"]]><foreignObject><body>" + IMG, 1),
    "control characters where text is moved": (
        b"<wbr>\x1a&#26;<i></i>\x0c<noscript>" + IMG + b"</noscript>\x0b\x0c&#1;",
        1,
    ),
    "a noscript of attributes that are none": (
        b"<noscript><img src=a.png <=1 \xff=2 a:b=3 ='\x0c' alt='\x0c\x1a&#1;'></noscript>",
        1,
    ),
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] * (" images " in name or name.startswith("50 MB")))
        for name in CORPUS
    ],
)
def test_hostile_page(name: str) -> None:  # the time is what `pytestmark` allows
    body, images = CORPUS[name]
    facts = audit(body)
    assert len([o for o in facts.occurrences if o.element != "svg"]) == images


@pytest.mark.parametrize(
    ("body", "images"),
    [
        pytest.param(b"<div>" * 100_000 + IMG, 1, id="divs"),
        pytest.param((b"<div>" + IMG) * 3_000, 3000, id="divs and images", marks=pytest.mark.slow),
        pytest.param((b"<figure>" + IMG) * 3_000, 3000, id="figures and images", marks=pytest.mark.slow),
        pytest.param((b"<a href=x>" + IMG) * 20_000, 20000, id="links and images", marks=pytest.mark.slow),
        pytest.param(b"<h1>a<b>" * 5_000 + IMG, 1, id="headings"),
        pytest.param(b"<table>" * 20_000 + IMG, 1, id="tables"),
        pytest.param(b"<svg role=img>" * 5_000 + b"<title>x</title>", 0, id="svg", marks=pytest.mark.slow),
        pytest.param(b"<noscript>" * 5_000 + IMG, None, id="noscripts"),
        pytest.param(b"<wbr>" * 50_000 + IMG, 1, id="empty elements"),
        pytest.param(b"<picture><source><img src=a>" * 5_000, 5000, id="pictures", marks=pytest.mark.slow),
        pytest.param(b"<ul><li>" * 50_000 + IMG, 1, id="lists"),
    ],
)
def test_nested_deeper_than_a_tree_can_be(body: bytes, images: int | None) -> None:
    """What lies deeper than 512 levels is moved up, as in browsers."""
    facts = audit(body + b"<p>The end<img src=end.png>")
    assert facts.occurrences[-1].image_url == "https://shop.test/end.png"
    if images is not None:
        assert len([o for o in facts.occurrences if o.element == "img"]) == images + 1


def test_deep_nesting_keeps_what_is_around_it() -> None:
    deep = b"<h1>Top</h1><a href=/x>" + b"<div>" * 5_000 + IMG + b"</div>" * 5_000 + b"</a><p id=p>" + IMG + b"</p>"
    facts = audit(deep)
    assert facts.cut == ()
    assert [o.interactive for o in facts.occurrences] == ["link", None]
    assert [o.context.heading for o in facts.occurrences] == ["Top", "Top"]
    assert facts.occurrences[1].selector == "#p > img"


def attributes(template: bytes, number: int) -> bytes:
    return b"<h1>Top</h1><img src=a alt=Fox " + b"".join(template % n for n in range(number)) + b"><p><img src=b></p>"


@pytest.mark.parametrize(
    "template", [b"a%d ", b"a%d=1 ", b"a%d='1'", b"a%d/", b"a%d='>' ", b'a%d=\n"\'>"', b"<a%d='<b>'\t"]
)
@pytest.mark.parametrize("number", [10_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_very_many_attributes(template: bytes, number: int) -> None:
    started = time.process_time()
    facts = audit(attributes(template, number))
    assert time.process_time() - started < 15
    assert facts.cut == ()
    assert [(o.src, o.alt) for o in facts.occurrences] == [("a", "Fox"), ("b", None)]
    assert facts.occurrences[1].context.heading == "Top"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<p>" + b"word " * 100_000 + b"<img src=a>", id="long text"),
        pytest.param(b"<script>" + b"if (a<b && c) 'x' / \"y\" " * 10_000 + b"</script><img src=a>", id="script"),
        pytest.param(b"<img src=a alt='" + b"word / " * 100_000 + b"'>", id="long alt"),
        pytest.param(b"<p title='a > b'>x</p>" * 1_000 + b"<img src=a>", id="many quoted brackets"),
        pytest.param(b"<div " + b"a=1 " * 10_000 + b"><img src=a></div>", id="one attribute, many times"),
    ],
)
def test_pages_that_only_look_as_if_they_had_many_attributes(body: bytes) -> None:
    facts = audit(body)
    assert (len(facts.occurrences), facts.cut) == (1, ())


def repeated(template: str, number: int) -> str:
    return "".join(template.replace("%", str(n)) for n in range(number))


# Each asks for gigabytes by the standard, which has formatting elements built again in each block that follows.
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(repeated("<font color=%><p>", 100_000), id="fonts"),
        pytest.param(repeated("<b id=%><i id=%><p>", 30_000), id="two kinds"),
        pytest.param("<div><b " + repeated("a% ", 100_000) + "></div>" + "<p>x" * 10_000, id="one of many attributes"),
        pytest.param("<div><a href=/x " + repeated("a% ", 3_000) + "></div>" + "<p>x" * 100_000, id="a link of many"),
    ],
)
def test_formatting_that_asks_for_gigabytes(body: str) -> None:
    """It is read as spans, and said."""
    before = peak_kib()
    facts = audit(f"<h1>Top</h1><a href=/y>y</a><p>{body}</p><section><img src=end.png alt=End></section>".encode())
    assert facts.cut == ("formatting",)
    assert [(o.alt, o.context.heading) for o in facts.occurrences] == [("End", "Top")]
    assert peak_kib() - before < 1_500 << 10


def test_formatting_of_a_page_full_of_icons_is_none_too_much() -> None:
    body = repeated("<p><i class='icon icon-%' role=img aria-label='Icon %'></i><b id=%>x</b><p>", 5_000)
    facts = audit(body.encode())
    assert (len(facts.occurrences), facts.cut, facts.occurrences[0].element) == (5_000, (), "i")


def test_time_grows_with_the_size_of_the_page() -> None:
    def seconds(images: int) -> float:
        body = b"<h1>All</h1>" + b"".join(b"<a href=/%d><img src=/%d.png></a>" % (n, n) for n in range(images))
        started = time.process_time()
        assert len(parse_page(URL, body).occurrences) == images
        return time.process_time() - started

    seconds(100)
    assert seconds(10_000) < 30 * seconds(1_000)


def test_a_long_alt_is_bounded_but_judged() -> None:
    (occurrence,) = audit(b"<img src=a alt='" + b"fox " * 250_000 + b"'>").occurrences
    assert occurrence.alt is not None
    assert len(occurrence.alt) == 2_000
    judgement = judge(occurrence)
    assert judgement.classification is Classification.SUSPICIOUS
    assert [finding.rule for finding in judgement.findings] == ["too-long", "keyword-stuffing"]


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param(b"<img src=%d.png>", id="images"),
        pytest.param(b"<p style='background:url(%d.png)'>", id="backgrounds"),
        pytest.param(b"<noscript><img src=%d.png></noscript>", id="noscript"),
    ],
)
@pytest.mark.parametrize("most", [250, pytest.param(MAX_IMAGES, marks=pytest.mark.slow)])
def test_a_page_with_more_images_than_are_read_says_so(
    markup: bytes, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.page.images.MAX_IMAGES", most)
    facts = parse_page(URL, b"".join(markup % number for number in range(most + 1)))
    assert facts.cut == ("images",)
    assert len(facts.occurrences) == most
    assert facts.occurrences[-1].src == f"{most - 1}.png"
    assert parse_page(URL, IMG * most).cut == ()


def test_a_noscript_with_more_escaped_markup_than_is_read_says_so() -> None:
    escaped = b"&lt;img src=a.png>" + b" " * MAX_NOSCRIPT_CHARS + b"&lt;img src=c.png>"
    facts = parse_page(URL, b"<p><noscript>" + escaped + b"</noscript><img src=b.png>")
    assert facts.cut == ("images",)
    assert {occurrence.src for occurrence in facts.occurrences} == {"a.png", "b.png"}
