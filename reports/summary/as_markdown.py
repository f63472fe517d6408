"""The summary as Markdown, for a ticket, a chat or a wiki."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.text import shown_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.summary.view import Number, Summary

_MARKS = re.compile(r"([\\`*_\[\]<>#|!~&])")


def markdown(summary: Summary) -> Iterator[str]:
    """The lines, each with its end."""
    for line in _lines(summary):
        yield f"{line}\n"


def _lines(summary: Summary) -> Iterator[str]:
    say = summary.words.say
    brand = f"{_plain(summary.brand)}, " if summary.brand else ""
    yield f"# {_plain(summary.title)}: {_plain(summary.site)}"
    yield ""
    yield f"{brand}{summary.crawled}"
    yield ""
    yield f"**{summary.number} {summary.text}.** {summary.places_text}"
    yield ""
    yield f"| {say('verdict')} | {say('number')} | {say('share')} |"
    yield "|---|--:|--:|"
    for bar in summary.places.bars:
        yield f"| {bar.label} | {bar.value} | {bar.share} |"
    yield ""
    if summary.since is not None:
        yield f"{say('since', date=summary.since)}: {_numbers(summary.changes)}."
        yield ""
    if summary.decided:
        yield f"{say('texts')}: {_numbers(summary.decided)}."
        yield ""
    if summary.things:
        yield f"## {say('most_places')}"
        yield ""
    for position, thing in enumerate(summary.things, 1):
        decided = f" {say('decision')}: “{_plain(thing.decided)}”." if thing.decided is not None else ""
        page = f" <{thing.page.href}>" if thing.page.href is not None else ""
        yield f"{position}. **{_plain(thing.name)}** ({thing.where}). {_plain(thing.verdict)}.{decided}{page}"


def _numbers(numbers: tuple[Number, ...]) -> str:
    return ", ".join(f"{one.value} {one.what}" for one in numbers)


def _plain(text: str) -> str:
    return _MARKS.sub(r"\\\1", shown_line(text))
