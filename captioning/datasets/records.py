"""The records of a dataset: pictures with captions, in splits, and what may be wrong with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MAX_EXAMPLES = 3  # kept of each fault
MAX_CAPTION_CHARS = 1000  # longer texts describe no picture
MAX_CAPTION_WORDS = 150


class Split(StrEnum):
    """What pictures are for: to learn from, to choose by, and to be measured by once."""

    TRAIN = "train"
    DEV = "dev"
    TEST = "test"


class Captions(StrEnum):
    """Whose words in a product feed are captions."""

    BOTH = "both"  # the title, then what happy buyers say
    TITLES = "titles"
    REVIEWS = "reviews"


class Fault(StrEnum):
    """What may be wrong with a picture or a caption."""

    BAD_PICTURE = "bad_picture"
    ID_TWICE = "id_twice"
    UNKNOWN_SPLIT = "unknown_split"
    MISSING_FILE = "missing_file"
    TWO_SPLITS = "two_splits"
    BAD_CAPTION = "bad_caption"
    NO_SUCH_PICTURE = "no_such_picture"
    FILE_TWICE = "file_twice"
    EMPTY_CAPTION = "empty_caption"
    ENDLESS_CAPTION = "endless_caption"
    NO_CAPTION = "no_caption"

    @property
    def is_fatal(self) -> bool:
        """Whether a dataset with it is read by nobody: a person has to say what is meant. The others are left out."""
        return self not in _LEFT_OUT

    def counted(self, number: int) -> str:
        """In words: `12 pictures whose file is not there`."""
        noun, what = _WORDS[self]
        return f"{counted(number, noun)} {what}"


_LEFT_OUT = frozenset({Fault.FILE_TWICE, Fault.EMPTY_CAPTION, Fault.ENDLESS_CAPTION, Fault.NO_CAPTION})
_WORDS = {
    Fault.BAD_PICTURE: ("picture", "without an id, or without the name of a file in the dataset's folder"),
    Fault.ID_TWICE: ("picture", "whose id another one has"),
    Fault.UNKNOWN_SPLIT: ("picture", "in a split that is neither train, dev nor test"),
    Fault.MISSING_FILE: ("picture", "whose file is not there"),
    Fault.TWO_SPLITS: ("picture", "found in another split, too"),
    Fault.BAD_CAPTION: ("caption", "without a text, or without the id of a picture"),
    Fault.NO_SUCH_PICTURE: ("caption", "whose picture is not there"),
    Fault.FILE_TWICE: ("picture", "listed before under another id"),
    Fault.EMPTY_CAPTION: ("caption", "without a letter"),
    Fault.ENDLESS_CAPTION: ("caption", f"of more than {MAX_CAPTION_WORDS} words or {MAX_CAPTION_CHARS:,} characters"),
    Fault.NO_CAPTION: ("picture", "without a caption"),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture and what people say of it."""

    id: int | str
    path: Path  # a file that is there; nobody has looked into it
    captions: tuple[str, ...]  # at least one, white space collapsed


@dataclass(frozen=True, slots=True)
class Dataset:
    """Pictures by split, in the order in which they are listed."""

    path: Path  # as it was named: a folder or a file
    splits: Mapping[Split, tuple[Picture, ...]]
    description: str = ""  # of itself
    licences: tuple[str, ...] = ()  # as it names them

    def pictures(self, split: Split) -> tuple[Picture, ...]:
        """Those of one split, which may be none."""
        return self.splits.get(split, ())

    def __len__(self) -> int:
        return sum(map(len, self.splits.values()))


@dataclass(slots=True)
class Faults:
    """How often each fault was met, and where first."""

    counts: Counter[Fault] = field(default_factory=Counter)
    examples: defaultdict[Fault, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, fault: Fault, where: str) -> None:
        """One more."""
        self.counts[fault] += 1
        if len(self.examples[fault]) < MAX_EXAMPLES:
            self.examples[fault].append(where)

    def lines(self, *, fatal: bool) -> Iterator[str]:
        """A line for each fault that is, or is not, fatal: `2 captions without a letter (picture 7, picture 19)`."""
        for fault in Fault:
            number = self.counts[fault]
            if number and fault.is_fatal == fatal:
                examples = [*self.examples[fault], *(["..."] if number > MAX_EXAMPLES else [])]
                yield f"{fault.counted(number)} ({', '.join(examples)})"
