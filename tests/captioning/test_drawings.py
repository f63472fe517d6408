"""Drawings as browsers show them: CSS, labels in HTML, fonts and pictures inside; what cannot be drawn is said."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from captioning.decoding.process import decode
from core.errors import ImageError
from tests.captioning.chromium import CHROMIUM, share_that_differs, shown_in
from tests.captioning.odd_images import RED, WHITE, encode, half_red, svg

MAX_PIXELS = 50_000_000
FIELD = Path("../shared/field/images")
GREEN, BLUE, BLACK = (0, 128, 0), (0, 0, 255), (0, 0, 0)
SIZE = 'width="200" height="100"'
HTML = 'xmlns="http://www.w3.org/1999/xhtml"'
BAR = '<rect width="100" height="100" {}/>'


def drawing(inner: str, size: str = SIZE) -> bytes:
    return svg(inner, size)


def data_uri(kind: str, declared: str, **options) -> str:
    return f"data:{declared};base64," + base64.b64encode(encode(half_red(), kind, **options)).decode()


def packed(file: bytes) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(file).decode()


def photo(href: str) -> bytes:
    return drawing(f'<image width="200" height="100" preserveAspectRatio="none" href="{href}"/>')


TURNED = Image.Exif()
TURNED[0x0112] = 3
NESTED = (
    "%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3Cstyle%3E*{--c:red}rect{fill:var(--c)}%3C/style%3E"
    "%3Crect width='100' height='100'/%3E%3C/svg%3E"
)

# What is drawn -> what is seen at (50, 50) and at (150, 50) of 200 x 100.
SHAPES: dict[str, tuple[bytes, tuple[int, ...], tuple[int, ...]]] = {
    "a property of the root": (
        drawing("<style>svg{--c:red}.a{fill:var(--c)}</style>" + BAR.format('class="a"')),
        RED,
        WHITE,
    ),
    "a property in an attribute": (drawing(BAR.format('style="--c:red" fill="var(--c, blue)"')), RED, WHITE),
    "what stands in for one that is missing": (drawing(BAR.format('fill="var(--none, var(--nor, red))"')), RED, WHITE),
    "one is settled where it is declared": (
        drawing("<style>svg{--a:red;--b:var(--a)}g{--a:blue}rect{fill:var(--b)}</style><g>" + BAR.format("") + "</g>"),
        RED,
        WHITE,
    ),
    "one that is declared further in wins": (
        drawing("<style>svg{--a:blue}g{--a:red}rect{fill:var(--a)}</style><g>" + BAR.format("") + "</g>"),
        RED,
        WHITE,
    ),
    "oklch": (drawing(BAR.format('fill="oklch(62.796% 0.25768 29.234)"')), RED, WHITE),
    "oklab in a style": (drawing(BAR.format('style="fill:oklab(0.62796 0.22486 0.12585)"')), RED, WHITE),
    "lab": (drawing(BAR.format('fill="lab(54.29 80.805 69.891)"')), RED, WHITE),
    "hwb": (drawing(BAR.format('fill="hwb(0 0% 0%)"')), RED, WHITE),
    "a colour of a colour space": (drawing(BAR.format('fill="color(srgb 1 0 0)"')), RED, WHITE),
    "a mixture": (drawing(BAR.format('fill="color-mix(in srgb, red, red 40%)"')), RED, WHITE),
    "a colour of light pages": (drawing(BAR.format('style="fill:light-dark(red, blue)"')), RED, WHITE),
    "rgb with spaces": (drawing(BAR.format('fill="rgb(255 0 0 / 100%)"')), RED, WHITE),
    "nth-child": (drawing("<style>rect:nth-child(2n+2){fill:red}</style>" + BAR.format("")), RED, WHITE),
    "not, and what follows": (
        drawing('<style>g~rect:not(.b){fill:red}</style><g/><rect class="b" width="9"/>' + BAR.format("")),
        RED,
        WHITE,
    ),
    "a medium": (
        drawing(
            "<style>@media screen and (min-width:99px){rect{fill:red}}"
            "@media (prefers-color-scheme:dark){rect{fill:blue}}</style>" + BAR.format("")
        ),
        RED,
        WHITE,
    ),
    "the more specific rule": (
        drawing("<style>rect#a{fill:red}rect{fill:rgb(0 0 255)}</style>" + BAR.format('id="a"')),
        RED,
        WHITE,
    ),
    "an important rule": (
        drawing("<style>rect{fill:rgb(255 0 0)!important}</style>" + BAR.format('style="fill:blue"')),
        RED,
        WHITE,
    ),
    "a size in CSS": (drawing("<style>rect{width:100px;height:100%;fill:red}</style><rect/>"), RED, WHITE),
    "a size that is a sum": (drawing('<rect width="calc(100% - 5 * 20px)" height="100" fill="red"/>'), RED, WHITE),
    "a circle in CSS": (
        drawing("<style>circle{cx:50px;cy:50%;r:clamp(1px, 40px, 90px);fill:red}</style><circle/>"),
        RED,
        WHITE,
    ),
    "a path in CSS": (drawing("<style>path{d:path('M0 0h100v100h-100z');fill:red}</style><path/>"), RED, WHITE),
    "moved by CSS": (
        drawing('<rect style="transform:translateX(-100px)" x="100" width="100" height="100" fill="red"/>'),
        RED,
        WHITE,
    ),
    "moved by a share of the drawing": (
        drawing('<rect style="transform:translate(-50%, 0)" x="100" width="100" height="100" fill="red"/>'),
        RED,
        WHITE,
    ),
    "turned around its middle": (
        drawing(
            '<rect style="transform-box:fill-box;transform-origin:center;rotate:.25turn" x="0" y="20" '
            'width="100" height="60" fill="red"/>'
        ),
        RED,
        WHITE,
    ),
    "scaled from a corner": (
        drawing('<rect style="transform:scale(.5);transform-origin:0 0" width="200" height="200" fill="red"/>'),
        RED,
        WHITE,
    ),
    "a background": (
        drawing('<rect x="100" width="100" height="100" fill="#fff"/>', f'{SIZE} style="background:red"'),
        RED,
        WHITE,
    ),
    "a background of a view box": (
        drawing(
            '<rect x="75" width="50" height="100" fill="#fff"/>',
            f'{SIZE} viewBox="0 0 50 50" style="background-color:red"',
        ),
        RED,
        RED,
    ),
    "a sheet with a namespace and nonsense": (
        drawing("<style>@namespace svg url(x); %%{} rect{fill:blue;fill:var(--c)} svg{--c:}</style>" + BAR.format("")),
        BLACK,
        WHITE,
    ),
    "jpeg as png": (photo(data_uri("JPEG", "image/png", quality=95)), RED, BLUE),
    "webp as jpeg": (photo(data_uri("WEBP", "image/jpeg", lossless=True)), RED, BLUE),
    "a type that is none": (photo(data_uri("PNG", "img/png")), RED, BLUE),
    "no type": (photo(data_uri("GIF", "")), RED, BLUE),
    "a type in quotation marks": (photo(data_uri("PNG", "'image/png'")), RED, BLUE),
    "avif": (photo(data_uri("AVIF", "image/avif", quality=95)), RED, BLUE),
    "bmp": (photo(data_uri("BMP", "image/x-ms-bmp")), RED, BLUE),
    "jpeg on its head": (photo(data_uri("JPEG", "image/jpeg", exif=TURNED, quality=95)), BLUE, RED),
    "a drawing inside": (photo(f"data:image/svg+xml,{NESTED}"), RED, WHITE),
    "declared as UTF-16": (b'<?xml version="1.0" encoding="UTF-16"?>' + drawing(BAR.format('fill="red"')), RED, WHITE),
    "declared as UTF-16LE": (
        b"<?xml version='1.0' encoding='utf-16le' ?>" + drawing(BAR.format('fill="red"')),
        RED,
        WHITE,
    ),
    "declared as nothing known": (
        b'<?xml version="1.0" encoding="unicode"?>' + drawing(BAR.format('fill="red"')),
        RED,
        WHITE,
    ),
    "in UTF-16": (
        ('<?xml version="1.0" encoding="UTF-16"?>' + drawing(BAR.format('fill="red"')).decode()).encode("utf-16"),
        RED,
        WHITE,
    ),
    "what a switch shows": (
        drawing(
            '<switch><g requiredFeatures="http://www.w3.org/TR/SVG11/feature#Extensibility">'
            + BAR.format('fill="red"')
            + "</g>"
            + BAR.format("")
            + "</switch>"
        ),
        RED,
        WHITE,
    ),
    "a label whose colour is behind it": (
        drawing(
            f'<foreignObject width="100" height="100"><div {HTML} style="background-color:red;color:red;font-size:40px;'
            'line-height:100px;white-space:nowrap">MM</div></foreignObject>'
        ),
        RED,
        WHITE,
    ),
}

MERMAID = f"""<svg id="m" xmlns="http://www.w3.org/2000/svg" width="240" height="120" viewBox="0 0 240 120"
 style="background-color: #eef;"><style>#m{{font-family:"trebuchet ms",verdana,arial,sans-serif;font-size:16px;
