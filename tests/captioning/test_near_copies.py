"""Near-copies by perceptual hash, on the photographs of the demo site."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

import alt_audit
from captioning.thumbnails import perceptual_hash, shrink
from core.identity.perceptual_hash import MAX_DISTANCE

PHOTOS = Path(alt_audit.__file__).parent / "demo/site/img/photos"
PICTURES = ["astronaut", "cameraman", "cat", "dahlia-close", "launch-pad-lights", "pavilion-wide"]
TEXTURES = ["brick", "grass", "gravel"]  # all of one pattern: a cut or a mark changes their hash more


def photo(name: str) -> Image.Image:
    return Image.open(PHOTOS / f"{name}.jpg").convert("RGB")


def bits(image: Image.Image) -> int:
    found = perceptual_hash(shrink(image))
    assert found is not None
    return int(found, 16)


def distance(one: Image.Image, two: Image.Image) -> int:
    return (bits(one) ^ bits(two)).bit_count()


def recompressed(image: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=30)
    return Image.open(buffer)


def cropped(image: Image.Image) -> Image.Image:
    width, height = image.size
    return image.crop((width // 100, height // 100, width - width // 100, height - height // 100))


def marked(image: Image.Image) -> Image.Image:
    copy = image.copy()
    ImageDraw.Draw(copy).text((10, 10), "example.test", fill="white")
    return copy


COPIES = {
    "half the size": lambda image: image.resize((image.width // 2, image.height // 2)),
    "a fifth of the size": lambda image: image.resize((image.width // 5, image.height // 5)),
    "JPEG quality 30": recompressed,
    "1 % cut off each side": cropped,
    "a small mark": marked,
    "grey": lambda image: image.convert("L").convert("RGB"),
}


@pytest.mark.parametrize("change", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("name", PICTURES)
def test_copies_look_alike(name, change):
    assert distance(photo(name), change(photo(name))) <= MAX_DISTANCE


@pytest.mark.parametrize(("one", "two"), list(itertools.combinations(PICTURES + TEXTURES, 2)))
def test_different_photographs_do_not(one, two):
    assert distance(photo(one), photo(two)) > MAX_DISTANCE
