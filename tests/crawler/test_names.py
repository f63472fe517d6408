"""Names, roles and hiding, as accname and ARIA have them."""

from __future__ import annotations

import pytest

from core.records import Occurrence
from crawler.page.accname import MAX_NAME_CHARS, text_inside
from crawler.page.document import Document
from crawler.page.parse import parse_page

URL = "https://shop.test/page.html"
VISIBLE, INVISIBLE = "style='visibility:visible'", "style='visibility:hidden'"


def first(markup: str) -> Occurrence:
    return parse_page(URL, markup.encode(), "text/html; charset=utf-8").occurrences[0]


NAMES = [
    # The order of the sources
    ("labelledby before all", "<b id=x>A</b><img aria-labelledby=x aria-label=B alt=C title=D>", "A"),
    ("label before alt", "<img aria-label=B alt=C title=D>", "B"),
    ("alt before title", "<img alt=C title=D>", "C"),
    ("title last", "<img title=D>", "D"),
    ("nothing", "<img>", None),
    # Blank values fall through
    ("target without text", "<b id=x> </b><img aria-labelledby=x alt=C>", "C"),
    ("target that is not there", "<img aria-labelledby=none aria-label=B>", "B"),
    ("blank label", "<img aria-label='&nbsp; ' alt=C>", "C"),
    # An alt is the last word, as in Chromium and HTML-AAM, but on a button.
    ("blank alt", "<img alt=' ' title=D>", None),
    ("empty alt", "<img alt='' title=D>", None),
    ("empty alt of an area", "<map><area href=x alt='' title=D></map>", None),
    ("empty alt of a button", "<input type=image alt='' title=D>", "D"),
    ("image with an empty alt as a target", "<img aria-labelledby=x><img id=x alt='' title=D>", None),
    # What a reference says
    ("several targets", "<b id=x>A</b><b id=y>B</b><img aria-labelledby='y x  y'>", "B A B"),
    ("hidden target", "<b id=x hidden>A</b><img aria-labelledby=x>", "A"),
    ("target in something hidden", "<p style='display:none'><b id=x>A</b></p><img aria-labelledby=x>", "A"),
    ("hidden part of a target", "<b id=x>A<i hidden>B</i><i inert>C</i> D</b><img aria-labelledby=x>", "A D"),
    ("visible in a target", f"<b id=x>A<i {INVISIBLE}>B<u {VISIBLE}>C</u></i></b><img aria-labelledby=x>", "AC"),
    ("label of a target", "<b id=x aria-label=A>B</b><img aria-labelledby=x>", "A"),
    ("image in a target", "<b id=x>A <img alt=B> C</b>", "B"),
    ("image as a target", "<img aria-labelledby=x alt=A><img id=x alt=B>", "B"),
    ("silent image in a target", "<img aria-labelledby=x><b id=x>A<img alt=B role=none></b>", "A"),
    ("drawing in a target", "<img aria-labelledby=x><b id=x>A <svg><title>B</title></svg></b>", "A B"),
    ("title of a target", "<img aria-labelledby=x><b id=x title=A></b>", "A"),
    ("field as a target", "<img aria-labelledby='x y'><input id=x value=A><textarea id=y>B</textarea>", "A B"),
    ("choice as a target", "<img aria-labelledby=x><select id=x><option>A<option selected>B</select>", "B"),
    ("blocks are words apart", "<img aria-labelledby=x><div id=x>A<div>B</div>C<br>D<b>E</b></div>", "A B C DE"),
    ("first of two elements with an id", "<b id=x>A</b><b id=x>B</b><img aria-labelledby=x>", "A"),
    ("script in a target", "<b id=x>A<script>B</script></b><img aria-labelledby=x>", "A"),
    # No circles
    ("itself", "<img id=x aria-labelledby=x alt=A>", "A"),
    ("itself and another", "<img id=x aria-labelledby='x y' alt=A><b id=y>B</b>", "A B"),
    ("each other", "<img id=x aria-labelledby=y alt=A><img id=y aria-labelledby=x alt=B>", "B"),
    ("a target that holds it", "<div id=x>A <img aria-labelledby=x alt=B></div>", "A B"),
    # Elements
    ("role=none", "<img role=none alt=C>", None),
    ("role=none that can be focused", "<img role=none tabindex=-1 alt=C>", "C"),
    ("alt on a div", "<div role=img alt=C></div>", None),
    ("text in a div", "<div role=img>C</div>", None),
    ("label of a div", "<div role=img aria-label=C></div>", "C"),
    ("title of a div", "<div role=img title=C></div>", "C"),
    ("title child of svg", "<svg role=img><title>C</title></svg>", "C"),
    ("title attribute of svg", "<svg role=img title=C></svg>", "C"),
    ("empty title child of svg", "<svg role=img title=D><title></title></svg>", "D"),
    ("title of a part of svg", "<svg role=img><g><title>C</title></g></svg>", None),
    ("object, its fallback", "<object type=image/png data=a>C</object>", None),
    ("object, an image as fallback", "<object type=image/png data=a><img alt=C></object>", None),
    ("object with a title", "<object type=image/png data=a title=C></object>", "C"),
    ("area", "<map><area href=x alt=C></map>", "C"),
    ("button", "<input type=image alt=C>", "C"),
    ("button, value and name", "<input type=image value=C name=D>", None),
    ("button in a label", "<label>Go <input type=image></label>", "Go"),
    ("button with a label for it", "<label for=x>Go</label><input type=image id=x>", "Go"),
    ("button with a label for another", "<label for=y>Go</label><input type=image id=x>", None),
    ("button with a blank label", "<label for=x> </label><input type=image id=x alt=C>", "C"),
    ("two buttons in a label", "<label>Go <input type=image> <input type=image alt=D></label>", "Go D"),
]  # fmt: skip


