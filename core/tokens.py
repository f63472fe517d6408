"""Texts in tokens, and what two of them have in common. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

# Inside of a class of characters: scripts written without spaces. Their words are not told apart, so pairs of
# characters stand for them.
UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Japanese, Chinese
)
_RUNS = re.compile(rf"[{UNSPACED}]+|[^\W_{UNSPACED}]+")
_IS_UNSPACED = re.compile(rf"[{UNSPACED}]")
# Clitics apart, as the corpora of captions are written ("the dog 's ball"), and compounds as one word.
_CAPTION_WORDS = re.compile(rf"[{UNSPACED}]|'s\b|n't\b|[^\W_{UNSPACED}]+(?:-[^\W_{UNSPACED}]+)*")


def tokens(text: str) -> list[str]:
    """Words in lower case without marks around them; pairs of characters where a script has no spaces."""
    found = []
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).casefold()):
        if _IS_UNSPACED.match(run) and len(run) > 1:
            found += [run[place : place + 2] for place in range(len(run) - 1)]
        else:
            found.append(run)
    return found


def caption_tokens(text: str) -> list[str]:
    """Words as captioners are measured by: in lower case, without punctuation.

    Single characters where a script has no spaces.
    """
    return _CAPTION_WORDS.findall(unicodedata.normalize("NFKC", text).lower().replace("’", "'"))


def token_f1(text: str, reference: str) -> float:
    """The harmonic mean of precision and recall of tokens, 0 to 1, each counted as often as it stands there.

    As reading comprehension is scored (Rajpurkar et al., SQuAD, 2016).
    """
    said, wanted = Counter(tokens(text)), Counter(tokens(reference))
    common = (said & wanted).total()
    return 2 * common / (said.total() + wanted.total()) if common else 0.0
