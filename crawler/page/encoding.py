"""The text of a page from its bytes, as browsers decode it."""

from __future__ import annotations

import codecs
import re

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, to_unicode

# Labels of the WHATWG Encoding Standard that neither Python nor w3lib knows, by the codec that reads them.
# https://encoding.spec.whatwg.org/#names-and-labels
_WEB_LABELS = {
    label: codec
    for codec, labels in {
        "big5hkscs": "cn-big5 x-x-big5",
        "cp1250": "x-cp1250",
        "cp1251": "x-cp1251",
        "cp1252": "iso88591 x-cp1252",
        "cp1253": "x-cp1253",
        "cp1254": "iso88599 x-cp1254",
        "cp1255": "x-cp1255",
        "cp1256": "x-cp1256",
        "cp1257": "x-cp1257",
        "cp1258": "x-cp1258",
        "cp874": "dos-874 iso885911",
        "cp949": "cseuckr csksc56011987 iso-ir-149 ks_c_5601-1989 ksc_5601 windows-949",
        "euc_jp": "cseucpkdfmtjapanese x-euc-jp",
        "gb18030": "csgb2312 gb_2312 x-gbk",
        "iso8859-10": "iso885910",
        "iso8859-13": "iso885913",
        "iso8859-14": "iso885914",
        "iso8859-15": "csisolatin9 iso885915",
        "iso8859-2": "iso88592",
        "iso8859-3": "iso88593",
        "iso8859-4": "iso88594",
        "iso8859-5": "iso88595",
        "iso8859-6": "csiso88596e csiso88596i iso-8859-6-e iso-8859-6-i iso88596",
        "iso8859-7": "iso88597 sun_eu_greek",
        "iso8859-8": "csiso88598e csiso88598i iso-8859-8-e iso-8859-8-i iso88598 logical visual",
        "koi8-r": "koi koi8",
        "koi8-u": "koi8-ru",
        "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
        "mac-roman": "csmacintosh mac x-mac-roman",
        "utf-16-be": "unicodefffe",
        "utf-16-le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff",
        "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
    }.items()
    for label in labels.split()
}
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
    found = _LABEL.search(said)
    label = found[1].decode("latin-1").lower() if found else ""
    return label if label == "x-user-defined" else _WEB_LABELS.get(label)


def _guess(body: bytes) -> str:
    try:
        codecs.utf_8_decode(body, "strict", False)  # a character may be cut at the end
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
