"""Bytes from the web to a picture that any captioner can take: upright, RGB, on white.

Everything that can be wrong with one image ends here as an `ImageError` of the decode stage, with one of the codes
`empty`, `html`, `svg`, `unsupported_format`, `too_many_pixels`, `truncated`, `corrupt`.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import imagehash
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError, features

from core.errors import ImageError
from core.records import Stage

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

# What browsers show, TIFF (which Safari shows) included. Pillow's other forty decoders never see bytes from the web.
_FORMATS = (
    "JPEG",  # finds MPO, the format of many phones and 3D cameras, by itself
    "PNG",
    "GIF",
    "WEBP",
    "BMP",
    "ICO",
    "TIFF",
    *(("AVIF",) if features.check("avif") else ()),
)
_SIGNATURES = {  # WebP and AVIF have theirs further in
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"\x00\x00\x01\x00": "ICO",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
}
_ANIMATED_FORMATS = {"GIF", "PNG", "WEBP", "AVIF"}  # in TIFF and MPO further frames are other pages or views
_MAX_FRAMES_READ = 100  # to reach a frame, all before it are decoded
_MIN_CONTRAST = 16  # of 255; JPEG noise on one colour stays below 8, a photograph of fog has 60
_JPEG_END = b"\xff\xd9"

_UPRIGHT = {  # EXIF orientation -> what turns the stored picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """One image file, decoded."""

    image: Image.Image  # mode RGB, upright, transparent parts white
    format: str  # Pillow's name: 'JPEG', 'PNG', 'WEBP', ...
    width: int  # pixels, of the upright picture
    height: int
    sha256: str  # hex, of the file's bytes
    warnings: tuple[str, ...]  # 'truncated', 'exif' or 'colour_profile': what was cut off or could not be read


def decode(data: bytes, *, max_pixels: int) -> Picture:
    """Decode the bytes of one image file, whatever its name or its Content-Type said.

    An animation gives its first frame, or one from its middle where the first is a single colour. A file that ends
    early gives what there is of it, with the warning `truncated`. Raises `ImageError` and nothing else; safe to call
    from many threads.
    """
    _refuse_what_is_no_raster(data)
    try:
        return _decode(data, max_pixels)
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(str(error)) from error
    except UnidentifiedImageError as error:
        name = _name_by_signature(data)
        if name is None:
            raise ImageError(
                Stage.DECODE, "unsupported_format", f"not a web image: starts with {data[:12]!r}"
            ) from error
        raise ImageError(
            Stage.DECODE, "corrupt", f"starts like {name}, but its header is damaged or cut off"
        ) from error
    except Exception as error:
        # Hostile or damaged bytes make Pillow's parsers raise nearly anything: OSError, ValueError, SyntaxError,
        # struct.error, zlib.error, KeyError, OverflowError, MemoryError. For one image they all mean the same.
        code = "truncated" if _is_truncation(error) or _webp_is_cut(data) else "corrupt"
        raise ImageError(Stage.DECODE, code, f"{type(error).__name__}: {error}") from error


def shrink(image: Image.Image, side_px: int = 160) -> Image.Image:
    """A copy no side of which is longer than `side_px`."""
    small = image.copy()
    small.thumbnail((side_px, side_px))
    return small


def thumbnail(small: Image.Image) -> bytes:
    """A shrunk picture as a WebP, for reports."""
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=75)
    return buffer.getvalue()


def perceptual_hash(small: Image.Image) -> str | None:
    """The pHash of a shrunk picture: 64 bits in hexadecimal, alike for pictures that look alike.

    None for a picture of one shade, whose hash would be made of compression noise: all such would look alike.
    `core.likeness` says how it was chosen and what distance means.
    """
    darkest, brightest = cast("tuple[int, int]", small.convert("L").resize((32, 32)).getextrema())  # of the one band
    return None if brightest - darkest < _MIN_CONTRAST else str(imagehash.phash(small))


def _refuse_what_is_no_raster(data: bytes) -> None:
    if not data:
        raise ImageError(Stage.DECODE, "empty", "the server sent no bytes")
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"{", b"[")):
        raise ImageError(Stage.DECODE, "html", "the server sent JSON instead of an image")
    if start.startswith(b"<"):
        if b"<svg" in start and not start.startswith((b"<!doctype html", b"<html")):
            raise ImageError(Stage.DECODE, "svg", "SVG drawings are not rasterised yet")
        raise ImageError(Stage.DECODE, "html", "the server sent a page of markup instead of an image")


def _name_by_signature(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:12] in {b"ftypavif", b"ftypavis"} and "AVIF" in _FORMATS:
        return "AVIF"
    return next((name for signature, name in _SIGNATURES.items() if data.startswith(signature)), None)


def _too_many_pixels(detail: str) -> ImageError:
    return ImageError(Stage.DECODE, "too_many_pixels", detail)


def _check_size(image: Image.Image, max_pixels: int) -> None:
    if image.width * image.height > max_pixels:
        raise _too_many_pixels(f"{image.width} x {image.height} pixels; the limit is {max_pixels}")


def _decode(data: bytes, max_pixels: int) -> Picture:
    warnings: list[str] = []
    file = Image.open(io.BytesIO(data), formats=_FORMATS)
    _check_size(file, max_pixels)
    file = _load(file, data, warnings)
    # An ICO's header may understate the PNG inside it, whose size is known only now.
    _check_size(file, max_pixels)

    image = _to_rgb(file, warnings)
    if _is_single_colour(image):
        if "truncated" in warnings:
            raise ImageError(Stage.DECODE, "truncated", "the file ends before any of the picture")
        if file.format in _ANIMATED_FORMATS:
            image = _middle_frame(file, max_pixels, warnings) or image
    turn = _UPRIGHT.get(_orientation(file, warnings))
    if turn is not None:
        image = image.transpose(turn)
    return Picture(
        image=image,
        format=file.format or "",
        width=image.width,
        height=image.height,
        sha256=hashlib.sha256(data).hexdigest(),
        warnings=tuple(warnings),
    )


def _load(file: ImageFile, data: bytes, warnings: list[str]) -> ImageFile:
    """Decode the pixels, as far as they go.

    Pillow's own switch for this, `ImageFile.LOAD_TRUNCATED_IMAGES`, belongs to the whole process: turned on, it hides
    truncation from every other thread and user of Pillow, and lets damaged PNG chunks pass. What it does for one file
    can be done from outside. A JPEG is given the end marker that it lacks, so that libjpeg fills in the rest
    (it also makes a progressive one show). Other decoders have by then written their rows into the image, which is
    whole once nothing is left to be read.
    """
    try:
        file.load()
    except OSError as error:
        if not _is_truncation(error):
            raise
        if file.format in {"JPEG", "MPO"}:
            file = Image.open(io.BytesIO(data + _JPEG_END), formats=_FORMATS)
        else:
            file.tile = []
        file.load()
        warnings.append("truncated")
    return file


def _is_truncation(error: Exception) -> bool:
    """Pillow has no class of its own for it, only "image file is truncated" and "Truncated File Read"."""
    return isinstance(error, EOFError) or "truncated" in str(error).lower()


def _webp_is_cut(data: bytes) -> bool:
    """libwebp says only that it failed; the RIFF header says how long the file should have been."""
    return _name_by_signature(data) == "WEBP" and int.from_bytes(data[4:8], "little") + 8 > len(data)


def _to_rgb(image: Image.Image, warnings: list[str]) -> Image.Image:
    if image.mode.startswith("I;16"):
        # convert() clips 16 bits to 8; the scale is that of the format, so that dark pictures stay dark.
        return image.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L").convert("RGB")
    if image.mode in {"I", "F"}:
        # 32 bits have no natural white: stretched from the darkest to the brightest pixel there is.
        low, high = cast("tuple[float, float]", image.getextrema())  # of the one band
        scale = 255 / (high - low) if high > low else 0.0
        return image.point(lambda value: value * scale - low * scale).convert("L").convert("RGB")
    if image.mode == "CMYK" and (profile := image.info.get("icc_profile")):
        return _from_cmyk(image, profile, warnings)
    if image.has_transparency_data:
        # A bare convert("RGB") would show whatever colour lies under the transparent parts, mostly black.
        if image.mode == "La":  # premultiplied; converts to its plain form alone
            image = image.convert("LA")
        canvas = Image.new("RGBA", image.size, "white")
        canvas.alpha_composite(image.convert("RGBA"))
        return canvas.convert("RGB")
    return image.convert("RGB")


def _from_cmyk(image: Image.Image, profile: bytes, warnings: list[str]) -> Image.Image:
    """Print colours through their profile: taken as plain inks, they come out garish."""
    try:
        converted = ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError):  # a damaged profile, or one for another colour space
        converted = None
    if converted is None:
        warnings.append("colour_profile")
        return image.convert("RGB")
    return converted


def _is_single_colour(image: Image.Image) -> bool:
    """Whether all of an RGB image is one colour."""
    extrema = cast("tuple[tuple[int, int], ...]", image.getextrema())  # of each band
    return all(low == high for low, high in extrema)


def _middle_frame(file: ImageFile, max_pixels: int, warnings: list[str]) -> Image.Image | None:
    """A frame from the middle of an animation, None where there is none: many fade in from black or white."""
    try:
        frames = getattr(file, "n_frames", 1)
        if frames == 1:
            return None
        file.seek(min(frames // 2, _MAX_FRAMES_READ))
        _check_size(file, max_pixels)
        return _to_rgb(file, warnings)
    except Exception:
        # Later frames may be damaged in as many ways as the first; a whole first frame is still a picture.
        return None


def _orientation(file: ImageFile, warnings: list[str]) -> int:
    """The EXIF orientation, 1 where there is none. TIFF files turn themselves while loading and say 1."""
    try:
        return int(file.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        # Metadata is parsed by the same kind of code as pixels, and damaged more often; the picture does not need it.
        warnings.append("exif")
        return 1
