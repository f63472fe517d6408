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

from core.languages import UNDETERMINED
from core.records import Draft, Severity, SuggestionReason, SuggestionSource
from rules.judge import judge, judge_beside, put_into
from rules.occurrence.exempt import ignored_reason
from rules.rule_options import MAX_ALT_CHARS, CaptionUse, RuleOptions
from suggestions.captions.languages import is_spoken, is_surely_in
from suggestions.evidence.agreeing import is_misfit
from suggestions.evidence.kind_nouns import names_a_kind
from suggestions.evidence.kinds import is_credible, is_of_writing
from suggestions.evidence.witnesses import is_confirmed, is_of_unsure_kind, said_beside
from suggestions.manner.patterns import SHIPPED
from suggestions.page.elsewhere import texts_elsewhere
from suggestions.page.silence import goes_with_words, is_one_of_a_row, is_told, silent
from suggestions.page.standing import ends_as_file, mended, other_name, repeats_page, standing_text
from suggestions.site.neighbours import with_own
from suggestions.wordings import IN_PICTURE, Candidate, candidates, described, figure_caption, in_language

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from store.captions import StoredCaption
    from store.suggestions import ContextGroup
    from suggestions.captions.describe import Description
    from suggestions.manner.patterns import Manner
    from suggestions.site.neighbours import Beside

_WITHOUT_CASES = frozenset({UNDETERMINED, "en", "fr", "es", "it", "nl", "pt"})
_REPEATING = frozenset({"alt-equals-text", "alt-equals-adjacent"})

_NOT_OF_THE_PAGE = frozenset(
    {
        SuggestionSource.CAPTION,
        SuggestionSource.ELSEWHERE,
        SuggestionSource.LINK,
        SuggestionSource.NAMED,
        SuggestionSource.STANDING,
    }
)
# "Das Bild zeigt den Dialog" without its beginning is in another case than by itself.
_OTHER_CASE = re.compile(r"(?:Den|Dem|Einen|Einem|Ihnen)\s")
_NEVER_SURE = frozenset(
    {SuggestionSource.CLASS, SuggestionSource.FILE_NAME, SuggestionSource.BEFORE, SuggestionSource.AFTER}
)

_DEFAULT_RULES = RuleOptions()


def decide(
    group: ContextGroup,
    places: tuple[Beside, ...],
    rules: RuleOptions = _DEFAULT_RULES,
    taken: Collection[str] = (),
    manner: Manner = SHIPPED,
) -> Draft:
    """The draft for one context: the first candidate that no rule condemns in any of its places.

    `places` says what stands before and after each of the group's occurrences (`site.neighbours.beside`); `taken` are
    the texts that the site has for too many other pictures (`site.site_texts`); `manner` is how the site writes
    (`manner.learning`).
    It is no longer than `rules` allow, and never longer than MAX_ALT_CHARS, however lax they are. One with something
    left to doubt is marked needs_human, with the reason: an empty alt always, a text of the page alone unless it is as
    sure as `evidence.toml` says (ready). A draft without text says why there is none.
    """
    said = _said_already(group, places, rules)
    if said is not None:
        return said
    condemned: set[str] = set()
    passed_over = False  # a text that is right here, but taken
    caption = described(group)
    for one in _candidates(group, caption, rules, manner):
        findings = _findings(one.text, group, places, rules)
        if bad := {rule for rule, severity in findings.items() if severity is not Severity.REVIEW}:
            condemned |= bad
            continue
        if one.text in taken:
            passed_over = True
            continue
        confidence = one.chance
        if group.caption is not None and one.source is SuggestionSource.CAPTION:
            confidence = group.caption.confidence
        doubt = _doubt(one, condemned, manner, reviewed=bool(findings), passed_over=passed_over)
        if doubt is None and caption is not None and one.source is SuggestionSource.CAPTION:
            doubt = _doubt_of_caption(one, group, caption)
        if doubt is None and is_misfit(one.text, group):
            doubt = SuggestionReason.MISFIT
        if doubt is None and group.unseen:
            doubt = SuggestionReason.UNSEEN
        return Draft(one.text, one.source, doubt, confidence, one.witnesses)
    none = SuggestionReason.OTHER_PICTURES if passed_over else _why_none(group, caption, condemned)
    if none is SuggestionReason.REPEATS_PAGE and goes_with_words(group):
        return silent(group, places, rules, none)
    return Draft(None, SuggestionSource.NONE, none)


def _said_already(group: ContextGroup, places: tuple[Beside, ...], rules: RuleOptions) -> Draft | None:
    """What is drafted where no text is to be found, since the page says it all; None where it does not."""
    if repeats_page(group, places, rules):
        return silent(group, places, rules, SuggestionReason.REPEATS_PAGE)
    if is_one_of_a_row(group):
        if is_told(group):
            return silent(group, places, rules, SuggestionReason.GROUP)
        return Draft(None, SuggestionSource.NONE, SuggestionReason.GROUP)
    if rules.figure_caption is CaptionUse.EMPTY and group.functional is None and group.contexts[0].figcaption:
        nothing = silent(group, places, rules, SuggestionReason.REPEATS_PAGE)
        return None if nothing.text is None else nothing
    return None


