"""Addresses: which ones the audit follows, and when two of them are the same image.

An image's canonical URL is its identity. Parameters that only resize, recompress or bust a cache are taken
out of it by the table in image_schemes.toml; every other query is significant, since leaving out a parameter
that selects the picture would fold different pictures into one.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from ada_url import join_url
from w3lib.url import canonicalize_url

from core.identity import image_schemes

# Of the code that makes canonical image addresses: raised when it makes another one of an address. Stores follow.
VERSION = 6
# Both databases index these columns; a Postgres index entry holds at most 2,704 bytes.
MAX_URL_CHARS = 2000
MAX_WRAPPERS = 8  # addresses of image servers within one another
_BOUNDED = re.compile(r"#sha256=[0-9a-f]{64}\Z")  # as `bounded` writes it
_DRAWING = re.compile(r"\.svgz?(?:\?[^#]*)?\Z", re.I)
_DROPPED = re.compile(r"[\t\n\r]")
_SPACE = "".join(map(chr, range(0x21)))  # C0 controls and space
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSAFE = re.compile(r"[\[\]\\^`{|}]")
_WITHOUT_LOGIN = re.compile(r"(https?://)(?:[^/?#@]*@)+")  # as far as the last @ (WHATWG)
_ANY_LOGIN = re.compile(r"""(?<=//)[^/?#@\s"'<>]*:[^/?#@\s"'<>]*@""")  # within any text
_ROOT_DOT = re.compile(r"(https?://(?:[^/?#@]*@)?[^/?#@:\[]*[^/?#@:\[.])\.(?=[/:])")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


# Most addresses are spelt in characters that neither joining nor normalising touches. No segment of them is empty
# or begins with a dot.
_PLAIN_PATH = r"(?:[\w~-][\w.~-]*+(?:/[\w~-][\w.~-]*+)*+/?+)"
_PLAIN_QUERY = r"(?:\?[\w.~=&-]++)?+"
_PLAIN_REFERENCE = re.compile(rf"(/?{_PLAIN_PATH}{_PLAIN_QUERY})(?:#.*)?\Z", re.ASCII)
_PLAIN_URL = re.compile(rf"(https?://[\w.:-]+)/{_PLAIN_PATH}?{_PLAIN_QUERY}\Z", re.ASCII)


def absolute(base: str, reference: str) -> str | None:
    """The http(s) address that `reference` means on a page, fragment removed; None when it is none.

    By the grammar of browsers (WHATWG URL), and with all that Scrapy would escape escaped. `data:` addresses are
    returned as they are, but for capitals in `data:`, and white space around and line breaks within.
    """
    plain = _PLAIN_REFERENCE.match(reference)
    if plain is not None:
        rooted = reference[0] == "/"
        folder = _folder(base, "/" if rooted else ".")
        if folder is not None:
            return folder + plain[1][rooted:]
    return _absolute(base, reference)


@lru_cache(maxsize=1024)
def _folder(base: str, reference: str) -> str | None:
    """The address to put before a plain reference; None where it takes more than that."""
    folder = _absolute(base, reference)
    return folder if folder is not None and folder[-1] == "/" and "?" not in folder else None


def requested(base: str, reference: str) -> str | None:
    """The same as `absolute` as browsers write it into a request: `[1]`, `|` and the like stay as they are.

    Some servers know their files by one spelling alone. A user name and password are left out, as Chromium asks for no
    picture with them.
    """
    found = absolute(base, reference)
    if found is None or found.startswith("data:"):
        return found
    if "%" in found and (_UNSAFE.search(reference) or _UNSAFE.search(base, 8)):
        found = _plain(base, _DROPPED.sub("", reference).strip(_SPACE)) or found
    return without_login(found)


def without_login(url: str) -> str:
    """An http(s) address without the user name and password in it."""
    return _WITHOUT_LOGIN.sub(r"\1", url) if "@" in url else url


def without_passwords(text: str) -> str:
    """A text, an element of HTML say, without the user names and passwords in its addresses."""
    return _ANY_LOGIN.sub("", text) if "@" in text else text


def _absolute(base: str, reference: str) -> str | None:
    reference = _DROPPED.sub("", reference).strip(_SPACE)
    if reference[:5].lower() == "data:":
        return "data:" + reference[5:]
    found = _plain(base, reference)
    return found if found is None or _UNSAFE.search(found, 8) is None else _escaped(found)


def _plain(base: str, reference: str) -> str | None:
    """The http(s) address that browsers make of a reference."""
    found = _joined(base, reference)
    if found is None:  # the page has no address of the web
        found = _joined(reference, "")
    if found is None or not found.startswith(("http://", "https://")):
        return None
    return found.partition("#")[0]


def _joined(base: str, reference: str) -> str | None:
    try:
        return join_url(_SURROGATE.sub("\ufffd", base), _SURROGATE.sub("\ufffd", reference))
    except ValueError:
        return None


def _escaped(url: str) -> str:
    """With what the standard leaves as it is, and Scrapy does not, escaped behind the host."""
    origin = url.index("/", 8)
    return url[:origin] + _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", url[origin:])


def page_url(url: str) -> str:
    """The form under which a page is stored: escapes and host normalised, query order and blank values kept.

    A user name and password in it are left out: they are no part of a page, and no row is to hold them.
    """
    plain = _PLAIN_URL.match(url)
    return url if plain is not None and _is_stored_form(plain[1]) else _page_url(url)


@lru_cache(maxsize=1024)
def _is_stored_form(origin: str) -> bool:
    return _page_url(origin + "/") == origin + "/"


def _page_url(url: str) -> str:
    found = without_login(_one_form(url)).partition("#")[0]
    path, _, query = found.partition("?")
    return found if query else path


def _one_form(url: str) -> str:
    """An http(s) address as all that is the same by the grammar is written: RFC 3986, 6.2.2 and 6.2.3, and no dot
    behind the host. Others come back as they are.
    """
    found = _absolute(url, url)
    if found is None or found.startswith("data:"):
        return url
    if "." in found and (dotted := _ROOT_DOT.match(found)) is not None:
        found = dotted[1] + found[dotted.end() :]
    return _ESCAPE.sub(_unescaped, found) if "%" in found else found


def _unescaped(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()


def addresses_of_page(url: str) -> tuple[str, ...]:
    """The address of a page, and those where most sites have the same: with and without www., over http and https."""
    _, _, rest = url.partition("://")
    bare = rest.removeprefix("www.")
    forms = (url, *(f"{scheme}://{www}{bare}" for scheme in ("https", "http") for www in ("www.", "")))
    return tuple(dict.fromkeys(forms))


def site_of(url: str) -> str:
    """Host and port, as they stand in reports and folder names."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def file_name(url: str) -> str | None:
    """The last part of the path, unescaped; None where the address, which may be a relative one, has none."""
    if url[:5].lower() == "data:":
        return None
    try:
        return unquote(urlsplit(url).path.rpartition("/")[2]) or None
    except ValueError:  # a bracket in the host that opens no IPv6 address
        return None


def canonical_image_url(url: str) -> str:
    """The identity of the image at an absolute http(s) or data: address. Doing it twice changes nothing."""
    if url.startswith("data:"):
        return "data:,sha256=" + _digest(url) if len(url) > 100 else url
    if _BOUNDED.search(url):
        return url
    # A drawing may hold several pictures, and the fragment says which: icons.svg#cart.
    file, _, part = url.partition("#")
    if part and len(url) <= MAX_URL_CHARS and _DRAWING.search(file):
        found = _canonical(file)
        return f"{found}#{part}" if _DRAWING.search(found) else found
    if len(url) <= MAX_URL_CHARS:
        return _canonical(url)
    # Longer ones are no address of an image server, and would take time and a place in the cache.
    return bounded(canonicalize_url(without_login(url)))


@lru_cache(maxsize=65536)
def _canonical(url: str) -> str:
    plain = _PLAIN_URL.match(url)
    known = plain is not None and "?" not in url and _is_stored_form(plain[1])
    found = start = url if known else canonicalize_url(without_login(_one_form(url)))
    for _ in range(MAX_WRAPPERS):
        reference = image_schemes.reduced(found)
        target = absolute(found, reference) if reference != found else None
        # What is wrapped may have a dot behind its host, or a login, as well as what wraps it.
        if target is None or target.startswith("data:"):
            return bounded(found)
        changed = canonicalize_url(without_login(_one_form(target)))
        if changed == found:
            return bounded(found)
        found = changed
    # An address wrapped in itself time and again is a trap, and stands for itself.
    return bounded(start)


def image_rules() -> str:
    """A digest of the rules by which images get their canonical addresses: this code's version, and the table."""
    # Of the rows as they are written: to compile 200 regular expressions takes a command longer than to start on it.
    rows = [
        {key: row[key] for key in sorted(row) if key != "name"}
        for kind in ("scheme", "size")
        for row in image_schemes.table().get(kind, ())
    ]
    return _digest(json.dumps([VERSION, rows]))


def bounded(url: str) -> str:
    """The address itself, or a prefix with the digest of the whole when it is too long for an index."""
    if len(url) <= MAX_URL_CHARS:
        return url
    return f"{url[: MAX_URL_CHARS - 80]}#sha256={_digest(url)}"


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()
