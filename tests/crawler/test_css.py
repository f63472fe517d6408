"""Backgrounds and media queries, and which elements the page's own style sheets give a picture."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.page.css import Background, background, media_applies, style_rules
from crawler.page.parse import parse_page

LARGE_DATA = "data:image/png;base64," + "A" * 3000


@pytest.mark.parametrize(
    ("declarations", "url"),
    [
        ("background: url(a.png)", "a.png"),
        ("BACKGROUND-IMAGE:URL( 'a b.png' )", "a b.png"),
        ('background: #fff url("a;b(1).png") no-repeat', "a;b(1).png"),
        (r"background: url(a\(1\).png)", "a(1).png"),
        (r"background: url('a\26 b.png')", "a&b.png"),
        (r"background: url(a\0.png)", "a\ufffd.png"),
        ("color: red; background: linear-gradient(red, blue), url(a.png)", "a.png"),
        ("background: url(a.png), url(b.png)", "a.png"),
        ("background-image: image-set('a.png' 1x, 'b.png' 2x)", "a.png"),
        ("background: url(a.png); background: url(b.png)", "b.png"),
        ("background: url(a.png) !important; background: url(b.png)", "a.png"),
        (f"background: url({LARGE_DATA})", LARGE_DATA),
        ("background: url(a.png); background: none", None),
        ("background: url(data:image/gif;base64,R0lGODlhAQABAAAAACw=)", None),
        ("background: url()", None),
        ("background: url(#g)", None),
        ("background: red", None),
    ],
)
def test_background(declarations: str, url: str | None) -> None:
    said = background(declarations)
    assert said is not None
    assert said.url == url


@pytest.mark.parametrize("declarations", ["", "color: red", "cursor: url(a.png)", "x-background: url(a.png)"])
def test_no_word_of_a_background(declarations: str) -> None:
    assert background(declarations) is None


@pytest.mark.parametrize(
    ("query", "applies"),
    [
        ("", True),
        ("all", True),
        ("screen", True),
        ("only screen and (min-width: 600px)", True),
        ("(min-width: 100em)", False),
        ("(max-width: 600px)", False),
        ("(max-width: 90rem)", True),
        ("(width <= 600px)", False),
        ("(width >= 600px)", True),
        ("print", False),
        ("not print", True),
        ("not screen", False),
        ("print, screen", True),
        ("(prefers-color-scheme: dark)", False),
        ("(prefers-color-scheme: light)", True),
        ("(orientation: portrait)", False),
        ("(min-width: 1.2.3px)", False),
        ("(nonesuch: 1)", True),
    ],
)
def test_media(query: str, applies: bool) -> None:
    assert media_applies(query) is applies


def test_rules_of_a_sheet() -> None:
    sheet = """
        @charset "utf-8"; @import url(x.css);
        /* .no { background: url(no.png) } */
        .a, .b > c { color: red; background: url(a}.png) }
        @media (max-width: 600px) { .a { background: url(small.png) } }
        @media screen { @supports (display: grid) { .d { background: none !important } } }
        @font-face { src: url(f.woff); background: url(f.png) }
        @keyframes k { from { background: url(k.png) } }
        .e { color: red } .f { background: url("}") ; .g { background: url(nested.png) } }
        .h { background: url(h.png)"""
    assert [(rule.selectors, rule.background) for rule in style_rules(sheet)][:2] == [
        (".a, .b > c", Background("a}.png")),
        (".d", Background(None, important=True)),
    ]


def backgrounds(style: str, body: str) -> list[tuple[str, str | None]]:
    facts = parse_page("https://a.test/", f"<style>{style}</style>{body}".encode())
    return [(o.selector.rpartition(" ")[2], (o.image_url or "").rpartition("/")[2]) for o in facts.occurrences]


BODY = '<p class="a b" id=x lang=en-GB><i class=c></i></p><div><b title=t></b><u></u></div>'


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        (".a {background:url(1)}", [("#x", "1")]),
        ("p.a.b#x[lang|=en] {background:url(1)}", [("#x", "1")]),
        (".a .c {background:url(1)}", [("i", "1")]),
        ("body > .c {background:url(1)}", []),
        ("p > i, nonsense( {background:url(1)}", []),
        ("p > i, q {background:url(1)}", [("i", "1")]),
        ("p + div > b ~ u {background:url(1)}", [("u", "1")]),
        ("[title=t] {background:url(1)}", [("b", "1")]),
        ("[title^=t]:first-child {background:url(1)}", [("b", "1")]),
        ("b:not(.z) {background:url(1)}", [("b", "1")]),
        ("b:hover {background:url(1)}", []),
        ("u::before {background:url(1)}", [("u", "1")]),
        ("u::before {background:url(1)} u {background:none}", [("u", "1")]),
        ("u::before {background:url(1)} u {background:url(2)}", [("u", "2")]),
        ("u::selection {background:url(1)}", []),
        ("#x {background:url(1)} .a {background:url(2)}", [("#x", "1")]),
        (".a {background:url(1)} .b {background:url(2)}", [("#x", "2")]),
        (".a {background:url(1) !important} #x {background:url(2)}", [("#x", "1")]),
        (".a {background:url(1)} #x {background:none}", []),
        ("#x {background:url(1)} .a {background:none}", [("#x", "1")]),
        ("@media print {.a {background:url(1)}}", []),
    ],
)
def test_cascade(style: str, expected: list[tuple[str, str]]) -> None:
    assert backgrounds(style, BODY) == expected


def test_inline_style_wins_but_over_important() -> None:
    body = "<p style='background:url(inline)'></p>"
    assert backgrounds("p {background:url(1)}", body) == [("p", "inline")]
    assert backgrounds("p {background:url(1) !important}", body) == [("p", "1")]
    assert backgrounds("p {background:url(1)}", "<p style='background:none'></p>") == []


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(list("{}();:'\"\\@/*#., >~+") + "url( background: @media a [b= :not( /* 1".split())))
def test_any_sheet(parts: list[str]) -> None:
    sheet = "".join(parts)
    list(style_rules(sheet))
    backgrounds(f"p{{background:url(1)}}{sheet}", BODY)


@pytest.mark.parametrize(
    "style",
    [
        "* * * * * * * * {background:url(1)}",
        "b ~ b ~ b ~ b ~ i {background:url(1)}" * 300,
        "".join(f".c{n}{{background:url({n})}}" for n in range(50_000)),
        "a{background:url(" + "\\" * 500_000,
        "a{background:" + "url('" * 100_000,
        "{" * 500_000,
        "@media (" * 100_000 + "{",
        "/*" * 500_000,
        ("p" + ":not(p" * 100 + ")" * 100 + "{background:url(1)}") * 100,
        "[class*=x] {background:url(1)}" * 400,
        "b{" + "color:red;" * 95_000 + "background:url(1)}",
        ",".join(["b"] * 400_000) + "{background:url(1)}",
        "a{background:" + "(" * 500_000 + "url(1)",
        "a{" + "[{" * 300_000 + "url(",
        "@media screen{" * 60_000 + "b{background:url(1)}",
        "div:has(b) {background:url(1)} b:nth-last-of-type(2n+1) {background:url(1)}" * 200,
        ";" * 999_000 + "url(",
        ("* > " * 240 + "* {background:url(1)}") * 100,
    ],
    ids=range(18),
)
def test_a_hostile_sheet_is_cut(style: str) -> None:
    body = f"<style>{style}</style>" + "<div>" * 200 + "<b class='" + "x" * 10_000 + "'></b>" + "<b></b>" * 5_000
    started = time.process_time()
    parse_page("https://a.test/", body.encode())
    assert time.process_time() - started < 10
