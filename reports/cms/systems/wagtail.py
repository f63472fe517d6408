"""Wagtail: descriptions of images, for a script in the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.cms.addresses import below, path_behind
from reports.cms.exports import Table, read_table
from reports.cms.files import write_csv
from reports.cms.system import Kind, Lint, Slot, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.cms.system import Plan

FILE = "wagtail-descriptions.csv"
LIMIT = 255
_BELOW = path_behind("original_images")


def key(url: str) -> str | None:
    """The name of the upload, of which the pages show renditions."""
    return below(_BELOW, url)


def stem(url: str) -> str | None:
    """The same without its ending: a rendition in another format does not tell which the upload has."""
    name = below(_BELOW, url)
    return name.rpartition(".")[0] if name is not None else None


def slots(table: Table) -> Iterator[Slot]:
    """The images."""
    number, file, description = (table.column(name) for name in ("id", "file", "description"))
    return (Slot(row[number], f"image {row[number]}", row[file], row[description]) for row in table.rows)


def write(plan: Plan, folder: Path) -> None:
    """The changed descriptions, beside what they replace."""
    rows = ((slot.at, change.text, slot.alt or "") for slot, change in plan.changes.items())
    write_csv(folder / FILE, ("id", "description", "old_description"), rows)


SYSTEMS = (
    System(
        name="wagtail",
        title="Wagtail",
        kind=Kind.CHANGE_LIST,
        how=f"A script for manage.py shell: for each line of {FILE}, get the image by its id, and save the description "
        "where old_description still stands. Texts in rich text and in image blocks are apart from it.",
        files=(FILE,),
        read=read_table,
        export_from="a CSV of the table wagtailimages_image: id, file and description",
        slots=slots,
        key=key,
        loose_key=stem,
        lint=Lint(LIMIT),
        write=write,
    ),
)
