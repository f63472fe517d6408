"""What `check` says as SARIF 2.1.0 (OASIS), the format of code scanning services.

Within the limits of GitHub's code scanning: at most 25,000 results in a run, each with a line, and a
fingerprint that stays when lines move.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from alt_audit import __version__
from core.records import Severity
from core.text import storable
from rules.judge import page_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from alt_audit.check.page import CheckedPage
    from core.records import Finding, Occurrence
    from rules.base import AnyRule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MAX_RESULTS = 25_000
MAX_TAG_LINES = 50
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.REVIEW: "note"}
_RANKS = {_LEVELS[severity]: rank for rank, severity in enumerate(Severity)}
# Where the W3C explains the criterion that a rule's reference names first.
_UNDERSTANDING = "https://www.w3.org/WAI/WCAG22/Understanding/"
_CRITERIA = {
    "1.1.1": "non-text-content",
    "1.3.1": "info-and-relationships",
    "1.4.5": "images-of-text",
    "2.4.4": "link-purpose-in-context",
    "2.5.3": "label-in-name",
    "3.1.1": "language-of-page",
    "3.1.2": "language-of-parts",
    "4.1.2": "name-role-value",
}
_TUTORIAL = "https://www.w3.org/WAI/tutorials/images/"


def sarif_log(pages: Iterable[CheckedPage], failures: Sequence[str]) -> dict[str, Any]:
    """One log with one run. `failures` are read after the last page: what could not be checked, and why."""
    results = [result for page in pages for result in _results(page)]
    notes = [{"level": "error", "message": {"text": storable(failure)}} for failure in failures]
    if len(results) > MAX_RESULTS:
        notes.append({"level": "warning", "message": {"text": too_many(len(results))}})
        results = sorted(results, key=lambda result: _RANKS[result["level"]])[:MAX_RESULTS]
    run = {
        "tool": {"driver": {"name": "alt-audit", "version": __version__, "rules": _rules()}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not failures, "toolExecutionNotifications": notes}],
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def too_many(number: int) -> str:
    """What is to be said of more results than a run may hold."""
    return f"{number:,} findings, of which a SARIF run holds {MAX_RESULTS}, the worst: check fewer pages at a time"


@cache
def _rules() -> list[dict[str, Any]]:
    return [_rule(rule) for rule in page_rules()]


@cache
def _rule_indexes() -> dict[str, int]:
    return {rule["id"]: index for index, rule in enumerate(_rules())}


def _rule(rule: AnyRule) -> dict[str, Any]:
    criterion = re.search(r"\b\d\.\d\.\d{1,2}\b", rule.reference)
    page = _CRITERIA.get(criterion[0]) if criterion else None
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "help": {"text": f"{rule.about} ({rule.reference})", "markdown": f"{rule.about}\n\n{rule.reference}"},
        "helpUri": _UNDERSTANDING + page if page else _TUTORIAL,
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _results(page: CheckedPage) -> Iterator[dict[str, Any]]:
    uri = _artifact_uri(page)
    lines: list[str] = []
    for occurrence, judgement in page.judged_images():
        if judgement.findings:
            lines = lines or page.source.split("\n")
            line = _start_line(occurrence, lines)
            yield from (_result(finding, occurrence, uri, line) for finding in judgement.findings)


def _result(finding: Finding, occurrence: Occurrence, uri: str, line: int) -> dict[str, Any]:
    level = _LEVELS[finding.severity]
    # The picture and its number among the page's like ones: stays when lines, or attributes of others, change.
    identity = hashlib.sha256(f"{finding.rule}|{occurrence.key}".encode()).hexdigest()[:16]
    index = _rule_indexes().get(finding.rule)
    return {
        "ruleId": finding.rule,
        **({"ruleIndex": index} if index is not None else {}),
        "level": level,
        "message": {"text": storable(finding.message)},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": line}},
                "logicalLocations": [{"fullyQualifiedName": storable(occurrence.selector), "kind": "element"}],
            }
        ],
        # The name under which GitHub looks for it; what it would compute instead is the hash of the line.
        "partialFingerprints": {"primaryLocationLineHash": f"{identity}:1"},
    }


def _artifact_uri(page: CheckedPage) -> str:
    """The address; of a file below the working folder the relative one, as in a repository."""
    if not page.facts.url.startswith("file:") or page.target == "-":
        return page.facts.url
    try:
        return quote(Path(page.target).resolve().relative_to(Path.cwd()).as_posix().encode("utf-8", "surrogateescape"))
    except ValueError:
        return page.facts.url


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
