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
    from collections.abc import Callable, Iterator, Sequence


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
        for path in _chosen(source, packages / source.package if source.package else photographs, seed):
            yield source.kind, source.maker, str(path), _bytes_of(path)
    grounds = sorted((photographs / "train").glob("*.jpg"))[:2000]
    for kind, (draw, number) in RENDERED.items():
        for n in range(number):
            maker = f"drawn-{n % 2}" if kind == "banner" else "drawn"
            yield kind, maker, f"{kind} {n}", _png(partial(draw, f"{seed} {n}", grounds)())


def _chosen(source: Source, folder: Path, seed: int) -> Sequence[Path]:
    found = sorted({path for pattern in source.patterns for path in folder.glob(pattern) if path.is_file()})
    found = [path for path in found if not any(part in path.name for part in source.without)]
    random.Random(f"{seed} {source.maker}").shuffle(found)  # noqa: S311 - which pictures, not a key
    fitting: list[Path] = []
    for path in found:
        if len(fitting) == source.at_most:
            break
        if path.suffix in {".svg", ".pat"} or source.least_px <= _shorter(path) <= source.most_px:
            fitting.append(path)
    return fitting


def _shorter(path: Path) -> int:
    try:
        with Image.open(path) as picture:
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