fill:#333;}}#m p{{margin:0;}}#m .node rect{{fill:#ECECFF;stroke:#9370DB;}}#m .nodeLabel{{color:#131300}}</style>
<g class="node" transform="translate(60,60)"><rect x="-50" y="-27" width="100" height="54"/>
<g transform="translate(-35,-12)">
<foreignObject width="70" height="24"><div {HTML} style="display: table-cell; white-space: nowrap; line-height: 1.5;
 max-width: 200px; text-align: center;"><span class="nodeLabel"><p>Parcel in</p></span></div></foreignObject></g></g>
</svg>
""".encode()
DRAWIO = drawing(
    '<rect width="120" height="60" fill="#dae8fc" style="fill: light-dark(rgb(218, 232, 252), rgb(29, 41, 59));"/>'
    '<switch><foreignObject width="100%" height="100%" style="overflow: visible; text-align: left;" '
    'requiredFeatures="http://www.w3.org/TR/SVG11/feature#Extensibility">'
    f'<div {HTML} style="display: flex; align-items: unsafe center; justify-content: unsafe center; '
    'width: 118px; height: 1px; padding-top: 30px; margin-left: 1px;">'
    '<div style="box-sizing: border-box; font-size: 0px; text-align: center;">'
    '<div style="display: inline-block; font-size: 14px; font-family: Helvetica; color: rgb(0, 90, 0); '
    'line-height: 1.2; white-space: normal;">Night shift<br/>and weekend</div></div></div></foreignObject>'
    '<text x="60" y="34" fill="red">Text is not SVG</text></switch>'
)
PARAGRAPH = drawing(
    f'<foreignObject x="20" y="10" width="160" height="80"><p {HTML} style="margin:0;color:#c00;font:18px Arial">'
    "Words that do not fit into a line.</p></foreignObject>"
)
TEXTS = {  # drawn in letters, which differ by their hinting: how many of a hundred pixels may
    "text": (drawing('<text x="10" y="60" font-size="40" font-family="Arial">OPEN 24</text>'), 4),
    "bold text": (
        drawing(
            '<text x="10" y="60" font-size="40" font-family="Helvetica, sans-serif" font-weight="bold">OPEN</text>'
        ),
        4,
    ),
    "serif text": (drawing('<text x="10" y="60" font-size="40">OPEN 24</text>'), 4),
    "text of one width": (
        drawing('<text x="10" y="60" font-size="30" style="font-family:monospace">OPEN 24</text>'),
        4,
    ),
    "a label of Mermaid": (MERMAID, 3),
    "a label of draw.io": (DRAWIO, 4),
    "a paragraph": (PARAGRAPH, 6),
}


def drawn(data: bytes) -> Image.Image:
    picture = decode(data, max_pixels=MAX_PIXELS, side_px=200)
    assert picture.warnings == ()
    return picture.image.resize((picture.width, picture.height), Image.Resampling.BOX)


def is_near(pixel: object, colour: tuple[int, ...]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 12 for one, other in zip(pixel, colour, strict=True))


def far_from_chromium(folder: Path, drawings: Mapping[str, bytes], most: float = 0.5) -> dict[str, float]:
    """Of these drawings, by name, those of which more than so many of a hundred pixels differ from Chromium's."""
    far = {}
    with shown_in(folder) as shown:
        for name, data in drawings.items():
            picture = shown(data, "svg")
            assert picture is not None, name
            if (share := share_that_differs(picture, drawn(data))) > most:
                far[name] = share
    return far


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_seen(name):
    data, left, right = SHAPES[name]
    image = drawn(data)
    assert is_near(image.getpixel((50, 50)), left)
    assert is_near(image.getpixel((150, 50)), right)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
