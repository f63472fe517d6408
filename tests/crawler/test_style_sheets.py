"""Style sheets, those in files of their own too: what they hide, what they give a picture, and where they end."""

from __future__ import annotations

import shutil
import time

import pytest

from core.records import PageFacts
from crawler.page.css import Import, imports
from crawler.page.parse import parse_page
from crawler.page.sheet_links import sheets_named
from crawler.page.style_sheet import MAX_RULES, read_sheet

URL = "https://shop.test/a/page.html"
LINK = "<link rel=stylesheet href=/css/all.css>"
SHEET = "https://shop.test/css/all.css"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)


def parse(markup: str, **sheets: str) -> PageFacts:
    known = {f"https://shop.test/css/{name}.css": text for name, text in sheets.items()}
    read = {address: read_sheet(text, address) for address, text in known.items()}
    return parse_page(URL, f"<!doctype html>{markup}".encode(), "text/html; charset=utf-8", read)


def hidden(style: str, body: str) -> list[bool]:
    """Whether the images of a page are hidden, which is the same from whichever kind of sheet."""
    inside = [one.hidden for one in parse(f"<style>{style}</style><body>{body}").occurrences if one.element == "img"]
    beside = [one.hidden for one in parse(f"{LINK}<body>{body}", all=style).occurrences if one.element == "img"]
    assert inside == beside
    assert set(inside) <= {None, "hidden by a style sheet"}
    return [reason is not None for reason in inside]


# What is hidden

HIDING = [
    (".off {display:none}", "<img class=off src=a><img src=b>", [True, False]),
    (".off {display:none}", "<p class=off><b><img src=a></b></p>", [True]),
    ("#menu .off {DISPLAY : None}", "<p id=menu><img class='x off' src=a></p><img class=off src=b>", [True, False]),
    (".off {display:none} img.off {display:inline}", "<img class=off src=a>", [False]),
    ("img.off {display:none} .off {display:inline}", "<img class=off src=a>", [True]),
    (".off {display:none !important} img.off {display:inline}", "<img class=off src=a>", [True]),
    (".off {display:none}", "<img class=off src=a style='display:block'>", [False]),
    (".off {display:none !important}", "<img class=off src=a style='display:block'>", [True]),
    ("@media print {.off {display:none}}", "<img class=off src=a>", [False]),
    ("@media (max-width: 600px) {.off {display:none}}", "<img class=off src=a>", [False]),
    ("@media (min-width: 600px) {.off {display:none}}", "<img class=off src=a>", [True]),
    (".off::before {display:none}", "<img class=off src=a>", [False]),
    (".off {color:red; background:none; display:none}", "<img class=off src=a>", [True]),
]


@pytest.mark.parametrize(("style", "body", "expected"), HIDING)
def test_what_sheets_hide(style: str, body: str, expected: list[bool]) -> None:
    assert hidden(style, body) == expected


@pytest.mark.parametrize(
    ("style", "body"),
    [
        (".menu {display:none} .menu.open {display:block}", "<p class=menu><img src=a></p>"),
        (".menu {display:none} li:hover > .menu {display:block}", "<li><p class=menu><img src=a></p></li>"),
        (".pane {display:none} .tabs > .active {display:block}", "<p class=tabs><b class=pane><img src=a></b></p>"),
        (".off {display:none} .is-big .off {display:flex}", "<p class=off><img src=a></p>"),
        ("p ul {display:none} p.js-run ul {display:block}", "<p><ul><img src=a></ul></p><div>" + "<p></p>" * 40),
        ("p {display:none} [open] > p {display:block}", "<div><p><img src=a></p></div>" + "<b></b>" * 40),
        (".small {display:none} @media (max-width:600px) {.small {display:block}}", "<img class=small src=a>"),
        (".no-js .lazy {display:none}", "<html class=no-js><body><img class=lazy src=a>"),
        ("[v-cloak] {display:none}", "<div v-cloak><img src=a></div>" + "<b></b>" * 40),
        ("body {display:none}", "<img src=a>"),
        (".page {display:none}", "<div class=page><img src=a>" + "<p>Text</p>" * 40 + "</div>"),
    ],
)
def test_what_is_shown_at_times_or_elsewhere_is_not_hidden(style: str, body: str) -> None:
    assert hidden(style, body) == [False]


def test_a_hidden_text_does_not_name_a_link() -> None:
    body = "<body><a href=/><img src=a alt=''><span class=off>Home</span></a>"
    assert parse(f"<style>.off {{display:none}}</style>{body}").occurrences[0].sole_content
    assert not parse(f"<style>.off {{}}</style>{body}").occurrences[0].sole_content


def test_the_mark_of_what_is_hidden_does_not_show() -> None:
    (one,) = parse("<style>.off {display:none}</style><img class=off src=a>").occurrences
    assert one.html == '<img class="off" src="a">'


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
@pytest.mark.timeout(120)
def test_chromium_hides_the_same() -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 800}).new_page()
        for style, body, expected in HIDING:
            page.set_content(f"<!doctype html><style>{style}</style><body>{body}")
            boxes = page.evaluate("[...document.images].map(image => image.getClientRects().length == 0)")
            assert boxes == expected, style
        browser.close()


# Sheets in files of their own


def test_what_a_sheet_names_lies_beside_the_sheet() -> None:
    page = parse(f"{LINK}<p class=hero>Spring</p>", all=".hero {background: url('../img/hero.jpg')}")
    assert [(one.kind, one.image_url) for one in page.occurrences] == [("background", "https://shop.test/img/hero.jpg")]


