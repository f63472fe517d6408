"""Validators (RFC 9110, 8.8): by what a server tells one version of a resource from another."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.net.http_dates import parse_http_date

MAX_DATE_CHARS = 40
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,200}"')  # RFC 9110, 8.8.3, ASCII


@dataclass(frozen=True, slots=True)
class Validators:
    """What an answer came with, as the server sent it."""

    etag: str | None = None
    last_modified: str | None = None

    def conditions(self) -> dict[str, str]:
        """The headers of a request that asks for anything but this version; none where there is no validator."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}


NO_VALIDATORS = Validators()


def read_validators(etag: str | None, last_modified: str | None) -> Validators:
    """The validators of an answer with these headers. A malformed or overlong one is none: it is not sent back."""
    return Validators(
        etag if etag and _ETAG.fullmatch(etag) else None,
        last_modified if last_modified and _is_date(last_modified) else None,
    )


def _is_date(text: str) -> bool:
    plain = len(text) <= MAX_DATE_CHARS and text.isascii() and text.isprintable()
    return plain and parse_http_date(text) is not None
