"""What an input is: a kind of file that says which pages an audit is about.

A file holds either addresses of pages, which are crawled, or what another crawler has seen on them, which is stored as
a crawl of its own. Costs nothing to import.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from enum import StrEnum
    from pathlib import Path

    from core.records import PageRead

MAX_EXAMPLES = 5  # of bad rows, for each reason


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was left out."""

    number: int  # as editors count, from 1
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class UrlList:
    """A file's pages to crawl: these, and no others."""

    urls: tuple[str, ...]  # in stored form, in the file's order, no repeats
    repeated: int  # lines that name a page again
    bad: tuple[BadLine, ...]  # the first of them
    more_bad: int = 0
    column: str | None = None  # and sheet, where the addresses were found


@dataclass(slots=True)
class ImportCounts:
    """What became of the rows of a file."""

    rows: int = 0
    images: int = 0
    blank_alts: int = 0
    other_rows: int = 0  # links, scripts and the like
    bad: Counter[str] = field(default_factory=Counter)  # by reason
    examples: list[BadLine] = field(default_factory=list)
    hosts: Counter[str] = field(default_factory=Counter)  # of pages that show images; at least one

    def refuse(self, line: int, text: str, reason: str) -> None:
        """Count a row that cannot be used."""
        self.bad[reason] += 1
        if self.bad[reason] <= MAX_EXAMPLES:
            self.examples.append(BadLine(line, text[:100], reason))


class SeenPages(Protocol):
    """What another crawler has seen."""

    @property
    def counts(self) -> ImportCounts:
        """Whole as soon as the file is open."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What people should know of how the file was taken, a sentence or two each."""
        ...

    def visits(self) -> Iterator[PageRead]:
        """The pages with their images, judged; the visits of one page follow one another."""
        ...


# An export is read when it is entered, since that may take long.
Content: TypeAlias = "UrlList | AbstractContextManager[SeenPages]"


@dataclass(frozen=True, slots=True)
class Choice:
    """A further option of an input: one of a few words."""

    option: str  # --blank-alt
    help: str
    default: StrEnum  # its type holds all words

    @property
    def name(self) -> str:
        """Its name as a parameter of `Input.read`."""
        return self.option.lstrip("-").replace("-", "_")


@dataclass(frozen=True, slots=True)
class Input:
    """A kind of file."""

    title: str  # of the program or format
    option: str  # --list
    help: str
    read: Callable[..., Content]  # of a Path, and of each choice by its name; raises UsageError
    choices: tuple[Choice, ...] = ()

    @property
    def name(self) -> str:
        """Names the file that the option gives."""
        return self.option.lstrip("-").replace("-", "_") + "_file"


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file of one kind, with what was chosen for it."""

    kind: Input
    path: Path
    choices: Mapping[str, Any] = field(default_factory=dict)

    def read(self) -> Content:
        """What it holds. Raises UsageError, at once or when it is entered, for a file that cannot be used."""
        return self.kind.read(self.path, **self.choices)