def test_sheets_follow_one_another_as_they_stand() -> None:
    first, second = "<style>p {background:url(/1)}</style>", "<link rel='StyleSheet' href=/css/two.css media=screen>"
    two = "p {background:url(/2)}"
    for markup, last in ((first + second, "/2"), (second + first, "/1")):
        (one,) = parse(f"{markup}<p>x</p>", two=two).occurrences
        assert one.image_url == f"https://shop.test{last}"


@pytest.mark.parametrize(
    "link",
    [
        "<link rel=stylesheet href=/css/all.css media=print>",
        "<link rel='alternate stylesheet' href=/css/all.css>",
        "<link rel=stylesheet href=/css/all.css disabled>",
        "<link rel=preload as=style href=/css/all.css>",
        "<noscript><link rel=stylesheet href=/css/all.css></noscript>",
        "<!-- <link rel=stylesheet href=/css/all.css> -->",
        "<link rel=stylesheet href=/css/other.css>",
    ],
)
def test_sheets_that_do_not_hold(link: str) -> None:
    assert parse(f"{link}<p>x</p>", all="p {background:url(/1)}").occurrences == ()


def test_sheets_that_sheets_ask_for() -> None:
    sheets = {
        "all": "@charset 'utf-8'; /* x */ @import 'base.css' screen; @import url(print.css) print; p {color: red}",
        "base": '@import url("deep/../more.css"); b {background:url(b.png)}',
        "more": "@import 'all.css'; p {background:url(p.png)}",
        "print": "b {background:url(no.png)}",
    }
    for markup in (LINK, "<style>@import '/css/all.css';</style>"):
        found = parse(f"{markup}<p>x</p><b>x</b>", **sheets).occurrences
        assert [one.image_url for one in found] == ["https://shop.test/css/p.png", "https://shop.test/css/b.png"]


def test_imports() -> None:
    sheet = "@import 'a.css'; @import url( b.css ) print; p {} @import 'late.css';"
    assert imports(sheet) == [Import("a.css", ""), Import("b.css", "print")]


def test_a_shadow_tree_has_sheets_of_its_own() -> None:
    page = parse(
        "<style>i {background:url(/page)}</style><i>x</i><x-y><template shadowrootmode=open>"
        "<style>b, i {background:url(/shadow)}</style><i>x</i><b>x</b></template></x-y><b>x</b>"
    )
    assert [(one.selector, one.src) for one in page.occurrences] == [
        ("body > i", "/page"),
        ("body > x-y >>> i", "/shadow"),
        ("body > x-y >>> b", "/shadow"),
    ]


@pytest.mark.parametrize(
    ("markup", "named"),
    [
        (b"<link rel=stylesheet href=/css/all.css>", [SHEET]),
        (b"<LINK REL='STYLESHEET' HREF='../css/all.css'>", [SHEET]),
        (b'<link href="/css/all.css?a=1&amp;b=2" media="all" rel="stylesheet"/>', [SHEET + "?a=1&b=2"]),
        (b"<base href=/css/><link rel=stylesheet href=all.css>", [SHEET]),
        (b"<style>@import url(/css/all.css);</style>", [SHEET]),
        (b"<style>@import '../css/all.css' screen;</style>", [SHEET]),
        (b"<link rel=stylesheet href=/css/all.css><link href=/css/all.css rel=stylesheet>", [SHEET]),
        (b"<link rel=stylesheet href=/css/all.css media=print>", []),
        (b"<link rel=stylesheet href=data:text/css,p{}>", []),
        (b"<link rel=icon href=/stylesheet.png>", []),
        (b"<p>stylesheet", []),
    ],
)
def test_sheets_that_a_page_names(markup: bytes, named: list[str]) -> None:
    assert list(sheets_named(URL, markup)) == named


# Bounds


def test_a_sheet_with_more_rules_than_are_read_says_so() -> None:
    sheet = "".join(f".c{number} {{display:none}}" for number in range(MAX_RULES + 1))
    assert parse(f"{LINK}<p>x</p>", all=sheet).cut == ("css",)
    assert parse(f"{LINK}<p>x</p>", all=sheet.replace(".c0 {display:none}", "")).cut == ()


@pytest.mark.parametrize(
    "sheet",
    [
        ".a {display:none} .b.open .a {display:block}" * 1000,
        "i {display:none}" + "* .x:hover > i {display:block}" * 900,
        "* {display:none}",
        "@import '" * 100_000,
        "@import 'all.css';" * 50_000,
        "a{display:" + "none" * 200_000,
        "".join(f".a:not(.c{n}) > i {{display:none}}" for n in range(2500)),
        "/**/" * 200_000 + "@import 'x'",
    ],
    ids=range(8),
)
def test_hostile_sheets(sheet: str) -> None:
    body = "<p class=a>" + "<i><img src=a></i>" * 3000
    started = time.process_time()
    parse(f"{LINK}{body}", all=sheet)
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    "markup", [b"<link " * 200_000, b"<link rel=stylesheet " + b"a='" * 300_000, b"@import " * 200_000 + b"stylesheet"]
)
def test_hostile_pages(markup: bytes) -> None:
    started = time.process_time()
    sheets_named(URL, markup + b"stylesheet")
    assert time.process_time() - started < 5
