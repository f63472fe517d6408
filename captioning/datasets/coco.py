"""COCO captions JSON, as files hold it: which there are, and what stands in them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from captioning.datasets.records import Split
from core.errors import UsageError
from core.text import shorten

if TYPE_CHECKING:
    from pathlib import Path

MAX_JSON_BYTES = 2**30  # the captions of COCO's 118,000 training pictures are 92 MB
# captions_train.json, captions_val2017.json
_NAME = re.compile(r"captions_((train|dev|val|valid|validation|test)[0-9]{0,4})\.json")
_SPLITS = {"val": Split.DEV, "valid": Split.DEV, "validation": Split.DEV, **{str(split): split for split in Split}}
_FORM = 'COCO captions JSON: {"images": [{"id", "file_name"}], "annotations": [{"image_id", "caption"}]}'


@dataclass(frozen=True, slots=True)
class CaptionFile:
    """One file of a dataset, and what it lists; nothing of its rows is checked."""

    path: Path
    split: Split | None  # None: each picture names its own
    folder: str  # of its pictures, beside the file or one above
    images: list[Any]
    annotations: list[Any]
    description: str
    licences: tuple[str, ...]


def caption_files(path: Path) -> list[CaptionFile]:
    """The files of a dataset: the one that is named, or those in a folder (or its `annotations`) by their names.

    Raises UsageError where there is none, or one is not what it should be, and OSError.
    """
    if path.is_dir():
        folders = [folder for folder in (path, path / "annotations") if folder.is_dir()]
        found = [one for folder in folders for one in sorted(folder.iterdir())]
        named = [(one, name) for one in found if (name := _NAME.fullmatch(one.name))]
        if not named:
            raise UsageError(f"{path} holds no captions_train.json, captions_dev.json or captions_test.json")
        return [_read(one, _SPLITS[name[2]], name[1]) for one, name in named]
    if not path.exists():
        raise UsageError(f"there is no {path}: a dataset is a folder with captions_train.json, or one such file")
    name = _NAME.fullmatch(path.name)
    return [_read(path, _SPLITS[name[2]], name[1]) if name else _read(path, None, "")]


def split_named(name: object) -> Split | None:
    """The split that a picture says it is in; None where that is none."""
    return _SPLITS.get(name.lower()) if isinstance(name, str) else None


def _read(path: Path, split: Split | None, folder: str) -> CaptionFile:
    if path.stat().st_size > MAX_JSON_BYTES:
        raise UsageError(f"{path} is larger than 1 GiB: take it apart, a file for each split")
    try:
        read = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no JSON ({error}); it should be {_FORM}") from error
    images, annotations = (read.get("images"), read.get("annotations")) if isinstance(read, dict) else (None, None)
    if not isinstance(images, list) or not isinstance(annotations, list):
        raise UsageError(f"{path} is not {_FORM}")
    info, licences = read.get("info"), read.get("licenses")
    return CaptionFile(
        path,
        split,
        folder,
        images,
        annotations,
        _text(info, "description"),
        tuple(filter(None, (_text(one, "name") for one in licences))) if isinstance(licences, list) else (),
    )


def _text(record: object, key: str) -> str:
    value = record.get(key) if isinstance(record, dict) else None
    return shorten(value, 300) if isinstance(value, str) else ""
