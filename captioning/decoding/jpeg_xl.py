"""JPEG XL pictures, by libjxl, where the extra `jxl` is installed.

Chromium and Safari show them. The library turns pictures upright by itself, and gives 8 bits a colour of any file.
"""

from __future__ import annotations

import resource
from functools import lru_cache
from typing import TYPE_CHECKING

from PIL import Image

from captioning.decoding.colours import is_plain
from captioning.decoding.picture import undecodable

if TYPE_CHECKING:
    import pylibjxl


class JpegXl:
    """A JPEG XL picture of which the header was read, in a container or bare."""

    def __init__(self, data: bytes) -> None:
        """Read the header; raises ImageError without the library, ValueError for what is no such picture."""
        self._data, self._codec = data, _codec()
        try:
            header = self._codec.probe(data)
        except RuntimeError as error:
            raise ValueError(f"the header of the JPEG XL picture is damaged or cut off: {error}") from error
        self.size: tuple[int, int] = header["width"], header["height"]
        self._is_animated = header["have_animation"]

    def read(self) -> tuple[Image.Image, bool]:
        """The picture, which is always whole: of one that is cut off nothing is given. Raises ValueError."""
        try:
            pixels, found = self._codec.decode(self._data, metadata=True)
        except RuntimeError as error:
            raise ValueError(f"the JPEG XL picture is damaged or cut off: {error}") from error
        image = Image.fromarray(pixels)
        if self._is_animated:
            first = self._first_frame()
            image = image if is_plain(first.convert("RGB")) else first
        if profile := found.get("icc"):
            image.info["icc_profile"] = profile
        return image, True

    def _first_frame(self) -> Image.Image:
        """That of an animation, of which the library gives the last: the least of its bytes that shows anything."""
        nothing, something = 0, len(self._data)
        while something - nothing > 1:
            length = (nothing + something) // 2
            try:
                self._codec.decode(self._data[:length])
                something = length
            except RuntimeError:
                nothing = length
        return Image.fromarray(self._codec.decode(self._data[:something]))


@lru_cache(maxsize=1)
def _codec() -> pylibjxl.JXL:
    """The library, loaded with the first picture that needs it: it takes a while, and more memory than pictures may."""
    limit, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    try:
        import pylibjxl  # an extra
    except ImportError as error:
        advice = "a JPEG XL picture, which is read with the extra jxl alone: pip install 'alt-audit[jxl]'"
        raise undecodable("unsupported_format", advice) from error
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, most))
    return pylibjxl.JXL(threads=1, pool_size=1)  # pictures are decoded beside one another already
