"""Fonts that a drawing brings with it (`@font-face` with a `data:` address), as files that resvg reads.

Only such are drawn with as are plain (TrueType, OpenType) or packed by zlib (WOFF). WOFF 2 takes glyphs apart, and what
puts them together again has 30 MB: such texts are drawn in another font, which is said.
"""

from __future__ import annotations

import hashlib
import struct
import tempfile
import zlib
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import tinycss2

from captioning.decoding.drawing.photos import bytes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 4 * 2**20  # of one, unpacked
_MAX_FACES = 20
_MAX_TABLES = 60
_PLAIN = (b"\0\1\0\0", b"true", b"OTTO")
_NEEDED = {b"cmap", b"head", b"hhea", b"hmtx", b"maxp"}
_OFFSETS, _TABLE, _WOFF_TABLE = struct.Struct(">4sHHHH"), struct.Struct(">4sIII"), struct.Struct(">4sIIII")


class Faces:
    """The fonts of a drawing: of which family of CSS each is."""

    def __init__(self) -> None:
        self.families: dict[str, str] = {}  # in lower case -> the name that the font has for resvg
        self.files: list[bytes] = []
        self.is_whole = True  # none was left out that browsers use

    def add(self, content: Any) -> None:
        """Take in the block of a `@font-face`."""
        nodes = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
        said = {node.lower_name: node.value for node in nodes if node.type == "declaration"}
        family = tinycss2.serialize(said.get("font-family", [])).strip().strip("\"'").lower()
        addresses = [address for address in _addresses(said.get("src", [])) if address.lower().startswith("data:")]
        if not family or not addresses:
            return  # in another file, which no browser loads for an <img>
        for address in addresses:
            data = bytes_of(address)
            name = self.families.get(family) or f"-face-{hashlib.sha256(data).hexdigest()[:16]}"
            font = _named(data, name)
            if font and len(self.files) < _MAX_FACES:
                self.families[family] = name
                self.files.append(font)
                return
        self.is_whole = False

    @contextmanager
    def written(self) -> Iterator[list[str]]:
        """The paths of files with the fonts, which are gone afterwards, however this process ends."""
        with ExitStack() as stack:
            files = [stack.enter_context(tempfile.TemporaryFile()) for _ in self.files]
            for file, font in zip(files, self.files, strict=True):
                file.write(font)
                file.seek(0)
            yield [f"/dev/fd/{file.fileno()}" for file in files]


def _addresses(nodes: Any) -> Iterator[str]:
    for node in nodes:
        if node.type == "url":
            yield node.value
        elif node.type == "function" and node.lower_name == "url" and node.arguments:
            yield node.arguments[0].value if node.arguments[0].type == "string" else ""


def _named(data: bytes, name: str) -> bytes | None:
    """A font with one name and no other, by which it is found; None for what cannot be read."""
    try:
        kind, tables = _tables(data)
    except (struct.error, zlib.error, ValueError):
        return None
    tables[b"name"] = _name_table(name)
    if not _NEEDED.issubset(tables) or sum(map(len, tables.values())) > MAX_BYTES:
        return None
    place = _OFFSETS.size + _TABLE.size * len(tables)
    directory, content = _OFFSETS.pack(kind, len(tables), 0, 0, 0), b""
    for tag, table in sorted(tables.items()):
        directory += _TABLE.pack(tag, 0, place + len(content), len(table))
        content += table + bytes(-len(table) % 4)
    return directory + content


def _tables(data: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    kind = data[:4]
    is_packed = kind == b"wOFF"
    if kind not in _PLAIN and not is_packed:
        raise ValueError("no font that can be read")
    count = int.from_bytes(data[12:14] if is_packed else data[4:6], "big")
    start, form = (44, _WOFF_TABLE) if is_packed else (_OFFSETS.size, _TABLE)
    found = {}
    for number in range(min(count, _MAX_TABLES)):
        tag, *numbers = form.unpack_from(data, start + form.size * number)
        if is_packed:
            place, packed, length, _ = numbers
            table = data[place : place + packed]
            if packed < length:
                table = zlib.decompressobj().decompress(table, min(length, MAX_BYTES))
        else:
            _, place, length = numbers
            table = data[place : place + length]
        if len(table) != length:
            raise ValueError("a table is cut off")
        found[tag] = table
    return (data[4:8] if is_packed else kind), found


def _name_table(name: str) -> bytes:
    """The table of a font's names, all of them this one."""
    text = name.encode("utf-16-be")
    numbers = (1, 4, 6, 16)  # family, full name, PostScript's, typographic family
    records = b"".join(struct.pack(">6H", 3, 1, 0x409, number, len(text), 0) for number in numbers)
    return struct.pack(">3H", 0, len(numbers), 6 + len(records)) + records + text
