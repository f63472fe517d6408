"""Writing a dataset: COCO captions JSON, a file for each split, whole or not at all."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from captioning.datasets.coco import caption_files
from captioning.datasets.records import Split
from captioning.datasets.splits import Placed, splits_of
from core.errors import UsageError
from core.text import comparable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from captioning.datasets.gather import PictureFile, Text, Wanted

MOST_CAPTIONS = 5  # of a picture
UNKNOWN_LICENCE = "not stated"


@dataclass(frozen=True, slots=True)
class Written:
    """What a dataset holds."""

    pictures: Mapping[Split, int]
    captions: Mapping[Split, int]
    same: int  # pictures that another address had before: their texts were joined
    beyond: int  # texts beyond MOST_CAPTIONS, or said already


@dataclass(slots=True)
class _Entry:
    file: PictureFile
    texts: list[Text]
    products: list[str]


def check_target(folder: Path, description: str) -> None:
    """Raise UsageError where the folder holds another dataset than the one that is to be written."""
    held = _held(folder)
    if held is not None and held[0] != description:
        raise UsageError(f"{folder} holds another dataset ({held[0] or 'not of alt-audit'}): choose another --out")


def write_dataset(
    folder: Path, description: str, licence: str | None, pictures: Iterable[tuple[Wanted, PictureFile]]
) -> Written:
    """Write captions_train.json and its like beside the pictures, which lie in the folder already.

    A picture that the dataset in the folder has keeps its split, so that what a model has learned is never what it is
    measured on. Raises OSError.
    """
    entries: dict[str, _Entry] = {}
    same = beyond = 0
    for wanted, file in pictures:
        entry = entries.get(file.sha256)
        if entry is None:
            entry = entries[file.sha256] = _Entry(file, [], [])
        else:
            same += 1
        beyond += _join(entry.texts, wanted.texts)
        entry.products += wanted.products
    held = _held(folder)
    placed = [Placed(name, one.file.phash, tuple(one.products)) for name, one in sorted(entries.items())]
    splits = splits_of(placed, held[1] if held is not None else {})
    by_split: defaultdict[Split, list[_Entry]] = defaultdict(list)
    for name, entry in sorted(entries.items()):
        by_split[splits[name]].append(entry)
    parts = {split: _write(folder, split, description, licence, by_split[split]) for split in Split if by_split[split]}
    for split in Split:  # old ones first: cut short here, a split is missing, and none is of another dataset
        _path(folder, split).unlink(missing_ok=True)
    for split, part in parts.items():
        part.replace(_path(folder, split))
    return Written(
        {split: len(some) for split, some in by_split.items()},
        {split: sum(len(one.texts) for one in some) for split, some in by_split.items()},
        same,
        beyond,
    )


def _join(texts: list[Text], more: Sequence[Text]) -> int:
    """Add what is not said yet, as long as there is room; how many are not added."""
    left = 0
    for text in more:
        if len(texts) >= MOST_CAPTIONS or comparable(text.text) in {comparable(one.text) for one in texts}:
            left += 1
        else:
            texts.append(text)
    return left


def _write(folder: Path, split: Split, description: str, licence: str | None, entries: Sequence[_Entry]) -> Path:
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for entry in entries:
        image_id = int(entry.file.sha256[:12], 16)  # the same in every run
        images.append(
            {
                "id": image_id,
                "file_name": entry.file.name,
                "width": entry.file.width,
                "height": entry.file.height,
                "license": 1,
                "coco_url": entry.file.url,
                "sha256": entry.file.sha256,
            }
        )
        for place, text in enumerate(entry.texts):
            annotation = {"id": image_id * 10 + place, "image_id": image_id, "caption": text.text}
            annotations.append(annotation | ({"language": text.language} if text.language is not None else {}))
    content = {
        "info": {"description": description, "contributor": "alt-audit"},
        "licenses": [{"id": 1, "name": licence or UNKNOWN_LICENCE, "url": ""}],
        "images": images,
        "annotations": annotations,
    }
    part = _path(folder, split).with_suffix(".part")
    part.write_text(json.dumps(content, ensure_ascii=False, indent=0) + "\n", "utf-8")
    return part


def _path(folder: Path, split: Split) -> Path:
    return folder / f"captions_{split}.json"


def _held(folder: Path) -> tuple[str, dict[str, Split]] | None:
    """What the dataset in a folder says of itself, and the split of each of its pictures, by sha256; None for none."""
    if not any(_path(folder, split).exists() for split in Split):
        return None
    try:
        files = caption_files(folder)
    except UsageError:
        return "", {}  # damaged, or somebody else's
    known = {
        image["sha256"]: file.split
        for file in files
        for image in file.images
        if file.split is not None and isinstance(image, dict) and isinstance(image.get("sha256"), str)
    }
    return next((file.description for file in files), ""), known
