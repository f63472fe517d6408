"""BigCommerce's products in the format of today (v3): a row for each picture, by its id."""

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

    from reports.cms.approved import Approved
    from reports.cms.system import Plan

FILE = "bigcommerce-alt-texts.csv"
_IDS = re.compile(r"/products/(?P<product>\d+)/(?:images/)?(?P<image>\d+)/")


def key(url: str) -> str | None:
    """The ids of product and picture, which stand in the addresses of both."""
    found = _IDS.search(url)
    return f"{found['product']}/{found['image']}" if found is not None else picture_key(url)


def own(text: Approved) -> Iterator[Slot]:
    """The picture that the page's address names."""
    for found in {match["image"]: match for match in map(_IDS.search, text.addresses) if match is not None}.values():
        yield Slot(found["image"], f"product {found['product']}")


def slots(table: Table) -> Iterator[Slot]:
    """The rows of pictures."""
    item, number, url, alt = (
        table.column(name) for name in ("Item", "ID", "Internal Image URL (Export)", "Image Description")
    )
    product = ""
    for row in table.rows:
        if row[item] == "Product":
            product = row[number]
        elif row[item] == "Image" and row[number]:
            yield Slot(row[number], f"product {product}", row[url], row[alt])


def write(plan: Plan, folder: Path) -> None:
    """The changed pictures, and no column that could change anything else."""
    rows = (("Image", f"{change.slot.at}", change.text) for change in plan.changes.values())
    write_csv(folder / FILE, ("Item", "ID", "Image Description"), rows, line_end="\r\n")


SYSTEMS = (
    System(
        name="bigcommerce",
        title="BigCommerce",
        kind=Kind.IMPORT_FILE,
        how=f"Products > Import (v3): {FILE}. It changes descriptions of pictures that exist, by their ids.",
        files=(FILE,),
        read=read_table,
        export_from="Products > Export (v3), with Image rows",
        slots=slots,
        own=own,
        key=key,
        write=write,
        unverified="That rows of pictures are taken without the row of their product: try it with one picture first. "
        "Without --join the file cannot tell whether a text was changed since the crawl.",
    ),
)
