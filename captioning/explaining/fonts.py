"""The typeface of what is drawn here."""

from __future__ import annotations

from importlib import resources

from PIL import ImageFont

_FONT = "DejaVuSans.ttf"


def sans(size_px: int) -> ImageFont.FreeTypeFont:
    """The one that drawings have, which ships with the package."""
    with resources.as_file(resources.files("captioning.decoding.drawing") / "fonts" / _FONT) as path:
        return ImageFont.truetype(str(path), size_px)
