"""Text files for programs that are no tables."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from reports.report_options import ReportOptions

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class ProgramFile(Generic[Record]):
    """A file in UTF-8, written only where it is asked for. `body` writes what stands around the records, too."""

    record: type[Record]
    name: str
    file_name: str
    title: str
    help: str
    headings: tuple[str, ...]
    body: Callable[[IO[str]], AbstractContextManager[Callable[[Record], None]]]
    extra: bool = True

    def wants(self, record: Record) -> bool:
        """Every record."""
        return True

    @contextmanager
    def opened(self, folder: Path, options: ReportOptions) -> Iterator[Callable[[Record], None]]:
        """The file, open."""
        with (folder / self.file_name).open("w", encoding="utf-8", newline="\n") as file, self.body(file) as write:
            yield write
