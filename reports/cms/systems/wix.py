"""Wix Stores (catalogue V3): the shop's own export with other texts in it, all columns as they came."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reports.cms.addresses import picture_key
from reports.cms.exports import Table, read_table
from reports.cms.files import write_csv
from reports.cms.system import Kind, Slot, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.cms.system import Plan

FILE = "wix-alt-texts.csv"
_ID = re.compile(r"^wix:image://v1/(?P<own>[^/#?]+)|wixstatic\.com/media/(?P<page>[^/#?]+)")


def key(url: str) -> str | None:
    """The picture's id in Wix' own addresses, as in those of its pages."""
    found = _ID.search(url)
    return f"wix:{found['own'] or found['page']}" if found is not None else picture_key(url)


def slots(table: Table) -> Iterator[Slot]:
    """The pictures: the first on the product's row, the others on rows of their own."""
    handle, kind, media, alt = (table.column(name) for name in ("handle", "fieldType", "media", "mediaAltText"))
    sku = table.find("sku")
    for number, row in enumerate(table.rows):
        if row[media] and row[kind] in {"PRODUCT", "MEDIA"}:
            ids = {row[handle]} | ({row[sku]} if sku is not None and row[sku] else set())
            yield Slot(number, row[handle], row[media], row[alt], owner_ids=frozenset(ids))


def write(plan: Plan, folder: Path) -> None:
    """All rows of each product of which a picture is changed."""
    table: Table = plan.export
    handle, alt = table.column("handle"), table.column("mediaAltText")
    texts = {slot.at: plan.text(slot) for slot in plan.touched()}
    owners = {slot.owner for slot in plan.changes}
    rows = (
        [*row[:alt], texts.get(number, row[alt]), *row[alt + 1 :]]
        for number, row in enumerate(table.rows)
        if row[handle] in owners
    )
    write_csv(folder / FILE, table.headings, rows, line_end="\r\n", mark=True)


SYSTEMS = (
    System(
        name="wix",
        title="Wix Stores",
        kind=Kind.IMPORT_FILE,
        how=f"Catalog > Products > Import: {FILE}. It holds all rows of each product in it, as the export had them.",
        files=(FILE,),
        read=read_table,
        export_from="Catalog > Products > Export, of the new catalogue, with a column mediaAltText",
        slots=slots,
        key=key,
        write=write,
        unverified="Whether an import changes products that exist or adds them once more: try it with one product.",
    ),
)
