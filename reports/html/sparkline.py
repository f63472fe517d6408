"""A row of numbers as a small line. It breaks where the numbers before and after do not compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH, HEIGHT, MARGIN = 80, 18, 2
MOST = 24  # values, the last ones


@dataclass(frozen=True, slots=True)
class Sparkline:
    """What the macro `sparkline` draws, in a box of WIDTH by HEIGHT."""

    lines: tuple[str, ...]  # the points of each unbroken line
    end: tuple[int, int]  # the last value
    label: str  # says the same in words


def sparkline(
    values: Sequence[float | None], breaks: Sequence[bool], words: Callable[[float], str], *, least: float
) -> Sparkline | None:
    """A line through the values; None with fewer than two. A change smaller than `least` never fills the height.

    `breaks` says of each value whether it does not compare with the one before; None is a value that is not known.
    """
    values, breaks = values[-MOST:], breaks[-MOST:]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    low, high = min(known), max(known)
    span = max(high - low, least)
    bottom = (low + high - span) / 2
    lines: list[list[tuple[int, int]]] = [[]]
    cuts = 0
    for place, (value, is_other) in enumerate(zip(values, breaks, strict=True)):
        if is_other or value is None:
            lines.append([])
        cuts += is_other
        if value is not None:
            x = MARGIN + (WIDTH - 2 * MARGIN) * place / (len(values) - 1)
            y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (value - bottom) / span
            lines[-1].append((round(x), round(y)))
    drawn = [line for line in lines if line]
    said = f"{counted(len(known), 'crawl')}: {words(known[0])} to {words(known[-1])}"
    if low < min(known[0], known[-1]):
        said += f", lowest {words(low)}"
    if high > max(known[0], known[-1]):
        said += f", highest {words(high)}"
    if cuts:
        said += f"; other rules or limits {counted(cuts, 'time')}"
    return Sparkline(tuple(map(_points, drawn)), drawn[-1][-1], said)


def _points(line: Sequence[tuple[int, int]]) -> str:
    return " ".join(f"{x},{y}" for x, y in (line if len(line) > 1 else [*line, *line]))  # one alone is a dot
