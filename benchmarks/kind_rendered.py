"""Pictures of the kinds that no package holds enough of: drawn by chance, each from its seed."""

from __future__ import annotations

import itertools
import math
import random
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFilter, ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORDS = (
    "Summer sale today new arrivals order customer server request process start end data report total north south river"
    " market street save shop now free shipping winter collection discover more profit cost store queue worker page"
    " image index query update user account service growth region year revenue average plan team contact about"
).split()
_FOLDERS = (Path("/usr/share/fonts/truetype"), Path(__file__).parents[1] / "captioning/decoding/drawing/fonts")


@cache
def _fonts() -> tuple[Path, ...]:
    return tuple(sorted(path for folder in _FOLDERS for path in folder.rglob("*.ttf") if "Symbol" not in path.name))


class Pen:
    """Chance, colours and fonts of one picture."""

    def __init__(self, seed: str) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - of a picture, not of a key
        hue = self.chance.random()
        self.colours = [self._colour((hue + step) % 1) for step in (0, 0.08, 0.33, 0.5, 0.62, 0.8)]
        self.face = self.chance.choice(_fonts())

    def _colour(self, hue: float) -> tuple[int, int, int]:
        light, depth = self.chance.uniform(0.45, 0.95), self.chance.uniform(0.2, 0.9)
        r, g, b = (light * (1 - depth * max(0.0, min(1.0, abs((hue * 6 + shift) % 6 - 3) - 1))) for shift in (0, 4, 2))
        return round(255 * r), round(255 * g), round(255 * b)

    def font(self, size: float) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(self.face, max(7, round(size)))

    def words(self, number: int) -> str:
        return " ".join(self.chance.choices(_WORDS, k=number))

    def shade(self) -> tuple[int, int, int]:
        return self.chance.choice(self.colours)


def gradient(pen: Pen, size: tuple[int, int]) -> Image.Image:
    """From one colour to another, at some angle."""
    mask = Image.linear_gradient("L").rotate(pen.chance.choice((0, 45, 90, 135, 180))).resize(size)
    return Image.composite(Image.new("RGB", size, pen.shade()), Image.new("RGB", size, pen.shade()), mask)


def banner(seed: str, photographs: Sequence[Path]) -> Image.Image:
    """Large words over a photograph, a gradient or a colour, wide or as a card, mostly with a button."""
    pen = Pen(f"banner {seed}")
    chance = pen.chance
    ratio = chance.choice((1.6, 1.91, 2.5, 3, 4, 6, 8))
    width = chance.randint(600, 1400)
    size = width, max(90, round(width / ratio))
    ground = chance.random()
    if ground < 0.4 and photographs:
        picture = Image.open(chance.choice(photographs)).convert("RGB").resize(size)
        picture = Image.blend(picture, Image.new("RGB", size, chance.choice(("black", "white", pen.shade()))), 0.35)
    elif ground < 0.75:
        picture = gradient(pen, size)
    else:
        picture = Image.new("RGB", size, pen.shade())
        draw = ImageDraw.Draw(picture)
        for _ in range(chance.randint(0, 5)):
            x, y, r = chance.randint(0, size[0]), chance.randint(0, size[1]), chance.randint(20, size[1])
            draw.ellipse((x - r, y - r, x + r, y + r), fill=pen.shade())
    if photographs and chance.random() < 0.4:
        inset = Image.open(chance.choice(photographs)).convert("RGB").resize((size[1], size[1]))
        picture.paste(inset, (chance.choice((0, size[0] - size[1])), 0))
    draw = ImageDraw.Draw(picture)
    ink = chance.choice(("white", "white", "black", (30, 30, 60)))
    x = round(size[0] * chance.uniform(0.04, 0.4))
    tall = size[1] * chance.uniform(0.16, 0.34)
    draw.text((x, size[1] * 0.14), pen.words(chance.randint(1, 3)), fill=ink, font=pen.font(tall))
    draw.text((x, size[1] * 0.5), pen.words(chance.randint(3, 6)), fill=ink, font=pen.font(tall * 0.45))
    if chance.random() < 0.7:
        box = (x, size[1] * 0.7, x + tall * 3.2, size[1] * 0.88)
        draw.rounded_rectangle(box, chance.choice((0, 6, 20)), fill=pen.shade(), outline=ink)
        draw.text((x + tall * 0.4, size[1] * 0.73), pen.words(2), fill=ink, font=pen.font(tall * 0.35))
    return picture