@pytest.mark.slow
def test_chromium_shows_the_same(tmp_path):
    shapes = {name: data for name, (data, *_) in SHAPES.items()}
    assert far_from_chromium(tmp_path, shapes) == {}
    for most in {most for _, most in TEXTS.values()}:
        some = {name: data for name, (data, own) in TEXTS.items() if own == most}
        assert far_from_chromium(tmp_path, some, most) == {}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_drawn_on_a_machine_without_fonts(name, tmp_path):
    """In a mount namespace whose folders of fonts are empty."""
    (tmp_path / "drawing.svg").write_bytes(TEXTS[name][0])
    program = (
        "import sys\nfrom pathlib import Path\nfrom captioning.decoding.process import decode\n"
        f"picture = decode(Path(sys.argv[1]).read_bytes(), max_pixels={MAX_PIXELS}, side_px=200)\n"
        "picture.image.save(sys.argv[2])\nprint(*picture.warnings)\n"
    )
    empty = "for folder in /usr/share/fonts /usr/local/share/fonts; do mount -t tmpfs none $folder || exit 77; done; "
    run = subprocess.run(
        ["unshare", "--mount", "sh", "-c", empty + '"$0" -c "$@"', sys.executable, program,
         str(tmp_path / "drawing.svg"), str(tmp_path / "out.png")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if run.returncode == 77 or "unshare" in run.stderr:
        pytest.skip("mount namespaces are not allowed here")
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == ""
    with Image.open(tmp_path / "out.png") as without:
        with_fonts = decode(TEXTS[name][0], max_pixels=MAX_PIXELS, side_px=200).image
        assert without.tobytes() == with_fonts.tobytes()
        assert len(without.convert("RGB").getcolors(maxcolors=1 << 16)) > 5  # letters with soft edges


@pytest.mark.parametrize(
    ("inner", "warning"),
    [
        (BAR.format('fill="red" style="clip-path:shape(from 0 0, line to 9px 9px)"'), "not_drawn"),
        (
            BAR.format('fill="red"') + f'<foreignObject width="9" height="9"><img {HTML} src="x"/></foreignObject>',
            "not_drawn",
        ),
        (
            BAR.format('fill="red"')
            + f'<foreignObject width="90" height="20"><p {HTML}>x<math xmlns="http://www.w3.org/1998/Math/MathML"/></p>'
            "</foreignObject>",
            "not_drawn",
        ),
        (BAR.format('fill="red" style="transform:rotate3d(1,1,0,40deg)"'), "not_drawn"),
        (BAR.format('fill="red"') + '<text y="50" font-size="20">\U00010900 \ue001</text>', "no_font"),
        (
            BAR.format('fill="red"')
            + f'<foreignObject width="90" height="20"><p {HTML}>\U000f0001</p></foreignObject>',
            "no_font",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said(inner, warning):
    assert decode(drawing(inner), max_pixels=MAX_PIXELS, side_px=100).warnings == (warning,)


@pytest.mark.parametrize(
    ("inner", "failure"),
    [
        ("", "decode/blank: nothing is drawn"),
        ('<rect width="9" height="9" display="none"/>', "decode/blank: nothing is drawn"),
        ('<symbol id="a"><rect width="5" height="5"/></symbol>', "decode/blank: a sprite sheet"),
        ('<image href="photo.jpg" width="9" height="9"/>', "decode/blank: all of the drawing is in other files"),
        ('<use href="icons.svg#cart"/>', "decode/blank: all of the drawing is in other files"),
        (f'<foreignObject width="90" height="90"><img {HTML} src="x"/></foreignObject>', "decode/not_drawn"),
    ],
)
def test_why_a_drawing_is_blank(inner, failure):
    with pytest.raises(ImageError, match=failure):
        decode(drawing(inner), max_pixels=MAX_PIXELS)


DOUBLING = "".join(f"--p{n}:var(--p{n - 1}) var(--p{n - 1});" for n in range(1, 60))
HOSTILE = {
    "properties that double": drawing(
        f"<style>svg{{--p0:red;{DOUBLING}}}rect{{fill:var(--p59)}}</style>" + BAR.format("")
    ),
    "properties in a circle": drawing(
        "<style>svg{--a:var(--b);--b:var(--a)}rect{fill:var(--a)}</style>" + BAR.format("")
    ),
    "parentheses in one another": drawing(f'<rect width="{"calc(" * 5000}1px{")" * 5000}" height="9"/>'),
    "mixtures in one another": drawing(BAR.format(f'fill="{"color-mix(in srgb,red," * 3000}"')),
    "a label without end": drawing(
        f'<foreignObject width="90" height="90"><p {HTML}>{"word " * 400_000}</p></foreignObject>' + BAR.format("")
    ),
    "many labels": drawing(
        f'<foreignObject width="90" height="90"><p {HTML}>a</p></foreignObject>' * 20_000 + BAR.format("")
    ),
    "rules and shapes": drawing(
        "<style>"
        + "".join(f"g :nth-child({n}){{fill:var(--c)}}" for n in range(2000))
        + "</style><g>"
        + '<rect width="9" height="9"/>' * 20_000
        + "</g>"
    ),
    "drawings in drawings": photo(packed(photo(packed(photo(packed(photo(f"data:image/svg+xml,{NESTED}"))))))),
    "more warnings than a log holds": drawing('<rect width="9" height="9" fill="wrong(0)" stroke="none(1)"/>' * 30_000),
    "sizes without end": drawing('<rect style="width:calc(1e308px * 1e308);height:1e999px;transform:scale(1e300)"/>'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_drawings_end(name):
    """As a picture or as a failure with a code, within the time that any file has; and the next one is drawn."""
    try:
        assert decode(HOSTILE[name], max_pixels=MAX_PIXELS, side_px=100, timeout_s=10).format == "SVG"
    except ImageError as error:
        assert error.code in {"blank", "corrupt", "timeout", "out_of_memory"}, error  # noqa: PT017
    assert decode(drawing(BAR.format('fill="red"')), max_pixels=MAX_PIXELS, side_px=100).image.getpixel((9, 9)) == RED


@pytest.mark.parametrize(
    "case", ["27-svg-no-fonts", "29-svg-css-variables", "30-svg-css-geometry", "31-svg-mislabelled-photo"]
)
def test_drawings_from_the_field(case):
    files = sorted((FIELD / case).glob("*.svg"))
    if not files:
        pytest.skip("the folder with situations from the field is not here")
    for file in files:
        picture = decode(file.read_bytes(), max_pixels=MAX_PIXELS, side_px=200)
        assert picture.warnings == (), file.name
        colours = picture.image.getcolors(maxcolors=1 << 20)
        assert colours is not None
        assert len(colours) > 1 or colours[0][1] == (221, 34, 34), json.dumps([file.name, colours[:3]])
