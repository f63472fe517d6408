"""The files of one kind of record, open side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from reports.registry import writers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import ExitStack
    from pathlib import Path

    from reports.registry import Writer
    from reports.report_options import ReportOptions

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file beside the HTML report."""

    name: str  # of its writer
    path: Path  # where it will stand
    title: str
    help: str
    rows: int  # without the headings


class OpenFiles(Generic[Record]):
    """The files that are written from one kind of record, those of the extra ones that the options name."""

    def __init__(self, record: type[Record], folder: Path, options: ReportOptions, stack: ExitStack) -> None:
        self._open: list[tuple[Writer[Record], Callable[[Record], None]]] = [
            (writer, stack.enter_context(writer.opened(folder, options)))
            for writer in writers_of(record, options.files)
        ]
        self._rows = dict.fromkeys((writer.name for writer, _ in self._open), 0)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._open)

    def write(self, record: Record) -> None:
        """Write one record into every file that wants it."""
        for writer, write in self._open:
            if writer.wants(record):
                write(record)
                self._rows[writer.name] += 1

    def written(self, folder: Path) -> Iterator[WrittenFile]:
        """The files, as they will stand in `folder`."""
        for writer, _ in self._open:
            path = folder / writer.file_name
            yield WrittenFile(writer.name, path, writer.title, writer.help, self._rows[writer.name])
