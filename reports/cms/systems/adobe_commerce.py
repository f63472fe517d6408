"""Adobe Commerce and Magento 2: labels in the columns of the products' CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from reports.cms.addresses import below, path_behind
from reports.cms.exports import Table, read_table
from reports.cms.files import write_csv
from reports.cms.system import Kind, Lint, Slot, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.cms.system import Plan

FILE = "adobe-commerce-alt-texts.csv"
SEPARATOR = "|"
LIMIT = 255
# The comma of the default setting cuts texts that hold one, the single labels too; PHP's CSV reader takes a backslash
# before a quote for the beginning of another text.
FORBIDDEN = f"{SEPARATOR}\\"
_SINGLE = ("base_image", "small_image", "thumbnail_image")
_LIST = "additional_images"
_LIST_LABELS = "additional_image_labels"
_BELOW = path_behind("media/catalog/product")


def key(url: str) -> str | None:
    """The path below media/catalog/product, the same for the copies in cache/; an export has nothing before it."""
    if url.startswith(("http://", "https://")):
        return below(_BELOW, url)
    return url.lstrip("/") or None


def slots(table: Table) -> Iterator[Slot]:
    """The labels of each product; one a role, and one a further picture."""
    sku, pictures, labels = table.column("sku"), table.column(_LIST), table.column(_LIST_LABELS)
    view = table.find("store_view_code")
    singles = [(name, table.column(name), table.column(f"{name}_label")) for name in _SINGLE]
    for number, row in enumerate(table.rows):
        if not row[sku] or (view is not None and row[view]):  # a row of a store view only says what differs there
            continue
        paths = _items(row[pictures])
        texts = _items(row[labels]) or [""] * len(paths)
        unclear = ""
        if len(texts) != len(paths):
            unclear = f"{len(paths)} pictures, but {len(texts)} labels, since a text holds the separator"
            texts = [""] * len(paths)
        elif SEPARATOR in "".join(texts):
            unclear = f"a label holds {SEPARATOR}, by which the file tells labels apart"
        found = [(name, row[path], row[label]) for name, path, label in singles if row[path]]
        found += [(f"{place}", path, text) for place, (path, text) in enumerate(zip(paths, texts, strict=True))]
        for place, path, text in found:
            yield Slot((number, place), row[sku], path, text, owner_ids=frozenset({row[sku]}), unclear=unclear)


def _items(cell: str) -> list[str]:
    """The items of a list in a cell, which have quotes around them where the export was told to enclose fields."""
    if not cell:
        return []
    return next(csv.reader(io.StringIO(cell), delimiter=SEPARATOR if SEPARATOR in cell else ","), [])


def write(plan: Plan, folder: Path) -> None:
    """All pictures and labels of each product of which one is changed: a label left out of a list is emptied."""
    table: Table = plan.export
    sku, pictures = table.column("sku"), table.column(_LIST)
    headings = ["sku", *(f"{name}{part}" for name in _SINGLE for part in ("", "_label")), _LIST, _LIST_LABELS]
    rows: dict[int, dict[str, str]] = {}
    labels: dict[int, list[str]] = {}
    for slot in plan.touched():
        number, place = slot.at
        cells = rows.setdefault(number, {"sku": table.rows[number][sku]})
        if place in _SINGLE:
            cells |= {place: slot.address, f"{place}_label": plan.text(slot)}
        else:
            labels.setdefault(number, []).append(plan.text(slot))
            cells[_LIST] = SEPARATOR.join(_items(table.rows[number][pictures]))
            cells[_LIST_LABELS] = SEPARATOR.join(labels[number])
    write_csv(folder / FILE, headings, ([cells.get(name, "") for name in headings] for cells in rows.values()))


SYSTEMS = (
    System(
        name="adobe-commerce",
        title="Adobe Commerce (Magento 2)",
        kind=Kind.IMPORT_FILE,
        how=f"System > Data Transfer > Import, Products, Add/Update: {FILE}, with Multiple value separator set to "
        f"{SEPARATOR} (without it, the import does not find the pictures, and says so).",
        files=(FILE,),
        read=read_table,
        export_from="System > Data Transfer > Export, Products, CSV",
        slots=slots,
        key=key,
        lint=Lint(LIMIT, forbidden=FORBIDDEN),
        write=write,
        unverified=f"That a label holds {LIMIT} characters. Labels of store views are left as they are.",
    ),
)
