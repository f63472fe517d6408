"""Other pictures with the same captions: mirrored, cut out, in other colours. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

if TYPE_CHECKING:
    from collections.abc import Iterator

INPUT_PX = 224
_SMALLEST_CUT = 0.65  # of the area
_SHAPES = (0.85, 1.18)  # of a cut, width by height, where the picture were a square
_COLOURS = (0.8, 1.2)


def variants(image: Image.Image, copies: int, noise: np.random.Generator, *, mirrors: bool) -> Iterator[np.ndarray]:
    """So many copies of a picture, uint8 (224, 224, 3): itself, its mirror image, and random cuts.

    Each is stretched to a square whatever its shape, as pictures are when they are captioned. Where the captions speak
    of left and right (`mirrors` is False) none is mirrored.
    """
    for copy in range(copies):
        if copy == 0:
            picture = image.resize((INPUT_PX, INPUT_PX), Image.Resampling.BICUBIC)
        elif copy == 1 and mirrors:
            picture = ImageOps.mirror(image.resize((INPUT_PX, INPUT_PX), Image.Resampling.BICUBIC))
        else:
            picture = _coloured(_cut(image, noise), noise)
            if mirrors and noise.random() < 0.5:
                picture = ImageOps.mirror(picture)
        yield np.asarray(picture)


def _cut(image: Image.Image, noise: np.random.Generator) -> Image.Image:
    area, shape = noise.uniform(_SMALLEST_CUT, 1.0), noise.uniform(*_SHAPES)
    width = min(image.width, max(1, int(image.width * (area * shape) ** 0.5)))
    height = min(image.height, max(1, int(image.height * (area / shape) ** 0.5)))
    x, y = noise.integers(0, image.width - width + 1), noise.integers(0, image.height - height + 1)
    box = (float(x), float(y), float(x + width), float(y + height))
    return image.resize((INPUT_PX, INPUT_PX), Image.Resampling.BICUBIC, box)


def _coloured(image: Image.Image, noise: np.random.Generator) -> Image.Image:
    for kind in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = kind(image).enhance(float(noise.uniform(*_COLOURS)))
    return image
