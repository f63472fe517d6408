"""The audit rules: from the occurrences of a page to their classifications and findings. Pure.

A rule is a small function from an occurrence to a message or None, registered with a stable id, a severity
and its source. Rules on the text alone stand in rules/text/, where the captioning worker uses them too.
docs/rules.md has an entry for each.

Rules read nothing but what the store keeps, so that an audit can judge a site again without a crawl.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.identity.urls import file_name
from core.records import Classification, Finding, Judgement, Severity
from core.text import collapse
from rules.occurrence import missing, repetition
from rules.occurrence.exempt import decorative_reason, ignored_reason
from rules.text import RuleOptions, lint, text_rules

if TYPE_CHECKING:
    from core.records import Occurrence, PageFacts
    from rules.base import Rule
    from rules.occurrence.check import OccurrenceCheck

_DEFAULTS = RuleOptions()
_RULES = (*missing.book.rules, *repetition.book.rules)
_SILENT_CONTENT = "link-only-empty"  # the one rule that also concerns what assistive technology does not meet


def occurrence_rules() -> tuple[Rule[OccurrenceCheck], ...]:
    """Every rule on an occurrence, in the order in which they are reported."""
    return _RULES


def page_rule_ids() -> tuple[str, ...]:
    """The ids of all rules that judge a page, those on texts included."""
    return (*(rule.id for rule in _RULES), *(rule.id for rule in text_rules()))


def judge_page(facts: PageFacts, rules: RuleOptions = _DEFAULTS) -> tuple[Judgement, ...]:
    """Judge the occurrences of a page, in their order."""
    places = facts.occurrences
    return tuple(judge(place, before, rules) for place, before in zip(places, (None, *places), strict=False))


def judge(occurrence: Occurrence, before: Occurrence | None = None, rules: RuleOptions = _DEFAULTS) -> Judgement:
    """Classify one occurrence and say what is wrong with it. `before` is the one before it on the page."""
    ignored = ignored_reason(occurrence)
    findings = tuple(
        Finding(rule.id, rule.severity, message)
        for rule in _RULES
        if (ignored is None or rule.id == _SILENT_CONTENT)
        and rule.id not in rules.disable
        and (message := rule.check(occurrence, before)) is not None
    )
    if ignored is not None:
        return Judgement(Classification.EMPTY if findings else Classification.IGNORED, ignored, findings)
    bad = any(finding.severity is not Severity.REVIEW for finding in findings)
    decorative = decorative_reason(occurrence)
    if decorative is not None:
        # A text that a role silences is no missing text.
        kind = Classification.SUSPICIOUS if collapse(occurrence.alt or "") else Classification.EMPTY
        return Judgement(kind if bad else Classification.DECORATIVE, decorative, findings)
    texts = _texts(occurrence)
    if not texts or not collapse(texts[0]):  # white space is no text, and no decoration either
        kind = Classification.EMPTY if occurrence.alt == "" else Classification.MISSING
    else:
        kind = Classification.OK
    name = file_name(occurrence.image_url or occurrence.src or "")
    said = {finding.rule: finding for text in texts for finding in lint(text, name, occurrence.lang, rules)}
    bad = bad or any(finding.severity is not Severity.REVIEW for finding in said.values())
    kind = Classification.SUSPICIOUS if bad and kind is Classification.OK else kind
    return Judgement(kind, None, (*findings, *said.values()))


def _texts(occurrence: Occurrence) -> tuple[str, ...]:
    """The texts to judge: the name that is announced, and the alt text that it hides but search engines read."""
    name, alt = occurrence.accessible_name, occurrence.alt
    if name is None:
        return (alt,) if alt else ()
    return (name,) if alt is None or not collapse(alt) or collapse(alt) == name else (name, alt)
