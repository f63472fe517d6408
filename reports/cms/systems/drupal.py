"""Drupal: a list by media and language, for a migration or a module that takes one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reports.cms.addresses import below
from reports.cms.exports import Table, read_table
from reports.cms.files import write_csv
from reports.cms.system import Kind, Lint, Slot, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.cms.system import Plan

FILE = "drupal-alt-texts.csv"
LIMIT = 512
_ALT = ("field_media_image__alt", "field_media_image/alt", "alt")
_BELOW = re.compile(r"(?:^(?:public|private):/|/sites/[^/]+/files|/system/files)/(?P<path>[^?#]+)")


def key(url: str) -> str | None:
    """The path below the folder of files, the same for the copies in styles/."""
    return below(_BELOW, url)


def slots(table: Table) -> Iterator[Slot]:
    """The media, in each language."""
    mid, language, uri, alt = table.column("mid"), table.column("langcode"), table.column("uri"), table.column(*_ALT)
    for number, row in enumerate(table.rows):
        yield Slot(number, f"media {row[mid]}", row[uri], row[alt], row[language])


def write(plan: Plan, folder: Path) -> None:
    """The changed texts, beside what they replace."""
    table: Table = plan.export
    mid, uuid = table.column("mid"), table.find("uuid")
    rows = (
        [row[mid], row[uuid] if uuid is not None else "", slot.language, change.text, slot.alt or ""]
        for slot, change in plan.changes.items()
        for row in (table.rows[slot.at],)
    )
    write_csv(folder / FILE, ("mid", "uuid", "langcode", "alt_text", "old_alt_text"), rows)


SYSTEMS = (
    System(
        name="drupal",
        title="Drupal",
        kind=Kind.CHANGE_LIST,
        how=f"{FILE} is for a migration (entity:media, field_media_image/alt by mid and langcode) or a script that goes"
        " on only where old_alt_text still stands.",
        files=(FILE,),
        read=read_table,
        export_from="a view of the media as CSV: mid, uuid, langcode, uri and field_media_image__alt",
        slots=slots,
        key=key,
        lint=Lint(LIMIT),
        says_decorative=True,
        write=write,
        unverified="The headings that Drupal's modules for alt texts take: rename the columns to theirs.",
    ),
)
