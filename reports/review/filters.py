"""Which rows a person looks at: what the address of a page says, and what is asked of the index for it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from reports.html.labels import CLASSIFICATION_LABELS, SEVERITY_LABELS
from reports.picture_words import KINDS
from reports.row import STATUS_LABELS, Row, RowStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SEARCH_CHARS = 200


class Level(StrEnum):
    """How far a suggestion can be trusted."""

    READY = "ready"
    LOOK = "look"
    NONE = "none"


TODO, ALL = "todo", "all"  # beside the members of RowStatus
DECIDED = (RowStatus.DECIDED,)
LABELS: dict[str, dict[str, str]] = {
    "status": {TODO: "To do", ALL: "All", **{name: label for name, (label, _) in STATUS_LABELS.items()}},
    "severity": {name: label for name, (label, _) in SEVERITY_LABELS.items()},
    "classification": {name: label for name, (label, _) in CLASSIFICATION_LABELS.items()},
    "level": {Level.READY: "Ready to check", Level.LOOK: "Needs a look", Level.NONE: "No draft"},
    "kind": {name: words.partition(" ")[2].capitalize() for name, words in KINDS.items()} | {"": "Not known"},
    "language": {"und": "Not known"},
}
FACETS = ("status", "severity", "classification", "level", "kind", "language")  # as the index counts them
NAMES = {"status": "Status", "severity": "Severity", "classification": "Now", "level": "Draft", "kind": "Picture",
         "language": "Language", "rule": "Rule"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """None: whatever it is. `cause` is that of rows which are shown as one in the report."""

    status: str = TODO
    severity: str | None = None
    classification: str | None = None
    level: str | None = None
    kind: str | None = None
    language: str | None = None
    rule: str | None = None
    cause: str | None = None
    q: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Filter:
        """As an address says it; a value that there is none of finds nothing, and is said by the page."""
        known = {item.name: query[item.name] for item in fields(cls) if query.get(item.name)}
        if query.get("kind") == "-":
            known["kind"] = ""
        return cls(**known | {"q": " ".join(query.get("q", "").split())[:MAX_SEARCH_CHARS]})

    def query(self, **changes: str | None) -> str:
        """The same for an address, with these changes; '' for all that is to do."""
        changed = replace(self, **changes)  # type: ignore[arg-type]
        given = {item.name: getattr(changed, item.name) for item in fields(self)}
        if given["kind"] == "":
            given["kind"] = "-"
        return urlencode({name: value for name, value in given.items() if value and value != _DEFAULTS[name]})

    def takes(self, facet: str, value: str) -> bool:
        """Whether rows with this value of a facet are among those looked at, as far as that facet goes."""
        wanted = getattr(self, facet)
        if facet == "status" and wanted in {TODO, ALL}:
            return wanted == ALL or value not in DECIDED
        return wanted is None or wanted == value


_DEFAULTS = {item.name: item.default for item in fields(Filter)}


def level(row: Row) -> Level:
    """How far the suggestion of a row can be trusted."""
    if row.status is not RowStatus.DRAFTED:
        return Level.NONE
    return Level.LOOK if row.needs_human else Level.READY
