"""TYPO3: the alternative texts of files, for a script; those of single uses of a file are apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reports.cms.addresses import below, path_behind
from reports.cms.exports import Table, read_table
from reports.cms.files import write_csv
from reports.cms.system import Kind, Slot, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.cms.system import Plan

FILE = "typo3-sys_file_metadata.csv"
_BELOW = path_behind("fileadmin")
_PROCESSED = re.compile(r"/_processed_/(?:\w/)*(?:csm|preview)_(?P<name>.+)_[0-9a-f]{8,}\.\w+$")


def key(url: str) -> str | None:
    """The path below fileadmin, which the identifier is."""
    if url.startswith(("http://", "https://")):
        return below(_BELOW, url)
    return url.lstrip("/") or None


def name(url: str) -> str | None:
    """The name of the file alone, which is all that a smaller copy (csm_NAME_0123456789.jpg) says of it."""
    if url.startswith(("http://", "https://")):
        found = _PROCESSED.search(url.partition("?")[0])
        return found["name"] if found is not None else None
    return url.rpartition("/")[2].rpartition(".")[0] or None


def slots(table: Table) -> Iterator[Slot]:
    """The files, in the default language."""
    uid, file, identifier, alternative = (
        table.column(heading) for heading in ("uid", "file", "identifier", "alternative")
    )
    language = table.find("sys_language_uid")
    for number, row in enumerate(table.rows):
        if language is None or row[language] in {"0", ""}:
            yield Slot((row[uid], number), f"file {row[file]}", row[identifier], row[alternative])


def write(plan: Plan, folder: Path) -> None:
    """The changed texts, beside what they replace."""
    table: Table = plan.export
    file = table.column("file")
    rows = (
        (slot.at[0], table.rows[slot.at[1]][file], "0", change.text, slot.alt or "")
        for slot, change in plan.changes.items()
    )
    write_csv(folder / FILE, ("uid", "file", "sys_language_uid", "alternative", "old_alternative"), rows)


SYSTEMS = (
    System(
        name="typo3",
        title="TYPO3",
        kind=Kind.CHANGE_LIST,
        how=f"A script (DataHandler, table sys_file_metadata): set alternative by uid for each line of {FILE}, where "
        "old_alternative still stands. A use of a file with a text of its own (sys_file_reference) keeps that.",
        files=(FILE,),
        read=read_table,
        export_from="sys_file_metadata with sys_file's identifier as CSV: uid, file, sys_language_uid, identifier, "
        "alternative",
        slots=slots,
        key=key,
        loose_key=name,
        write=write,
        unverified="References; file storages beside fileadmin; how long a text may be. Only the default language.",
    ),
)
