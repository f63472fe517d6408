"""The text of a page from its bytes, as browsers decode it."""

from __future__ import annotations

import codecs
import re

import webencodings
from turbohtml import Namespace
from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    resolve_encoding,
    to_unicode,
)

from crawler.page.dom import parse_html

_LABEL = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.I)
_PLAIN_LABEL = re.compile(r"[\w:.-]{1,40}\Z", re.ASCII)
_CHARSET_RULE = re.compile(rb'@charset "([\w:.-]{1,40})";')
_META = re.compile(rb"<meta[\s/][^>]*charset", re.I)
# One of UTF-32 is one of UTF-16 to browsers.
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WITH_ROW_13 = "alt-audit-row-13"
_PRESCAN_BYTES = 1024  # of a page, in which browsers look for a meta element before they parse
# x-user-defined maps the upper half of the bytes to a private area.
_USER_DEFINED = {byte: 0xF700 + byte for byte in range(0x80, 0x100)}


def decode(body: bytes, content_type: str | None) -> str:
    """The text of a page: byte order mark, then HTTP header, then meta element, then UTF-8, then windows-1252.

    That is the order of the WHATWG Encoding and HTML standards, with their labels and translations. Never raises.
    """
    for mark, marked in _MARKS:
        if body.startswith(mark):
            return to_unicode(body[len(mark) :], marked)
    encoding = _said_by_header(content_type) or _said_by_page(body) or _said_late(body) or _guess(body)
    if encoding == "x-user-defined":
        return body.decode("latin-1").translate(_USER_DEFINED)
    if encoding == "euc_jp":
        return body.decode(encoding, _WITH_ROW_13)
    try:
        return to_unicode(body, encoding)
    except (LookupError, UnicodeError):
        # A codec of Python's that is no encoding of the web: charset=idna, charset=base64.
        return body.decode(_guess(body), "replace")


def decode_sheet(body: bytes, content_type: str | None) -> str:
    """The text of a style sheet: byte order mark, then HTTP header, then its first rule, then UTF-8 (CSS Syntax 3)."""
    for mark, marked in _MARKS:
        if body.startswith(mark):
            return to_unicode(body[len(mark) :], marked)
    said = _CHARSET_RULE.match(body)
    encoding = _said_by_header(content_type) or (resolve_encoding(said[1].decode("latin-1")) if said else None)
    try:
        return to_unicode(body, encoding or "utf-8")
    except (LookupError, UnicodeError):
        return body.decode("utf-8", "replace")


def _said_by_header(content_type: str | None) -> str | None:
    if not content_type:
        return None
    encoding = http_content_type_encoding(content_type) or _web_label(content_type.encode("utf-8", "replace"))
    return "utf-16-le" if encoding == "utf-16" else encoding


def _said_by_page(body: bytes) -> str | None:
    """What a meta element says. A page whose meta can be read is not in UTF-16, so that means UTF-8."""
    encoding = html_body_declared_encoding(body)
    if encoding is None and b"charset" in body[:_PRESCAN_BYTES].lower():
        encoding = _web_label(body[:_PRESCAN_BYTES])
    if encoding is None:
        return None
    if encoding == "x-user-defined":
        return "cp1252"
    return "utf-8" if encoding.startswith("utf-16") else encoding


def _said_late(body: bytes) -> str | None:
    """What a meta element says that a browser meets while it parses (HTML standard, changing the encoding).

    Whether a tag is one, and none in a script or a comment, only the parser can tell.
    """
    if not _META.search(body, _PRESCAN_BYTES):
        return None
    for meta in parse_html(body.decode("latin-1"))[0].iter_elements("meta"):
        label = meta.attr("charset")
        if label is None and (meta.attr("http-equiv") or "").strip().lower() == "content-type":
            found = _LABEL.search((meta.attr("content") or "")[:_PRESCAN_BYTES].encode("latin-1", "replace"))
            label = found[1].decode("latin-1") if found else None
        if label and _PLAIN_LABEL.match(label.strip()) and meta.namespace is Namespace.HTML:
            encoding = _said_by_page(b'<meta charset="%s">' % label.strip().encode())
            if encoding is not None:
                return encoding
    return None


def _row_13(error: UnicodeError) -> tuple[str, int]:
    """Characters of NEC's row 13 in EUC-JP, which browsers know and Python does not: as cp932 has them."""
    assert isinstance(error, UnicodeDecodeError)
    first, second = (error.object[error.start : error.start + 2] + b"\0")[:2]
    if min(first, second) < 0xA1:
        return "\ufffd", error.start + 1
    row, cell = first - 0xA1, second - 0x80
    lead = row // 2 + (0x81 if row < 62 else 0xC1)
    trail = cell + 0x7E if row % 2 else cell + (0x1F if cell < 0x60 else 0x20)
    return bytes((lead, trail)).decode("cp932", "replace")[:1], error.start + 2


codecs.register_error(_WITH_ROW_13, _row_13)


def _web_label(said: bytes) -> str | None:
    """The encoding by a label of the Encoding Standard that w3lib does not know; those it knows, it has looked for."""
    found = _LABEL.search(said)
    label = found[1].decode("latin-1") if found else ""
    encoding = webencodings.lookup(label)
    if encoding is None or resolve_encoding(label) is not None:
        return None
    return encoding.name if encoding.name == "x-user-defined" else resolve_encoding(encoding.codec_info.name)


def _guess(body: bytes) -> str:
    try:
        codecs.utf_8_decode(body, "strict", False)  # a character may be cut at the end
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
