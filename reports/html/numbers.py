"""Numbers, shares, times and charts, as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


def number(value: int) -> str:
    """12,345."""
    return f"{value:,}"


def share(part: int, whole: int) -> str:
    """A part as a percentage; what is there never reads 0 %, and what is missing never hides behind 100 %."""
    if whole == 0 or part == 0:
        return "0 %"
    percentage = 100 * part / whole
    if percentage < 1:
        return "< 1 %"
    if part < whole and percentage > 99:
        return "> 99 %"
    return f"{percentage:.0f} %"


def percent(part: float | None) -> str:
    """A share of 1 as `83.1 %`, for what is compared over time; "" where there is none, 100 % only for all."""
    if part is None:
        return ""
    return "100 %" if part == 1 else f"{min(100 * part, 99.9):.1f} %"


def points_of(change: float | None, *, comparable: bool = True) -> str:
    """A change of a share in percentage points, `+2.4`; in brackets where what moved it may be other rules."""
    if change is None:
        return ""
    text = f"{100 * change:+.1f}"
    return text if comparable else f"({text})"


def days(seconds: float | None) -> str:
    """`under a day`, `12 days`; "" for what is not known."""
    if seconds is None:
        return ""
    return "under a day" if seconds < 86_400 else counted(round(seconds / 86_400), "day")


def duration(seconds: float) -> str:
    """`42 s`, `3 min 5 s`, `2 h 10 min`."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return f"{number(hours)} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def date(moment: datetime) -> str:
    """`5 March 2026, 14:05 UTC`."""
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a table of parts, with the numbers of its bar in a chart 100 wide."""

    key: str  # names the colour
    label: str
    explanation: str
    value: str
    share: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Parts that add up to a whole: a table, and a chart that says the same."""

    bars: tuple[Bar, ...]
    total: str


def breakdown(parts: Iterable[tuple[str, str, str, int]]) -> Breakdown:
    """Parts as (key, label, explanation, number), in the order given."""
    all_parts = list(parts)
    whole = sum(value for *_, value in all_parts)
    bars = []
    start = 0.0
    for key, label, explanation, value in all_parts:
        width = round(100 * value / whole, 3) if whole else 0.0
        bars.append(Bar(key, label, explanation, number(value), share(value, whole), round(start, 3), width))
        start += width
    return Breakdown(tuple(bars), number(whole))
