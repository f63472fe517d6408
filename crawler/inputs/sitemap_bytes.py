"""What generators and servers do to the bytes of a sitemap, undone before a parser sees them. Pure."""

from __future__ import annotations

import codecs
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webencodings import lookup

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_GZIPS = 2  # some servers pack a packed file once more
MAX_DOCUMENTS = 1000  # in one file; what follows is read with the last of them
GZIP_MAGIC = b"\x1f\x8b"
CHUNK_BYTES = 65_536
# The byte order marks, the longest first, and what text without one begins with.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?(urlset|sitemapindex|rss|rdf|feed)(?=[\s>/])", re.I)
_DECLARED = re.compile(rb"encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_HIGH = re.compile(rb"[\x80-\xff]+")
_FORBIDDEN = bytes(set(range(32)) - {9, 10, 13})  # no character of XML
_FLUSH = b"<end/><end/>"  # the parser holds back the last tag that it was given
# A `&` that begins no reference that XML knows without a declaration, and a `<` that begins no tag.
_BARE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)|<(?![a-z_:/!?])", re.I)


def unpacked(body: bytes, max_bytes: int) -> tuple[bytes | None, str | None]:
    """The content of what may be gzip of several members, and what is wrong with its end: cut_short or too_large.

    No more than `max_bytes` of it. None for gzip of which nothing comes out.
    """
    trouble = None
    for _ in range(MAX_GZIPS):
        if not body.startswith(GZIP_MAGIC):
            break
        body, trouble = _members(body, max_bytes)
    if body.startswith(GZIP_MAGIC) or (trouble == "cut_short" and not body):
        return None, trouble
    if len(body) > max_bytes:
        return body[:max_bytes], "too_large"
    return body, trouble


def _members(body: bytes, max_bytes: int) -> tuple[bytes, str | None]:
    pieces: list[bytes] = []
    size = 0
    while body.startswith(GZIP_MAGIC):  # whatever else follows is padding
        unpacker = zlib.decompressobj(wbits=31)
        try:
            pieces.append(unpacker.decompress(body, max_bytes + 1 - size))
        except zlib.error:
            return b"".join(pieces), "cut_short"
        size += len(pieces[-1])
        if size > max_bytes:
            return b"".join(pieces), "too_large"
        if not unpacker.eof:
            return b"".join(pieces), "cut_short"
        body = unpacker.unused_data
    return b"".join(pieces), None


def utf8(body: bytes) -> tuple[bytes, bool]:
    """The text in UTF-8, whatever it says of itself, and whether it declares entities of its own.

    Marks count, then what the bytes are: many files that declare another encoding are UTF-8. Of those that are not,
    what they declare is believed; of a file that declares UTF-8, bytes that are none are taken for windows-1252.
    """
    encoding = None
    while mark := next((mark for mark in _MARKS if body.startswith(mark[0])), None):
        body, encoding = body[len(mark[0]) :], mark[1]
    if encoding in {None, "utf-8"} and body[:64].count(0) > 8:
        encoding = "utf-16-le" if body[1:2] == b"\0" else "utf-16-be"
    if encoding not in {None, "utf-8"}:
        body = body.decode(encoding or "", "replace").lstrip("\ufeff").encode("utf-8", "replace")
    elif not _is_utf8(body):
        found = _DECLARED.search(body, 0, 1000)
        declared = lookup(found[1].decode("ascii")) if found else None
        if declared is not None and not declared.name.startswith("utf-"):
            body = body.decode(declared.codec_info.name, "replace").encode("utf-8", "replace")
        else:
            body = _HIGH.sub(_mended, body)
    if any(byte in body for byte in _FORBIDDEN):
        body = body.translate(None, _FORBIDDEN)
    first = _ROOT.search(body)
    return body, first is not None and body.find(b"<!ENTITY", 0, first.start()) >= 0


def _is_utf8(body: bytes) -> bool:
    if body.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(body), CHUNK_BYTES):
            decoder.decode(body[start : start + CHUNK_BYTES])
    except UnicodeDecodeError:
        return False
    return True


def _mended(run: re.Match[bytes]) -> bytes:
    try:
        run[0].decode()
    except UnicodeDecodeError:
        return run[0].decode("cp1252", "replace").encode()
    return run[0]


@dataclass(frozen=True, slots=True)
class Document:
    """Where one stands in a file."""

    root: str
    start: int
    stop: int
    ends: bool  # its root is closed


def documents(text: bytes) -> list[Document]:
    """The documents in a file, in order: behind what a server has put in front, one after the other, or nested."""
    starts: list[tuple[int, str]] = []
    for match in _ROOT.finditer(text):
        starts.append((match.start(), match[1].decode("ascii").lower()))
        if len(starts) == MAX_DOCUMENTS:
            break
    found = []
    for number, (start, root) in enumerate(starts, 1):
        is_last = number == len(starts)
        stop = len(text) if is_last else starts[number][0]
        found.append(Document(root, start, stop, not is_last or _closes(text, root, start)))
    return found


def _closes(text: bytes, root: str, start: int) -> bool:
    """Whether the last document ends with its own end tag; what was cut short ends before it."""
    name = root.encode("ascii")
    tail = text[max(start, len(text) - CHUNK_BYTES) :]
    return re.search(rb"</(?:[\w.-]+:)?%b\s*>|<(?:[\w.-]+:)?%b[^>]*/>" % (name, name), tail, re.I) is not None


def repaired(text: bytes, document: Document) -> Iterator[bytes]:
    """A document in pieces, each `&` and `<` that begins nothing escaped. An entry that was cut off is left out."""
    stop = document.stop if document.ends else text.rfind(b">", document.start, document.stop) + 1
    start = document.start
    while start < stop:
        end = min(start + CHUNK_BYTES, stop)
        if end < stop:  # between two tags, so that nothing that is escaped is cut in two
            end = text.rfind(b">", start, end) + 1 or end
        yield _BARE.sub(_escaped, text[start:end])
        start = end
    yield _FLUSH


def _escaped(bare: re.Match[bytes]) -> bytes:
    return b"&amp;" if bare[0] == b"&" else b"&lt;"
