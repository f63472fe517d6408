"""Addresses: which ones the audit follows, and when two of them are the same image.

An image's canonical URL is its identity. Parameters that only resize, recompress or bust a cache are taken
out of it by the table in image_schemes.toml; every other query is significant, since leaving out a parameter
that selects the picture would fold different pictures into one.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url, safe_url_string

# Both databases index these columns; a Postgres index entry holds at most 2,704 bytes.
MAX_URL_CHARS = 2000
MAX_WRAPPERS = 5  # addresses of image servers within one another
_BOUNDED = re.compile(r"#sha256=[0-9a-f]{64}\Z")  # as `bounded` writes it; no address of a page has a fragment
_NO_HOST = re.compile(r"[\x00-\x20\x7f#/<>?@\\^|%]")  # forbidden in a host name (WHATWG URL)


def absolute(base: str, reference: str) -> str | None:
    """The http(s) address that `reference` means on a page, fragment removed; None when it is none.

    `data:` addresses are returned as they are, but for capitals in `data:`. White space around and line breaks
    within are dropped, as browsers do (WHATWG URL, basic URL parser).
    """
    reference = re.sub(r"[\t\n\r]", "", reference).strip(" \f\x00\v\u00a0")
    if reference[:5].lower() == "data:":
        return "data:" + reference[5:]
    try:
        joined = urljoin(base, reference)
        parts = urlsplit(joined)
        if parts.scheme not in {"http", "https"} or not parts.hostname or _NO_HOST.search(parts.hostname):
            return None
        _ = parts.port  # raises on a port that is no number
        return safe_url_string(urlunsplit(parts._replace(fragment="")))
    except (ValueError, UnicodeError):
        return None


def page_url(url: str) -> str:
    """The form under which a page is stored: escapes normalised, query order and blank values kept."""
    parts = urlsplit(safe_url_string(url))
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", parts.query, ""))


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


@dataclass(frozen=True, slots=True)
class ImageScheme:
    """One known way of asking for another size of the same picture."""

    name: str
    host: re.Pattern[str] | None  # None: any host
    path: re.Pattern[str] | None
    drop: frozenset[str]  # query parameters that do not select the picture
    unwrap: str | None  # query parameter that holds the address of the picture itself


@lru_cache(maxsize=1)
def image_schemes() -> tuple[ImageScheme, ...]:
    """The table of image_schemes.toml."""
    table = tomllib.loads(files("core").joinpath("image_schemes.toml").read_text("utf-8"))
    return tuple(
        ImageScheme(
            name=row["name"],
            host=re.compile(row["host"]) if "host" in row else None,
            path=re.compile(row["path"]) if "path" in row else None,
            drop=frozenset(row.get("drop", ())),
            unwrap=row.get("unwrap"),
        )
        for row in table["scheme"]
    )


@lru_cache(maxsize=65536)
def canonical_image_url(url: str) -> str:
    """The identity of the image at an absolute http(s) or data: address. Doing it twice changes nothing."""
    if url.startswith("data:"):
        return "data:,sha256=" + _digest(url) if len(url) > 100 else url
    if _BOUNDED.search(url):
        return url
    reduced, unwrapped = _reduced(url)
    for _ in range(MAX_WRAPPERS):
        if not unwrapped:
            break
        reduced, unwrapped = _reduced(reduced)
    # An address wrapped in itself time and again is a trap, and stands for itself.
    return bounded(canonicalize_url(url if unwrapped else reduced, keep_blank_values=True))


def _reduced(url: str) -> tuple[str, bool]:
    """The address without what does not select the picture, or the address inside it and True."""
    for scheme in image_schemes():
        parts = urlsplit(url)
        if scheme.host is not None and not scheme.host.search(parts.hostname or ""):
            continue
        if scheme.path is not None and not scheme.path.search(parts.path):
            continue
        query = parse_qsl(parts.query, keep_blank_values=True)
        if scheme.unwrap is not None:
            inner = next((value for name, value in query if name == scheme.unwrap), None)
            target = absolute(url, inner) if inner else None
            if target is not None and not target.startswith("data:") and target != url:
                return target, True
        kept = [(name, value) for name, value in query if name.lower() not in scheme.drop]
        if len(kept) != len(query):
            url = urlunsplit(parts._replace(query=urlencode(kept)))
    return url, False


def bounded(url: str) -> str:
    """The address itself, or a prefix with the digest of the whole when it is too long for an index."""
    if len(url) <= MAX_URL_CHARS:
        return url
    return f"{url[: MAX_URL_CHARS - 80]}#sha256={_digest(url)}"


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()
