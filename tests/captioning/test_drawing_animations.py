"""Drawings that move: as Chromium shows them at first, or later where there is nothing to see at first."""

from __future__ import annotations

import pytest

from captioning.decoding.drawing.timing import between, eased, seconds
from captioning.decoding.process import decode
from core.errors import ImageError
from tests.captioning.chromium import CHROMIUM
from tests.captioning.odd_images import BLUE, RED, WHITE
from tests.captioning.test_drawings import MAX_PIXELS, drawing, drawn, far_from_chromium, is_near

GREEN, GREY = (0, 128, 0), (127, 127, 127)
LONG = 'dur="5000s"'


def moving(*animations: str, attributes: str = "", before: str = "") -> bytes:
    """A red bar on the left of 200 x 100."""
    inner = "".join(animations)
    return drawing(f'{before}<rect id="r" width="100" height="100" fill="red" {attributes}>{inner}</rect>')


def keyed(frames: str, animation: str, more: str = "", name: str = "k") -> bytes:
    sheet = f"@keyframes {name}{{{frames}}}rect{{animation:{animation};{more}}}"
    return moving(before=f"<style>{sheet}</style>")


# What is drawn -> what is seen at (50, 50) and at (150, 50) of 200 x 100.
CASES: dict[str, tuple[bytes, tuple[int, ...], tuple[int, ...]]] = {
    "from": (moving(f'<animate attributeName="fill" from="blue" to="red" {LONG}/>'), BLUE, WHITE),
    "values": (moving(f'<animate attributeName="width" values="200;9;9" {LONG} repeatCount="indefinite"/>'), RED, RED),
    "to alone": (moving(f'<animate attributeName="x" to="90" {LONG}/>'), RED, WHITE),
    "by alone": (moving(f'<animate attributeName="x" by="90" begin="-5000s" {LONG} repeatCount="2"/>'), RED, WHITE),
    "half of it is over": (
        moving('<animate attributeName="x" from="0" to="200" begin="-500s" dur="1000s"/>'),
        WHITE, RED,
    ),
    "colours between colours": (
        moving('<animate attributeName="fill" from="#000" to="white" begin="-500s" dur="1000s"/>'), GREY, WHITE,
    ),
    "keys in time": (
        moving('<animate attributeName="x" values="0;200;100" keyTimes="0;.1;1" begin="-40s" dur="200s"/>'),
        WHITE, WHITE,
    ),
    "no way between": (
        moving('<animate attributeName="x" values="0;100;200" calcMode="discrete" begin="-1000s" dur="2000s"/>'),
        WHITE, RED,
    ),
    "on a curve": (
        moving('<animate attributeName="x" values="0;200" calcMode="spline" keySplines="0 1 0 1" begin="-999s" '
               'dur="2000s"/>'), WHITE, WHITE,
    ),
    "more of it": (
        moving(f'<animate attributeName="width" from="100" to="900" additive="sum" {LONG}/>'), RED, RED,
    ),
    "over a style": (
        moving(f'<animate attributeName="fill" from="blue" to="red" {LONG}/>', attributes='style="fill:lime"'),
        BLUE, WHITE,
    ),
    "over a sheet": (
        moving(f'<animate attributeName="fill" from="blue" to="red" {LONG}/>', before="<style>rect{fill:lime}</style>"),
        BLUE, WHITE,
    ),
    "under what is important": (
        moving(f'<animate attributeName="fill" from="blue" to="red" {LONG}/>',
               before="<style>rect{fill:green!important}</style>"), GREEN, WHITE,
    ),
    "set": (moving('<set attributeName="fill" to="blue"/>'), BLUE, WHITE),
    "shown by being set": (moving('<set attributeName="visibility" to="visible" begin="0s"/>',
                                  attributes='visibility="hidden"'), RED, WHITE),
    "set to a class": (
        moving('<set attributeName="class" to="b"/>', before="<style>.b{fill:blue}</style>"), BLUE, WHITE,
    ),
    "set later": (moving('<set attributeName="fill" to="blue" begin="9s"/>'), RED, WHITE),
    "set by a click": (moving('<set attributeName="fill" to="blue" begin="r.click"/>'), RED, WHITE),
    "set from afar": (
        drawing('<set href="#r" attributeName="fill" to="blue"/><rect id="r" width="100" height="100"/>'), BLUE, WHITE,
    ),
    "one with another": (
        moving(f'<animate id="a" attributeName="x" from="0" to="1" {LONG}/>',
               '<set attributeName="fill" to="blue" begin="a.begin"/>'), BLUE, WHITE,
    ),
    "one before another": (
        moving('<animate id="a" attributeName="x" from="0" to="1" dur="9s"/>',
               '<set attributeName="fill" to="blue" begin="7s; a.end - 9s"/>'), BLUE, WHITE,
    ),
    "one after itself": (moving('<set id="a" attributeName="fill" to="blue" begin="a.end" dur="3s"/>'), RED, WHITE),
    "over before it began": (
        moving('<animate attributeName="fill" from="blue" to="blue" begin="-9s" dur="2s" fill="freeze"/>'), RED, WHITE,
    ),
    "ended at once": (moving(f'<animate attributeName="fill" from="blue" to="lime" end="0s" {LONG}/>'), RED, WHITE),
    "moved": (
        moving(f'<animateTransform attributeName="transform" type="translate" from="100" to="0 9" {LONG}/>'),
        WHITE, RED,
    ),
    "moved on top": (
        moving(f'<animateTransform attributeName="transform" type="scale" values=".8 1;1 1" additive="sum" {LONG}/>',
               attributes='transform="translate(100)"'), WHITE, RED,
    ),
    "turned around a point": (
        moving('<animateTransform attributeName="transform" type="rotate" from="0 100 50" to="360 100 50" dur="1000s" '
               'begin="-500s"/>'), WHITE, RED,
    ),
    "along a path": (moving(f'<animateMotion path="M100 0L0 0" {LONG}/>'), WHITE, RED),
    "along a path, turned": (
        moving(f'<animateMotion path="M200 100L0 100" rotate="auto" {LONG}/>'), WHITE, RED,
    ),
    "along the path of another": (
        moving(f'<animateMotion {LONG}><mpath href="#p"/></animateMotion>', before='<path id="p" d="M100 0h9"/>'),
        WHITE, RED,
    ),
    "points": (
        drawing(f'<polygon fill="red"><animate attributeName="points" values="0,0 99,0 99,99 0,99;0,0 9,9" {LONG}/>'
                "</polygon>"), RED, WHITE,
    ),
    "a path": (
        drawing(f'<path fill="red"><animate attributeName="d" values="M0 0h100v100h-100z;M0 0h9v9z" {LONG}/></path>'),
        RED, WHITE,
    ),
    "what is looked at": (
        drawing(f'<animate attributeName="viewBox" from="0 0 200 100" to="0 0 9 9" {LONG}/>'
                '<rect width="100" height="100" fill="red"/>', 'width="200" height="100" viewBox="0 0 2 1"'),
                RED, WHITE,
    ),
    "what is used": (
        drawing('<path id="b" fill="blue" d="M0 0h100v100h-100z"/><rect id="a" width="9" height="9"/>'
                '<use href="#a" x="100"><set attributeName="href" to="#b"/></use>'), BLUE, BLUE,
    ),
    "a name that is none": (
        moving('<set attributeName="a b:c=" to="blue"/><set attributeName="onload" to="1"/>'),
        RED, WHITE,
    ),
    "keyframes": (keyed("from{fill:blue}to{fill:red}", "k 5000s"), BLUE, WHITE),
    "a share of them": (keyed("0%, 50%{fill:blue}100%{fill:red}", "k 1000s -500s infinite"), BLUE, WHITE),
    "before a delay": (keyed("from{fill:blue}", "k 1s 5000s"), RED, WHITE),
    "before a delay, filled": (keyed("from{fill:blue}", "k 1s 5000s both"), BLUE, WHITE),
    "the other way round": (keyed("from{fill:lime}to{fill:blue}", "5000s reverse k"), BLUE, WHITE),
    "there and back": (keyed("from{x:0}to{x:200px}", "k 1000s -1500s linear alternate infinite"), WHITE, RED),
    "ended": (keyed("to{fill:blue}", "k 1s -5s"), RED, WHITE),
    "ended, and kept": (keyed("to{fill:blue}", "k 1s -5s forwards"), BLUE, WHITE),
    "ended in the middle": (keyed("from{x:0}to{x:200px}", "k 1s -5s linear 1.5 both"), WHITE, RED),
    "in steps": (keyed("from{x:0}to{x:200px}", "k 1000s -700s steps(2)"), WHITE, RED),
    "eased": (keyed("from{x:0}to{x:200px}", "k 1000s -500s cubic-bezier(0,1,0,1)"), WHITE, WHITE),
    "a transform": (keyed("from{transform:translateX(100px)}to{transform:none}", "k 5000s"), WHITE, RED),
    "from no transform": (keyed("to{transform:translate3d(200px,0,0)}", "k 1000s -500s linear"), WHITE, RED),
    "in properties of their own": (
        keyed("from{fill:blue}to{fill:red}", "none", "animation-name:k;animation-duration:5000s"), BLUE, WHITE,
    ),
    "with properties that stand for values": (
        keyed("from{fill:var(--c)}", "k var(--t)", "--c:blue;--t:5000s"), BLUE, WHITE,
    ),
    "an older name of them": (
        moving(before="<style>@-webkit-keyframes k{from{fill:blue}}rect{-webkit-animation:k 5000s}</style>"),
        BLUE, WHITE,
    ),
    "a name in quotation marks": (keyed("from{fill:blue}", '"k" 5000s', name='"k"'), BLUE, WHITE),
    "two at once": (
        moving(before="<style>@keyframes a{from{fill:blue}}@keyframes b{from{x:100px}}"
                      "rect{animation:a 5000s, b 5000s}</style>"), WHITE, BLUE,
    ),
    "none for the important": (keyed("from{fill:blue}", "k 5000s", "fill:green!important"), GREEN, WHITE),
    "keyframes that ease by themselves": (
        keyed("from{x:0;animation-timing-function:step-end}to{x:200px}", "k 1000s -900s"), RED, WHITE,
    ),
    "keyframes that are none": (keyed("9{fill:blue}101%{fill:blue}{fill:blue}", "k 5000s"), RED, WHITE),
}  # fmt: skip

