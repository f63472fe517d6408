"""Matrixify, an app for Shopify: its Products sheet, and its Files sheet, which knows pictures by their links."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from core.identity.urls import canonical_image_url, file_name
from reports.cms.exports import Table, read_table
from reports.cms.files import write_csv
from reports.cms.system import Kind, Lint, Slot, System, utf16_units
from reports.cms.systems import shopify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.cms.approved import Approved
    from reports.cms.system import Plan

# By these words in their names Matrixify knows what they are.
PRODUCTS = "matrixify-Products.csv"
FILES = "matrixify-Files.csv"
_LINT = Lint(shopify.LIMIT, utf16_units)


def product_slots(table: Table) -> Iterator[Slot]:
    """The pictures of the products; one a row."""
    handle, url, alt = (table.column(name) for name in ("Handle", "Image Src", "Image Alt Text"))
    table.column("Image Position")
    for number, row in enumerate(table.rows):
        if row[url]:
            yield Slot(number, row[handle], row[url], row[alt], owner_ids=frozenset({row[handle]}))


def write_products(plan: Plan, folder: Path) -> None:
    """All pictures of each product of which one is changed, each to be merged: to replace would delete first."""
    table: Table = plan.export
    kept = {name: table.find(name) for name in ("ID", "Handle", "Image Src", "Image Position")}
    headings = ("ID", "Handle", "Command", "Image Src", "Image Command", "Image Position", "Image Alt Text")

    def rows() -> Iterator[list[str]]:
        for slot in plan.touched():
            row = table.rows[slot.at]
            cells = {name: row[number] for name, number in kept.items() if number is not None}
            cells |= {"Command": "MERGE", "Image Command": "MERGE", "Image Alt Text": plan.text(slot)}
            yield [cells.get(name, "") for name in headings]

    write_csv(folder / PRODUCTS, headings, rows(), line_end="\r\n")


def file_slot(text: Approved) -> Iterator[Slot]:
    """The file that a page shows, by its link in its own size."""
    links = [_link(address) for address in text.addresses if (shopify.key(address) or "").startswith("shop:files/")]
    if links:
        link = next((link for link in links if "?v=" in link), links[0])
        yield Slot(link, file_name(link) or "")


def _link(address: str) -> str:
    parts = urlsplit(canonical_image_url(address))
    version = parse_qs(urlsplit(address).query).get("v", [""])[0]
    return f"https://{parts.netloc}{parts.path}{f'?v={version}' if version.isdigit() else ''}"


def write_files(plan: Plan, folder: Path) -> None:
    """One row a file."""
    rows = ([change.slot.owner, "UPDATE", f"{change.slot.at}", change.text] for change in plan.changes.values())
    write_csv(folder / FILES, ("File Name", "Command", "Link", "Alt Text"), rows, line_end="\r\n")


SYSTEMS = (
    System(
        name="matrixify-products",
        title="Matrixify, products",
        kind=Kind.IMPORT_FILE,
        how=f"Matrixify > Import: {PRODUCTS} as it is, since its name says what it holds. It names all pictures of "
        "each product in it.",
        files=(PRODUCTS,),
        read=read_table,
        export_from="Matrixify > Export > Products with Images, as CSV",
        slots=product_slots,
        key=shopify.key,
        lint=_LINT,
        write=write_products,
    ),
    System(
        name="matrixify-files",
        title="Matrixify, files",
        kind=Kind.IMPORT_FILE,
        how=f"Matrixify > Import: {FILES} as it is, since its name says what it holds.",
        files=(FILES,),
        own=file_slot,
        key=shopify.key,
        lint=_LINT,
        write=write_files,
        unverified="The heading Alt Text of the Files sheet. Matrixify shows what it will do before it does it: look. "
        "The file cannot ask for the text that stands there now, so one changed since the crawl is overwritten.",
    ),
)
