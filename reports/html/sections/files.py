"""The files beside the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.text import counted
from reports.html.section import Section

if TYPE_CHECKING:
    from reports.html.sources import ReportSources


@dataclass(frozen=True, slots=True)
class Download:
    """One of the files."""

    file: str
    title: str
    rows: str
    help: str


@dataclass(frozen=True, slots=True)
class Downloads:
    """All of them, in the order of the registry."""

    files: tuple[Download, ...]


def downloads(sources: ReportSources) -> Downloads:
    """What there is to download."""
    return Downloads(
        tuple(Download(file.path.name, file.title, counted(file.rows, "row"), file.help) for file in sources.files)
    )


SECTION = Section("files", None, "sections/files.html", downloads)
