"""Captions that are no figcaption, and links to a heading or caption itself that are no part of its text."""

from __future__ import annotations

import pytest

from crawler.page.parse import parse_page

BOAT = "<img src=/boat.jpg alt=x>"


def contexts(markup: str) -> list[tuple[str | None, str | None]]:
    facts = parse_page("https://harbour.test/", f"<!doctype html><body>{markup}".encode(), "text/html; charset=utf-8")
    return [(place.context.figcaption, place.context.heading) for place in facts.occurrences]


CAPTIONS = {
    "WordPress": f"<div class='wp-caption alignleft'>{BOAT}<p class=wp-caption-text>The pier</p></div>",
    "WordPress, linked": f"<div class=wp-caption><a href=/b>{BOAT}</a><p class='wp-caption-text'>The pier</p></div>",
    "WordPress, a gallery's item": (
        f"<dl class=gallery-item><dt class=gallery-icon><a href=/b>{BOAT}</a></dt>"
        "<dd class='wp-caption-text gallery-caption'>The pier</dd></dl>"
    ),
    "DocBook": (
        "<div class=figure><a name=f1></a><p class=title><b>The pier</b></p><div class=figure-contents>"
        f"<div class=mediaobject>{BOAT}</div></div></div><br class=figure-break>"
    ),
    "DocBook, mediaobject": f"<div class=mediaobject>{BOAT}<div class=caption><p>The pier</p></div></div>",
    "Doxygen": f"<div class=image>{BOAT}<div class=caption>The pier</div></div>",
    "AsciiDoctor": f"<div class=imageblock><div class=content>{BOAT}</div><div class=title>The pier</div></div>",
    "Sphinx": (
        f"<div class='figure align-default' id=f1>{BOAT}<p class=caption><span class=caption-text>The pier</span>"
        "<a class=headerlink href=#f1 title='Permalink to this image'>¶</a></p></div>"
    ),
    "MediaWiki": (
        f"<div class='thumb tright'><div class=thumbinner><a class=image href=/b>{BOAT}</a><div class=thumbcaption>"
        "<div class=magnify><a href=/b title=Enlarge></a></div>The pier</div></div></div>"
    ),
    "Blogger": (
        f"<table class=tr-caption-container><tbody><tr><td><a href=/b>{BOAT}</a></td></tr>"
        "<tr><td class=tr-caption>The pier</td></tr></tbody></table>"
    ),
    "Texinfo": f"<div class=float><p>{BOAT}</p><div class=caption><p>The pier</p></div></div>",
    "Bootstrap's carousel": f"<div class=carousel-item>{BOAT}<div class='carousel-caption d-none'>The pier</div></div>",
    "a theme": f"<div class=post-media><div class=ratio>{BOAT}</div><span class=imageCaption>The pier</span></div>",
    "above the image": f"<section><p>Text.</p><p class=img-caption>The pier</p><p>{BOAT}</p><p>Text.</p></section>",
    "flat": f"<article><p>Text.</p>{BOAT}<p class=caption>The pier</p><p>Text.</p></article>",
    "a table's": f"<table><caption>The pier</caption><tr><td>{BOAT}</td></tr></table>",
    "a figcaption": (
        f"<figure>{BOAT}<figcaption class=caption>The pier<a class=headerlink href=#f>#</a></figcaption></figure>"
    ),
    "in a figure": f"<figure><div>{BOAT}</div><p class=caption>The pier</p></figure>",
}
NO_CAPTIONS = {
    "a caption of code": f"{BOAT}<div class=code-block-caption>The pier</div><pre>1</pre>",
    "a heading of the table of contents": (
        f"<div class=wy-side-scroll><div class=wy-side-nav-search>{BOAT}</div><div class=wy-menu>"
        "<p class=caption role=heading><span class=caption-text>The pier</span></p><ul><li>1</ul></div></div>"
    ),
    "a table of many": f"<table><caption>The pier</caption><tr><td>{BOAT}<td><img src=/b.png></table>",
    "a title of no figure": f"<div class=admonition>{BOAT}<p class=title>The pier</p></div>",
    "far from the image": f"<p>{BOAT}</p><p>Much more text.</p><p class=caption>The pier</p>",
    "a button": f"<div class=player>{BOAT}<button class=captions-button>CC</button></div>",
    "a sentence before": f"<main><p>A whole sentence with a sign {BOAT} in it.</p><p class=caption>The pier</p></main>",
    "two of one figure": (
        f"<div class=gallery>{BOAT}<b>1</b><p class=caption>The pier</p><b>2</b><p class=caption>B</p></div>"
    ),
    "in the footer": f"<footer>{BOAT}<p>Text</p><ul><li><p class=caption>The pier</p></li></ul></footer>",
}


@pytest.mark.parametrize("markup", CAPTIONS.values(), ids=CAPTIONS)
def test_a_caption(markup):
    assert contexts(markup)[0][0] == "The pier"


@pytest.mark.parametrize("markup", NO_CAPTIONS.values(), ids=NO_CAPTIONS)
def test_no_caption(markup):
    assert contexts(markup)[0][0] is None


def test_each_image_has_its_own():
    one, other = (f"<div class=image>{BOAT}<div class=caption>The {name}</div></div>" for name in ("pier", "quay"))
    assert [caption for caption, _ in contexts(one + other)] == ["The pier", "The quay"]
    flat = f"{BOAT}<p class=caption>The pier</p>{BOAT}<p class=caption>The quay</p>"
    assert [caption for caption, _ in contexts(f"<main>{flat}</main>")] == ["The pier", "The quay"]


@pytest.mark.parametrize(
    "heading",
    [
        "<h2>The pier<a class=headerlink href=#pier title='Link to this heading'>¶</a></h2>",
        "<h2><a class=anchor href=#pier aria-hidden=true>#</a>The pier</h2>",
        "<h2>The pier <a class='hash-link' href=#pier>Direct link</a></h2>",
        "<h2>The pier <a class=anchor href=#pier><span class=sr-only>Link to this heading</span></a></h2>",
        "<h2>The pier <a href=#pier>🔗</a></h2>",
        "<h2>The pier<a class=permalink href=page.html#pier>§</a></h2>",
        "<h2>The pier<span class=mw-editsection>[<a href=/edit>edit</a>]</span></h2>",
        "<h2><a class=anchor href=#pier>The pier</a></h2>",
        "<h2><a class=headerlink href=#pier>The pier</a></h2>",
        "<h2><a href=#pier>The pier</a></h2>",
    ],
)
def test_a_link_to_the_heading_itself_is_no_part_of_it(heading):
    assert contexts(heading + BOAT)[0][1] == "The pier"


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("<h2>C<a href=/sharp>#</a></h2>", "C#"),
        ("<h2>The pier <a href=#note>1</a></h2>", "The pier 1"),
        ("<h2>The pier <a href=/map>on the map</a></h2>", "The pier on the map"),
        ("<h2>Issue #12</h2>", "Issue #12"),
    ],
)
def test_other_links_and_signs_are(heading, text):
    assert contexts(heading + BOAT)[0][1] == text
