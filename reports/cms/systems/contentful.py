"""Contentful: whole assets with other descriptions, for contentful-import, which erases what an asset does not name."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from reports.cms.exports import read_json
from reports.cms.files import write_json
from reports.cms.system import Kind, Slot, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.cms.system import Plan

FILE = "contentful-assets.json"
_FIELDS = ("title", "description", "file")


def slots(export: Any) -> Iterator[Slot]:
    """The description of each asset, in each language that it has anything in."""
    for number, asset in enumerate(export["assets"]):
        fields = asset["fields"]
        texts = {name: fields[name] for name in _FIELDS if isinstance(fields.get(name), dict)}
        files: dict[str, Any] = texts.get("file", {})
        for locale in dict.fromkeys(locale for text in texts.values() for locale in text):
            file: dict[str, Any] = files.get(locale) or next(iter(files.values()), {})
            yield Slot(
                (number, locale),
                f"asset {asset['sys']['id']}",
                file.get("url", ""),
                texts.get("description", {}).get(locale, ""),
                locale,
            )


def write(plan: Plan, folder: Path) -> None:
    """The changed assets, each with all of its fields and languages."""
    assets: dict[int, Any] = {}
    for slot, change in plan.changes.items():
        number, locale = slot.at
        asset = assets.setdefault(number, deepcopy(plan.export["assets"][number]))
        asset["fields"].setdefault("description", {})[locale] = change.text
    changed = {"contentTypes": [], "entries": [], "assets": [assets[number] for number in sorted(assets)]}
    write_json(folder / FILE, changed | {name: plan.export[name] for name in ("locales",) if name in plan.export})


SYSTEMS = (
    System(
        name="contentful",
        title="Contentful",
        kind=Kind.CHANGE_LIST,
        how=f"contentful space import --content-file {FILE}, soon after the export: each asset goes back as the export "
        "had it, with its new description, and its file is uploaded once more.",
        files=(FILE,),
        read=read_json,
        export_from="contentful space export --skip-content-model",
        slots=slots,
        write=write,
        unverified="That the pages take their alt texts from the description of the asset, as is usual.",
    ),
)
