"""SARIF 2.1.0 (OASIS), the format of code scanning services: what a log of pages and one of a site have in common.

Limits are those of GitHub's code scanning: at most 25,000 results in a run, of which it shows 5,000, each with a line
and a fingerprint that stays when lines move; a file of at most 10 MB when it is packed with gzip.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from core.records import Severity
from core.text import storable
from rules.references import references

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.records import Finding
    from rules.base import AnyRule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
VERSION = "2.1.0"
MAX_RESULTS = 25_000
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.REVIEW: "note"}
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
    criterion = next((named.url for named in references(rule.reference) if named.name.startswith("WCAG ")), None)
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "help": {"text": f"{rule.about} ({rule.reference})", "markdown": f"{rule.about}\n\n{rule.reference}"},
        "helpUri": criterion or _TUTORIAL,
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
    }
