"""Reading a dataset: what is whole of it, and what is wrong with the rest."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from captioning.datasets.coco import caption_files, split_named
from captioning.datasets.records import (
    MAX_CAPTION_CHARS,
    MAX_CAPTION_WORDS,
    Dataset,
    Fault,
    Faults,
    Picture,
    Split,
)
from core.errors import UsageError
from core.text import collapse, shown_line, storable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from captioning.datasets.coco import CaptionFile

_MAX_NAME_BYTES = 255  # what file systems take
_MAX_DEPTH = 10  # folders


def load_dataset(path: Path, report: Callable[[str], None]) -> Dataset:
    """A dataset of which every picture has its file and at least one caption, and no picture is in two splits.

    `path` is a folder with captions_train.json, captions_dev.json and captions_test.json, or one file with COCO
    captions whose pictures name their `split`. What is left out (as empty and endless captions) goes to `report`, a
    line for each reason. Raises UsageError, with the number of each fault, where there is more wrong than that.
    """
    dataset, faults = read_dataset(path)
    if fatal := list(faults.lines(fatal=True)):
        raise UsageError(
            f"{path} cannot be used as it is: {'; '.join(fatal)}. Mend the file or the folder; "
            "alt-audit dataset check says what is left"
        )
    if not len(dataset):
        left_out = "".join(f"; {line}" for line in faults.lines(fatal=False))
        raise UsageError(f"{path} holds no picture with a caption{left_out}")
    for line in faults.lines(fatal=False):
        report(f"Left out: {line}")
    return dataset


def read_dataset(path: Path) -> tuple[Dataset, Faults]:
    """What is whole of a dataset, and what is wrong. Raises UsageError where nothing of it can be read."""
    try:
        return _read(path)
    except OSError as error:
        raise UsageError(f"cannot read {error.filename or path}: {error.strerror}") from error


def _read(path: Path) -> tuple[Dataset, Faults]:
    faults = Faults()
    files = caption_files(path)
    splits: defaultdict[Split, list[Picture]] = defaultdict(list)
    known: dict[Path, Split] = {}
    for file in files:
        for split, picture in _pictures(file, faults):
            before = known.setdefault(picture.path, split)
            if before is not split:
                faults.add(Fault.TWO_SPLITS, picture.path.name)
            else:
                splits[split].append(picture)
    for split, pictures in splits.items():
        splits[split] = _each_once(pictures, faults)
    _find_copies(splits, faults)
    descriptions = dict.fromkeys(file.description for file in files if file.description)
    licences = dict.fromkeys(name for file in files for name in file.licences)
    whole = {split: tuple(splits[split]) for split in Split if splits[split]}
    return Dataset(path, whole, "; ".join(descriptions), tuple(licences)), faults


def _pictures(file: CaptionFile, faults: Faults) -> Iterable[tuple[Split, Picture]]:
    """The pictures of one file that are where it says, with what is said of them."""
    captions = _captions(file, faults)
    folders = _folders(file)
    seen: set[int | str] = set()
    for place, image in enumerate(file.images, 1):
        id_, name = _id(image, "id"), image.get("file_name") if isinstance(image, dict) else None
        if id_ is None or not isinstance(name, str) or not _is_inside(name):
            faults.add(Fault.BAD_PICTURE, f"{file.path.name}, picture {place:,}")
            continue
        if id_ in seen:
            faults.add(Fault.ID_TWICE, str(id_))
            continue
        seen.add(id_)
        texts = captions.pop(id_, [])
        split = file.split or split_named(image.get("split"))
        if split is None:
            faults.add(Fault.UNKNOWN_SPLIT, shown_line(name))
            continue
        path = next((path for folder in folders if (path := folder / name).is_file()), None)
        if path is None:
            faults.add(Fault.MISSING_FILE, shown_line(name))
        elif not texts:
            faults.add(Fault.NO_CAPTION, shown_line(name))
        else:
            yield split, Picture(id_, path, tuple(texts))
    for id_ in captions:
        if id_ not in seen:
            faults.add(Fault.NO_SUCH_PICTURE, f"picture {shown_line(str(id_))}")


def _captions(file: CaptionFile, faults: Faults) -> dict[int | str, list[str]]:
    """What is said of each picture; a picture whose captions are all left out has none."""
    captions: dict[int | str, list[str]] = {}
    for place, annotation in enumerate(file.annotations, 1):
        id_, text = _id(annotation, "image_id"), annotation.get("caption") if isinstance(annotation, dict) else None
        if id_ is None or not isinstance(text, str):
            faults.add(Fault.BAD_CAPTION, f"{file.path.name}, caption {place:,}")
            continue
        texts, text = captions.setdefault(id_, []), collapse(storable(text))
        if not any(map(str.isalnum, text)):
            faults.add(Fault.EMPTY_CAPTION, f"picture {id_}")
        elif len(text) > MAX_CAPTION_CHARS or len(text.split()) > MAX_CAPTION_WORDS:
            faults.add(Fault.ENDLESS_CAPTION, f"picture {id_}")
        else:
            texts.append(text)
    return captions


def _each_once(pictures: list[Picture], faults: Faults) -> list[Picture]:
    kept: dict[Path, Picture] = {}
    for picture in pictures:
        if picture.path in kept:
            faults.add(Fault.FILE_TWICE, picture.path.name)
        kept.setdefault(picture.path, picture)
    return list(kept.values())


def _find_copies(splits: Mapping[Split, Iterable[Picture]], faults: Faults) -> None:
    """Of files with the same bytes in two splits each that is not in the first of them is a fault.

    Only files of one size are read.
    """
    sizes: defaultdict[int, list[tuple[Split, Path]]] = defaultdict(list)
    for split in Split:
        for picture in splits.get(split, ()):
            sizes[picture.path.stat().st_size].append((split, picture.path))
    for same in sizes.values():
        if len({split for split, _ in same}) > 1:
            first: dict[bytes, Split] = {}
            for split, path in same:
                with path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").digest()
                if first.setdefault(digest, split) is not split:
                    faults.add(Fault.TWO_SPLITS, path.name)


def _folders(file: CaptionFile) -> list[Path]:
    """Where the pictures of a file may be, in the order in which it is looked for them."""
    roots = [file.path.parent] + ([file.path.parent.parent] if file.path.parent.name == "annotations" else [])
    below = [file.folder, "images", "."] if file.folder else ["images", "."]
    return [root / name for root in roots for name in below]


def _id(record: Any, key: str) -> int | str | None:
    """A number or a text, and nothing else that JSON may hold there."""
    value = record.get(key) if isinstance(record, dict) else None
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None


def _is_inside(name: str) -> bool:
    """Whether a file's name leads to nowhere but below the folder of the dataset."""
    path = PurePosixPath(name.replace("\\", "/"))
    is_name = name == storable(name) and all(len(part.encode()) <= _MAX_NAME_BYTES for part in path.parts)
    return is_name and 0 < len(path.parts) <= _MAX_DEPTH and not path.is_absolute() and ".." not in path.parts
