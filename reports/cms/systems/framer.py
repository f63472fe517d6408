"""Framer: a collection as CSV, in which the alt text of an image stands in the column behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import UsageError
from reports.cms.exports import Table, named, read_table
from reports.cms.files import write_csv
from reports.cms.system import Kind, Slot, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.cms.system import Plan

FILE = "framer-alt-texts.csv"
_BEHIND = ":alt"


def _images(table: Table) -> dict[int, int]:
    """The columns of addresses, each with that of its texts. Raises UsageError where there are none."""
    columns = {
        table.headings.index(heading.removesuffix(_BEHIND)): number
        for number, heading in enumerate(table.headings)
        if heading.endswith(_BEHIND) and heading.removesuffix(_BEHIND) in table.headings
    }
    if not columns:
        raise UsageError(
            f"{table.path} has no column of alt texts (NAME{_BEHIND} behind NAME). It has {named(table.headings)}."
        )
    return columns


def slots(table: Table) -> Iterator[Slot]:
    """The images of each entry."""
    slug = table.column("Slug")
    for number, row in enumerate(table.rows):
        for url, alt in _images(table).items():
            if row[url]:
                yield Slot((number, alt), row[slug], row[url], row[alt], owner_ids=frozenset({row[slug]}))


def write(plan: Plan, folder: Path) -> None:
    """All images of each entry of which one is changed."""
    table: Table = plan.export
    slug = table.column("Slug")
    columns = [slug, *(column for pair in _images(table).items() for column in pair)]
    texts = {slot.at: change.text for slot, change in plan.changes.items()}
    owners = {slot.owner for slot in plan.changes}
    rows = (
        [texts.get((number, column), row[column]) for column in columns]
        for number, row in enumerate(table.rows)
        if row[slug] in owners
    )
    write_csv(folder / FILE, [table.headings[column] for column in columns], rows, line_end="\r\n")


SYSTEMS = (
    System(
        name="framer",
        title="Framer",
        kind=Kind.IMPORT_FILE,
        how=f"The plugin CSV Import, into the same collection, found by Slug: {FILE}.",
        files=(FILE,),
        read=read_table,
        export_from="the plugin CMS Export, of the collection, as CSV",
        slots=slots,
        write=write,
        unverified="The import was read in the plugin's source, and not run.",
    ),
)
