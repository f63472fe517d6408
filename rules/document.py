"""docs/rules.md, written from the rules themselves: `python -m rules.document > docs/rules.md`."""

from __future__ import annotations

import sys
import textwrap
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rules.occurrence import credit_lines, missing, repetition
from rules.site import agreement, languages, pictures, templates
from rules.text import not_a_text, quality

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.base import AnyRule, RuleBook

WIDTH = 120  # characters of a line
_BOOKS: tuple[RuleBook[Any], ...] = (
    missing.book,
    not_a_text.book,
    quality.book,
    credit_lines.book,
    repetition.book,
    repetition.adjacent,
    pictures.book,
    templates.book,
    languages.book,
    agreement.book,
)


def document() -> str:
    """The page, in Markdown."""
    parts = [files("rules").joinpath("introduction.md").read_text("utf-8")]
    for heading, books in groupby(_BOOKS, key=lambda book: book.heading):
        parts.append(f"## {heading}\n")
        for book in books:
            parts += _filled(book.about)
            for rule in book.rules:
                parts += _entry(rule)
    return "\n".join(parts)


def _entry(rule: AnyRule) -> Iterator[str]:
    yield f"### `{rule.id}`\n"
    yield from _filled(f"{rule.severity}. {rule.reference}. {rule.about}")


def _filled(text: str) -> Iterator[str]:
    if text:
        yield textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