@pytest.mark.parametrize(("markup", "name"), [pytest.param(*case, id=title) for title, *case in NAMES])
def test_accessible_name(markup: str, name: str | None) -> None:
    assert first(markup).accessible_name == name


def test_a_shape_in_a_drawing_has_a_title_child() -> None:
    _, shape = parse_page(URL, b"<svg><circle role=graphics-symbol><title>Sun</title></circle></svg>").occurrences
    assert shape.accessible_name == "Sun"


HIDDEN = [
    ("aria-hidden", "<img aria-hidden=true>", "aria-hidden"),
    ("aria-hidden in capitals", "<img aria-hidden=TRUE>", "aria-hidden"),
    ("aria-hidden around it", "<p aria-hidden=true><b><img></b></p>", "aria-hidden"),
    ("aria-hidden=false", "<img aria-hidden=false>", None),
    ("aria-hidden without a value", "<img aria-hidden>", None),
    ("hidden", "<p hidden><img></p>", "hidden attribute"),
    ("hidden, but displayed", "<p hidden style='display: block'><img></p>", None),
    ("inert", "<p inert><img></p>", "inert"),
    ("display", "<p style='color:red;display : NONE'><img></p>", "hidden by style"),
    ("visibility", "<p style='visibility:hidden'><img></p>", "hidden by style"),
    ("visible in something invisible", "<p style='visibility:hidden'><img style='visibility:visible'></p>", None),
    ("visible in something not displayed", f"<p style='display:none'><img {VISIBLE}></p>", "hidden by style"),
    ("invisible in something visible", f"<p {VISIBLE}><img {INVISIBLE}></p>", "hidden by style"),
    ("off the screen", "<p style='position:absolute;left:-9999px'><img></p>", None),
    ("transparent", "<img style='opacity:0'>", None),
    ("backface", "<img style='backface-visibility:hidden'>", None),
]  # fmt: skip


@pytest.mark.parametrize(("markup", "reason"), [pytest.param(*case, id=title) for title, *case in HIDDEN])
def test_hidden(markup: str, reason: str | None) -> None:
    assert first(markup).hidden == reason


ROLES = [
    ("none of its own", "<img>", None),
    ("one that exists", "<img role=button>", "button"),
    ("the first that exists", "<img role='picture Button img'>", "button"),
    ("none", "<img role=none>", "none"),
    ("none in a list", "<img role='presentation img'>", "presentation"),
    ("none after an unknown one", "<img role='decor none'>", "none"),
    ("none that can be focused", "<img role='none img' tabindex=0>", "img"),
    ("none with a global attribute", "<img role=none aria-live=off>", None),
    ("none with an attribute that is not global", "<img role=none aria-checked=true>", "none"),
    ("none on a control", "<input type=image role=none>", None),
    ("none on a control that is off", "<input type=image role=none disabled>", "none"),
    ("from digital publishing", "<img role=doc-cover>", "doc-cover"),
]  # fmt: skip


