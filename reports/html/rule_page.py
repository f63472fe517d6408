"""The page that explains the rules that are broken: what each finds, whom that hurts, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.text import counted
from reports.html.labels import SEVERITY_LABELS
from reports.html.numbers import number
from reports.texts import bounded
from rules.harm import WHOM
from rules.judge import rules_by_id
from rules.references import references

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment

    from core.records import Severity
    from reports.html.sources import ReportSources
    from rules.base import AnyRule
    from rules.references import Reference
    from store.counts import RuleTally

PAGE = "rules.html"


def entry(rule: str) -> str | None:
    """Where the page explains a rule; None where it does not: the finding is from a rule that was."""
    return f"{PAGE}#{rule}" if rule in rules_by_id() else None


@dataclass(frozen=True, slots=True)
class Explained:
    """A rule that is broken. Texts of the rule are Markdown, of which they use code alone: every second piece is."""

    rule: str
    about: tuple[str, ...]
    whom: str
    example: str
    references: tuple[Reference, ...]
    rows: str
    places: str


@dataclass(frozen=True, slots=True)
class Group:
    """The rules of one severity."""

    severity: Severity
    title: str
    explanation: str
    rules: tuple[Explained, ...]


def rules_page(templates: Environment, sources: ReportSources) -> Iterator[str]:
    """rules.html, in pieces."""
    tallies, known = sources.rules, rules_by_id()
    broken = [(tally, known[tally.rule]) for tally in tallies if tally.rule in known]
    groups = []
    for severity, (title, explanation) in SEVERITY_LABELS.items():
        rules = tuple(_explained(sources, tally, rule) for tally, rule in broken if tally.severity is severity)
        if rules:
            groups.append(Group(severity, title, explanation, rules))
    names = {tally.rule for tally in tallies}
    kept = [(rule.id, tuple(rule.title.split("`"))) for rule in known.values() if rule.id not in names]
    return templates.get_template(PAGE).generate(site=sources.site.name, groups=groups, kept=kept)


def _explained(sources: ReportSources, tally: RuleTally, rule: AnyRule) -> Explained:
    rows = sources.totals.rules[rule.id]
    return Explained(
        rule=rule.id,
        about=tuple(rule.about.split("`")),
        whom=WHOM[rule.harm],
        example=bounded(tally.example),
        references=references(rule.reference),
        rows=counted(rows, "row"),
        places=f"{counted(tally.occurrences, 'place')}, {number(tally.images)} "
        f"{'image' if tally.images == 1 else 'images'}",
    )
