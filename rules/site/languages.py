"""Rules on texts that are in another language than the pages they stand on."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache
from typing import TYPE_CHECKING

from core.languages import primary_subtag
from core.records import Severity
from rules.base import RuleBook
from rules.harm import Harm
from rules.site.base import HEADING
from rules.words import LANGUAGES, small_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.site_facts import SiteFacts
    from rules.site.base import SiteCheck

UNTRANSLATED_TEXTS = 10  # that are surely in another language: fewer may be titles and quotations
UNTRANSLATED_SHARE = 0.1  # of the texts of several words in the language of the pages
SURE_WORDS = 2  # small words of the other language, none of the page's
_NOUNS_IN_CAPITALS = {"de"}  # where capitals tell no title
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

book: RuleBook[SiteCheck] = RuleBook(HEADING)
_rule = book.rule


@_rule("untranslated", Severity.REVIEW, Harm.GARBLED, "WCAG 3.1.2")
def _left_in_another_language(site: SiteFacts) -> Iterator[tuple[int, str]]:
    """The text is in another language than its page, and so are ten others of the site or more, a tenth of its texts.

    Told by small words ("the", "und", "avec") of one language where the page's own has none; known are those of the
    word lists that are written with spaces. A text in capitals like a title's is let pass, and so is a text without
    small words.
    """
    texts: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for occurrence_id, text, tag in site.texts_by_language():
        language = primary_subtag(tag)
        if language in LANGUAGES:
            texts[language][text].append(occurrence_id)
    for language, occurrences in texts.items():
        read = {text: _other_language(text, language) for text in occurrences}
        sure = Counter(other for other, number in read.values() if other is not None and number >= SURE_WORDS)
        for text, (other, _) in read.items():
            number = sure[other] if other is not None else 0
            if number < max(UNTRANSLATED_TEXTS, UNTRANSLATED_SHARE * len(read)):
                continue
            for occurrence_id in occurrences[text]:
                yield (
                    occurrence_id,
                    f"The page is in “{language}”, and this text, as {number} others of the site or more, reads like "
                    f"“{other}”. Translate it, or set lang on the image.",
                )


def _other_language(text: str, language: str) -> tuple[str | None, int]:
    """The language whose small words a text has, if it has none that are the page's alone, and how many."""
    words = _WORD.findall(text)
    small = {word.lower() for word in words if word.islower()} | {words[0].lower()} if words else set()
    found = {
        other: len(small & _only(other, language)) if small.isdisjoint(_only(language, other)) else 0
        for other in LANGUAGES - {language}
    }
    (best, number), (_, next_best), *_ = sorted(found.items(), key=lambda pair: -pair[1])
    if number == next_best or (best not in _NOUNS_IN_CAPITALS and _is_title(words)):
        return None, 0
    return best, number


def _is_title(words: list[str]) -> bool:
    """Whether most words behind the first begin with a capital, as in titles and names."""
    behind = [word for word in words[1:] if len(word) > 3]
    return sum(word[0].isupper() for word in behind) * 2 > len(behind)


@cache
def _only(other: str, language: str) -> frozenset[str]:
    """The small words of a language that another one does not have."""
    return small_words(other) - small_words(language)
