"""Sanity: patches of the alt field of images within documents, found by their _key."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from reports.cms.addresses import picture_key
from reports.cms.exports import read_json_lines
from reports.cms.files import write_json_lines
from reports.cms.system import Kind, Slot, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.cms.system import Plan

FILE = "sanity-patches.jsonl"
_ALT = ("alt", "altText", "alt_text", "alternativeText")
_PICTURE = re.compile(
    r"^image-(?P<ref>[0-9a-f]{40}-\d+x\d+-\w+)$|/(?P<name>[0-9a-f]{40}-\d+x\d+)\.(?P<type>\w+)(?:$|\?)"
)
_NAME = re.compile(r"[A-Za-z_]\w*")


def key(url: str) -> str | None:
    """The id of the asset, which its address holds."""
    found = _PICTURE.search(url)
    if found is None:
        return picture_key(url)
    return f"sanity:{found['ref'] or '-'.join((found['name'], found['type']))}"


def slots(documents: list[Any]) -> Iterator[Slot]:
    """The images in the documents. A draft belongs to its document."""
    for number, document in enumerate(documents):
        owner = str(document["_id"]).removeprefix("drafts.")
        slug = document.get("slug")
        ids = frozenset({str(slug.get("current"))} if isinstance(slug, dict) else ())
        for path, image in _images(document):
            name = next((name for name in _ALT if name in image), _ALT[0])
            unclear = "an image in a list without _key" if path is None else ""
            at = (number, f"{path}.{name}" if path is not None else f"{id(image)}")
            alt = image.get(name)
            yield Slot(at, owner, image["asset"]["_ref"], alt if isinstance(alt, str) else "", "", ids, unclear)


def _images(document: dict[str, Any]) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """The images in a document with their paths; None where an item on the way has no name of its own."""
    waiting: list[tuple[str | None, Any]] = [("", document)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, list):
            waiting += [(_item(path, one), one) for one in reversed(value)]
        elif isinstance(value, dict):
            asset = value.get("asset")
            if path != "" and isinstance(asset, dict) and str(asset.get("_ref", "")).startswith("image-"):
                yield path, value
            waiting += [(_field(path, name), one) for name, one in reversed(value.items())]


def _item(path: str | None, item: Any) -> str | None:
    name = item.get("_key") if isinstance(item, dict) else None
    return f"{path}[_key=={json.dumps(name, ensure_ascii=False)}]" if path and isinstance(name, str) else None


def _field(path: str | None, name: str) -> str | None:
    if path is None:
        return None
    step = name if _NAME.fullmatch(name) else f"[{json.dumps(name, ensure_ascii=False)}]"
    return f"{path}.{step}".lstrip(".")


def write(plan: Plan, folder: Path) -> None:
    """One patch a document, refused where the document is another than the export had."""
    patches: dict[int, dict[str, Any]] = {}
    for slot, change in plan.changes.items():
        number, path = slot.at
        document = plan.export[number]
        patch = patches.setdefault(number, {"id": document["_id"]})
        if "_rev" in document:
            patch["ifRevisionID"] = document["_rev"]
        patch.setdefault("set", {})[path] = change.text
    write_json_lines(folder / FILE, ({"patch": patch} for patch in patches.values()))


SYSTEMS = (
    System(
        name="sanity",
        title="Sanity",
        kind=Kind.CHANGE_LIST,
        how=f"Send the lines of {FILE} as mutations (POST /data/mutate/DATASET, or client.mutate). A document that was "
        "changed since the export is refused: export again.",
        files=(FILE,),
        read=read_json_lines,
        export_from="sanity dataset export, the file data.ndjson in it",
        slots=slots,
        key=key,
        write=write,
        unverified="That the alt text stands in the image object (alt, altText, alt_text, alternativeText); where none "
        "of these is there, alt is written.",
    ),
)
