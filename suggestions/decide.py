"""From a caption and the places where the picture stands to a draft alt text. Pure.

The order follows the W3C alt decision tree: a link or button first (its text must say where it leads), then what
the picture shows, then what the page itself says of it. Every draft is judged as the occurrence that it would become,
in each place of its group and beside all other texts of the site: what the rules condemn there with an error or a
warning is not proposed.
https://www.w3.org/WAI/tutorials/images/decision-tree/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.languages import UNDETERMINED, primary_subtag
from core.records import Draft, Severity, SuggestionReason, SuggestionSource
from core.text import comparable, storable
from rules.judge import judge, judge_beside
from rules.occurrence.exempt import ignored_reason
from rules.rule_options import MAX_ALT_CHARS, RuleOptions
from rules.words import words_for
from suggestions.describe import describe, shortened, tidy, without_prefix
from suggestions.link_purpose import is_home_elsewhere, link_purpose
from suggestions.neighbours import put_into, with_own

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from core.records import Context
    from store.suggestions import ContextGroup
    from suggestions.neighbours import Beside

_NUMBERING = re.compile(r"^(?:\d+\.)+\d*\s+")  # "3.6.4. Using the Palette Editor"
_REPEATING = frozenset({"alt-equals-text", "alt-equals-adjacent"})

_DEFAULT_RULES = RuleOptions()


def decide(
    group: ContextGroup,
    places: tuple[Beside, ...],
    rules: RuleOptions = _DEFAULT_RULES,
    taken: Collection[str] = (),
) -> Draft:
    """The draft for one context: the first candidate that no rule condemns in any of its places.

    `places` says what stands before and after each of the group's occurrences, as `suggestions.neighbours.beside` does;
    `taken` are the texts that the site has for too many other pictures, as `suggestions.site_texts` knows.
    It is no longer than `rules` allow, and never longer than MAX_ALT_CHARS, however lax they are. One made from the
    page alone, or with something left to doubt, is marked needs_human, with the reason. A draft without text says why
    there is none.
    """
    condemned: set[str] = set()
    passed_over = False  # a text that is right here, but taken
    described = _described(group)
    for text, source in _candidates(group, described, rules):
        findings = _findings(text, group, places, rules)
        if bad := {rule for rule, severity in findings.items() if severity is not Severity.REVIEW}:
            condemned |= bad
            continue
        if text in taken:
            passed_over = True
            continue
        confidence = group.caption.confidence if group.caption and source is SuggestionSource.CAPTION else None
        from_page = described is None or source in (SuggestionSource.PRODUCT, SuggestionSource.HEADING)
        doubt = _doubt(condemned, reviewed=bool(findings), from_page=from_page)
        if doubt is None and source is SuggestionSource.CAPTION and _is_cut(text, group, described):
            doubt = SuggestionReason.SHORTENED
        if doubt is None and _leads_elsewhere(group):
            doubt = SuggestionReason.REVIEW  # a host is seldom how its owner is called
        return Draft(text, source, doubt or (SuggestionReason.OTHER_PICTURES if passed_over else None), confidence)
    none = SuggestionReason.OTHER_PICTURES if passed_over else _why_none(group, described, condemned)
    return Draft(None, SuggestionSource.NONE, none, None)


def candidates(group: ContextGroup, rules: RuleOptions = _DEFAULT_RULES) -> list[str]:
    """The texts that `decide` chooses from."""
    return [text for text, _ in _candidates(group, _described(group), rules)]


def _described(group: ContextGroup) -> str | None:
    caption = group.caption.text if group.caption is not None and _in_language(group) else None
    return describe(caption, group) if caption else None


def _candidates(
    group: ContextGroup, described: str | None, rules: RuleOptions
) -> Iterator[tuple[str, SuggestionSource]]:
    """The texts that could stand here, the best first; no longer than they may be."""
    for text, source in _wordings(group, described, rules):
        if bounded := _bounded(text, group, rules):
            yield bounded, source


def _wordings(group: ContextGroup, described: str | None, rules: RuleOptions) -> Iterator[tuple[str, SuggestionSource]]:
    product = _agreed(group.contexts, lambda context: context.product)
    if group.functional == "link":
        url = _agreed(group.contexts, lambda context: context.link_url)
        purpose = product or (link_purpose(url, group.page_titles, group.language, _hosts(group)) if url else None)
        if purpose is not None:
            yield purpose, SuggestionSource.LINK
    if described is not None:
        if product and comparable(product) not in comparable(described):
            named = f"{product}: {described[0].lower()}{described[1:]}"
            if len(named) <= _limit(rules):
                yield named, SuggestionSource.CAPTION
        yield described, SuggestionSource.CAPTION
        return
    if product is not None:
        yield product, SuggestionSource.PRODUCT
    heading = _topic(_agreed(group.contexts, lambda context: context.heading))
    if heading is not None:
        yield heading, SuggestionSource.HEADING


def _hosts(group: ContextGroup) -> frozenset[str]:
    """Hosts of the site; where those of its pages are not known, those that its pictures come from."""
    pictures = (urlsplit(occurrence.image_url or "").hostname for occurrence in group.occurrences)
    return group.hosts or frozenset(host for host in pictures if host)


def _leads_elsewhere(group: ContextGroup) -> bool:
    url = _agreed(group.contexts, lambda context: context.link_url) if group.functional == "link" else None
    return url is not None and is_home_elsewhere(url, _hosts(group))


def _in_language(group: ContextGroup) -> bool:
    """Whether the caption is in the language of the places; of one that is not known, any language may be."""
    spoken = primary_subtag(group.caption.language) if group.caption is not None else UNDETERMINED
    return group.language in {spoken, UNDETERMINED}


def _agreed(contexts: Iterable[Context], part: Callable[[Context], str | None]) -> str | None:
    """What all places of the group say alike; None where they differ, since it is then not about the picture."""
    values = {part(context) for context in contexts}
    return values.pop() if len(values) == 1 else None


def _topic(heading: str | None) -> str | None:
    """A heading without its number; None for a single word ("Overview", "Options"), which names no picture."""
    topic = _NUMBERING.sub("", heading or "")
    return topic if len(topic.split()) > 1 else None


def _bounded(text: str, group: ContextGroup, rules: RuleOptions) -> str:
    limit = _limit(rules)
    text = tidy(shortened(storable(text), limit))
    shorter = without_prefix(text, words_for(group.occurrences[0].language))
    return text if shorter == text else tidy(shorter)


def _is_cut(text: str, group: ContextGroup, described: str | None) -> bool:
    """Whether the draft leaves out an end that the caption has, or the caption one that the model had no tokens for."""
    cut_off = group.caption is not None and group.caption.cut_off
    return cut_off or (described is not None and not comparable(text).endswith(comparable(described)[-20:]))


def _limit(rules: RuleOptions) -> int:
    return min(MAX_ALT_CHARS, rules.alt_limit)


def _findings(text: str, group: ContextGroup, places: tuple[Beside, ...], rules: RuleOptions) -> dict[str, Severity]:
    """The rules that the text breaks in any of the places, or makes the image after it break; with severities."""
    findings: dict[str, Severity] = {}
    for occurrence, (before, after) in zip(group.occurrences, with_own(group, places, text), strict=True):
        filled = put_into(occurrence, text)
        findings |= {found.rule: found.severity for found in judge(filled, before, rules).findings}
        if after is not None and ignored_reason(after) is None:
            findings |= {found.rule: found.severity for found in judge_beside(after, filled, rules)}
    return findings


def _doubt(condemned: set[str], *, reviewed: bool, from_page: bool) -> SuggestionReason | None:
    """Why a person is to look at a text; None where nothing is left to doubt."""
    if from_page:
        return SuggestionReason.FROM_PAGE
    if reviewed:
        return SuggestionReason.REVIEW
    return SuggestionReason.REPEATS_PAGE if condemned & _REPEATING else None


def _why_none(group: ContextGroup, described: str | None, condemned: set[str]) -> SuggestionReason:
    if condemned & _REPEATING:
        return SuggestionReason.REPEATS_PAGE
    if condemned:
        return SuggestionReason.BREAKS_RULES
    if described is None and group.caption is not None and group.caption.text:
        return SuggestionReason.UNUSABLE_CAPTION if _in_language(group) else SuggestionReason.OTHER_LANGUAGE
    return SuggestionReason.ABSTAINED