@pytest.mark.parametrize(("markup", "role"), [pytest.param(*case, id=title) for title, *case in ROLES])
def test_role(markup: str, role: str | None) -> None:
    assert first(markup).role == role


SOLE = [
    ("alone", "<a href=x><img></a>", True),
    ("alone but for spaces", "<a href=x> &nbsp;<img>\u200b </a>", True),
    ("beside text", "<a href=x><img> Fox</a>", False),
    ("beside hidden text", "<a href=x><img><b style='display:none'>Fox</b></a>", True),
    ("beside text out of sight", "<a href=x><img><b style='position:absolute;left:-99em'>Fox</b></a>", False),
    ("beside another image with a name", "<a href=x><img><img alt=Fox></a>", False),
    ("beside a hidden image with a name", "<a href=x><img><img alt=Fox hidden></a>", True),
    ("beside a drawing with text", "<a href=x><img><svg><text>Fox</text></svg></a>", False),
    ("beside a drawing with a title", "<a href=x><img><svg><title>Fox</title></svg></a>", False),
    ("beside the fallback of a video", "<a href=x><img><video>Fox</video></a>", True),
    ("in a link with a title", "<a href=x title=Fox><img></a>", False),
    ("in a link named by reference", "<b id=f>Fox</b><a href=x aria-labelledby=f><img></a>", False),
    ("in a link with a blank label", "<a href=x aria-label=' '><img></a>", True),
    ("in a hidden link", "<p hidden><a href=x><img></a></p>", False),
    ("in an anchor that leads nowhere", "<a name=x><img></a>", False),
    ("in a button", "<button><img></button>", True),
    ("in what acts as a link", "<i role=link><img></i>", True),
    ("in a menu item", "<li role='menuitem'><img></li>", True),
    ("in a summary", "<details><summary><img></summary></details>", True),
    ("in a paragraph", "<p><img></p>", False),
]  # fmt: skip


@pytest.mark.parametrize(("markup", "sole"), [pytest.param(*case, id=title) for title, *case in SOLE])
def test_the_only_content_of_a_link_or_button(markup: str, sole: bool) -> None:
    assert first(markup).sole_content is sole


def test_reading_stops_where_a_name_has_no_use_for_more() -> None:
    wide = Document(URL, "<p>" + "<b>word </b>" * 100_000)
    assert MAX_NAME_CHARS <= len(text_inside(wide.root)) < 2 * MAX_NAME_CHARS
    empty = Document(URL, "<p>" + "<b></b>" * 100_000 + "end")
    assert text_inside(empty.root) == ""
    long = Document(URL, "<p>" + "word " * 1_000_000)
    assert len(text_inside(long.root)) <= MAX_NAME_CHARS


# Parts of an image


@pytest.mark.parametrize(
    ("markup", "hidden"),
    [
        ("<p role=img aria-label='3 of 5'><img src=a></p>", True),
        ("<p role='image' aria-labelledby=n><b><img src=a></b></p><i id=n>3 of 5</i>", True),
        ("<p role=meter title='3 of 5'><img src=a></p>", True),
        ("<p role=slider aria-label=Size><img src=a></p>", True),
        ("<svg role=img><title>Plan</title><foreignObject><img src=a></foreignObject></svg>", True),
        ("<p role=img><img src=a></p>", False),
        ("<p role=img aria-label=' '><img src=a></p>", False),
        ("<p role=group aria-label='3 of 5'><img src=a></p>", False),
        ("<p role=button aria-label=Buy><img src=a></p>", False),
        ("<p role='none img' aria-label='3 of 5'><img src=a></p>", True),
        ("<img role=img aria-label='3 of 5' src=a>", False),
    ],
)
def test_what_a_named_image_holds_is_a_part_of_it(markup: str, hidden: bool) -> None:
    (one,) = [one for one in parse_page("https://shop.test/", markup.encode()).occurrences if one.element == "img"]
    assert one.hidden == ("part of an image that has a name" if hidden else None)
