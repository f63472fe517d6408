"""Which heading is about an image: that of its own block, above it or below, and never that of the card before."""

from __future__ import annotations

import pytest

from crawler.page.parse import parse_page


def topics(body: str) -> list[str | None]:
    """What is about each image: the topic or, where there is none, the nearest heading."""
    places = parse_page("http://shop.test/", f"<!doctype html><title>x</title>{body}".encode()).occurrences
    return [place.context.heading if place.context.topic is None else place.context.topic for place in places]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            "<h1>Crew</h1>" + "".join(f"<div class=c><img src={n}.jpg><h3>Person {n}</h3></div>" for n in "abc"),
            ["Person a", "Person b", "Person c"],
            id="pictures above their headings",
        ),
        pytest.param(
            "<h1>Boats</h1><ul>"
            + "".join(f"<li><a href=/{n}><picture><img src={n}.jpg></picture></a><div><h2>{n}</h2></div>" for n in "ab")
            + "</ul>",
            ["a", "b"],
            id="in links and wrappings",
        ),
        pytest.param(
            "".join(f"<article><h2>Post {n}</h2><p><img src={n}.jpg></p></article>" for n in "ab"),
            ["Post a", "Post b"],
            id="pictures below their headings",
        ),
        pytest.param(
            "<h1>Crew</h1><ul><li><img src=a.jpg><h3>Ann</h3><li class=last><img src=b.jpg><p>Ben</ul>",
            ["Ann", "Crew"],
            id="a card without a heading has that of the list",
        ),
        pytest.param(
            "<div class='c x'><img src=a.jpg><h3>Ann</h3></div><div class='c y'><img src=b.jpg><p>Ben</p></div>",
            ["Ann", ""],
            id="or none",
        ),
        pytest.param(
            "<section><h2>Visit</h2><p>Text</p><p><img src=a.jpg></p><p><img src=b.jpg></p></section>",
            ["Visit", "Visit"],
            id="a section",
        ),
        pytest.param(
            "<div class=head><h2>Visit</h2></div><div class=body><img src=a.jpg></div>",
            ["Visit"],
            id="a heading in a block of its own",
        ),
        pytest.param(
            "<h2>Before</h2><div><img src=a.jpg><h3>One</h3><p>x</p><h3>Two</h3></div>",
            ["Before"],
            id="a picture above several sections",
        ),
        pytest.param("<img src=a.jpg><h1>Title</h1>", [None], id="above the page's title"),
        pytest.param("<article><img src=a.jpg><h1>Title</h1></article>", ["Title"], id="of an article"),
        pytest.param("<h2> </h2><h2>Said</h2><h2></h2><img src=a.jpg>", ["Said"], id="empty ones"),
    ],
)
def test_the_block_that_holds_a_picture_decides(body, expected):
    assert topics(body) == expected


def test_blocks_are_not_glued_together():
    page = "<div><img src=a.jpg><h3>Ann<br>Lee</h3><p>Baker</p><ul><li>Bread<li>Rolls</ul></div>"
    (place,) = parse_page("http://shop.test/", page.encode()).occurrences
    assert place.context.surrounding == "Ann Lee Baker Bread Rolls"
    assert place.context.topic == "Ann Lee"


@pytest.mark.computes(5)
@pytest.mark.parametrize(
    "body",
    [
        "<div class=c><img src=%d.jpg><p>x</p></div>" * 2000,
        "<div class=c><h3></h3><img src=%d.jpg></div>" * 2000,
        "<h2>x</h2>" * 3000 + "<img src=%d.jpg>" * 2000,
        "<div>" * 200 + "<h3>x</h3><img src=%d.jpg>" * 1000,
    ],
)
def test_long_lists_take_no_time(body):
    many = body % tuple(range(body.count("%d")))
    facts = parse_page("http://shop.test/", f"<div class=c><h2>First</h2><img src=x.jpg></div>{many}".encode())
    assert len(facts.occurrences) > 1000
