"""The tree of a page is the one that browsers build, with scripts off."""

from __future__ import annotations

import pytest

from core.records import PageFacts
from crawler.page.parse import parse_page

URL = "https://shop.test/page.html"


def parse(markup: str) -> PageFacts:
    return parse_page(URL, ("<!doctype html>" + markup).encode(), "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("markup", "selectors"),
    [
        pytest.param(
            "<body><p><img src=a></p></body></html><div><img src=b></div>",
            ["body > p > img", "body > div > img"],
            id="behind the end",
        ),
        pytest.param("<table><tr><td><img src=a></table>", ["body > table > tbody > tr > td > img"], id="tbody"),
        pytest.param(
            "<table><tr><img src=a><td><img src=b></table>",
            ["body > img", "body > table > tbody > tr > td > img"],
            id="an image between the cells of a table",
        ),
        pytest.param(
            "<dl><dt>a<dt><img src=a><dd><img src=b><dt>b</dl>",
            ["body > dl > dt:nth-of-type(2) > img", "body > dl > dd > img"],
            id="dt ends dt",
        ),
        pytest.param(
            "<a href=x><table><tr><td><img src=a></table><img src=b></a>",
            ["body > a > table > tbody > tr > td > img", "body > a > img"],
            id="a link around a table",
        ),
        pytest.param(
            "<iframe src=x><img src=no></iframe><p><img src=a>", ["body > p > img"], id="what an iframe falls back to"
        ),
        pytest.param("<iframe src=x /><p><img src=a></p>", [], id="an iframe that is not ended"),
        pytest.param("<p>a<noscript><b><img src=a></b></noscript>", ["body > p > noscript > b > img"], id="noscript"),
        pytest.param("<svg><foreignObject><img src=a></svg>", ["body > svg > foreignObject > img"], id="svg"),
        pytest.param("<o:p><img src=a></o:p>", [r"body > o\:p > img"], id="a name with a colon"),
        pytest.param("<template><img src=no></template><img src=a>", ["body > img"], id="template"),
        pytest.param("<b id=a></b><img id=A src=a>", ["body > img"], id="ids that are one without a doctype"),
    ],
)
def test_where_images_stand(markup: str, selectors: list[str]) -> None:
    assert [one.selector for one in parse(markup).occurrences if one.element == "img"] == selectors


def test_a_link_around_a_table_is_the_link_of_what_is_in_it() -> None:
    (one,) = parse("<a href=/x><table><tr><td><img src=a></table></a>").occurrences
    assert (one.interactive, one.sole_content, one.context.link_url) == ("link", True, "https://shop.test/x")


def test_links_of_a_noscript_are_followed() -> None:
    assert parse("<p><noscript><a href=/next>Next</a></noscript>").links == ("https://shop.test/next",)


def test_what_a_noscript_says_is_no_text_of_what_it_is_in() -> None:
    (one,) = parse("<p>Red <noscript>Please <b>switch</b> scripts on</noscript>fox<img src=a></p>").occurrences
    assert one.context.surrounding == "Red fox"
    (one,) = parse("<a href=x><noscript><img src=b alt=Bee></noscript><img src=a alt=''></a>").occurrences[1:]
    assert one.sole_content


def test_what_noscripts_say_again_takes_no_id_away() -> None:
    (one,) = parse("<p><img id=i data-src=/a.png><noscript><img id=i src=/a.png></noscript>").occurrences
    assert one.selector == "#i"


@pytest.mark.parametrize("lines", [3, 70_000])
def test_lines(lines: int) -> None:
    (one,) = parse("\n" * lines + "<p>a\n<img\nsrc=a>").occurrences
    assert one.line == lines + 2


# Declarative shadow roots

CARD = (
    "<my-card><template shadowrootmode=open><style>p{color:red}</style><h2><slot name=title>None</slot></h2>"
    "<a href=/more><slot></slot></a><p id=text>In <b>the shadow</b><img src=s alt=Shadow></p></template>"
    "<span slot=title>Fox</span><img src=l alt=''></my-card>"
)


def test_a_shadow_tree_is_read_where_it_is_shown() -> None:
    facts = parse(f"<main>{CARD}</main>")
    light, shadow = facts.occurrences
    assert facts.links == ("https://shop.test/more",)
    assert (light.src, light.selector) == ("l", "body > main > my-card > img")
    assert (light.interactive, light.sole_content, light.context.heading) == ("link", True, "Fox")
    assert (shadow.src, shadow.selector) == ("s", "body > main > my-card >>> #text > img")
    assert shadow.context.surrounding == "In the shadow"


def test_ids_belong_to_their_own_shadow_tree() -> None:
    parts = "".join(
        f"<x-i><template shadowrootmode=closed><b id=n>{name}</b><img src=a aria-labelledby=n></template></x-i>"
        for name in ("One", "Two")
    )
    found = parse(f"<b id=n>None</b>{parts}<img src=b aria-labelledby=n>").occurrences
    assert [one.accessible_name for one in found] == ["One", "Two", "None"]
    assert [one.selector for one in found] == [
        "body > x-i:nth-of-type(1) >>> img",
        "body > x-i:nth-of-type(2) >>> img",
        "body > img",
    ]


def test_what_stands_in_no_slot_of_its_element_is_not_shown() -> None:
    """In the element that has the shadow tree, that is; where the slot is named in vain, too."""
    inside = "<template shadowrootmode=open><slot name=picture></slot></template>"
    facts = parse(f"<x-a>{inside}<img src=a><p><img src=b></p><img slot=picture src=c></x-a><x-b><img src=d></x-b>")
    assert [(one.src, one.hidden) for one in facts.occurrences] == [
        ("a", "in no slot of its element"),
        ("b", "in no slot of its element"),
        ("c", None),
        ("d", None),
    ]
    assert all("hidden" not in one.html for one in facts.occurrences)


def test_shadow_trees_in_shadow_trees() -> None:
    inner = "<x-b><template shadowrootmode=open><figure><slot></slot></figure></template><slot></slot></x-b>"
    (one,) = parse(f"<x-a><template shadowrootmode=open>{inner}</template><img src=a></x-a>").occurrences
    assert one.selector == "body > x-a > img"
    facts = parse("<x-a><template shadowrootmode=open>" * 100_000 + "<img src=a>")
    assert len(facts.occurrences) == 1


def test_what_is_in_a_template_is_not_shown() -> None:
    inner = "<x-a><template shadowrootmode=open><img src=a><a href=/x>x</a></template></x-a>"
    facts = parse(f"<template>{inner}</template><x-b><template shadowrootmode=open><template>{inner}")
    assert (facts.links, facts.occurrences) == ((), ())
