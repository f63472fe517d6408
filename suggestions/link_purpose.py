"""Where a link leads, in words. Pure."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?)$", re.I)
_SLUG_NOISE = re.compile(r"\.(?:html?|php|aspx?|jsp)$|^(?:index|default|home)(?:\.\w+)?$", re.I)


def link_purpose(url: str, page_titles: Sequence[str], language: str, hosts: Collection[str] = ()) -> str | None:
    """The site's name for its home page in `language` (a primary subtag), else the address' own words.

    Of another site's home page it is the host: `hosts` are the site's own. None where the address says nothing: a
    number, a code, the picture itself.
    """
    address = urlsplit(url)
    if _PICTURE_FILE.search(address.path):
        return None  # a link to the picture itself only shows it larger
    parts = [part for part in address.path.split("/") if part and not _SLUG_NOISE.match(part)]
    if is_home_elsewhere(url, hosts):
        return _bare_host(address.hostname)
    if not parts:
        home = _wording()["home"]
        return home.get(language, home["en"]).format(name=_site_name(page_titles) or address.netloc)
    slug = re.sub(r"[-_+\s]+", " ", _SLUG_NOISE.sub("", unquote(parts[-1]))).strip()
    # A number or a code says nothing to a visitor.
    return slug if re.search(r"[^\W\d_]{3}", slug) and not re.search(r"\d{4}", slug) else None


def is_home_elsewhere(url: str, hosts: Collection[str]) -> bool:
    """Whether an address is the home page of another site than the one with these hosts; False where none is known."""
    address = urlsplit(url)
    if (
        not hosts
        or not address.hostname
        or any(not _SLUG_NOISE.match(part) for part in address.path.split("/") if part)
    ):
        return False
    leads_to, own = _bare_host(address.hostname), {_bare_host(host) for host in hosts}
    return not any(leads_to == host or leads_to.endswith(f".{host}") or host.endswith(f".{leads_to}") for host in own)


def _bare_host(host: str | None) -> str:
    return (host or "").removeprefix("www.")


def _site_name(page_titles: Sequence[str]) -> str | None:
    """What most page titles begin or end with alike ("Contact – Cat & Comet")."""
    ends: Counter[str] = Counter()
    for title in page_titles:
        parts = re.split(r"\s+[|–—·-]\s+|:\s+", title)
        ends.update({parts[0], parts[-1]})
    for name, number in ends.most_common(1):
        if number > 1 and number * 2 > len(page_titles):
            return name
    return None


@cache
def _wording() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("suggestions").joinpath("wording.toml").read_text("utf-8"))
