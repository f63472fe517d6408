"""What `check` says as SARIF 2.1.0, page by page."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from alt_audit import __version__
from core.records import Severity
from reports.sarif import LEVELS, MAX_RESULTS, SCHEMA, VERSION, invocation, location, notification, result, tool
from rules.judge import page_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from alt_audit.check.page import CheckedPage
    from core.records import Finding, Occurrence

MAX_TAG_LINES = 50
_RANKS = {LEVELS[severity]: rank for rank, severity in enumerate(Severity)}


def sarif_log(pages: Iterable[CheckedPage], failures: Sequence[str]) -> dict[str, Any]:
    """One log with one run. `failures` are read after the last page: what could not be checked, and why."""
    results = [result for page in pages for result in _results(page)]
    notes = [notification("error", failure) for failure in failures]
    if len(results) > MAX_RESULTS:
        notes.append(notification("warning", too_many(len(results))))
        results = sorted(results, key=lambda result: _RANKS[result["level"]])[:MAX_RESULTS]
    run = {
        "tool": _tool(),
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation(notes, successful=not failures)],
        "results": results,
    }
    return {"$schema": SCHEMA, "version": VERSION, "runs": [run]}


def too_many(number: int) -> str:
    """What is to be said of more results than a run may hold."""
    return f"{number:,} findings, of which a SARIF run holds {MAX_RESULTS}, the worst: check fewer pages at a time"


@cache
def _tool() -> dict[str, Any]:
    described = tool(page_rules())
    described["driver"]["version"] = __version__
    return described


@cache
def _rule_indexes() -> dict[str, int]:
    return {rule.id: index for index, rule in enumerate(page_rules())}


def _results(page: CheckedPage) -> Iterator[dict[str, Any]]:
    lines: list[str] = []
    for occurrence, judgement in page.judged_images():
        if judgement.findings:
            lines = lines or page.source.split("\n")
            line = _start_line(occurrence, lines)
            yield from (_result(finding, occurrence, page.uri, line) for finding in judgement.findings)


def _result(finding: Finding, occurrence: Occurrence, uri: str, line: int) -> dict[str, Any]:
    index = _rule_indexes().get(finding.rule)
    # The picture and its number among the page's like ones: stays when lines, or attributes of others, change.
    return result(
        finding,
        occurrence.key,
        [location(uri, line, occurrence.selector)],
        **({"ruleIndex": index} if index is not None else {}),
    )


def _start_line(occurrence: Occurrence, lines: list[str]) -> int:
    """Where the start tag begins, from where it ends; the first line of a page where that is not known."""
    end = occurrence.line
    if end is None or end > len(lines):
        return 1
    tag = f"<{occurrence.element}"
    for number in range(end, max(0, end - MAX_TAG_LINES), -1):
        line = lines[number - 1].lower()
        at = line.rfind(tag)
        if at >= 0:
            return number
        if number < end and ("<" in line or ">" in line):
            break  # the tag that begins above has ended there
    return end
