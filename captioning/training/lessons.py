"""What is to be learnt of a dataset, and whether that is enough to learn from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from captioning.captioners.builtin.text import split_words
from captioning.datasets.records import Split
from captioning.training.vocabulary import SPECIALS, Vocabulary, build_vocabulary
from core.detector import detected
from core.errors import UsageError
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from captioning.captioners.builtin.files import ModelFiles
    from captioning.datasets.records import Dataset, Picture
    from captioning.training.train_options import TrainOptions

FEWEST_TRAIN = 50  # pictures; from fewer a network learns them by heart and nothing else
FEWEST_DEV = 20  # from fewer no confidence can be reckoned
_MANY_CAPTIONS = 5000
_FEWEST_WORDS = 8  # that captions may have
_COVERED = 0.99  # of all captions have no more words than are learnt
_SAMPLES = 200  # captions whose language is asked for
_ENDS = (".", "。", "।")


@dataclass(frozen=True, slots=True)
class Lesson:
    """One picture, and its captions as numbers."""

    path: Path
    texts: tuple[str, ...]
    captions: tuple[tuple[int, ...], ...]  # these as ids
    mirrors: bool  # whether no caption speaks of left and right


@dataclass(frozen=True, slots=True)
class Lessons:
    """What is learnt, and by what it is chosen."""

    vocabulary: Vocabulary
    train: tuple[Lesson, ...]
    dev: tuple[Picture, ...]
    max_words: int
    language: str
    end: str  # of a sentence: '' where most captions have none


def plan_lessons(
    dataset: Dataset, options: TrainOptions, report: Callable[[str], None], start: ModelFiles | None = None
) -> Lessons:
    """The lessons of a dataset for a captioner that knows nothing yet, or what `start` knows.

    Raises UsageError, with the numbers, where there is nothing to learn. What is left out of it goes to `report`.
    """
    train, dev = dataset.pictures(Split.TRAIN), dataset.pictures(Split.DEV)
    check_enough(len(train), len(dev))
    captions = [caption for picture in train for caption in picture.captions]
    check_varied(captions, report)
    split = {caption: split_words(caption) for caption in captions}
    max_words = _max_words([len(words) for words in split.values()], options.max_words)
    rare = options.rare or (4 if len(captions) >= _MANY_CAPTIONS else 2)
    known = SPECIALS if start is None else start.vocabulary
    vocabulary = build_vocabulary((split[caption] for caption in captions), rare, known)
    lessons = Lessons(
        vocabulary,
        tuple(_lesson(picture, split, vocabulary, max_words) for picture in train),
        dev,
        max_words,
        options.language or _language(captions) or (start.language if start is not None else "en"),
        _end(captions),
    )
    _tell(lessons, [split[caption] for caption in captions], rare, report)
    return lessons


def check_enough(train: int, dev: int) -> None:
    """Raises UsageError for fewer pictures than can be learnt from."""
    if train < FEWEST_TRAIN or dev < FEWEST_DEV:
        raise UsageError(
            f"there are {counted(train, 'picture')} to learn from (train) and {dev:,} to choose by (dev), and at least "
            f"{FEWEST_TRAIN} and {FEWEST_DEV} are needed: a captioner that learnt from fewer would know them by heart "
            "and nothing else"
        )


def check_varied(captions: Sequence[str], report: Callable[[str], None]) -> None:
    """Raises UsageError where all captions are one text; where most are, that goes to `report`."""
    counts = Counter(caption.casefold() for caption in captions)
    [(_, most)] = counts.most_common(1)
    if len(counts) == 1:
        raise UsageError(
            f"all {len(captions):,} captions are the same text ({captions[0]!r}): there is nothing to learn from them"
        )
    if most > len(captions) / 2:
        report(
            f"Beware: {most:,} of {len(captions):,} captions are the same text, and that is what will be learnt first."
        )


def _max_words(lengths: Sequence[int], limit: int) -> int:
    longest = sorted(lengths)[min(int(_COVERED * len(lengths)), len(lengths) - 1)]
    return min(max(longest, _FEWEST_WORDS), limit)


def _lesson(picture: Picture, split: dict[str, list[str]], vocabulary: Vocabulary, max_words: int) -> Lesson:
    words = [split[caption] for caption in picture.captions]
    captions = tuple(tuple(vocabulary.encode(caption, max_words)) for caption in words)
    return Lesson(
        picture.path,
        picture.captions,
        captions,
        not any(_SIDES.intersection(map(str.lower, caption)) for caption in words),
    )


def _language(captions: Sequence[str]) -> str | None:
    """The language that most captions, some at a time, are surely in; None for texts that are in none, as names are."""
    sampled = captions[:: max(1, len(captions) // _SAMPLES)]
    found = Counter(detected(" ".join(sampled[place : place + 5])) for place in range(0, len(sampled), 5))
    return next((language for language, number in found.items() if number > found.total() / 2), None)


def _end(captions: Iterable[str]) -> str:
    ends = Counter(caption[-1] if caption[-1] in _ENDS else "" for caption in captions)
    return ends.most_common(1)[0][0]


def _tell(lessons: Lessons, captions: Sequence[Sequence[str]], rare: int, report: Callable[[str], None]) -> None:
    known = {word.lower() for word in lessons.vocabulary.words}
    counts = Counter(word.lower() for words in captions for word in words)
    unknown = {word: number for word, number in counts.items() if word not in known}
    report(
        f"{counted(len(lessons.train), 'picture')} with {counted(len(captions), 'caption')} to learn from, "
        f"{len(lessons.dev):,} to choose by. Language: {lessons.language}; --language names another."
    )
    left_out = (
        f"; {counted(len(unknown), 'word')} that occur less than {rare} times are not "
        f"({sum(unknown.values()) / max(counts.total(), 1):.1%} of the text)"
        if unknown
        else ""
    )
    report(f"{counted(len(counts) - len(unknown), 'word')} of these captions are learnt{left_out}.")
    cut = sum(len(words) > lessons.max_words for words in captions)
    if cut:
        report(f"{counted(cut, 'caption')} longer than {lessons.max_words} words: only their beginnings are learnt.")


# Words that say where in a picture something is: of its mirror image they are wrong. In the languages of the rules.
_SIDES = frozenset(
    """
    left right leftmost rightmost left-hand right-hand links rechts linke linken linker linkes rechte rechten rechter
    rechtes gauche droite izquierda derecha izquierdo derecho sinistra destra sinistro destro esquerda direita esquerdo
    direito linker rechter lewo prawo lewej prawej lewy prawy vänster höger venstre højre høyre
    """.split()
)
