"""An evaluation for people: in a terminal of 80 columns, and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evaluation import DRAFT
from core.text import shown_line
from reports.evaluation.texts import COLUMNS, LEGEND, about, figure, worst

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evaluation import Evaluation, Line

_NAME_WIDTH = 18
_WIDTH = 7


def cells(line: Line) -> list[str]:
    """The figures of a line, in the order of COLUMNS."""
    says = line.spoken / line.pictures if line.pictures else None
    known = (says, line.f1, line.f1_spoken, line.cider, line.similarity, line.as_good, line.as_good_spoken)
    return [f"{line.pictures:,}", *map(figure, known)]


def terminal_lines(evaluation: Evaluation) -> Iterator[str]:
    """The tables of contenders and of certainty; the rest is in the files."""
    yield from about(evaluation)
    for one in evaluation.tables[:-2]:
        yield ""
        yield from aligned(one.title, COLUMNS, [(line.name, cells(line)) for line in one.lines])
    if evaluation.risks:
        yield ""
        rows = [
            (f"surest {risk.coverage:.0%}", [f"{risk.pictures:,}", figure(risk.f1), figure(risk.as_good)])
            for risk in evaluation.risks
        ]
        yield from aligned("The surest drafts", ("pictures", "F1", "as good"), rows)
    yield ""


def aligned(title: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> Iterator[str]:
    """A table of figures for a terminal; a name that is too long stands on a line of its own."""
    yield title
    yield " " * _NAME_WIDTH + "".join(f"{name:>{max(_WIDTH, len(name) + 1)}}" for name in columns)
    for name, values in rows:
        figures = (f"{value:>{max(_WIDTH, len(column) + 1)}}" for value, column in zip(values, columns, strict=True))
        shown = shown_line(name)
        if len(shown) > _NAME_WIDTH:
            yield shown
            shown = ""
        yield f"{shown:<{_NAME_WIDTH}}{''.join(figures)}"


def markdown(evaluation: Evaluation) -> Iterator[str]:
    """All of it, without pictures."""
    yield f"# Drafts of {cell(evaluation.site)}"
    yield ""
    for line in about(evaluation):
        yield f"- {cell(line)}"
    yield ""
    yield LEGEND
    for one in evaluation.tables:
        rows = [(line.name, cells(line)) for line in one.lines]
        yield from table(one.title, COLUMNS, rows)
    risks = [
        (f"{risk.coverage:.0%}", [f"{risk.pictures:,}", figure(risk.f1), figure(risk.as_good)])
        for risk in evaluation.risks
    ]
    yield from table("The surest drafts", ("pictures", "F1", "as good"), risks)
    rows = [
        (case.alt, [case.said[DRAFT].text or "", case.source, case.level, figure(case.said[DRAFT].f1), case.page_url])
        for case in worst(evaluation)
    ]
    yield from table("The worst", ("draft", "made from", "level", "F1", "page"), rows)


def table(title: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> Iterator[str]:
    """A table of Markdown below a heading; nothing without rows."""
    if not rows:
        return
    yield ""
    yield f"## {title}"
    yield ""
    yield f"| | {' | '.join(columns)} |"
    yield f"|---|{'---|' * len(columns)}"
    for name, values in rows:
        yield f"| {cell(name)} | {' | '.join(map(cell, values))} |"


def cell(text: str) -> str:
    """A text from the web as Markdown shows it: nothing in it is markup, a link or the end of a cell."""
    escaped = "".join(f"\\{char}" if char in r"\`*_{}[]()#+!|~" else char for char in shown_line(text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
