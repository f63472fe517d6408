"""Pictures as training reads them: each decoded once, by the guarded decoder, and kept small beside the checkpoints."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from PIL import Image

from captioning.decoding.process import decode
from captioning.training.features import tell_unreadable
from captioning.training.files import unwritable
from core.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from captioning.datasets.records import Picture

_QUALITY = 95


def keep_pictures(
    folder: Path,
    pictures: Sequence[Picture],
    *,
    side_px: int,
    max_pixels: int,
    report: Callable[[str], None],
    progress: Callable[[int, int], None],
) -> list[Path | None]:
    """A JPEG for each picture in `folder`, as `read` takes it; None for one that cannot be read, which is told.

    Those that are there are not made again. Raises CaptionerError where the disk has no room.
    """
    failures: list[tuple[Path, ImageError]] = []

    def kept(place: int) -> Path | None:
        file = folder / f"{place}.jpg"
        if file.exists():
            return file
        try:
            picture = decode(pictures[place].path.read_bytes(), max_pixels=max_pixels, side_px=side_px).image
        except ImageError as error:
            failures.append((pictures[place].path, error))
            return None
        aside = file.with_suffix(".unfinished")
        picture.save(aside, "JPEG", quality=_QUALITY, subsampling=0)
        aside.replace(file)
        return file

    files: list[Path | None] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            for file in pool.map(kept, range(len(pictures))):
                files.append(file)
                progress(len(files), len(pictures))
    except OSError as error:
        raise unwritable(folder, error) from error
    tell_unreadable(failures, report)
    return files


def read(file: Path) -> Image.Image:
    """A picture that was kept."""
    with Image.open(file) as picture:
        return picture.convert("RGB")
