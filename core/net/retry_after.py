"""Retry-After (RFC 9110, 10.2.3): when a busy server asks to be visited again."""

from __future__ import annotations

from datetime import UTC, datetime

from core.net.http_dates import parse_http_date

BUSY = frozenset({429, 503})  # the answers of a site that asks for a pause


def retry_after_s(value: str | None, now: datetime | None = None) -> float | None:
    """The seconds from `now` (else the clock's) that a Retry-After header asks for, never negative.

    None when there is no header, or it is neither number nor date.
    """
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:10])
    date = parse_http_date(value)
    return None if date is None else max(0.0, (date - (now or datetime.now(UTC))).total_seconds())
