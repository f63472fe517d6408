"""The writers of the files beside the HTML report, found where they stand.

A module in one of FOLDERS that defines WRITERS is all that a new file needs: the report writes it, and the downloads
of the HTML report and the summary on the terminal name it. One that is `extra` is written only where `report.files`
names it.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import ModuleType

    from reports.report_options import ReportOptions

FOLDERS = ("reports.files",)

Record = TypeVar("Record")
Written = TypeVar("Written", contravariant=True)


class Writer(Protocol[Written]):
    """One file, written from records in the order in which the store streams them."""

    @property
    def record(self) -> type[Any]:
        """What it is written from: `reports.row.Row` (each), `reports.folds.Fold` (as shown to people),
        `reports.failure.FailureRow`, `reports.diff.folding.FoldedChange`, or one of `reports.streams`.
        """
        ...

    @property
    def name(self) -> str:
        """Names it in the program."""
        ...

    @property
    def file_name(self) -> str:
        """Its name in the folder of the report."""
        ...

    @property
    def title(self) -> str:
        """Who it is for, in two or three words."""
        ...

    @property
    def help(self) -> str:
        """What is in it and what to do with it, in a sentence or two."""
        ...

    @property
    def headings(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        ...

    @property
    def extra(self) -> bool:
        """Whether it is written only where it is asked for."""
        ...

    def wants(self, record: Written, /) -> bool:
        """Whether this record belongs into the file."""
        ...

    def opened(self, folder: Path, options: ReportOptions, /) -> AbstractContextManager[Callable[[Written], None]]:
        """The file in `folder`, open: what it gives writes one record that the file wants."""
        ...


def writers_of(record: type[Record], extras: Collection[str] = ()) -> tuple[Writer[Record], ...]:
    """The writers of these records, folder by folder, by the names of their modules; of the extra ones those named."""
    return tuple(
        writer for writer in all_writers() if writer.record is record and (not writer.extra or writer.name in extras)
    )


def left_out() -> tuple[str, ...]:
    """Files that are not written, since an extra is not installed: what they are, and how to have them."""
    return tuple(line for module in _modules() for line in getattr(module, "LEFT_OUT", ()))


@cache
def all_writers() -> tuple[Writer[Any], ...]:
    """Every writer that there is."""
    return tuple(writer for module in _modules() for writer in getattr(module, "WRITERS", ()))


def _modules() -> Iterator[ModuleType]:
    for folder in FOLDERS:
        for module in sorted(pkgutil.iter_modules(import_module(folder).__path__), key=lambda module: module.name):
            yield import_module(f"{folder}.{module.name}")
