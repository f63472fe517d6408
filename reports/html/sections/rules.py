"""Problems by rule: how often each rule is broken now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.html.numbers import number
from reports.html.rule_page import entry
from reports.html.section import Section
from reports.texts import bounded

if TYPE_CHECKING:
    from reports.html.sources import ReportSources


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """How often a rule is broken; `width` is its bar, 100 for the most frequent."""

    rule: str
    href: str | None  # its entry among the explanations
    severity: str
    example: str
    rows: str
    occurrences: str
    images: str
    width: float


@dataclass(frozen=True, slots=True)
class BrokenRules:
    """Every rule that is broken, the worst first."""

    rules: tuple[BrokenRule, ...]


def broken_rules(sources: ReportSources) -> BrokenRules:
    """The rules that the site breaks."""
    tallies = sources.rules
    most = max((tally.occurrences for tally in tallies), default=1)
    return BrokenRules(
        tuple(
            BrokenRule(
                rule=tally.rule,
                href=entry(tally.rule),
                severity=tally.severity,
                example=bounded(tally.example),
                rows=number(sources.totals.rules[tally.rule]),
                occurrences=number(tally.occurrences),
                images=number(tally.images),
                width=round(100 * tally.occurrences / most, 3),
            )
            for tally in tallies
        )
    )


SECTION = Section("rules", "Problems", "sections/rules.html", broken_rules)
