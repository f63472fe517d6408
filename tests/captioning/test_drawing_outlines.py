"""What CSS does with the outlines of shapes, and rules in rules, as Chromium shows them."""

from __future__ import annotations

import pytest

from captioning.decoding.drawing import geometry
from captioning.decoding.process import decode
from core.errors import ImageError
from tests.captioning.chromium import CHROMIUM
from tests.captioning.odd_images import BLUE, RED, WHITE
from tests.captioning.test_drawings import BLACK, MAX_PIXELS, drawing, drawn, far_from_chromium, is_near

BOX = '<rect x="20" y="10" width="160" height="80" fill="red" {}/>'
THICK = 'stroke="blue" stroke-width="20"'
MASK = '<mask id="m"><rect width="100" height="100" fill="#fff"/></mask>'
KEPT = 'fill="none" stroke="red" stroke-width="30" vector-effect="non-scaling-stroke"'


def cut(shape: str, more: str = "") -> bytes:
    return drawing(BOX.format(f'style="clip-path:{shape}" {more}'))


# What is drawn -> what is seen at (50, 50) and at (150, 50) of 200 x 100.
CASES: dict[str, tuple[bytes, tuple[int, ...], tuple[int, ...]]] = {
    "a circle": (cut("circle(40px at 40px 50%)"), RED, WHITE),
    "a circle by itself": (cut("circle()"), WHITE, WHITE),
    "a circle by shares": (cut("circle(30% at 25% 50%)"), RED, WHITE),
    "a circle to the far side": (cut("circle(farthest-side at 0 50%)"), RED, RED),
    "a circle from the corner of the stroke": (cut("circle(60px at left center)", THICK), RED, WHITE),
    "a circle from the corner of the shape": (cut("circle(60px at left center) fill-box", THICK), RED, WHITE),
    "a circle from the corner of the drawing": (cut("view-box circle(40px at 50px 50px)"), RED, WHITE),
    "a circle from the right": (cut("circle(40px at right 110px bottom 40px)"), RED, WHITE),
    "a circle in an attribute": (drawing(BOX.format('clip-path="circle(40px at 40px 40px)"')), RED, WHITE),
    "an ellipse": (cut("ellipse(30% 20px at 25% 50%)"), RED, WHITE),
    "an ellipse by itself": (cut("ellipse()"), RED, RED),
    "a polygon": (cut("polygon(0 0, 50% 0, 50% 100%, 0 100%)"), RED, WHITE),
    "a star with a hole": (
        cut("polygon(evenodd, 0 0, 160px 0, 160px 80px, 0 80px, 0 0, 100px 10px, 100px 70px, 150px 70px, 150px 10px)"),
        RED,
        WHITE,
    ),
    "an inset": (cut("inset(10px 50% 10px 0)"), RED, WHITE),
    "an inset with round corners": (cut("inset(10px 80px 10px 0 round 30px 10px / 20%)"), RED, WHITE),
    "a rectangle": (cut("rect(0 80px auto auto round 8px)"), RED, WHITE),
    "one by its size": (cut("xywh(0 0 50% 100%)"), RED, WHITE),
    "a path": (cut("path('M0 0h80v80h-80z')"), RED, WHITE),
    "a path with a rule": (cut('path(evenodd, &quot;M0 0h80v80h-80z&quot;)'), RED, WHITE),
    "a box alone": (cut("fill-box"), RED, RED),
    "a group": (
        drawing(
            '<g style="clip-path:inset(0 50% 0 0)"><g transform="translate(20)"><rect y="9" width="9" height="80"/></g>'
            '<path d="M20 10q80 0 160 0v80h-160" fill="red"/></g>'
        ),
        RED,
        WHITE,
    ),
    "a shape that is moved": (
        drawing(BOX.format('transform="translate(80) scale(.5 1)" style="clip-path:inset(0 50% 0 0)"')),
        WHITE,
        WHITE,
    ),
    "a shape in a sheet": (
        drawing("<style>rect{clip-path:polygon(0 0,50% 0,50% 100%,0 100%)}</style>" + BOX.format("")),
        RED,
        WHITE,
    ),
    "an older name": (drawing(BOX.format('style="-webkit-clip-path:inset(0 50% 0 0)"')), RED, WHITE),
    "a mask": (drawing(MASK + BOX.format('style="mask:url(#m)"')), RED, WHITE),
    "a mask by its long name": (drawing(MASK + BOX.format('style="mask-image:url(#m)"')), RED, WHITE),
    "a mask with more words": (drawing(MASK + BOX.format('style="-webkit-mask:url(#m) no-repeat"')), RED, WHITE),
    "a stroke that does not scale": (
        drawing(f'<g transform="scale(20)"><path d="M2.5 0v5" {KEPT}/></g>'),
        RED,
        WHITE,
    ),
    "one in a drawing that scales": (
        drawing(f'<path d="M2.5 0v5" {KEPT}/>', 'width="200" height="100" viewBox="0 0 10 5"'),
        RED,
        WHITE,
    ),
    "one in a chart that is stretched": (
        drawing(
            f'<path d="M0 1C1 0 2 3 5 2T10 4" {KEPT}/>',
            'width="200" height="100" viewBox="0 0 10 10" preserveAspectRatio="none"',
        ),
        WHITE,
        WHITE,
    ),
    "one by a sheet, dashed": (
        drawing(
            "<style>path{vector-effect:non-scaling-stroke;stroke-dasharray:100 100;stroke:red;stroke-width:40px}"
            "</style>"
            '<g transform="scale(10)"><path d="M0 5h20"/></g>'
        ),
        RED,
        WHITE,
    ),
    "dashes of a named length": (
        drawing('<path pathLength="2" stroke-dasharray="1" d="M0 50h200" stroke="red" stroke-width="30"/>'),
        RED,
        WHITE,
    ),
    "dashes around a circle": (
        drawing(
            '<circle cx="100" cy="50" r="50" pathLength="100" fill="none" stroke="red" stroke-width="40" '
            'stroke-dasharray="50 50" stroke-dashoffset="-25"/>'
        ),
        RED,
        WHITE,
    ),
    "dashes along a curve": (
        drawing(
            '<path d="M0 50c50 30 50-30 100 0s50-20 100 0" pathLength="4" fill="none" stroke="red" stroke-width="60" '
            'style="stroke-dasharray:2"/>'
        ),
        RED,
        WHITE,
    ),
    "a rule in a rule": (drawing("<style>g{rect{fill:blue}}</style><g>" + BOX.format("") + "</g>"), BLUE, BLUE),
    "a rule in a rule of itself": (
        drawing("<style>rect{fill:red;&amp;.b{fill:blue} .c &amp;{opacity:0}}</style>" + BOX.format('class="b"')),
        BLUE,
        BLUE,
    ),
    "a rule in two others": (
        drawing("<style>g, svg{&gt; g{rect, path{fill:blue}}}</style><g>" + BOX.format("") + "</g>"),
        BLUE,
        BLUE,
    ),
    "a medium in a rule": (
        drawing("<style>rect{@media screen{fill:blue}@media print{fill:lime}}</style>" + BOX.format("")),
        BLUE,
        BLUE,
    ),
    "a sheet for paper": (
        drawing('<style media="print">rect{fill:blue}</style><style media="screen, tv">rect{stroke:red}</style>'
                + BOX.format("")),
        RED,
        RED,
    ),
    "layers in their order": (
        drawing("<style>@layer a,b;@layer b{rect{fill:blue}}@layer a{rect{fill:lime}}</style>" + BOX.format("")),
        BLUE,
        BLUE,
    ),
    "what is in no layer": (
        drawing("<style>rect{fill:blue}@layer a{rect.x{fill:lime}}</style>" + BOX.format('class="x"')),
        BLUE,
        BLUE,
    ),
    "a group that is turned around its middle": (
        drawing(
            '<g style="transform-box:fill-box;transform-origin:center;transform:rotate(90deg)">'
            '<g transform="translate(30 0)"><path fill="red" d="M0 30h40v40h-40z"/>'
            '<circle r="20" cx="20" cy="50"/></g></g>'
        ),
        BLACK,
        WHITE,
    ),
    "a line that is turned around its middle": (
        drawing(
            '<path style="transform-box:fill-box;transform-origin:50% 50%;rotate:90deg" stroke="red" stroke-width="90" '
            'd="M50 0v100"/>'
        ),
        RED,
        WHITE,
    ),
    "a share that is turned": (
        drawing(
            '<rect width="50%" height="100%" fill="red" style="transform-box:fill-box;transform-origin:center;'
            'transform:scale(.9)"/>'
        ),
        RED,
        WHITE,
    ),
    "a share that is cut": (drawing('<rect width="100%" height="100%" fill="red" style="clip-path:circle(20%)"/>'),
                            WHITE, WHITE),
    "a share of the drawing": (drawing('<rect width="50vw" height="100vh" fill="red"/>'), RED, WHITE),
    "a size that nothing obeys": (
        drawing(
            '<style>use{width:50px;height:50px}</style><symbol id="s" viewBox="0 0 10 10">'
            '<rect width="10" height="10" fill="red"/></symbol><use href="#s"/>'
        ),
        RED,
        WHITE,
    ),
    "colours that are turned": (
        drawing(
            '<linearGradient id="g" style="transform:rotate(90deg)"><stop stop-color="red"/>'
            '<stop offset="1" stop-color="blue"/></linearGradient>' + BOX.format('style="fill:url(#g)"')
        ),
        (127, 0, 128),
        (127, 0, 128),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_seen(name):
    data, left, right = CASES[name]
    image = drawn(data)
    assert is_near(image.getpixel((50, 50)), left)
    assert is_near(image.getpixel((150, 50)), right)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
@pytest.mark.slow
def test_chromium_shows_the_same(tmp_path):
    assert far_from_chromium(tmp_path, {name: data for name, (data, *_) in CASES.items()}) == {}


@pytest.mark.parametrize(
    "inner",
    [
        BOX.format('style="clip-path:shape(from 0 0, line to 9px 0, line to 9px 9px)"'),
        BOX.format('style="clip-path:circle(40px at nowhere)"'),
        '<text y="50" font-size="40" style="clip-path:circle(40px)">MM</text>',
        BOX.format('style="mask:linear-gradient(#000, transparent)"'),
        '<text y="50" font-size="40" style="text-shadow:2px 2px red">MM</text>',
        "<style>@scope (g){rect{fill:blue}}</style>" + BOX.format(""),
        "<style>@import url('data:text/css,rect{fill:blue}');</style>" + BOX.format(""),
        '<link xmlns="http://www.w3.org/1999/xhtml" rel="stylesheet" href="data:text/css,a{}"/>' + BOX.format(""),
        f'<symbol id="s" viewBox="0 0 9 9"><path d="M0 0h9" {KEPT}/></symbol><use href="#s"/>' + BOX.format(""),
        '<text y="9" stroke="red" pathLength="4" stroke-dasharray="1">M</text>' + BOX.format(""),
    ],
)
def test_what_cannot_be_drawn_is_said(inner):
    assert decode(drawing(inner), max_pixels=MAX_PIXELS, side_px=100).warnings == ("not_drawn",)


@pytest.mark.parametrize("style", ["border:2px solid red", "border-radius:50%", "background:linear-gradient(red,blue)",
                                   "box-shadow:0 0 5px red", "padding:9px", "transform:rotate(9deg)"])  # fmt: skip
def test_what_is_around_a_drawing_is_said(style):
    data = drawing(BOX.format(""), f'width="200" height="100" style="{style}"')
    assert decode(data, max_pixels=MAX_PIXELS, side_px=100).warnings == ("not_drawn",)


DASHED = 'pathLength="1" stroke-dasharray="1" stroke="red"'


@pytest.mark.parametrize(
    "how", ['display="none"', 'style="display:none"', 'transform="translate(0)"', 'style="margin:9px"']
)
def test_what_is_said_of_a_drawing_as_a_whole_and_means_nothing(how):
    data = drawing(BOX.format(""), f'width="200" height="100" {how}')
    assert is_near(drawn(data).getpixel((50, 50)), RED)


HOSTILE = {
    "a path of a million points": cut("path('M" + "1 2 " * 500_000 + "')"),
    "arcs without size": drawing(f'<path {DASHED} d="M0 0{"A0 1e-9 5 119 9" * 999}"/>'),
    "numbers without end": drawing(f'<path {DASHED.replace("1", "1e-300")} d="M1e308 1e308h1e308"/>'),
    "groups in groups, each cut": drawing(
        '<g style="clip-path:inset(1px)">' * 200 + BOX.format("") * 200 + "</g>" * 200
    ),
    "rules in rules": drawing(
        "<style>" + "rect{&amp; &amp; &amp;,g{" * 60 + "fill:red" + "}}" * 60 + "</style>" + BOX.format("")
    ),
    "rules beside rules in rules": drawing(
        "<style>g{" + "rect{fill:red}" * 20_000 + "}</style><g>" + BOX.format("") * 99 + "</g>"
    ),
    "radii that divide by nothing": cut("inset(0 round 0 0 0 0 / 1e-300px)"),
    "flags that are none": drawing(f'<path {DASHED} d="M0 0A5 5 0 22 33 9 9"/>'),
    "transforms that are none": drawing(f'<g transform="scale(0)"><path d="M0 0h9" {KEPT}/></g>' + BOX.format("")),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_drawings_end(name):
    try:
        assert decode(HOSTILE[name], max_pixels=MAX_PIXELS, side_px=100).format == "SVG"
    except ImageError as error:
        assert error.code in {"blank", "corrupt", "timeout", "out_of_memory", "not_drawn"}, error  # noqa: PT017


@pytest.mark.parametrize(
    ("data", "box", "length"),
    [
        ("M10 20h30v40H10z", (10, 20, 30, 40), 140),
        ("m10,20 30,0 0,40-30 0z m100 0h5", (10, 20, 105, 40), 145),
        ("M0 0A50 50 0 01100 0", (0, -50, 100, 50), 157.08),
        ("M0 0a50,50,0,1,0,100,0", (0, 0, 100, 50), 157.08),
        ("M0 0C0 100 100 100 100 0", (0, 0, 100, 75), 200),
        ("M0 0Q50 100 100 0T200 0", (0, -50, 200, 100), 295.8),
        ("M0 0L10 0.5.5.5", (0, 0, 10, 0.5), 19.51),
        ("M5 5", (5, 5, 0, 0), 0),
    ],
)
def test_the_length_and_the_box_of_a_path(data, box, length):
    lines = geometry.path_points(data)
    assert geometry.box_of(lines) == pytest.approx(box, abs=0.5)
    assert geometry.length(lines) == pytest.approx(length, rel=0.01)
