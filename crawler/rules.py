"""The audit rules: from an occurrence to its classification and findings. Pure.

A rule is a small function from an occurrence to a message or None, registered with a stable id, a severity
and its source. Rules on the text alone stand in core/lint.py, where the captioning worker uses them too.
docs/rules.md has an entry for each.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from core.lint import lint
from core.records import Classification, Finding, Judgement, Severity
from core.rulebook import Rule, RuleBook
from core.text import collapse, comparable
from core.urls import file_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.records import Occurrence, PageFacts

OccurrenceCheck: TypeAlias = "Callable[[Occurrence], str | None]"
_book: RuleBook[OccurrenceCheck] = RuleBook()
_rule = _book.rule


def occurrence_rules() -> tuple[Rule[OccurrenceCheck], ...]:
    """Every rule on an occurrence, in the order in which they are reported."""
    return tuple(_book.rules)


def judge_page(facts: PageFacts) -> tuple[Judgement, ...]:
    """Judge the occurrences of a page, in their order."""
    return tuple(judge(occurrence) for occurrence in facts.occurrences)


def judge(occurrence: Occurrence) -> Judgement:
    """Classify one occurrence and say what is wrong with it."""
    reason = ignored_reason(occurrence)
    if reason is not None:
        return Judgement(Classification.IGNORED, reason)
    findings = tuple(
        Finding(rule.id, rule.severity, message)
        for rule in _book.rules
        if (message := rule.check(occurrence)) is not None
    )
    reason = decorative_reason(occurrence)
    if reason is not None:
        bad = any(finding.severity is not Severity.REVIEW for finding in findings)
        return Judgement(Classification.EMPTY if bad else Classification.DECORATIVE, reason, findings)
    text = occurrence.accessible_name or occurrence.alt
    if text:
        findings += lint(text, file_name(occurrence.image_url or occurrence.src or ""))
    if not text or not collapse(text):  # white space is no text, and no decoration either
        kind = Classification.EMPTY if occurrence.alt == "" else Classification.MISSING
        return Judgement(kind, None, findings)
    suspicious = any(finding.severity is not Severity.REVIEW for finding in findings)
    return Judgement(Classification.SUSPICIOUS if suspicious else Classification.OK, None, findings)


_TRACKERS = re.compile(
    r"//(?:[\w.-]+\.)?(?:facebook\.com/tr|google-analytics\.com/|googletagmanager\.com/|doubleclick\.net/"
    r"|bat\.bing\.com/|px\.ads\.linkedin\.com/|analytics\.twitter\.com/|scorecardresearch\.com/"
    r"|pixel\.wp\.com/|stats\.wp\.com/|hotjar\.com/|quantserve\.com/|matomo\.)",
    re.I,
)
_TRACKING_FILE = re.compile(r"(?:^|/)(?:pixel|track(?:ing)?|beacon|open)\.(?:gif|png|php)(?:\?|$)", re.I)


def ignored_reason(occurrence: Occurrence) -> str | None:
    """Why an occurrence is none of an audit's business; None when it is."""
    if occurrence.hidden is not None:
        return f"not shown to assistive technology: {occurrence.hidden}"
    width, height = occurrence.width, occurrence.height
    if width is not None and height is not None and width <= 2 and height <= 2:
        return "tracking pixel or spacer: two pixels or less"
    address = occurrence.image_url or ""
    if _TRACKERS.search(address) or (_TRACKING_FILE.search(address) and not occurrence.alt):
        return "tracking pixel: its address is one of a counting service"
    if occurrence.element == "svg" and not _acts_as_image(occurrence):
        return "inline SVG without role=img: not announced as an image"
    if occurrence.element == "img" and occurrence.src is None and not occurrence.accessible_name:
        return "img without any source: shows nothing"
    return None


def _acts_as_image(occurrence: Occurrence) -> bool:
    return bool(
        occurrence.role in {"img", "image", "graphics-document", "graphics-symbol"}
        or occurrence.accessible_name
        or occurrence.sole_content
    )


def decorative_reason(occurrence: Occurrence) -> str | None:
    """Why a silent occurrence is rightly silent; None when it speaks or should."""
    if occurrence.role in {"none", "presentation"} and not occurrence.sole_content:
        return f"role={occurrence.role}"
    if occurrence.element == "img" and occurrence.alt == "" and not occurrence.accessible_name:
        return 'alt="" marks it as decoration'
    return None


_WHERE = {
    "img": "Add an alt attribute that says what the picture shows or, in a link, where it leads.",
    "input": "Add an alt attribute that says what the button does.",
    "area": "Add an alt attribute that says where this part of the map leads.",
    "svg": "Add a title child or an aria-label that says what the drawing shows.",
    "object": "Add an aria-label that says what the picture shows.",
}


@_rule("missing-attr", Severity.ERROR, "WCAG 1.1.1, H37, F65; ACT 23a2a8")
def _missing(occurrence: Occurrence) -> str | None:
    if occurrence.accessible_name or occurrence.alt is not None or occurrence.role in {"none", "presentation"}:
        return None
    advice = _WHERE.get(occurrence.element, "Add an aria-label that says what the picture shows.")
    return f"Nothing names this image. {advice}"


@_rule("link-only-empty", Severity.ERROR, "WCAG 2.4.4, H30, F89")
def _empty_in_link(occurrence: Occurrence) -> str | None:
    if not occurrence.sole_content or occurrence.accessible_name or comparable(occurrence.alt or ""):
        return None
    if occurrence.element not in {"img", "svg"}:
        return None
    where = "leads" if occurrence.interactive == "link" else "does"
    return f"The picture is all there is in this {occurrence.interactive}, so its text must say where it {where}."


@_rule("control-empty", Severity.ERROR, "WCAG 1.1.1, H36, H24")
def _empty_control(occurrence: Occurrence) -> str | None:
    if occurrence.element not in {"input", "area"} or occurrence.alt != "" or occurrence.accessible_name:
        return None
    return "An image button or a part of an image map is never decoration: its alt text must say what it does."


@_rule("null-alt-title", Severity.ERROR, "WCAG 1.1.1, H67")
def _empty_alt_with_title(occurrence: Occurrence) -> str | None:
    if occurrence.alt != "" or not comparable(occurrence.title or ""):
        return None
    return 'alt="" says decoration but the title attribute has a text: move the title into alt, or drop it.'


@_rule("title-only", Severity.WARNING, "HTML, requirements for providing text to act as an alternative")
def _title_only(occurrence: Occurrence) -> str | None:
    if occurrence.element != "img" or occurrence.alt is not None or not occurrence.title:
        return None
    if comparable(occurrence.title) != comparable(occurrence.accessible_name or ""):
        return None
    return "Only a title attribute names this image; search engines and touch screens do not use it. Add alt."


@_rule("decor-with-alt", Severity.WARNING, "WCAG 1.1.1, F39")
def _decoration_with_text(occurrence: Occurrence) -> str | None:
    if occurrence.role not in {"none", "presentation"} or not comparable(occurrence.alt or ""):
        return None
    return f'role={occurrence.role} silences this image, yet it has an alt text: drop the role, or write alt="".'
