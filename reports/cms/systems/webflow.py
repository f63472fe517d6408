"""Webflow: calls that write whole image fields of a collection's items, since an image left out of one is taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.cms.exports import read_json
from reports.cms.files import request, write_json_lines
from reports.cms.system import Kind, Slot, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.cms.system import Plan

FILE = "webflow-items.jsonl"


def slots(export: Any) -> Iterator[Slot]:
    """The images of each item, in fields of one and of several."""
    for number, item in enumerate(export["items"]):
        fields = item["fieldData"]
        slug = str(fields.get("slug", item["id"]))
        for name, value in fields.items():
            for place, image in enumerate(_images(value)):
                yield Slot(
                    (number, name, place), f"item {slug}", image["url"], image.get("alt") or "", "", frozenset({slug})
                )


def _images(value: Any) -> list[dict[str, Any]]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, dict) and "fileId" in one and isinstance(one.get("url"), str)]


def write(plan: Plan, folder: Path) -> None:
    """One call an item, with all images of each field of which one is changed."""
    texts = {slot.at: change.text for slot, change in plan.changes.items()}
    fields = dict.fromkeys((number, name) for number, name, _ in texts)
    calls: dict[int, dict[str, Any]] = {}
    expects: dict[int, dict[str, Any]] = {}
    for number, name in fields:
        value = plan.export["items"][number]["fieldData"][name]
        images = [
            {"fileId": image["fileId"], "url": image["url"], "alt": texts.get((number, name, place), image.get("alt"))}
            for place, image in enumerate(_images(value))
        ]
        calls.setdefault(number, {})[name] = images if isinstance(value, list) else images[0]
        expects.setdefault(number, {})[name] = value
    write_json_lines(
        folder / FILE,
        (
            request(
                "PATCH",
                f"/v2/collections/{plan.export.get('collectionId', '{collection_id}')}"
                f"/items/{plan.export['items'][number]['id']}",
                {"fieldData": changed},
                {"fieldData": expects[number]},
            )
            for number, changed in calls.items()
        ),
    )


SYSTEMS = (
    System(
        name="webflow",
        title="Webflow CMS",
        kind=Kind.CHANGE_LIST,
        how=f"For each line of {FILE}: get the item, go on if its fields are as `expect` says, and send `body`; then "
        "publish. Put the collection's id where {collection_id} stands.",
        files=(FILE,),
        read=read_json,
        export_from="the answer of GET /v2/collections/ID/items; a CSV of Webflow holds no alt texts",
        slots=slots,
        write=write,
        unverified="The calls themselves, and how long a text may be.",
    ),
)
