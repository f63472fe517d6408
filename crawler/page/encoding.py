"""The text of a page from its bytes, as browsers decode it."""

from __future__ import annotations

import codecs
import re

import webencodings
from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
    to_unicode,
)

_LABEL = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.I)
_PRESCAN_BYTES = 1024  # of a page, in which browsers look for a meta element before they parse
# x-user-defined maps the upper half of the bytes to a private area.
_USER_DEFINED = {byte: 0xF700 + byte for byte in range(0x80, 0x100)}


def decode(body: bytes, content_type: str | None) -> str:
    """The text of a page: byte order mark, then HTTP header, then meta element, then UTF-8, then windows-1252.

    That is the order of the WHATWG Encoding and HTML standards, with their labels and translations. NUL
    characters are dropped, since they would end the document for the parser. Never raises.
    """
    return _decode(body, content_type).replace("\0", "")


def _decode(body: bytes, content_type: str | None) -> str:
    encoding, mark = read_bom(body)
    if encoding is not None and mark is not None:
        return to_unicode(body[len(mark) :], encoding)
    encoding = _said_by_header(content_type) or _said_by_page(body) or _guess(body)
    if encoding == "x-user-defined":
        return body.decode("latin-1").translate(_USER_DEFINED)
    try:
        return to_unicode(body, encoding)
    except (LookupError, UnicodeError):
        # A codec of Python's that is no encoding of the web: charset=idna, charset=base64.
        return body.decode(_guess(body), "replace")


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
