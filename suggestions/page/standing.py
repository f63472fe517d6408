"""The text that stands in a place, where it needs a mend more than another text. Pure.

What a person wrote knows more of the picture than any draft. So a text with a mechanical fault is proposed without it,
and of a text that only says what the page says beside it nothing is proposed: an empty alt may be right there, and that
is for a person to say.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from core.records import Severity
from core.text import collapse, comparable, letters
from rules.judge import judge
from rules.words import words_for
from suggestions.captions.describe import tidy, without_prefix
from suggestions.page.page_texts import says_what_to_do, stem_of

if TYPE_CHECKING:
    from core.records import Occurrence
    from rules.rule_options import RuleOptions
    from store.suggestions import ContextGroup
    from suggestions.site.neighbours import Beside

_REPEATING = frozenset(
    {"alt-equals-text", "alt-equals-adjacent", "alt-equals-heading", "alt-equals-title", "dup-adjacent"}
)
_MECHANICAL = frozenset({"redundant-prefix", "redundant-suffix", "markup", "filename-ext", "in-quotes"})
_TAG = re.compile(r"<[^<>]{1,200}>")
_ENDING = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?|heic)$", re.I)
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "‘": "’", "'": "'", "「": "」"}


def standing_text(group: ContextGroup) -> str | None:
    """The text that all places of a group have; None where they differ, or have none."""
    texts = {place.alt for place in group.occurrences}
    text = texts.pop()
    return text if not texts and text and text.strip() else None


def repeats_page(group: ContextGroup, places: tuple[Beside, ...], rules: RuleOptions) -> bool:
    """Whether the text that stands there has no fault but that it says what stands beside the picture."""
    if standing_text(group) is None:
        return False
    found = _found(group, places, rules)
    return bool(found) and found <= _REPEATING


def mended(group: ContextGroup, rules: RuleOptions) -> str | None:
    """The text that stands there without a fault that needs no look at the picture; None where it has none, or others.

    Whether the rules have nothing against it now is for the caller to ask.
    """
    text = standing_text(group)
    if text is None:
        return None
    found = _found(group, ((None, None),) * len(group.occurrences), rules)
    if not found <= _MECHANICAL:
        return None
    plain = _unquoted(collapse(_TAG.sub(" ", html.unescape(text))))
    plain = _ENDING.sub("", plain)
    plain = without_prefix(plain, words_for(group.occurrences[0].language))
    if "redundant-suffix" in found:
        plain = plain.rpartition(" ")[0]
    # As wikis and notebooks fill it in: no person wrote that.
    if is_file_name(plain.replace("\\", "/").rpartition("/")[2], group.occurrences[0]):
        return None
    return tidy(plain) if any(map(str.isalpha, plain)) and collapse(plain) != collapse(text) else None


def other_name(group: ContextGroup) -> str | None:
    """What an aria-label or a title calls the picture in all places of a group; None where they do not say it.

    Its author wrote it for this very picture, where search engines do not look for it. The name of its file says
    nothing, nor does what to do with it ("Click to enlarge").
    https://www.w3.org/TR/accname-1.2/
    """
    names = {place.accessible_name for place in group.occurrences}
    name = collapse(names.pop() or "")
    if names or not any(map(str.isalpha, name)) or says_what_to_do(name):
        return None
    if any(comparable(name) == comparable(place.alt or "") or is_file_name(name, place) for place in group.occurrences):
        return None
    return tidy(name)


def is_file_name(text: str, place: Occurrence) -> bool:
    """Whether a text is the name of the picture's file, in its letters and digits."""
    return letters(text) == letters(stem_of(place)) != ""


def ends_as_file(text: str | None) -> bool:
    """Whether a text ends as names of pictures do."""
    return _ENDING.search(text or "") is not None


def _found(group: ContextGroup, places: tuple[Beside, ...], rules: RuleOptions) -> set[str]:
    """The rules that the places break as they are, but for those that ask for a person alone."""
    return {
        found.rule
        for place, (before, _) in zip(group.occurrences, places, strict=True)
        for found in judge(place, before, rules).findings
        if found.severity is not Severity.REVIEW
    }


def _unquoted(text: str) -> str:
    """Without a pair of quotation marks around all of it."""
    end = _QUOTES.get(text[:1])
    inside = text[1:-1]
    return inside.strip() if end is not None and len(text) > 2 and text.endswith(end) and end not in inside else text
