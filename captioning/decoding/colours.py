"""Any picture that Pillow holds, as RGB: on white, in sRGB, and no larger than anybody needs it."""

from __future__ import annotations

import io
import math
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from PIL import Image, ImageCms, ImageMath

from captioning.decoding.coding_points import as_srgb

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_SIDES = 16  # how much longer than the wanted side a reduced strip may still be
_SCREEN_GAMMA = 2.2  # of sRGB, roughly, as the PNG standard has it
_MIN_CONTRAST = 16  # of 255; JPEG noise on one colour stays below 8, a photograph of fog has 60
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def to_rgb(image: Image.Image, side_px: int, warnings: list[str]) -> Image.Image:
    """An RGB copy whose shorter side is at least `side_px` where the picture's is, and less than twice that.

    A profile that cannot be used adds the warning `colour_profile`.
    """
    points = image.info.get("coding_points")
    profile = image.info.get("icc_profile") if not points else None
    gamma = None if profile or "srgb" in image.info else image.info.get("gamma")
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        image = _of_8_bits(image)
    elif image.mode == "1" and "transparency" in image.info:
        image = image.convert("L").convert("RGBA")
    elif image.has_transparency_data:
        image = image.convert("RGBA") if image.mode != "La" else image.convert("LA").convert("RGBA")
    elif image.mode not in {"RGB", "CMYK", "L"}:
        image = image.convert("RGB")
    image = reduced(image, side_px)  # before anything that costs a while for each pixel
    if points:
        image = as_srgb(image if image.mode == "RGBA" else image.convert("RGB"), points)
    elif gamma:
        image = _with_screen_gamma(image, gamma)
    if image.mode == "RGBA":
        image = _on_white(image)
    if profile:
        return _through_profile(image, profile, warnings)
    return image.convert("RGB")


def contrast(image: Image.Image) -> int:
    """Between the darkest and the brightest of what is seen of a picture at 32 x 32: 0 to 255, in its widest band."""
    extrema = image.resize((32, 32), reducing_gap=2.0).getextrema()
    bands = cast("Sequence[tuple[int, int]]", extrema if isinstance(extrema[0], tuple) else [extrema])
    return max(high - low for low, high in bands)


def is_plain(image: Image.Image) -> bool:
    """Whether a picture is of one shade, but for the noise of its compression."""
    return contrast(image) < _MIN_CONTRAST


def rows_on_white(image: Image.Image, top: float, bottom: float) -> Image.Image:
    """An RGB picture with its rows from `top` to `bottom`, shares of its height, and white above and below."""
    rows = 0, int(top * image.height), image.width, math.ceil(bottom * image.height)
    white = Image.new("RGB", image.size, "white")
    white.paste(image.crop(rows), rows)
    return white


def _with_screen_gamma(image: Image.Image, gamma: float) -> Image.Image:
    """A picture whose samples are light to the power of `gamma`: PNG, third edition, section 13.13."""
    exponent = 1 / (gamma * _SCREEN_GAMMA)
    if not 0.1 < exponent < 10 or abs(exponent - 1) < 0.05:  # nonsense, or no difference to be seen
        return image
    curve = [round(255 * (value / 255) ** exponent) for value in range(256)]
    colours = len(image.getbands()) - ("A" in image.getbands())
    return image.point(curve * colours + list(range(256)) * (len(image.getbands()) - colours))


def reduced(image: Image.Image, side_px: int) -> Image.Image:
    """The picture with a shorter side of at least `side_px` where it has as much, and less than twice that."""
    factor = max(min(image.size) // side_px, -(-max(image.size) // (_MAX_SIDES * side_px)))
    return image.reduce(factor) if factor > 1 else image


def _of_8_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        # convert() clips 16 bits to 8; the scale is that of the format, so that dark pictures stay dark.
        values = image.convert("I")
        grey = values.point(lambda value: value * (1 / 257) + 0.5).convert("L")
        hidden = image.info.get("transparency")
        if isinstance(hidden, int):
            grey.putalpha(ImageMath.lambda_eval(lambda of: (of["values"] != hidden) * 255, values=values).convert("L"))
            return grey.convert("RGBA")
        return grey
    # 32 bits have no natural white: stretched from the darkest to the brightest pixel there is.
    low, high = cast("tuple[float, float]", image.getextrema())  # of the one band
    scale = 255 / (high - low) if high > low else 0.0
    return image.point(lambda value: value * scale - low * scale).convert("L")


def _on_white(image: Image.Image) -> Image.Image:
    """A bare convert("RGB") would show whatever colour lies under the transparent parts, mostly black.

    What is drawn in white alone, as logos for dark pages are, is put on black: on white nobody can see it.
    """
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    if is_plain(white.convert("RGB")) and not is_plain(image.getchannel("A")):
        black = Image.new("RGBA", image.size, "black")
        black.alpha_composite(image)
        return black.convert("RGB")
    return white.convert("RGB")


def _through_profile(image: Image.Image, profile: bytes, warnings: list[str]) -> Image.Image:
    """The picture in sRGB: print colours taken as plain inks come out garish, wide gamuts taken as sRGB dull."""
    try:
        transform, mode = _transform(profile)
        if (image.mode == "CMYK") == (mode == "CMYK"):  # else it is for another space, and no use
            if transform is None:
                return image.convert("RGB")
            converted = transform.apply(image if image.mode == mode else image.convert(mode))
            assert isinstance(converted, Image.Image)
            return converted
    except (ImageCms.PyCMSError, OSError, ValueError, KeyError):  # damaged
        pass
    warnings.append("colour_profile")
    return image.convert("RGB")


@lru_cache(maxsize=16)
def _transform(profile: bytes) -> tuple[ImageCms.ImageCmsTransform | None, str]:
    """What leads from a profile to sRGB, and the mode of the pictures it is for; None where it is sRGB itself."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    mode = {"RGB ": "RGB", "CMYK": "CMYK", "GRAY": "L"}[source.profile.xcolor_space]
    if "sRGB" in (source.profile.profile_description or ""):
        return None, mode
    return ImageCms.buildTransform(source, _SRGB, mode, "RGB"), mode
