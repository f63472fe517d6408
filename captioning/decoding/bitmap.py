"""Windows bitmaps that browsers show and Pillow refuses or misreads, and those inside icons.

By themselves: palettes of a size that cannot be, two bits a pixel, colours in fields of any width, run lengths of 24
bits and with jumps in them, headers of odd lengths. In an icon: a mask beside the picture, which counts where no pixel
of it has an alpha, whatever its directory says of the depth. All as Chromium shows them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageMath

_FILE_HEADER_BYTES = 14
_RAW, _RLE8, _RLE4, _BITFIELDS, _RLE24, _ALPHA_FIELDS = 0, 1, 2, 3, 4, 6
_DEPTHS = {1, 2, 4, 8, 16, 24, 32}
_FIELDS = {16: (0x7C00, 0x3E0, 0x1F, 0), 32: (0xFF0000, 0xFF00, 0xFF, 0xFF000000)}
_ICON_ENTRY = struct.Struct("<BBBBHHII")
_PNG = b"\x89PNG"


@dataclass(slots=True)
class _Header:
    size: int  # of itself
    width: int
    height: int
    is_top_down: bool
    bits: int
    compression: int
    palette_colours: int
    fields: tuple[int, int, int, int]  # of red, green, blue and alpha
    end: int  # where the palette begins

    @property
    def colour_bytes(self) -> int:
        return 3 if self.size == 12 else 4

    @property
    def stride(self) -> int:
        return (self.width * self.bits + 31) // 32 * 4


def is_for_us(data: bytes) -> bool:
    """Whether Pillow would misread a bitmap rather than refuse it as it opens it."""
    if len(data) < 50:
        return False
    header = data[14]
    if int.from_bytes(data[10:14], "little") < _FILE_HEADER_BYTES + header:
        return True
    bits, colours = data[28], int.from_bytes(data[46:50], "little")
    compression = int.from_bytes(data[30:34], "little")
    return header >= 40 and (compression in {_RLE8, _RLE4} or (bits <= 8 and colours > 2**bits))


class Bitmap:
    """A bitmap of which the header was read, in a file of its own or in an icon."""

    def __init__(self, data: bytes, start: int, *, in_icon: bool) -> None:
        """Read the header that starts there; raises ValueError for what is no bitmap that anybody shows."""
        self._data, self._in_icon = data, in_icon
        self._header = _header(data, start, in_icon=in_icon)
        self.size = self._header.width, self._header.height

    def read(self) -> tuple[Image.Image, bool]:
        """The picture, and whether it is whole."""
        header = self._header
        place = len(self._data) if self._in_icon else int.from_bytes(self._data[10:14], "little")
        colours = _palette(self._data, header, place)
        if self._in_icon or place < _FILE_HEADER_BYTES + header.size:
            place = header.end + len(colours) // 3 * header.colour_bytes
        if header.compression in {_RLE8, _RLE4, _RLE24}:
            return _run_lengths(self._data[place:], header, colours)
        image, is_whole = _pixels(self._data, place, header, colours)
        if image.mode == "RGBA" and image.getchannel("A").getextrema() == (0, 0):
            image = image.convert("RGB")  # the fourth byte is mostly left over
        if self._in_icon and image.mode != "RGBA":
            image = self._masked(image, place + header.stride * header.height)
        return image, is_whole

    def _masked(self, image: Image.Image, place: int) -> Image.Image:
        """The picture of an icon without what its mask takes away."""
        mask, stride = self._data[place:], (image.width + 31) // 32 * 4
        if len(mask) < stride * image.height:
            return image
        image = image.convert("RGB")
        image.putalpha(Image.frombytes("1", image.size, mask, "raw", "1;I", stride, -1).convert("L"))
        return image


def of_file(data: bytes) -> Bitmap:
    """The bitmap in a file of its own; raises ValueError."""
    return Bitmap(data, _FILE_HEADER_BYTES, in_icon=False)


def of_icon(data: bytes) -> Bitmap | None:
    """The largest picture of an icon; None where it is a PNG. Raises ValueError."""
    places = range(6, min(6 + 16 * int.from_bytes(data[4:6], "little"), len(data) - 15), 16)
    entries = [_ICON_ENTRY.unpack_from(data, place) for place in places]
    if not entries:
        return None
    largest = max(entries, key=lambda entry: ((entry[0] or 256) * (entry[1] or 256), entry[5]))
    return None if data[largest[7] : largest[7] + 4] == _PNG else Bitmap(data, largest[7], in_icon=True)


def _header(data: bytes, start: int, *, in_icon: bool) -> _Header:
    size = int.from_bytes(data[start : start + 4], "little")
    block = data[start : start + min(size, 124)]
    if size == 12 and len(block) == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", block, 4)
        compression = colours = 0
    elif len(block) >= 16:
        width, height, _, bits, compression, _, _, _, colours = struct.unpack_from(
            "<iiHHIIiiI", block.ljust(40, b"\0"), 4
        )
    else:
        raise ValueError("the header of the bitmap is cut off")
    is_top_down, height = height < 0, abs(height) // (2 if in_icon else 1)
    is_of_os2 = 16 <= size <= 64 and size not in {40, 52, 56}
    if is_of_os2 and compression in {3, 4}:
        compression = _RLE24 if compression == 4 else -1  # 3 is Huffman's
    fields, end = _FIELDS.get(bits, (0, 0, 0, 0)), start + size
    if compression in {_BITFIELDS, _ALPHA_FIELDS} and bits in _FIELDS:
        count = 4 if size >= 56 or compression == _ALPHA_FIELDS else 3
        found = struct.unpack_from(f"<{count}I", data[start + 40 : start + 40 + 4 * count].ljust(16, b"\0"))
        fields = (*found, 0)[:4]
        end = max(end, start + 40 + 4 * count) if size == 40 else end
    known = {_RAW, _BITFIELDS, _ALPHA_FIELDS, *((_RLE8, _RLE4, _RLE24) if not in_icon else ())}
    if width <= 0 or height <= 0 or bits not in _DEPTHS or compression not in known:
        raise ValueError(f"no bitmap: {width} x {height}, {bits} bits, compression {compression}")
    if compression != _RAW and {_RLE8: 8, _RLE4: 4, _RLE24: 24}.get(compression, bits) != bits:
        raise ValueError(f"no bitmap: compression {compression} of {bits} bits")
    return _Header(size, width, height, is_top_down, bits, compression, colours, fields, end)


def _palette(data: bytes, header: _Header, pixels: int) -> bytes:
    """The colours of the palette, three bytes each: as many as there is room and use for."""
    if header.bits > 8:
        return b""
    most = 2**header.bits
    count = min(header.palette_colours or most, most)
    if pixels > header.end:
        count = min(count, (pixels - header.end) // header.colour_bytes)
    step = header.colour_bytes
    raw = data[header.end : header.end + count * step]
    return b"".join(raw[place : place + 3][::-1] for place in range(0, len(raw) // step * step, step))


def _pixels(data: bytes, place: int, header: _Header, colours: bytes) -> tuple[Image.Image, bool]:
    """Pixels that are not compressed."""
    wanted = header.stride * header.height
    raw = data[place : place + wanted]
    is_whole = len(raw) == wanted
    raw = raw.ljust(wanted, b"\0")
    size, order = (header.width, header.height), 1 if header.is_top_down else -1
    if header.bits <= 8:
        mode = "P" if header.bits == 8 else f"P;{header.bits}"
        image = Image.frombytes("P", size, raw, "raw", mode, header.stride, order)
        image.putpalette(colours or b"\0\0\0")
        return image, is_whole
    if header.bits == 24:
        return Image.frombytes("RGB", size, raw, "raw", "BGR", header.stride, order), is_whole
    values = (
        Image.frombytes("I;16", size, raw, "raw", "I;16", header.stride, order).convert("I")
        if header.bits == 16
        else Image.frombytes("I", size, raw, "raw", "I;32S", header.stride, order)
    )
    bands = [_band(values, field) for field in header.fields[:3]]
    if header.fields[3] and header.compression != _RAW:
        return Image.merge("RGBA", [*bands, _band(values, header.fields[3])]), is_whole
    if header.bits == 32 and header.compression == _RAW and header.size in {40, 108, 124}:
        return Image.merge("RGBA", [*bands, _band(values, header.fields[3])]), is_whole
    return Image.merge("RGB", bands), is_whole


def _band(values: Image.Image, field: int) -> Image.Image:
    """One colour of all pixels, from the bits of its field, stretched to 0 to 255."""
    shift = (field & -field).bit_length() - 1 if field else 0
    bits = (field >> shift).bit_length()
    if bits > 8:
        shift, bits = shift + bits - 8, 8
    most = 2**bits - 1

    def stretched(of: dict[str, Any]) -> Any:
        return (((of["values"] >> shift) & most) * 510 + most) / (2 * most) if most else of["values"] * 0

    band: Image.Image = ImageMath.lambda_eval(stretched, values=values)
    return band.convert("L")


def _run_lengths(data: bytes, header: _Header, colours: bytes) -> tuple[Image.Image, bool]:
    """Pixels that are told by how many there are of each; what is jumped over is black."""
    depth = 3 if header.bits == 24 else 1
    runs = _Runs(data, header.width, header.height, header.bits)
    is_whole = runs.read()
    size, order = (header.width, header.height), 1 if header.is_top_down else -1
    if depth == 3:
        image = Image.frombytes("RGB", size, bytes(runs.pixels), "raw", "BGR", 0, order)
    else:
        image = Image.frombytes("P", size, bytes(runs.pixels), "raw", "P", 0, order)
        image.putpalette(colours or b"\0\0\0")
    drawn = Image.frombytes("L", size, bytes(runs.drawn), "raw", "L", 0, order)
    if not is_whole or drawn.getextrema() == (255, 255):
        return image, is_whole
    black = Image.new("RGB", image.size)
    black.paste(image.convert("RGB"), mask=drawn)
    return black, is_whole


class _Runs:
    """The decoder of run lengths of 4, 8 and 24 bits."""

    def __init__(self, data: bytes, width: int, height: int, bits: int) -> None:
        self._data, self._width, self._height, self._bits = data, width, height, bits
        self._depth = 3 if bits == 24 else 1
        self.pixels = bytearray(width * height * self._depth)
        self.drawn = bytearray(width * height)

    def read(self) -> bool:
        """Decode; says whether nothing is missing but what is left out on purpose."""
        place = x = y = 0
        jumped = False
        while place + 1 < len(self._data) and y < self._height:
            count, value = self._data[place], self._data[place + 1]
            place += 2
            if count:
                place += self._depth - 1
                x = self._put(x, y, self._repeated(place - self._depth, count))
            elif value == 0:
                x, y = 0, y + 1
            elif value == 1:
                break
            elif value == 2:
                if place + 1 >= len(self._data):
                    break
                x, y, jumped = x + self._data[place], y + self._data[place + 1], True
                place += 2
            else:
                length = self._literal_bytes(value)
                x = self._put(x, y, self._literal(self._data[place : place + length], value))
                place += length + length % 2
        ended = y >= self._height - 1 and x >= self._width
        return jumped or y >= self._height or ended

    def _repeated(self, place: int, count: int) -> bytes:
        if self._bits == 24:
            return self._data[place : place + 3] * count
        value = self._data[place]
        if self._bits == 8:
            return bytes((value,)) * count
        return (bytes((value >> 4, value & 15)) * ((count + 1) // 2))[:count]

    def _literal_bytes(self, count: int) -> int:
        return (count + 1) // 2 if self._bits == 4 else count * self._depth

    def _literal(self, raw: bytes, count: int) -> bytes:
        if self._bits != 4:
            return raw
        return b"".join(bytes((value >> 4, value & 15)) for value in raw)[:count]

    def _put(self, x: int, y: int, run: bytes) -> int:
        """Write pixels into a row, as far as it goes; where the next one belongs."""
        count = min(len(run) // self._depth, max(self._width - x, 0))
        start = y * self._width + x
        self.pixels[start * self._depth : (start + count) * self._depth] = run[: count * self._depth]
        self.drawn[start : start + count] = b"\xff" * count
        return x + count
