"""Which words a captioner can say, and captions as numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from captioning.captioners.builtin.search import END, START, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SPECIALS = ("<pad>", "<s>", "</s>", "<unk>")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words as they are written, the specials first; a word in other capitals is the same word."""

    words: tuple[str, ...]
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Of words that differ in capitals alone, as one who edits the file may have them, the first counts.
        ids: dict[str, int] = {}
        for index, word in enumerate(self.words):
            ids.setdefault(word.lower(), index)
        object.__setattr__(self, "_ids", ids)

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, words: Sequence[str], max_words: int) -> list[int]:
        """START, the ids of the words, END; without END where there are more words than `max_words`."""
        ids = [self._ids.get(word.lower(), UNKNOWN) for word in words[:max_words]]
        return [START, *ids, *([END] if len(words) <= max_words else [])]


def build_vocabulary(captions: Iterable[Sequence[str]], rare: int, known: Sequence[str] = SPECIALS) -> Vocabulary:
    """The `known` words, and all that occur at least `rare` times in captions that are split into words.

    Each that does is spelt as it mostly is where it does not begin a caption: names keep their capital.
    """
    counts: Counter[str] = Counter()
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for words in captions:
        for place, word in enumerate(words):
            counts[word.lower()] += 1
            if place:
                spellings[word.lower()][word] += 1
    spelt = {word: _commonest(spellings[word]) or word for word in sorted(counts) if counts[word] >= rare}
    there = {word.lower() for word in known}
    kept = [spelt.get(word.lower(), word) for word in known]
    return Vocabulary((*kept, *(spelling for word, spelling in spelt.items() if word not in there)))


def _commonest(spellings: Counter[str]) -> str | None:
    return min(spellings, key=lambda spelling: (-spellings[spelling], spelling)) if spellings else None
