"""What `check` prints for people: like a linter, by page and by image, the findings below each."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from typer import style

from core.records import Severity
from core.text import shown_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from alt_audit.check.page import CheckedPage

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.REVIEW: "cyan"}
_BUILT_BY_SCRIPT = (
    "This page holds scripts and hardly a text, a link or an image: built by script. 'alt-audit crawl --render' reads "
    "what they make of it."
)
_RULE_CHARS = 22  # of the longest rule id in use, and a space


@dataclass
class Summary:
    """What was found on all pages together."""

    pages: int = 0
    images: int = 0
    findings: Counter[Severity] = field(default_factory=Counter)

    def __str__(self) -> str:
        numbers = ", ".join(f"{severity} {self.findings[severity]}" for severity in Severity)
        return f"pages {self.pages}, images {self.images}; findings: {numbers}"


def lines_of(pages: Iterable[CheckedPage], width: int | None) -> Iterator[str]:
    """The lines, with terminal colours. `width` is in characters; None leaves long lines as they are."""
    summary = Summary()
    for page in pages:
        summary.pages += 1
        summary.images += len(page.judgements)
        classes = Counter(str(judgement.classification) for judgement in page.judgements)
        totals = ", ".join(f"{number} {name}" for name, number in sorted(classes.items())) or "none"
        yield style(shown_line(page.target), bold=True)
        yield f"  images: {totals}"
        if page.facts.built_by_script:
            yield from _wrapped(_BUILT_BY_SCRIPT, width, "  ")
        for occurrence, judgement in page.judged_images():
            if not judgement.findings:
                continue
            yield ""
            yield from _wrapped(shown_line(occurrence.selector), width, "  ")
            line = f"line {occurrence.line}: " if occurrence.line is not None else ""
            yield from _wrapped(line + shown_line(occurrence.html), width, "    ")
            for finding in judgement.findings:
                summary.findings[finding.severity] += 1
                label = f"    {finding.severity:<8} {finding.rule:<{_RULE_CHARS}} "
                first, *more = _wrapped(shown_line(finding.message), width, " " * len(label))
                yield style(label, fg=_COLOURS[finding.severity]) + first.lstrip()
                yield from more
        yield ""
    if summary.pages:
        yield style(str(summary), bold=True)


def _wrapped(text: str, width: int | None, indent: str) -> list[str]:
    if width is None:
        return [indent + text]
    return textwrap.wrap(text, max(width, len(indent) + 30), initial_indent=indent, subsequent_indent=indent) or [""]
