"""Pictures of pixels, by Pillow's decoders for web formats and no others."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

import pillow_heif
from PIL import AvifImagePlugin, ExifTags, Image, ImageFile, TiffImagePlugin, TiffTags, UnidentifiedImageError

from captioning.decoding import bitmap
from captioning.decoding.coding_points import points_of
from captioning.decoding.colours import contrast, is_plain, rows_on_white, to_rgb
from captioning.decoding.jpeg_xl import JpegXl
from captioning.decoding.picture import check_size, undecodable
from captioning.decoding.repair import (
    as_pillow_expects,
    avif_aperture,
    padded_webp,
    png_of_pixels_alone,
    png_transparency,
    webp_is_cut,
)
from core.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

# One thread each: pictures are decoded beside one another already.
pillow_heif.register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

_WHOLE_FRAMES = {"AVIF", "HEIF", "WEBP"}  # their decoders give a frame or nothing
_ANIMATED_FORMATS = {"GIF", "PNG", "WEBP", "AVIF"}  # in TIFF, HEIF and MPO further frames are other pages or views
_MAX_FRAMES_READ = 100  # to reach a frame, all before it are decoded
_LOOKED_AT = {1, 2, 4, 8, 16, 32, 64, _MAX_FRAMES_READ - 1}
_JPEG_END = b"\xff\xd9"
# What a decoder and the conversions hold at once comes to 20 bytes a pixel. More than this is decoded alone.
_LARGE_PIXELS = 8_000_000

_UPRIGHT = {  # EXIF orientation -> what turns the stored picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_THEIR_SIDE = {5, 6, 7, 8}


class Raster:
    """A file of pixels, its header read."""

    def __init__(self, data: bytes, kind: str, max_pixels: int, side_px: int) -> None:
        """Read the header of a file of that format (Pillow's name); raises ImageError and what Pillow raises."""
        self._data, self._kind = as_pillow_expects(data, kind), kind
        self._max_pixels, self._side_px = max_pixels, side_px
        self._warnings: list[str] = []
        self._is_partial = False  # some of its pixels are lost
        self._box: tuple[int, int, int, int] | None = None  # what its first frame fills
        self._is_for_us = kind == "ICO" or (kind == "BMP" and bitmap.is_for_us(data))
        self._own: bitmap.Bitmap | JpegXl | None = None  # what Pillow would refuse or misread
        try:
            self._open()
        except (ImageError, OSError, ValueError):
            if not self._mend():
                raise
            with self._past_damage():
                self._open()
        self._size = self._own.size if self._own else self._file.size
        check_size(*self._size, max_pixels)
        self._draft()

    def _open(self) -> None:
        if self._is_for_us:
            self._own = bitmap.of_icon(self._data) if self._kind == "ICO" else bitmap.of_file(self._data)
        elif self._kind == "JXL":
            self._own = JpegXl(self._data)
        if self._own:
            return
        try:
            self._file: Image.Image = Image.open(io.BytesIO(self._data), formats=[self._kind])
        except UnidentifiedImageError as error:
            detail = f"starts like {self._kind}, but its header is damaged or cut off"
            raise undecodable("corrupt", detail) from error

    def _mend(self) -> bool:
        """Make of a file that Pillow refuses as a whole one that it may read past its damage."""
        if self._kind == "PNG":
            self._data = png_of_pixels_alone(self._data)
            self._warnings = ["damaged"]
        elif self._kind == "WEBP" and webp_is_cut(self._data):
            self._data = padded_webp(self._data)
            self._warnings, self._is_partial = ["truncated"], True
        elif self._kind == "ICO":  # whose pixels Pillow decodes as it opens it
            self._warnings, self._is_partial = ["damaged"], True
        elif self._kind == "BMP" and not self._is_for_us:
            self._is_for_us = True
            return True
        return bool(self._warnings)

    def _draft(self) -> None:
        """Let a JPEG be decoded straight to 1/2, 1/4 or 1/8 of its size: the most costly step of captioning on CPUs."""
        if self._kind == "JPEG":
            self._file.draft(None, (self._side_px, self._side_px))

    @property
    def is_large(self) -> bool:
        """Whether decoding takes so much memory that it is better not done beside others."""
        is_whole = self._own is not None or self._file.info.get("progressive")
        width, height = self._size if is_whole else self._file.size
        return width * height > _LARGE_PIXELS

    def decode(self) -> tuple[Image.Image, str, tuple[int, int], tuple[str, ...]]:
        """The picture, its format, its full size and warnings. Raises ImageError, and whatever Pillow's parsers do."""
        tile = getattr(self._file, "tile", []) if self._kind == "GIF" and not self._own else []
        self._box = tile[0].extents if tile else None
        self._load()
        if self._kind != "JPEG":
            # An ICO's header may understate the picture inside it, whose size is known only now.
            self._size = self._file.size
            check_size(*self._size, self._max_pixels)
        if points := points_of(self._data, self._kind):
            self._file.info["coding_points"] = points
        found = self._rows_found()
        image = to_rgb(self._on_screen(), self._side_px, self._warnings)
        if found:
            image = rows_on_white(image, *found)
        if is_plain(image):
            if self._is_partial:
                code = "truncated" if "truncated" in self._warnings else "corrupt"
                raise undecodable(code, f"{code} before any of the picture")
            if self._kind in _ANIMATED_FORMATS:
                image = self._frame_with_most_to_see(image)
        orientation = self._orientation()
        if orientation in _UPRIGHT:
            image = image.transpose(_UPRIGHT[orientation])
        width, height = self._size if orientation not in _ON_THEIR_SIDE else self._size[::-1]
        return image, self._file.format or self._kind, (width, height), tuple(dict.fromkeys(self._warnings))

    def _load(self) -> None:
        """Decode the pixels, as far as they go.

        A JPEG that ends early is given the end marker that it lacks, so that libjpeg fills in the rest (which makes a
        progressive one show, too). Other decoders have by then written their rows into the image, which is whole
        once nothing is left to be read. Damage is passed over as browsers do it: what comes before it shows.
        """
        if self._own:
            self._file, is_whole = self._own.read()
            if not is_whole:
                self._is_partial = True
                self._warnings.append("truncated")
            return
        try:
            self._file.load()
            if self._kind == "PNG":
                self._load_png()
        except (OSError, SyntaxError, ValueError) as error:
            if self._kind in _WHOLE_FRAMES:
                raise
            self._is_partial = True
            if is_truncation(error):
                self._load_beginning()
            else:
                self._load_past_damage()
            self._warnings.append("truncated" if is_truncation(error) else "damaged")

    def _load_png(self) -> None:
        """Take in what Pillow leaves to its caller: what is transparent, and that the first picture may be for none.

        A default image that is no part of the animation is shown by nobody but programs that know no animations.
        """
        if self._file.info.get("default_image"):
            default = self._file.copy()
            try:
                self._file.seek(1)
                self._file.load()
                self._box = self._file.info.get("bbox")
            except EOFError:  # an animation without a frame
                self._file = default
            except Exception as error:
                self._file = default
                self._warnings.append("truncated" if is_truncation(error) else "damaged")
        if "transparency" in self._file.info:
            self._file.info["transparency"] = png_transparency(self._data, self._file.info["transparency"])

    def _load_beginning(self) -> None:
        if self._kind == "JPEG":
            self._data += _JPEG_END
            self._open()
            self._draft()
        else:
            self._file.tile = []  # type: ignore[attr-defined]
        self._file.load()

    def _load_past_damage(self) -> None:
        if self._kind == "PNG":
            self._data = png_of_pixels_alone(self._data)
        with self._past_damage():
            self._open()
            self._draft()
            self._file.load()

    @contextlib.contextmanager
    def _past_damage(self) -> Iterator[None]:
        ImageFile.LOAD_TRUNCATED_IMAGES = True  # belongs to the whole process, which is one for this very purpose
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False

    def _rows_found(self) -> tuple[float, float] | None:
        """Between which shares of the height a file with pixels missing has any: Pillow leaves zeros for the others."""
        if not self._is_partial or self._file.mode not in {"1", "L", "P", "RGB"} or self._kind == "JPEG":
            return None
        box = self._file.getbbox()
        return (box[1] / self._file.height, box[3] / self._file.height) if box else None

    def _on_screen(self) -> Image.Image:
        """A first frame that is smaller than the screen, with nothing around it; Pillow has black there, or worse.

        What lies outside of the aperture of an AVIF is not shown.
        """
        if self._kind == "AVIF" and (aperture := avif_aperture(self._data, self._file.size)):
            self._size = aperture
            return self._file.crop((0, 0, *aperture))
        box = self._box
        if box is None or box == (0, 0, *self._file.size):
            return self._file
        screen = Image.new("RGBA", self._file.size)
        screen.paste(self._file.crop(box).convert("RGBA"), box)
        return screen

    def _frame_with_most_to_see(self, first: Image.Image) -> Image.Image:
        """That of an animation whose first frame is blank: many fade in from black or white."""
        best = first
        frames = min(_MAX_FRAMES_READ, 4 * self._max_pixels // (self._size[0] * self._size[1]))
        try:
            for number in range(1, frames):
                self._file.seek(number)
                if number in _LOOKED_AT:
                    image = to_rgb(self._file, self._side_px, [])
                    if image.size == first.size and contrast(image) > contrast(best):
                        best = image
        except EOFError:
            pass  # the end
        except Exception as error:
            # Damage of as many kinds as a first frame can have. There is a picture already, if a blank one.
            self._warnings.append("truncated" if is_truncation(error) else "damaged")
        return best

    def _orientation(self) -> int:
        """The EXIF orientation, 1 where there is none. TIFF files turn themselves while loading and say 1."""
        try:
            # Not getexif(), which asks XMP and texts as well: browsers do not turn a picture for those.
            tags = (self._file.info.get("exif") or b"").removeprefix(b"Exif\0\0")
            exif = Image.Exif()
            exif.load(tags)
            turned = int(exif.get(ExifTags.Base.Orientation, 1))
            # Browsers obey a SHORT alone, as which the standard (Exif 2.3, 4.6.4) has it.
            return turned if turned == 1 or _type_of(tags, ExifTags.Base.Orientation) == TiffTags.SHORT else 1
        except Exception:
            # Metadata is parsed by the same kind of code as pixels, and damaged more often; the picture needs none.
            self._warnings.append("exif")
            return 1


def _type_of(tags: bytes, tag: int) -> int | None:
    """As what a value of EXIF is written."""
    directory = TiffImagePlugin.ImageFileDirectory_v2(tags[:8])
    file = io.BytesIO(tags)
    file.seek(directory.next)
    directory.load(file)
    return directory.tagtype.get(tag)


def is_truncation(error: BaseException) -> bool:
    """Pillow has no class of its own for it, only "image file is truncated" and "Truncated File Read"."""
    return isinstance(error, EOFError) or "truncated" in str(error).lower()
