"""Shopify's own product CSV, with the headings of today (`URL handle`) or before (`Handle`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reports.cms.addresses import picture_key
from reports.cms.exports import Table, read_table
from reports.cms.files import write_csv
from reports.cms.system import Kind, Lint, Slot, System, utf16_units

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.cms.system import Plan

LIMIT = 512
FILE = "shopify-alt-texts.csv"
_FILE = re.compile(r"(?:/cdn/shop|/s/files/(?:\d+/)+)/?((?:files|products|collections|articles)/.+)")


def key(url: str) -> str | None:
    """A shop's files have one name, under its own host (/cdn/shop/) as under Shopify's (/s/files/)."""
    found = picture_key(url)
    file = _FILE.search(found) if found is not None else None
    return f"shop:{file[1]}" if file is not None else found


def slots(table: Table) -> Iterator[Slot]:
    """The pictures of the products; one a row."""
    handle, sku = table.column("URL handle", "Handle"), table.find("SKU", "Variant SKU")
    table.column("Title")
    table.column("Image position", "Image Position")
    url, alt = table.column("Product image URL", "Image Src"), table.column("Image alt text", "Image Alt Text")
    skus: dict[str, set[str]] = {}
    for row in table.rows:
        skus.setdefault(row[handle], {row[handle]}).update({row[sku]} if sku is not None else ())
    for number, row in enumerate(table.rows):
        if row[url]:
            yield Slot(number, row[handle], row[url], row[alt], owner_ids=frozenset(skus[row[handle]] - {""}))


def write(plan: Plan, folder: Path) -> None:
    """All pictures of each product of which one is changed, under the export's own headings."""
    table: Table = plan.export
    handle, title = table.column("URL handle", "Handle"), table.column("Title")
    alt = table.column("Image alt text", "Image Alt Text")
    url, position = table.column("Product image URL", "Image Src"), table.column("Image position", "Image Position")
    columns = sorted((handle, title, url, position, alt))
    titles: dict[str, str] = {}
    for row in table.rows:
        titles[row[handle]] = titles.get(row[handle]) or row[title]

    def rows() -> Iterator[list[str]]:
        for slot in plan.touched():
            row = table.rows[slot.at]
            cells = {number: row[number] for number in columns}
            cells |= {title: titles.pop(slot.owner, ""), alt: plan.text(slot)}  # the title on the first row alone
            yield [cells[number] for number in columns]

    write_csv(folder / FILE, [table.headings[number] for number in columns], rows(), line_end="\r\n")


SYSTEMS = (
    System(
        name="shopify",
        title="Shopify",
        kind=Kind.IMPORT_FILE,
        how=f"Products > Import: choose {FILE}, and tick that products with the same handle are overwritten. It names "
        "all pictures of each product in it, and has no columns of other things.",
        files=(FILE,),
        read=read_table,
        export_from="Products > Export > All products, Plain CSV file",
        slots=slots,
        key=key,
        lint=Lint(LIMIT, utf16_units),
        write=write,
        unverified="What Shopify does with pictures that a file does not name: so every file names all of a product's.",
    ),
)
