"""What stands right beside an image: the sentence that leads to it, the line below, the head of its row."""

from __future__ import annotations

import time

import pytest

from core.records import Context
from crawler.page.parse import parse_page

IMAGE = "<img src=a.png>"


def context(markup: str) -> Context:
    facts = parse_page("http://shop.test/", f"<html lang=en><body>{markup}".encode())
    return next(one.context for one in facts.occurrences if (one.src or "").startswith("a.png"))


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (
            f"<p>Open the dialog:</p><p>{IMAGE}</p><p>It has two tabs.</p>",
            ("Open the dialog:", None, "It has two tabs."),
        ),
        (f"<p>First.</p><p>Open it. {IMAGE} The main window</p><p>Last.</p>", ("Open it.", "The main window", None)),
        (f"<div>{IMAGE}<br><i>Figure: A map of wells</i></div>", (None, "Figure: A map of wells", None)),
        (f"<p>Click {IMAGE} to save the file.</p>", ("Click", None, "to save the file.")),  # a sentence goes on
        (f"<h2>Maps</h2>{IMAGE}<h2>Wells</h2><p>Other</p>", (None, None, None)),  # headings end it
        (f"<p>One <img src=b.png> two {IMAGE} three <img src=c.png> four</p>", ("two", None, "three")),
        (f"<p>Before</p>{IMAGE}<p>{'Long ' * 100}</p>", ("Before", None, ("Long " * 60).strip())),
        (f"<p>{'Long ' * 100}end.</p>{IMAGE}", (("Long " * 59) + "end.", None, None)),
        (f"<script>var x</script><style>p {{}}</style>{IMAGE}<script>var y</script>", (None, None, None)),
        (f"<ul><li>One</li><li>Two {IMAGE}</li><li>Three</li></ul>", ("Two", None, "Three")),
        (f"<section><p>Elsewhere</p></section><section>{IMAGE}</section><section>After</section>", (None, None, None)),
        (IMAGE, (None, None, None)),
    ],
)
def test_texts_beside(markup, expected):
    found = context(markup)
    assert (found.before, found.label, found.after) == expected


@pytest.mark.parametrize(
    ("markup", "term", "column"),
    [
        (f"<dl><dt>Kettle</dt><dd>Old</dd><dd>{IMAGE}</dd></dl>", "Kettle", None),
        (
            f"<table><tr><th>Name</th><th>Look</th></tr><tr><td>Kettle</td><td>{IMAGE}</td></tr></table>",
            "Kettle",
            "Look",
        ),
        (f"<table><tr><td>{IMAGE}</td><td>Kettle</td></tr></table>", None, None),
        (f"<table><tr><td><img src=b.png></td><td>{IMAGE}</td></tr></table>", None, None),
        (f"<ul><li>{IMAGE} Kettle</li></ul>", None, None),
    ],
)
def test_heads_of_rows_and_columns(markup, term, column):
    found = context(markup)
    assert (found.term, found.column) == (term, column)


def test_how_many_pictures_have_a_heading():
    assert context(f"<h2>Maps</h2>{IMAGE}<p><img src=b.png></p><h2>Wells</h2><img src=c.png>").pictures == 2


@pytest.mark.parametrize(
    "image",
    ["<a href=/x><img src=a.png></a>", "<button><img src=a.png></button>"],
)
def test_it_is_not_read_where_nothing_is_made_of_it(image):
    found = context(f"<p>Open the dialog:</p><p>{image}</p>")
    assert (found.before, found.pictures) == (None, None)


def test_of_images_with_a_text_it_is_read_for_the_first_of_a_page():
    """What a site's own texts say of its pages is learned from them."""
    markup = "".join(f"<div><p>Step {n}:</p><img src={n}.png alt='Save the file'></div>" for n in range(6))
    facts = parse_page("http://shop.test/", f"<html lang=en><body>{markup}".encode())
    found = [one.context.before for one in facts.occurrences]
    assert found == ["Step 0:", "Step 1:", "Step 2:", None, None, None]


@pytest.mark.parametrize(
    "markup",
    [
        "<p>" + "<img src=a.png>" * 5000,
        "<p>" + "<b></b>" * 20_000 + IMAGE + "<b></b>" * 20_000,
        "<div>" * 400 + IMAGE,
        "<p>" + "x" * 2_000_000 + IMAGE * 1000,
        "<table><tr>" + "<td>x</td>" * 5000 + f"<td>{IMAGE}</td>" * 500,
        f"<dl><dt>T</dt>{'<dd></dd>' * 5000}{f'<dd>{IMAGE}</dd>' * 500}</dl>",
    ],
)
@pytest.mark.computes(20)
def test_no_page_takes_long(markup):
    started = time.process_time()
    context(markup)
    assert time.process_time() - started < 15
