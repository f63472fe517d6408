"""When an address on a page and one in an export are the same picture's."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote, urlsplit

from core.identity.urls import canonical_image_url

_IMAGE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?|heic)$", re.I)


def picture_key(url: str) -> str | None:
    """What is the same for all addresses of a picture: host and path of its canonical address, as people read them.

    The scheme, capitals and `www.` in the host, escapes, a version (`?v=`) and what else makes no difference to a
    canonical address make none. None where it is no http(s) address.
    """
    if url.startswith("//"):
        url = f"https:{url}"
    if not url.startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(canonical_image_url(url.strip()))
        host = (parts.hostname or "").removeprefix("www.")
        port = parts.port
    except ValueError:  # a bracket in the host, a port that is no number
        return None
    path = path_of(parts.path)
    query = f"?{parts.query}" if parts.query and not _IMAGE_FILE.search(path) else ""
    return f"{host}:{port}{path}{query}" if port not in {None, 80, 443} else f"{host}{path}{query}"


def path_of(path: str) -> str:
    """A path as people read it."""
    return unicodedata.normalize("NFC", unquote(path))


def path_behind(*folders: str) -> re.Pattern[str]:
    """What finds the path below one of these folders (regular expressions), in a picture's address or path."""
    return re.compile(rf"(?:^|/)(?:{'|'.join(folders)})/(?P<path>[^?#]+)")


def below(pattern: re.Pattern[str], url: str) -> str | None:
    """The path of a picture below the folder that `path_behind` was told of; None where it is not there."""
    found = pattern.search(canonical_image_url(url) if url.startswith(("http://", "https://")) else url)
    return path_of(found["path"]) if found is not None else None