def texts_of(
    group: ContextGroup, rules: RuleOptions = _DEFAULT_RULES, manner: Manner = SHIPPED
) -> dict[str, SuggestionSource]:
    """The texts that `decide` chooses from, with what they are made from."""
    known: dict[str, SuggestionSource] = {}
    for one in _candidates(group, described(group), rules, manner):
        known.setdefault(one.text, one.source)
    return known


def _candidates(
    group: ContextGroup, caption: Description | None, rules: RuleOptions, manner: Manner
) -> Iterator[Candidate]:
    text = mended(group, rules)
    if text is not None:
        # One word may say too little; what stood behind "Bild von" is in another case than by itself; and a text that
        # ends as a file does may be the name of one.
        sure = len(text.split()) > 1 and group.language in _WITHOUT_CASES and not ends_as_file(standing_text(group))
        yield Candidate(text, SuggestionSource.STANDING, None if sure else SuggestionReason.REVIEW)
    name = other_name(group)
    if name is not None:
        yield Candidate(name, SuggestionSource.NAMED, None if len(name.split()) > 1 else SuggestionReason.REVIEW)
    for own, is_sure in texts_elsewhere(group):
        yield Candidate(own, SuggestionSource.ELSEWHERE, None if is_sure else SuggestionReason.ELSEWHERE)
    if rules.figure_caption is CaptionUse.REPEAT and group.functional is None:
        said = figure_caption(group, limit_of(rules))
        if said is not None:
            yield said
    yield from candidates(group, caption, limit_of(rules), manner)


def limit_of(rules: RuleOptions) -> int:
    """Characters that a draft may have."""
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


def _doubt(
    one: Candidate, condemned: set[str], manner: Manner, *, reviewed: bool, passed_over: bool
) -> SuggestionReason | None:
    """Why a person is to look at a text; None where nothing is left to doubt."""
    if one.source not in _NOT_OF_THE_PAGE and not _is_sure(one, manner):
        if one.source in IN_PICTURE:
            return SuggestionReason.READ
        return SuggestionReason.FROM_PAGE
    if one.reason is not None:
        return one.reason
    if reviewed:
        return SuggestionReason.REVIEW
    if condemned & _REPEATING:
        return SuggestionReason.REPEATS_PAGE
    return SuggestionReason.OTHER_PICTURES if passed_over else None


def _is_sure(one: Candidate, manner: Manner) -> bool:
    """Whether a text of the page will do without a doubt; one word says too little, and so do half sentences."""
    if one.source in _NEVER_SURE or (one.text.isascii() and len(one.text.split()) < 2):
        return False
    if _OTHER_CASE.match(one.text):
        return False
    chance, weights = one.chance or 0.0, manner.weights
    return chance >= weights["ready"] or (
        chance >= weights["ready_named"] and bool(one.witnesses) and names_a_kind(one.text)
    )


def _doubt_of_caption(one: Candidate, group: ContextGroup, caption: Description) -> SuggestionReason | None:
    if group.caption is not None and group.caption.translation is not None:
        return SuggestionReason.TRANSLATED
    if one.shortened:
        return SuggestionReason.SHORTENED
    if group.language == UNDETERMINED and _seems_foreign(group, caption):
        return SuggestionReason.OTHER_LANGUAGE
    if group.caption is not None and group.caption.in_place and not _is_as_asked(group.caption, group.language):
        return SuggestionReason.OTHER_LANGUAGE
    if is_of_writing(group) or is_of_unsure_kind(caption.text, caption.language):
        return SuggestionReason.KIND
    return None if is_confirmed(caption.text, group) else SuggestionReason.UNCONFIRMED


def _is_as_asked(caption: StoredCaption, language: str) -> bool:
    """Whether a model that was asked for a text in a language wrote it in that, as far as can be told."""
    return language in {UNDETERMINED, "en"} or is_surely_in(caption.text or "", language)


def _seems_foreign(group: ContextGroup, caption: Description) -> bool:
    """Whether a page that declares no language seems to be in another one than the caption."""
    if caption.language == UNDETERMINED:
        return False
    guessed = {place.lang_guessed for place in group.occurrences if place.lang_guessed}
    return bool(guessed - {caption.language}) or not is_spoken(said_beside(group), caption.language)


def _why_none(group: ContextGroup, caption: Description | None, condemned: set[str]) -> SuggestionReason:
    # A link or button has to be called something, unless there is one with the same target beside it.
    if condemned & _REPEATING and (group.functional is None or "alt-equals-adjacent" in condemned):
        return SuggestionReason.REPEATS_PAGE
    if condemned:
        return SuggestionReason.BREAKS_RULES
    if caption is None and group.caption is not None and group.caption.text and is_credible(group):
        return SuggestionReason.UNUSABLE_CAPTION if in_language(group) else SuggestionReason.OTHER_LANGUAGE
    return SuggestionReason.ABSTAINED