# Nothing is seen at first: what is drawn instead.
LATER = {
    "fades in": keyed("from{opacity:0}to{opacity:1}", "k 2s forwards"),
    "fades in and out": keyed("0%,100%{opacity:0}50%{opacity:1}", "k 2s infinite"),
    "is set to be shown": moving(
        '<set attributeName="display" to="inline" begin="1s" fill="freeze"/>', attributes='display="none"'
    ),
    "grows": moving('<animate attributeName="width" from="0" to="100" dur="1s" fill="freeze"/>'),
    "grows after another": moving(
        '<set id="a" attributeName="x" to="0" dur="2s"/>',
        '<animate attributeName="width" from="0" to="100" begin="a.end+1s" dur="1s" fill="freeze"/>',
        attributes='width="0"',
    ).replace(b'width="100" ', b""),
    "is drawn": drawing(
        "<style>@keyframes k{to{stroke-dashoffset:0}}path{stroke-dasharray:100;stroke-dashoffset:100;"
        'animation:k 1s linear forwards}</style><path d="M0 50h100" stroke="red" stroke-width="100"/>'
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_seen_at_first(name):
    data, left, right = CASES[name]
    image = drawn(data)
    assert is_near(image.getpixel((50, 50)), left)
    assert is_near(image.getpixel((150, 50)), right)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
@pytest.mark.slow
def test_chromium_shows_the_same(tmp_path):
    assert far_from_chromium(tmp_path, {name: data for name, (data, *_) in CASES.items()}) == {}


@pytest.mark.parametrize("name", LATER)
def test_what_comes_later_is_drawn_where_nothing_is_seen_at_first(name):
    red, _, _ = drawn(LATER[name]).getpixel((30, 50))
    assert red == 255
    assert drawn(LATER[name]).getpixel((30, 50)) != WHITE


def test_what_never_shows_is_blank():
    with pytest.raises(ImageError, match="decode/blank"):
        decode(keyed("from{opacity:0}to{opacity:0}", "k 1s both"), max_pixels=MAX_PIXELS)


def test_an_animation_brings_in_nothing_from_elsewhere(tmp_path):
    (tmp_path / "red.svg").write_bytes(moving())
    for target in ((tmp_path / "red.svg").as_uri(), str(tmp_path / "red.svg")):
        with pytest.raises(ImageError, match="decode/blank"):
            decode(
                drawing(f'<image width="99" height="99"><set attributeName="href" to="{target}"/></image>'),
                max_pixels=MAX_PIXELS,
            )


CHAIN = "".join(
    f'<set id="s{n}" attributeName="x" to="1" begin="{f"s{n - 1}.end;" * 90}" dur="1s"/>' for n in range(300)
)
HOSTILE = {
    "animations that wait for one another": moving(CHAIN),
    "a hundred thousand animations": moving('<set attributeName="x" to="1"/>' * 100_000),
    "values without end": moving(f'<animate attributeName="x" values="{"1;" * 1_000_000}" begin="-1s" dur="3s"/>'),
    "no time at all": moving('<animate attributeName="x" values="1;2" dur="0s" repeatCount="1e308"/>'),
    "times that are none": moving(
        '<animate attributeName="x" values="1;2;3" keyTimes="1;0;1" keySplines="a;b" calcMode="spline" begin="-1s" '
        'dur="9s"/><animateMotion path="M0 0" begin="1e99s" dur="1e-99s" keyPoints="nan;1"/>'
    ),
    "keyframes without end": keyed("1%{x:1px}" * 100_000, "k 9s, " * 10_000 + "k 1s"),
    "times too large": keyed("from{x:1px}", "k 1e99s -1e99s infinite steps(99999999)"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_drawings_end(name):
    try:
        assert decode(HOSTILE[name], max_pixels=MAX_PIXELS, side_px=100).format == "SVG"
    except ImageError as error:
        assert error.code in {"blank", "timeout", "out_of_memory"}, error  # noqa: PT017


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.5s", 1.5), ("-200ms", -0.2), ("+2min", 120), ("1:30", 90), ("01:00:00.5", 3600.5), (" 7 ", 7), ("x.end", None),
     ("", None), ("1e3s", 1000)],
)  # fmt: skip
def test_times(text, expected):
    assert seconds(text) == (pytest.approx(expected) if expected is not None else None)


@pytest.mark.parametrize(
    ("one", "other", "share", "expected"),
    [("0", "10", 0.5, "5"), ("0px 1px", "10px 3px", 0.5, "5px 2px"), ("red", "blue", 0.5, "#800080ff"),
     ("rotate(0)", "rotate(90deg)", 0.5, "rotate(45deg)"), ("none", "block", 0.4, "none"), ("a", "b", 0.6, "b"),
     ("M0 0L2 2", "M2 2L4 4", 0.5, "M1 1L3 3")],
)  # fmt: skip
def test_what_lies_between(one, other, share, expected):
    assert between(one, other, share) == expected


def test_easing():
    assert eased(0.5, (0.25, 0.1, 0.25, 1.0)) == pytest.approx(0.8024, abs=1e-3)  # `ease`, as browsers compute it
    assert [eased(share, (0.42, 0.0, 0.58, 1.0)) for share in (0, 0.5, 1)] == pytest.approx([0, 0.5, 1], abs=1e-6)
