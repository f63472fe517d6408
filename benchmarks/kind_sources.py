"""Where the pictures of each kind come from: Debian packages, a data set of photographs, and chance."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import tomllib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from benchmarks import kind_rendered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True, slots=True)
class Source:
    """Files of one maker that show one kind."""

    kind: str
    maker: str
    patterns: tuple[str, ...]  # of paths in it
    at_most: int
    package: str = ""  # of Debian; '' for a folder of photographs
    without: tuple[str, ...] = ()  # parts of names
    least_px: int = 0  # of the shorter side
    most_px: int = 100_000


SOURCES = tuple(
    Source(**{name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()})
    for entry in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["source"]
)
RENDERED: dict[str, tuple[Callable[..., Image.Image], int]] = {
    "banner": (kind_rendered.banner, 240),
    "texture": (kind_rendered.texture, 220),
    "diagram": (kind_rendered.diagram, 160),
    "chart": (kind_rendered.chart, 180),
    "map": (kind_rendered.street_map, 130),
}
# Of banners there is one maker alone; the odd and the even seeds are two halves of it, and flatter.
KINDS = ("photograph", "cutout", "screenshot", "icon", "chart", "diagram", "map", "banner", "texture")


def fetch(packages: Path) -> None:
    """Get each Debian package once, unpacked into a folder of its name. Nothing is installed."""
    for name in sorted({source.package for source in SOURCES if source.package}):
        folder = packages / name
        if folder.exists():
            continue
        subprocess.run(["apt-get", "download", name], cwd=packages, check=True)  # noqa: S607 - of the system
        [archive] = packages.glob(f"{name}_*.deb")
        subprocess.run(["dpkg", "-x", archive, folder], check=True)  # noqa: S607
        archive.unlink()


def pictures(packages: Path, photographs: Path, seed: int = 1) -> Iterator[tuple[str, str, str, bytes]]:
    """(kind, maker, name, bytes of a file), the same ones in the same order for the same seed."""
    for source in SOURCES:
        folder = packages / source.package if source.package else photographs
        for name, data in _chosen(source, folder, seed):
            yield source.kind, source.maker, name, data
    grounds = sorted((photographs / "train").glob("*.jpg"))[:2000]
    for kind, (draw, number) in RENDERED.items():
        for n in range(number):
            maker = f"drawn-{n % 2}" if kind == "banner" else "drawn"
            yield kind, maker, f"{kind} {n}", _png(partial(draw, f"{seed} {n}", grounds)())


def _chosen(source: Source, folder: Path, seed: int) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of its files, by chance; of a resource of Qt those of the pictures in it."""
    found = sorted({path for pattern in source.patterns for path in folder.glob(pattern) if path.is_file()})
    files: list[tuple[str, Path | bytes]] = [
        (str(path), path) for path in found if not any(part in path.name for part in source.without)
    ]
    if found and found[0].suffix == ".rcc":
        files = [(f"{path.stem} {n}", data) for path in found for n, data in enumerate(_webp_in(path.read_bytes()))]
    random.Random(f"{seed} {source.maker}").shuffle(files)  # noqa: S311 - which pictures, not a key
    number = 0
    for name, file in files:
        is_of_no_size = isinstance(file, Path) and file.suffix in {".svg", ".pat"}
        if number < source.at_most and (is_of_no_size or source.least_px <= _shorter(file) <= source.most_px):
            number += 1
            yield name, _bytes_of(file) if isinstance(file, Path) else file


def _webp_in(data: bytes) -> Iterator[bytes]:
    """The WebP files in a file that holds them as they are."""
    at = 0
    while (at := data.find(b"RIFF", at)) >= 0:
        size = 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at + 8 : at + 12] == b"WEBP" and at + size <= len(data):
            yield data[at : at + size]
            at += size
        else:
            at += 4


def _shorter(file: Path | bytes) -> int:
    try:
        with Image.open(io.BytesIO(file) if isinstance(file, bytes) else file) as picture:
            return min(picture.size)
    except OSError:
        return -1


def _bytes_of(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".pat":
        header, _, width, height, bands = struct.unpack(">5I", data[:20])
        mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[bands]
        pattern = Image.frombytes(mode, (width, height), data[header : header + width * height * bands]).convert("RGB")
        tiled = Image.new("RGB", (max(width, 300), max(height, 300)))
        for x in range(0, tiled.width, width):
            for y in range(0, tiled.height, height):
                tiled.paste(pattern, (x, y))
        return _png(tiled)
    if "flickr8k" in str(path):
        return _unsquashed(path)
    return data


def _unsquashed(path: Path) -> bytes:
    """The data set has squashed its photographs into squares: they get a shape and a size of photographs again."""
    chance = random.Random(path.name)  # noqa: S311
    picture = Image.open(path).convert("RGB")
    long = chance.choice((160, 320, 500, 640, 800))
    shape = chance.choice((4 / 3, 3 / 2, 16 / 9, 1, 3 / 4, 2 / 3))
    size = (long, round(long / shape)) if shape >= 1 else (round(long * shape), long)
    buffer = io.BytesIO()
    picture.resize(size, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()
