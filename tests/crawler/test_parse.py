"""What the parser reads from a page: elements, sources, contexts, encodings, selectors and keys."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest

from core.records import Occurrence, PageFacts
from core.text import collapse
from crawler.page.document import Document
from crawler.page.dom import child_elements, next_element
from crawler.page.encoding import decode
from crawler.page.parse import parse_page

URL = "https://shop.test/a/page.html"
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


def parse(markup: str) -> PageFacts:
    return parse_page(URL, markup.encode(), "text/html; charset=utf-8")


def only(markup: str) -> Occurrence:
    (occurrence,) = parse(markup).occurrences
    return occurrence


# Elements


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param("<img src=a.png alt=Fox>", {"element": "img", "alt": "Fox", "accessible_name": "Fox"}, id="img"),
        pytest.param("<img src=a.png>", {"alt": None, "accessible_name": None}, id="img without alt"),
        pytest.param("<img src=a.png alt>", {"alt": "", "accessible_name": None}, id="img with empty alt"),
        pytest.param("<img src=a.png alt=' '>", {"alt": " ", "accessible_name": None}, id="img with blank alt"),
        pytest.param("<IMG SRC=a.png ALT=Fox>", {"element": "img", "alt": "Fox"}, id="capitals"),
        pytest.param(
            "<input type=IMAGE src=b.png alt=Go>", {"element": "input", "alt": "Go", "src": "b.png"}, id="input"
        ),
        pytest.param("<map><area href=x alt=Hall></map>", {"element": "area", "alt": "Hall", "src": None}, id="area"),
        pytest.param("<svg role=img><title>Cup</title></svg>", {"element": "svg", "accessible_name": "Cup"}, id="svg"),
        pytest.param("<svg><g><title>Deep</title></g></svg>", {"accessible_name": None}, id="svg, title of a part"),
        pytest.param("<svg title=Tip></svg>", {"accessible_name": "Tip"}, id="svg, title attribute"),
        pytest.param("<object type=image/png data=o.png></object>", {"element": "object", "src": "o.png"}, id="object"),
        pytest.param(
            "<object data=o.svg alt=x></object>", {"alt": None, "accessible_name": None}, id="object has no alt"
        ),
        pytest.param("<div role=img aria-label=Wall></div>", {"element": "div", "accessible_name": "Wall"}, id="role"),
        pytest.param("<div role='IMG' alt=x></div>", {"role": "img", "alt": None}, id="role in capitals"),
        pytest.param("<img src=a.png title=Tip>", {"title": "Tip", "accessible_name": "Tip"}, id="title names last"),
        pytest.param("<img src=a alt=Alt title=Tip>", {"accessible_name": "Alt"}, id="alt before title"),
        pytest.param("<img src=a alt=Alt aria-label=Label>", {"accessible_name": "Label"}, id="aria-label before alt"),
        pytest.param("<img src=a alt=Alt aria-label=' '>", {"accessible_name": "Alt"}, id="blank label falls through"),
        pytest.param(
            "<img src=a alt=Alt aria-labelledby='n m gone'><p hidden id=n>Two</p><p id=m>words</p>",
            {"accessible_name": "Two words"},
            id="labelledby, hidden and missing targets",
        ),
        pytest.param("<img id=i src=a alt=Alt aria-labelledby=i>", {"accessible_name": "Alt"}, id="labelledby itself"),
        pytest.param("<img src=a alt=Alt aria-labelledby=gone>", {"accessible_name": "Alt"}, id="labelledby nothing"),
        pytest.param("<img src=a width=10 height='20px'>", {"width": 10, "height": 20}, id="size"),
        pytest.param("<img src=a width='50%' height=auto>", {"width": None, "height": None}, id="size of no pixels"),
        pytest.param(
            "<img src=a width=9 style='width: 1px; height:2.5px'>", {"width": 1, "height": 2}, id="style wins"
        ),
        pytest.param("<img src=a role='none presentation'>", {"role": "none"}, id="role none"),
        pytest.param("<img src=a role=none tabindex=0>", {"role": None}, id="role none, focusable"),
        pytest.param("<img src=a role='none img' aria-label=x>", {"role": "img"}, id="role none, with aria"),
        pytest.param(
            "<img src=a role=presentation aria-hidden=false>", {"role": "presentation"}, id="aria-hidden no reason"
        ),
        pytest.param("<div aria-hidden=TRUE><p><img src=a></div>", {"hidden": "aria-hidden"}, id="aria-hidden around"),
        pytest.param("<div hidden><img src=a></div>", {"hidden": "hidden attribute"}, id="hidden around"),
        pytest.param("<div inert><img src=a></div>", {"hidden": "inert"}, id="inert around"),
        pytest.param("<img src=a style='x:y;DISPLAY : none'>", {"hidden": "hidden by style"}, id="display none"),
        pytest.param("<p style='visibility:hidden'><img src=a>", {"hidden": "hidden by style"}, id="visibility hidden"),
        pytest.param("<p aria-hidden=false style='display:nonesuch'><img src=a>", {"hidden": None}, id="shown"),
        pytest.param(
            "<p style='position:absolute;left:-999px'><img src=a>", {"hidden": None}, id="off-screen is shown"
        ),
    ],
)
def test_element(markup: str, expected: dict[str, Any]) -> None:
    occurrence = only(markup)
    assert {name: getattr(occurrence, name) for name in expected} == expected


@pytest.mark.parametrize(
    "markup",
    [
        "<input type=text src=a.png>",
        "<map><area alt=x></map>",
        "<object type=application/pdf data=a.png></object>",
        "<object type=text/html data=x></object>",
        "<div role=button></div>",
        "<script><img src=a></script>",
        "<template><img src=a></template>",
        "<style><img src=a></style>",
        "<!-- <img src=a> -->",
        "<textarea><img src=a></textarea>",
        "<noscript>No script</noscript>",
    ],
)
def test_no_image(markup: str) -> None:
    assert parse(markup).occurrences == ()


# Sources


@pytest.mark.parametrize(
    ("markup", "image", "fetch"),
    [
        pytest.param("<img src=b.png>", "a/b.png", "a/b.png", id="relative"),
        pytest.param("<base href=/c/><img src=b.png>", "c/b.png", "c/b.png", id="base"),
        pytest.param("<base href='data:x'><img src=b.png>", "a/b.png", "a/b.png", id="base that is none"),
        pytest.param(
            "<base target=x><base href=/c/><base href=/d/><img src=b.png>", "c/b.png", "c/b.png", id="first base"
        ),
        pytest.param("<img src=/s.png srcset='/m.png 600w, /l.png 1200w'>", "s.png", "l.png", id="srcset"),
        pytest.param("<img src=/s.png srcset='/l.png 1200w, /xl.png 9000w'>", "s.png", "l.png", id="needlessly large"),
        pytest.param("<img src=/s.png srcset='/d.png 2x, /t.png 3x'>", "s.png", "t.png", id="densities"),
        pytest.param("<img srcset='/m.png 600w, /l.png 1200w'>", "m.png", "l.png", id="srcset alone"),
        pytest.param(f"<img src='{PIXEL}' data-src=/lazy.png>", "lazy.png", "lazy.png", id="data-src"),
        pytest.param("<img src=/img/spacer.gif data-src=/lazy.png>", "lazy.png", "lazy.png", id="lazy, blank file"),
        pytest.param("<img data-original=/lazy.png>", "lazy.png", "lazy.png", id="data-original"),
        pytest.param(f"<img src='{PIXEL}' data-srcset='/m.png 6w, /l.png 9w'>", "m.png", "l.png", id="data-srcset"),
        pytest.param("<img src=/real.png data-src=/other.png>", "real.png", "real.png", id="a real src stays"),
        pytest.param("<img src=/real.png data-src='{x}'>", "real.png", "real.png", id="data-src of a template"),
        pytest.param("<picture><source srcset='/w.webp'><img src=/p.jpg></picture>", "p.jpg", "p.jpg", id="picture"),
        pytest.param("<picture><source srcset='/w.webp 9w'><img></picture>", "w.webp", "w.webp", id="source alone"),
        pytest.param(
            "<img src='/cdn/shop/a.jpg?v=1&width=9'>", "cdn/shop/a.jpg", "cdn/shop/a.jpg?v=1&width=9", id="variant"
        ),
    ],
)
def test_source(markup: str, image: str, fetch: str) -> None:
    occurrence = only(markup)
    assert occurrence.image_url == f"https://shop.test/{image}"
    assert occurrence.fetch_url == f"https://shop.test/{fetch}"


@pytest.mark.parametrize("src", ["", " ", "javascript:x", "http://[", "blob:x", "about:blank"])
def test_no_source(src: str) -> None:
    occurrence = only(f"<img src='{src}'>")
    assert (occurrence.image_url, occurrence.fetch_url) == (None, None)


def test_noscript_twin_is_the_same_occurrence() -> None:
    page = f"<img src='{PIXEL}' data-src=/a.png alt=Fox><noscript><img src=/a.png alt=Fox></noscript>"
    assert [o.image_url for o in parse(page).occurrences] == ["https://shop.test/a.png"]


@pytest.mark.parametrize(
    "inner",
    ["<img src=/b.png alt=Bee>", "&lt;img src=/b.png alt=Bee&gt;", "<p><b><img src=/b.png alt=Bee></i>"],
    ids=["markup", "escaped", "nested wrongly"],
)
def test_image_in_a_noscript_alone(inner: str) -> None:
    found = parse(f"<img src=/a.png><div id=n><noscript>{inner}</noscript></div>").occurrences
    assert [(o.image_url, o.alt) for o in found] == [
        ("https://shop.test/a.png", None),
        ("https://shop.test/b.png", "Bee"),
    ]
    assert found[1].selector.startswith("#n > noscript > ")


# Context


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param("<h1>One</h1><h2>Two</h2><img src=a><h3>Three</h3>", {"heading": "Two"}, id="heading before"),
        pytest.param("<h1>One</h1><h2> </h2><img src=a>", {"heading": "One"}, id="empty heading"),
        pytest.param("<img src=a><h1>One</h1>", {"heading": None}, id="no heading before"),
        pytest.param("<h1>A <b>red</b>\n fox <img src=a></h1>", {"heading": "A red fox"}, id="inside its heading"),
        pytest.param(
            "<figure><img src=a><figcaption>Cap</figcaption></figure>", {"figcaption": "Cap"}, id="figcaption"
        ),
        pytest.param("<figure><p><img src=a></p></figure>", {"figcaption": None}, id="figure without caption"),
        pytest.param(
            "<figure><figure><img src=a></figure><figcaption>Outer</figcaption></figure>",
            {"figcaption": "Outer"},
            id="caption of the outer figure",
        ),
        pytest.param(
            "<a href='/x#y'><img src=a> Buy  it</a>",
            {"link_url": "https://shop.test/x", "link_text": "Buy it"},
            id="link",
        ),
        pytest.param(
            "<a href='mailto:a@b.test'><img src=a></a>", {"link_url": None, "link_text": None}, id="mail link"
        ),
        pytest.param("<button><img src=a>Go</button>", {"link_url": None, "link_text": "Go"}, id="button"),
        pytest.param(
            "<div itemscope itemtype='https://schema.org/Product'><h2 itemprop=name>Fox print</h2><img src=a></div>",
            {"product": "Fox print"},
            id="product",
        ),
        pytest.param(
            "<div itemtype='http://schema.org/Product'><meta itemprop='x name' content='Fox'><img src=a></div>",
            {"product": "Fox"},
            id="product named by meta",
        ),
        pytest.param(
            "<div itemtype='https://schema.org/Person'><p itemprop=name>Bo</p><img src=a></div>",
            {"product": None},
            id="person",
        ),
        pytest.param("<div>Far<p>Near <img src=a></p></div>", {"surrounding": "Near"}, id="nearest block"),
        pytest.param("<div>Far<p> <img src=a></p></div>", {"surrounding": "Far"}, id="nearest block with a text"),
        pytest.param("<p>Text<script>var x</script><img src=a></p>", {"surrounding": "Text"}, id="scripts are no text"),
        pytest.param(f"<p>{'word ' * 500}<img src=a></p>", {"surrounding": ("word " * 60).strip()}, id="bounded"),
    ],
)
def test_context(markup: str, expected: dict[str, str | None]) -> None:
    context = only(markup).context
    assert {name: getattr(context, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("markup", "interactive", "sole"),
    [
        pytest.param("<a href=x><img src=a></a>", "link", True, id="link"),
        pytest.param("<a href=x> &nbsp;<span><img src=a></span>\n</a>", "link", True, id="white space is no content"),
        pytest.param("<a href=x><img src=a>Text</a>", "link", False, id="text beside it"),
        pytest.param("<a href=x title=Tip><img src=a></a>", "link", False, id="link with a title"),
        pytest.param("<a href=x aria-label=L><img src=a></a>", "link", False, id="link with a label"),
        pytest.param("<a href=x aria-label=' '><img src=a></a>", "link", True, id="link with a blank label"),
        pytest.param(
            "<a href=x aria-labelledby=t><img src=a></a><p id=t>T</p>", "link", False, id="labelled elsewhere"
        ),
        pytest.param("<a><img src=a></a>", None, False, id="no link without href"),
        pytest.param("<span role=link><img src=a></span>", "link", True, id="role link"),
        pytest.param("<button><img src=a></button>", "button", True, id="button"),
        pytest.param("<div role=button><img src=a>Go</div>", "button", False, id="role button"),
        pytest.param("<p><img src=a></p>", None, False, id="alone"),
    ],
)
def test_what_it_is_for(markup: str, interactive: str | None, sole: bool) -> None:
    occurrence = only(markup)
    assert (occurrence.interactive, occurrence.sole_content) == (interactive, sole)


def test_two_images_in_one_link() -> None:
    """The one with a text names the link for the other, but not for itself."""
    found = parse("<a href=x><img src=a alt=Fox><img src=b></a>").occurrences
    assert [o.sole_content for o in found] == [True, False]
    found = parse("<a href=x><img src=a alt=Fox><img src=b alt=Bee><img src=c></a>").occurrences
    assert [o.sole_content for o in found] == [False, False, False]


@pytest.mark.parametrize("tag", ["source", "track", "wbr"])
def test_what_follows_an_empty_element_is_not_in_it(tag: str) -> None:
    document = Document(URL, f"<body><p>a<{tag}>b<i>c</i>d<{tag}>e<img src=x>f</p>g")
    (body,) = document.select("body")
    assert body.text == "abcdefg"
    assert [element.tag for element in body.iter_elements()] == ["p", tag, "i", tag, "img"]
    assert [child.tag for child in child_elements(document.select("p")[0])] == [tag, "i", tag, "img"]


def test_picture_with_two_sources() -> None:
    document = Document(URL, "<picture><source srcset=a><source srcset=b><img src=c></picture><p>after</p>")
    (picture,) = document.select("picture")
    assert [child.tag for child in child_elements(picture)] == ["source", "source", "img"]
    after = next_element(picture)
    assert after is not None
    assert after.text == "after"


# Encodings


def late(meta: bytes, text: bytes) -> bytes:
    return b"<title>a</title><script>" + b"/* x */" * 800 + b"</script>" + meta + text


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        pytest.param("ä".encode(), None, "ä", id="nothing said, UTF-8"),
        pytest.param("ä€!".encode("cp1252"), None, "ä€!", id="nothing said, windows-1252"),
        pytest.param("ä".encode("latin-1"), "text/html; charset=ISO-8859-1", "ä", id="header"),
        pytest.param("<meta charset=windows-1251>Кот".encode("cp1251"), "text/html", "Кот", id="meta"),
        pytest.param(
            "<meta http-equiv=Content-Type content='text/html; charset=shift_jis'>猫".encode("shift_jis"),
            None,
            "猫",
            id="meta http-equiv",
        ),
        pytest.param(
            "<meta charset=utf-8>ä".encode("cp1252"), "text/html; charset=windows-1252", "ä", id="header before meta"
        ),
        pytest.param("\ufeffä".encode(), "text/html; charset=windows-1252", "ä", id="byte order mark before header"),
        pytest.param("\ufeffä".encode("utf-16-le"), "text/html; charset=utf-8", "ä", id="UTF-16 mark"),
        pytest.param("\ufeffä".encode("utf-16-be"), None, "ä", id="UTF-16 mark, other order"),
        pytest.param("ä".encode(), "text/html; charset=no-such-thing", "ä", id="unknown charset"),
        pytest.param("ä".encode(), "text/html; charset=base64", "ä", id="a codec of no text"),
        pytest.param("ä".encode(), "text/html; charset=idna", "ä", id="a codec of names"),
        pytest.param("ä!".encode("cp1252"), "text/html; charset=punycode", "ä!", id="a codec of names, other bytes"),
        pytest.param("ä".encode("cp1252") + b"!", "text/html; charset=utf-8", "\ufffd!", id="wrong header"),
        pytest.param(b"a\0b", None, "a\0b", id="NUL"),
        pytest.param("<meta charset=utf-16>ä".encode(), None, "ä", id="meta that says UTF-16"),
        pytest.param("<meta charset=utf-16be>ä".encode(), None, "ä", id="meta that says UTF-16BE"),
        pytest.param("ä".encode("utf-16-le"), "text/html; charset=utf-16", "ä", id="header that says UTF-16"),
        pytest.param("<meta charset=gb2312>\u9555€".encode("gb18030"), None, "\u9555€", id="gb2312 is gb18030"),
        pytest.param("<meta charset=x-gbk>猫".encode("gbk"), None, "猫", id="x-gbk"),
        pytest.param("猫".encode("euc_jp"), "text/html; charset=x-euc-jp", "猫", id="x-euc-jp"),
        pytest.param("고양이똠".encode("cp949"), "text/html; charset=euc-kr", "고양이똠", id="euc-kr is windows-949"),
        pytest.param("고양이".encode("cp949"), "text/html; charset=ks_c_5601-1989", "고양이", id="a Korean label"),
        pytest.param("①".encode("cp932"), "text/html; charset=shift_jis", "①", id="shift_jis is windows-31j"),
        pytest.param("חתול".encode("iso8859-8"), "text/html; charset=iso-8859-8-i", "חתול", id="logical Hebrew"),
        pytest.param(b"<meta charset=x-user-defined>\x80", None, "€", id="meta that says x-user-defined"),
        pytest.param(b"a\x80", "text/html; charset=x-user-defined", "a\uf780", id="x-user-defined"),
        pytest.param("<!-- <meta charset=utf-8> -->ä!".encode("cp1252"), None, "ä!", id="meta in a comment"),
        pytest.param("+ADw-ä".encode(), "text/html; charset=utf-7", "+ADw-ä", id="UTF-7 is none"),
        pytest.param("кот".encode("koi8-u"), "text/html; charset=koi8-ru", "кот", id="koi8-ru"),
        pytest.param("кот".encode("utf-16-be"), "text/html; charset=unicodefffe", "кот", id="unicodefffe"),
        pytest.param(late(b"<meta charset=shift_jis>", "猫".encode("cp932")), None, "猫", id="late meta"),
        pytest.param(
            late(b"<meta content='text/html; charset=koi8-r' http-equiv=content-type>", "кот".encode("koi8-r")),
            None,
            "кот",
            id="late meta http-equiv",
        ),
        pytest.param(late(b"<!-- <meta charset=koi8-r> -->", b"\xe4!"), None, "ä!", id="late meta in a comment"),
        pytest.param(late(b"<script><meta charset=koi8-r></script>", b"\xe4!"), None, "ä!", id="late meta in a script"),
        pytest.param(late(b"<meta charset=base64>", b"\xe4!"), None, "ä!", id="late meta that says nothing"),
        pytest.param(b"\xad\xa1\xb0\xa1\xfe\xfe", "text/html; charset=euc-jp", "①亜\ufffd", id="row 13 of EUC-JP"),
        pytest.param("ä".encode() + b"\xc3", None, "ä\ufffd", id="UTF-8, cut in a character"),
    ],
)
def test_encoding(body: bytes, content_type: str | None, expected: str) -> None:
    assert decode(body, content_type).endswith(expected)


# Pages


def test_page() -> None:
    facts = parse(
        "<html lang=de><head><title> A\n shop </title><link rel='x CANONICAL' href=/c></head><body>"
        "<svg><title>No</title></svg><a href=b>1</a><a href='/c#d'>2</a><a href='/c'>3</a><a href='mailto:x@y'>4</a>"
        "<a href='http://['>5</a><a name=x>6</a><map><area href=//other.test/?b=2&a=1></map>"
    )
    assert (facts.url, facts.title, facts.lang) == (URL, "A shop", "de")
    assert facts.links == ("https://shop.test/a/b", "https://shop.test/c", "https://other.test/?b=2&a=1")


@pytest.mark.parametrize(
    "body", [b"", b" ", b"text", b"<!-- x -->", b"<!DOCTYPE html>", b"<?xml version='1.0'?>", b"</p>"]
)
def test_page_without_anything(body: bytes) -> None:
    facts = parse_page(URL, body)
    assert (facts.title, facts.lang, facts.links, facts.occurrences) == (None, None, (), ())


# Selectors and keys

SITE = files("alt_audit.demo") / "site"
PAGES = {
    name: (SITE / name).read_bytes()
    for name in (
        "index.html",
        "about.html",
        "contact.html",
        "gallery.html",
        "shop/index.html",
        "shop/pavilion.html",
        "shop/deep-field.html",
        "blog/index.html",
        "blog/texture.html",
        "de/versand.html",
    )
} | {
    "ids": b"<img id=a src=1><img id=b src=2><p id=b><img src=3></p><p id=c><img src=4></p>",
    "odd ids": b"<p id='1'><img src=a><p id='a b'><img src=b><p id='a.b'><img src=c><p id='\xc3\xa4'><img src=d>",
    "siblings": b"<div><img src=a><svg></svg><img src=b><span role=img></span><svg></svg></div><div><img src=c></div>",
    "picture": b"<picture><source srcset=a><img src=b></picture><picture><source><source><img src=c></picture>",
    "deep": b"<div>" * 100 + b"<img src=a>" + b"</div>" * 100,
    "no body": b"<img src=a><frameset><frame></frameset>",
}


@pytest.mark.parametrize(
    ("markup", "selectors"),
    [
        ("<title>T</title><main><img src=a></main>", ["body > main > img"]),
        ("<title>T</title><header><img src=a></header>text<p><img src=b>", ["body > header > img", "body > p > img"]),
        ("<head><meta charset=utf-8><!-- x --></head><nav><img src=a></nav>", ["body > nav > img"]),
        ("<title>T</title><svg role=img></svg><img src=b>", ["body > svg", "body > img"]),
        ("<title>T</title><p><img src=a>", ["body > p > img"]),
    ],
)
def test_where_the_tags_of_head_and_body_are_left_out_selectors_are_a_browsers(
    markup: str, selectors: list[str]
) -> None:
    facts = parse_page("https://a.test/", f"<!doctype html><html lang=en>{markup}".encode())
    assert [occurrence.selector for occurrence in facts.occurrences] == selectors


@pytest.mark.parametrize("name", PAGES)
def test_a_selector_finds_its_element_and_no_other(name: str) -> None:
    document = Document(URL, decode(PAGES[name], None))
    occurrences = parse_page(URL, PAGES[name]).occurrences
    assert occurrences
    for occurrence in occurrences:
        (element,) = document.select(occurrence.selector)
        assert element.tag == occurrence.element
        assert element.attr("alt") == occurrence.alt or occurrence.alt is None
        if occurrence.src is not None and element.attr("src"):
            assert collapse(occurrence.src) in {element.attr("src"), element.attr("data-src")}
    assert len({o.selector for o in occurrences}) == len(occurrences)
    assert len({o.key for o in occurrences}) == len(occurrences)


def keys(markup: str) -> dict[str | None, str]:
    return {occurrence.src: occurrence.key for occurrence in parse(markup).occurrences}


BEFORE = "<p>Text</p><img src=a.png><p><img src=b.png alt=Bee></p>"


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("<div><nav>New</nav><p>Other</p></div>" + BEFORE, id="text before"),
        pytest.param("<main><article>" + BEFORE + "</article></main>", id="wrapped"),
        pytest.param("<img src=new.png>" + BEFORE, id="another image before"),
        pytest.param(
            "<p><img src=b.png></p><img src=a.png alt='A new text' class=x>", id="other order, texts and classes"
        ),
        pytest.param(BEFORE.replace("a.png", "a.png#x"), id="fragment"),
    ],
)
def test_keys_stay_when_the_rest_of_the_page_changes(after: str) -> None:
    before, now = keys(BEFORE), {(src or "").removesuffix("#x"): key for src, key in keys(after).items()}
    assert before.items() <= now.items()


def test_keys_tell_images_apart() -> None:
    one, two, other = parse("<img src=a.png><img src=a.png><img src=b.png>").occurrences
    assert len({one.key, two.key, other.key}) == 3
    assert parse("<img src=a.png>").occurrences[0].key == one.key
    assert parse("<input type=image src=a.png>").occurrences[0].key != one.key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<img src=a.png alt=Fox>", "<img src=a.png alt='A fox'>"),
        ("<img alt=Fox>", "<img alt='A fox' title=Fox>"),
        ("<svg><title>Fox</title><path d=M0 /></svg>", "<svg aria-label=Fox role=img><path d=M0 /></svg>"),
        ("<map><area href=/x alt=Fox></map>", "<map><area href=/x alt='A fox'></map>"),
        ("<i role=img class=icon-fox aria-label=Fox></i>", "<i role=img class=icon-fox aria-label='A fox'></i>"),
        (
            "<div style='background:url(a.png)'></div>",
            "<section aria-label=Fox style='background:url(a.png)'></section>",
        ),
    ],
)
def test_keys_do_not_depend_on_texts(one: str, other: str) -> None:
    assert only(one).key == only(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<svg><path d=M0 /></svg>", "<svg><path d=M1 /></svg>"),
        ("<map><area href=/x></map>", "<map><area href=/y></map>"),
        ("<i role=img class=icon-fox></i>", "<i role=img class=icon-bee></i>"),
        ("<svg><use href='/s.svg#fox' /></svg>", "<svg><use href='/s.svg#bee' /></svg>"),
    ],
)
def test_keys_tell_images_without_an_address_apart(one: str, other: str) -> None:
    assert only(one).key != only(other).key


# How the page is named in requests


@pytest.mark.parametrize(
    ("markup", "header", "expected"),
    [
        ("<img src=a.png>", None, None),
        ("<img src=a.png>", "no-referrer", "no-referrer"),
        ("<img src=a.png>", "unsafe-url, no-such-thing", "unsafe-url"),
        ("<meta name=referrer content=no-referrer><img src=a.png>", "origin", "no-referrer"),
        ("<meta name=Referrer content=NEVER><img src=a.png>", None, "no-referrer"),
        ("<meta name=referrer content=origin><meta name=referrer content=x><img src=a.png>", None, "origin"),
        ("<meta name=referrer content=no-referrer><img src=a.png referrerpolicy=unsafe-url>", None, "unsafe-url"),
        ("<meta name=referrer content=origin><img src=a.png referrerpolicy=x>", None, "origin"),
        ("<img src=a.png referrerpolicy=no-referrer>", "origin", "no-referrer"),
        ("<p>referrer</p><meta name=description content=no-referrer><img src=a.png>", None, None),
    ],
)
def test_the_referrer_policy_of_an_image(markup, header, expected):
    facts = parse_page(URL, f"<!doctype html>{markup}".encode(), "text/html; charset=utf-8", referrer=header)
    assert [one.referrer for one in facts.occurrences] == [expected]
