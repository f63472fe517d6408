"""The judge: from the occurrences of a page to their classifications and findings. Pure.

A drafted text is judged as the occurrence that it would become: `judge(put_into(occurrence, text))`. Rules
read nothing but what the store keeps, so that an audit can judge a site again without a crawl. What only a whole site
shows is judged by rules/site.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from core.identity.urls import file_name
from core.records import Classification, Finding, Judgement, Severity
from core.text import collapse
from rules.occurrence import credit_lines, missing, repetition
from rules.occurrence.excused import is_excused
from rules.occurrence.exempt import decorative_reason, ignored_reason
from rules.rule_options import CaptionUse, RuleOptions
from rules.site import site_rules
from rules.text import lint, text_rules

if TYPE_CHECKING:
    from core.records import Occurrence, PageFacts
    from rules.base import AnyRule

_DEFAULTS = RuleOptions()
_RULES = (*missing.book.rules, *repetition.book.rules, *credit_lines.book.rules)
_ADJACENT = tuple(repetition.adjacent.rules)
# The one rule that also concerns what assistive technology does not meet.
_SILENT = tuple(rule for rule in _RULES if rule.id == "link-only-empty")


def occurrence_rules() -> tuple[AnyRule, ...]:
    """Every rule on an occurrence, in the order in which they are reported."""
    return (*_RULES, *_ADJACENT)


def page_rules() -> tuple[AnyRule, ...]:
    """Every rule that judges a page: those on a text, then those on an occurrence."""
    return (*text_rules(), *occurrence_rules())


def all_rules() -> tuple[AnyRule, ...]:
    """Every rule that there is, those on a whole site last."""
    return (*page_rules(), *site_rules())


@cache
def rules_by_id() -> dict[str, AnyRule]:
    """Every rule by its id."""
    return {rule.id: rule for rule in all_rules()}


def put_into(occurrence: Occurrence, text: str) -> Occurrence:
    """The occurrence as it is when this text is its alternative: its alt text, or its name where HTML gives no alt.

    What contradicted an empty alt text contradicts it no longer; what contradicts a role does.
    """
    return replace(
        occurrence,
        alt=text if occurrence.needs_alt_attribute else occurrence.alt,
        accessible_name=text,
        conflict=None if occurrence.alt == "" else occurrence.conflict,
    )


def judge_page(facts: PageFacts, rules: RuleOptions = _DEFAULTS) -> tuple[Judgement, ...]:
    """Judge the occurrences of a page, in their order."""
    places = facts.occurrences
    return tuple(judge(place, before, rules) for place, before in zip(places, (None, *places), strict=False))


def judge(occurrence: Occurrence, before: Occurrence | None = None, rules: RuleOptions = _DEFAULTS) -> Judgement:
    """Classify one occurrence and say what is wrong with it. `before` is the one before it on the page."""
    ignored = ignored_reason(occurrence)
    findings = _findings(occurrence, before, rules, silent=ignored is not None)
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
    declared = occurrence.lang if occurrence.lang_guessed is None else None
    of_texts = {
        finding.rule: finding
        for text in texts
        for finding in lint(text, name, declared, rules, occurrence.lang_guessed)
        if not is_excused(finding.rule, text, occurrence)
    }
    bad = bad or any(finding.severity is not Severity.REVIEW for finding in of_texts.values())
    kind = Classification.SUSPICIOUS if bad and kind is Classification.OK else kind
    return Judgement(kind, None, (*findings, *of_texts.values()))


def _findings(
    occurrence: Occurrence, before: Occurrence | None, rules: RuleOptions, *, silent: bool
) -> tuple[Finding, ...]:
    """What the rules on an occurrence find. `silent`: assistive technology does not meet it."""
    disabled = rules.disable
    findings = [
        Finding(rule.id, rule.severity, message)
        for rule in (_SILENT if silent else _RULES)
        if (message := rule.check(occurrence)) is not None
        and rule.id not in disabled
        and not _is_wanted(rule.id, occurrence, rules.figure_caption)
    ]
    if before is not None and not silent:
        findings += judge_beside(occurrence, before, rules)
    return tuple(findings)


def _is_wanted(rule: str, occurrence: Occurrence, use: CaptionUse) -> bool:
    """Whether what a rule finds is how this team has it with captions."""
    if use is CaptionUse.REPEAT:
        return rule == "alt-equals-text" and repetition.repeats_caption(occurrence)
    return use is CaptionUse.EMPTY and rule == "empty-alt" and bool(occurrence.context.figcaption)


def judge_beside(occurrence: Occurrence, before: Occurrence, rules: RuleOptions = _DEFAULTS) -> tuple[Finding, ...]:
    """What is wrong with an occurrence that assistive technology meets, next to the one before it on its page."""
    return tuple(
        Finding(rule.id, rule.severity, message)
        for rule in _ADJACENT
        if (message := rule.check(occurrence, before)) is not None and rule.id not in rules.disable
    )


def _texts(occurrence: Occurrence) -> tuple[str, ...]:
    """The texts to judge: the name that is announced, and the alt text that it hides but search engines read."""
    name, alt = occurrence.accessible_name, occurrence.alt
    if name is None:
        return (alt,) if alt else ()
    collapsed = collapse(alt) if alt else ""
    return (name, alt) if alt and collapsed and collapsed != name else (name,)
