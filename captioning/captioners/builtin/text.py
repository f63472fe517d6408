"""Words of the vocabulary to a written sentence, and which of them say something of the picture."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Words that stand in a caption whatever the picture shows. The bag of words knows nothing of them.
FUNCTION_WORDS = frozenset(
    """
    a above across after against along an and another are around as at be before behind being beside between by
    down during each for from has have he her him his in into is it its itself near next of off on one onto or other
    out over she some that the their them there they this through to top towards under up while who with without 's
    """.split()
)

_CLITIC = re.compile(r" (?='s\b|n't\b)")
# By spelling, which is enough for the vocabulary: "a uniform" and "a European" begin with a consonant's sound.
_VOWEL_SOUND = r"(?:[aeio]|u(?!ni|s|ti))(?!uropean|ne\b)"
_A_BEFORE_VOWEL = re.compile(rf"\ba (?={_VOWEL_SOUND})")
_AN_BEFORE_CONSONANT = re.compile(rf"\ban (?=[a-z])(?!{_VOWEL_SOUND})")


def write_sentence(words: Sequence[str]) -> str:
    """Lower-case words -> a sentence: clitics joined, a/an by sound, a capital, a full stop. No words, no sentence."""
    if not words:
        return ""
    text = _CLITIC.sub("", " ".join(words))
    text = _A_BEFORE_VOWEL.sub("an ", text)
    text = _AN_BEFORE_CONSONANT.sub("a ", text)
    return f"{text[0].upper()}{text[1:]}."