def texture(seed: str, _: Sequence[Path]) -> Image.Image:
    """A ground: a gradient, clouds, noise, stripes, dots, tiles, paper."""
    pen = Pen(f"texture {seed}")
    chance = pen.chance
    size = chance.randint(120, 1200), chance.randint(120, 800)
    what = chance.choice(("gradient", "clouds", "noise", "stripes", "dots", "tiles", "waves"))
    if what == "gradient":
        return gradient(pen, size).filter(ImageFilter.GaussianBlur(chance.randint(0, 40)))
    if what in {"clouds", "noise"}:
        cells = chance.randint(3, 12) if what == "clouds" else chance.randint(60, 300)
        grain = Image.frombytes("L", (cells, cells), chance.randbytes(cells * cells)).resize(
            size, Image.Resampling.BICUBIC
        )
        fine = Image.effect_noise(size, chance.randint(5, 60))
        grain = Image.blend(grain, fine, chance.uniform(0, 0.5))
        return Image.composite(Image.new("RGB", size, pen.shade()), Image.new("RGB", size, pen.shade()), grain)
    picture = Image.new("RGB", size, pen.shade())
    draw = ImageDraw.Draw(picture)
    step, slant = chance.randint(6, 60), chance.choice((0, 0, 1, -1))
    if what == "waves":
        for y in range(-60, size[1] + 60, step):
            line = [(x, y + 20 * math.sin(x / (20 + step))) for x in range(0, size[0], 6)]
            draw.line(line, fill=pen.colours[1], width=max(1, step // 3))
        return picture
    for n, x in enumerate(range(-size[1], size[0] + size[1], step)):
        if what == "stripes":
            draw.line((x, 0, x + slant * size[1], size[1]), fill=pen.colours[n % 2], width=max(1, step // 2))
            continue
        for m, y in enumerate(range(0, size[1], step)):
            box = (x, y, x + step * 0.6, y + step * 0.6)
            if what == "dots":
                draw.ellipse(box, fill=pen.colours[2])
            elif (n + m) % 2:
                draw.rectangle((x, y, x + step, y + step), fill=pen.colours[3])
    return picture


def diagram(seed: str, _: Sequence[Path]) -> Image.Image:
    """Boxes, diamonds and circles with words, joined by arrows: rows, trees or rings."""
    pen = Pen(f"diagram {seed}")
    chance = pen.chance
    size = chance.randint(400, 1200), chance.randint(260, 900)
    picture = Image.new("RGB", size, chance.choice(("white", "white", "white", (250, 248, 240), (30, 34, 44))))
    draw = ImageDraw.Draw(picture)
    ink = "black" if picture.getpixel((0, 0))[0] > 128 else "white"  # type: ignore[index]
    columns, rows = chance.randint(2, 5), chance.randint(1, 4)
    cell = size[0] / columns, size[1] / rows
    font = pen.font(min(cell[0] / 9, cell[1] / 5, 26))
    filled, width = chance.random() < 0.6, chance.choice((1, 2, 3))
    kind = chance.choice(("box", "round", "mixed", "ellipse"))
    places = [
        ((c + 0.5) * cell[0], (r + 0.5) * cell[1])
        for r in range(rows)
        for c in range(columns)
        if chance.random() < 0.85
    ]
    bent = chance.random() < 0.5
    for a, b in itertools.pairwise(places):
        way = [a, (b[0], a[1]), b] if bent else [a, b]
        draw.line(way, fill=ink, width=width)
        middle = (way[-2][0] * 0.35 + b[0] * 0.65, way[-2][1] * 0.35 + b[1] * 0.65)
        draw.regular_polygon((*middle, 7), 3, rotation=chance.choice((30, 90, 210)), fill=ink)
    for x, y in places:
        w, h = cell[0] * chance.uniform(0.28, 0.38), min(cell[1] * 0.3, cell[0] * 0.25)
        box, fill = (x - w, y - h, x + w, y + h), pen.shade() if filled else picture.getpixel((0, 0))
        shape = chance.choice(("box", "round", "ellipse", "diamond")) if kind == "mixed" else kind
        if shape == "box":
            draw.rectangle(box, fill=fill, outline=ink, width=width)
        elif shape == "round":
            draw.rounded_rectangle(box, 12, fill=fill, outline=ink, width=width)
        elif shape == "ellipse":
            draw.ellipse(box, fill=fill, outline=ink, width=width)
        else:
            draw.polygon([(x - w, y), (x, y - h), (x + w, y), (x, y + h)], fill=fill, outline=ink)
        draw.text((x, y), pen.words(chance.randint(1, 2)), fill="black" if filled else ink, font=font, anchor="mm")
    return picture


def chart(seed: str, _: Sequence[Path]) -> Image.Image:
    """Bars, lines, a pie or points, as office programs draw them."""
    pen = Pen(f"chart {seed}")
    chance = pen.chance
    size = chance.randint(360, 1100), chance.randint(260, 700)
    picture = Image.new("RGB", size, chance.choice(("white", "white", "white", (245, 246, 250), (32, 34, 40))))
    draw = ImageDraw.Draw(picture)
    ink = (60, 60, 60) if picture.getpixel((0, 0))[0] > 128 else (220, 220, 220)  # type: ignore[index]
    font = pen.font(size[1] / chance.randint(22, 34))
    left, top, right, bottom = size[0] * 0.12, size[1] * 0.14, size[0] * 0.94, size[1] * 0.86
    if chance.random() < 0.7:
        draw.text((size[0] / 2, top / 2), pen.words(3), fill=ink, font=pen.font(size[1] / 18), anchor="mm")
    what = chance.choice(("bars", "bars", "lines", "lines", "pie", "points", "lying"))
    number = chance.randint(4, 12)
    if what == "pie":
        r, centre = (bottom - top) / 2, (size[0] * 0.4, size[1] / 2)
        ends = [0.0, *sorted(chance.uniform(20, 340) for _ in range(number - 1)), 360.0]
        box = (centre[0] - r, centre[1] - r, centre[0] + r, centre[1] + r)
        for n in range(number):
            draw.pieslice(box, ends[n], ends[n + 1], fill=pen.colours[n % 6], outline="white")
            y = top + n * font.size * 1.5
            draw.rectangle((size[0] * 0.74, y, size[0] * 0.74 + font.size, y + font.size), fill=pen.colours[n % 6])
            draw.text((size[0] * 0.74 + 1.5 * font.size, y), pen.words(1), fill=ink, font=font)
        if chance.random() < 0.4:
            hole = [centre[0] - r / 2, centre[1] - r / 2, centre[0] + r / 2, centre[1] + r / 2]
            draw.ellipse(hole, fill=picture.getpixel((0, 0)))
        return picture
    for n in range(6):
        y = bottom - n * (bottom - top) / 5
        if chance.random() < 0.8:
            draw.line((left, y, right, y), fill=(200, 200, 200), width=1)
        draw.text((left - 6, y), str(n * chance.choice((5, 20, 100))), fill=ink, font=font, anchor="rm")
    draw.line((left, top, left, bottom, right, bottom), fill=ink, width=2)
    step = (right - left) / number
    for n in range(number):
        draw.text((left + (n + 0.5) * step, bottom + font.size), pen.words(1)[:6], fill=ink, font=font, anchor="mm")
    for series in range(chance.randint(1, 3)):
        heights = [chance.uniform(0.1, 1) * (bottom - top) for _ in range(number)]
        places = [(left + (n + 0.5) * step, bottom - height) for n, height in enumerate(heights)]
        colour = pen.colours[series * 2]
        if what == "lines":
            draw.line(places, fill=colour, width=chance.choice((2, 3)))
            for x, y in places:
                draw.ellipse((x - 3, y - 3, x + 3, y + 3), fill=colour)
        elif what == "points":
            for _ in range(60):
                x, y = chance.uniform(left, right), chance.uniform(top, bottom)
                draw.ellipse((x - 3, y - 3, x + 3, y + 3), fill=colour)
        elif what == "bars":
            for x, y in places:
                draw.rectangle(
                    (x - step * 0.35 + series * step * 0.2, y, x + step * (0.2 * series - 0.1), bottom), fill=colour
                )
        else:
            tall = (bottom - top) / number
            for n, height in enumerate(heights):
                draw.rectangle((left, top + n * tall + 3, left + height * 1.4, top + (n + 0.7) * tall), fill=colour)
    return picture


def street_map(seed: str, _: Sequence[Path]) -> Image.Image:
    """Streets, water and parks with names, or the patches of countries."""
    pen = Pen(f"map {seed}")
    chance = pen.chance
    size = chance.randint(300, 1000), chance.randint(260, 800)
    if chance.random() < 0.5:
        return _countries(pen, size)
    ground = chance.choice(((242, 239, 233), (235, 235, 230), (229, 227, 223), (38, 42, 54)))
    picture = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(picture)
    for _ in range(chance.randint(1, 6)):
        x, y, r = chance.randint(0, size[0]), chance.randint(0, size[1]), chance.randint(30, 160)
        corners = [
            (x + r * chance.uniform(0.5, 1.2) * math.cos(a), y + r * chance.uniform(0.5, 1.2) * math.sin(a))
            for a in range(7)
        ]
        draw.polygon(corners, fill=chance.choice(((200, 250, 204), (170, 211, 223), (205, 235, 176), (224, 223, 223))))
    river = [
        (x, size[1] * (0.5 + 0.4 * math.sin(x / 190 + 7 * chance.random() / 50))) for x in range(-20, size[0] + 40, 20)
    ]
    if chance.random() < 0.6:
        draw.line(river, fill=(170, 211, 223), width=chance.randint(10, 50))
    turn = chance.uniform(0, math.pi)
    for line in range(chance.randint(14, 50)):
        angle = turn + (line % 2) * math.pi / 2 + chance.gauss(0, 0.08)
        x, y, far = chance.randint(0, size[0]), chance.randint(0, size[1]), max(size) * chance.uniform(0.2, 1.2)
        ends = (
            x - far * math.cos(angle),
            y - far * math.sin(angle),
            x + far * math.cos(angle),
            y + far * math.sin(angle),
        )
        wide = chance.choice((3, 4, 6, 9))
        draw.line(ends, fill=(190, 190, 190), width=wide + 2)
        draw.line(ends, fill=chance.choice(("white", "white", (255, 234, 160), (249, 178, 156))), width=wide)
    for _ in range(chance.randint(5, 30)):
        at = chance.randint(0, size[0]), chance.randint(0, size[1])
        draw.text(at, pen.words(chance.randint(1, 2)), fill=(70, 70, 80), font=pen.font(chance.randint(9, 18)))
    for _ in range(chance.randint(0, 3)):
        x, y = chance.randint(20, size[0] - 20), chance.randint(40, size[1] - 10)
        draw.polygon([(x - 9, y - 20), (x + 9, y - 20), (x, y)], fill=(217, 55, 45))
        draw.ellipse((x - 10, y - 32, x + 10, y - 12), fill=(217, 55, 45))
    return picture


def _countries(pen: Pen, size: tuple[int, int]) -> Image.Image:
    """Patches around points with ragged borders, on water."""
    chance, small = pen.chance, (size[0] // 6, size[1] // 6)
    points = [(chance.uniform(0, small[0]), chance.uniform(0, small[1])) for _ in range(chance.randint(8, 34))]
    sea = {n for n in range(len(points)) if chance.random() < 0.3}
    one_tone = chance.random() < 0.4
    tones = [
        tuple(round(c * chance.uniform(0.5, 1)) for c in pen.colours[0]) if one_tone else pen.shade() for _ in points
    ]
    water = chance.choice(((170, 211, 223), (200, 220, 240), "white", (120, 160, 210)))
    noise = [
        Image.frombytes("L", (24, 24), chance.randbytes(576)).resize(small, Image.Resampling.BICUBIC).load()
        for _ in "xy"
    ]
    picture = Image.new("RGB", small, water)
    pixels = picture.load()
    assert pixels is not None
    owner = {}
    for y in range(small[1]):
        for x in range(small[0]):
            u, v = x + noise[0][x, y] / 14, y + noise[1][x, y] / 14  # type: ignore[index,operator]
            owner[x, y] = near = min(
                range(len(points)), key=lambda n: (points[n][0] - u) ** 2 + (points[n][1] - v) ** 2
            )
            if near not in sea:
                pixels[x, y] = tones[near]
    picture = picture.resize(size, Image.Resampling.NEAREST).filter(ImageFilter.ModeFilter(5))
    draw = ImageDraw.Draw(picture)
    for (x, y), near in owner.items():
        if near not in sea and owner.get((x + 1, y), near) != near:
            draw.line((6 * x + 6, 6 * y, 6 * x + 6, 6 * y + 6), fill=(90, 90, 90))
        if near not in sea and owner.get((x, y + 1), near) != near:
            draw.line((6 * x, 6 * y + 6, 6 * x + 6, 6 * y + 6), fill=(90, 90, 90))
    for n, (x, y) in enumerate(points):
        if n not in sea and chance.random() < 0.7:
            draw.text(
                (6 * x, 6 * y),
                pen.words(1).title(),
                fill=(40, 40, 40),
                font=pen.font(chance.randint(9, 16)),
                anchor="mm",
            )
    return picture
