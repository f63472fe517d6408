"""SARIF 2.1.0 (OASIS), the format of code scanning services: what a log of pages and one of a site have in common.

Limits are those of GitHub's code scanning: at most 25,000 results in a run, of which it shows 5,000, each with a line
and a fingerprint that stays when lines move; a file of at most 10 MB when it is packed with gzip.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from core.records import Severity
from core.text import storable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.records import Finding
    from rules.base import AnyRule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
VERSION = "2.1.0"
MAX_RESULTS = 25_000
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.REVIEW: "note"}
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


def tool(rules: Iterable[AnyRule]) -> dict[str, Any]:
    """Who says it, and by which rules."""
    return {"driver": {"name": "alt-audit", "rules": [_rule(rule) for rule in rules]}}


def invocation(notes: list[dict[str, Any]], *, successful: bool = True) -> dict[str, Any]:
    """How the run went."""
    return {"executionSuccessful": successful, "toolExecutionNotifications": notes}


def notification(level: str, text: str) -> dict[str, Any]:
    """Something to be said of the run as a whole."""
    return {"level": level, "message": {"text": storable(text)}}


def result(finding: Finding, identity: str, locations: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """One finding. `identity` tells it from the others of its rule, and stays while lines move."""
    fingerprint = hashlib.sha256(f"{finding.rule}|{identity}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return {
        "ruleId": finding.rule,
        "level": LEVELS[finding.severity],
        "message": {"text": storable(finding.message)},
        "locations": locations,
        # The name under which GitHub looks for it; what it would compute instead is the hash of the line.
        "partialFingerprints": {"primaryLocationLineHash": f"{fingerprint}:1"},
        **more,
    }


def location(uri: str, line: int | None, selector: str | None) -> dict[str, Any]:
    """A place: a line of a file or page, and the element there."""
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if line is not None:
        physical["region"] = {"startLine": line}
    place: dict[str, Any] = {"physicalLocation": physical}
    if selector is not None:
        place["logicalLocations"] = [{"fullyQualifiedName": storable(selector), "kind": "element"}]
    return place


def _rule(rule: AnyRule) -> dict[str, Any]:
    criterion = re.search(r"\b\d\.\d\.\d{1,2}\b", rule.reference)
    page = _CRITERIA.get(criterion[0]) if criterion else None
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "help": {"text": f"{rule.about} ({rule.reference})", "markdown": f"{rule.about}\n\n{rule.reference}"},
        "helpUri": _UNDERSTANDING + page if page else _TUTORIAL,
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
    }
