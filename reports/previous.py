"""Reports that are kept when a later one takes their place: each in a folder below previous/, named after its day."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re

FOLDER = "previous"
INDEX = "index.html"
# How a front page names the reports before it: from within previous/ they stand beside.
_LINK = f'href="{FOLDER}/'.encode()
_LINK_FROM_THERE = b'href="../'


@dataclass(frozen=True, slots=True)
class Kept:
    """A report that was kept."""

    href: str  # of its front page, from the folder of the report
    written: datetime


def kept(folder: Path) -> tuple[Kept, ...]:
    """The reports that are kept in the folder of a report, the newest first."""
    return tuple(Kept(f"{FOLDER}/{index.parent.name}/{INDEX}", _written(index)) for index in _fronts(folder))


def keep(folder: Path, ours: re.Pattern[str], unfinished: str) -> None:
    """Keep the report that stands in the folder, unless there is none or it is kept already.

    The caller has locked the folder. The files get second names in a new folder, whose name begins with `unfinished`
    until all are there; the report stays where it is, whole. `ours` says which files belong to a report.
    """
    index = folder / INDEX
    if not index.is_file():
        return
    front = index.read_bytes().replace(_LINK, _LINK_FROM_THERE)
    if any(earlier.read_bytes() == front for earlier in _fronts(folder)[:1]):
        return
    aside = Path(tempfile.mkdtemp(prefix=unfinished, dir=folder))
    aside.chmod(folder.stat().st_mode & 0o777)  # others may read it as they do the report
    for path in [*folder.iterdir(), *(folder / "thumbnails").glob("*")]:
        name = path.relative_to(folder)
        if name != Path(INDEX) and ours.fullmatch(name.as_posix()) and path.is_file():
            (aside / name).parent.mkdir(exist_ok=True)
            _second_name(path, aside / name)
    (aside / INDEX).write_bytes(front)
    shutil.copystat(index, aside / INDEX)
    (folder / FOLDER).mkdir(exist_ok=True)
    aside.rename(_free(folder / FOLDER, f"{_written(index):%Y-%m-%d}"))


def _fronts(folder: Path) -> list[Path]:
    """The front pages of the reports that are kept, the newest first."""
    return sorted(
        (folder / FOLDER).glob(f"*/{INDEX}"), key=lambda index: (index.stat().st_mtime_ns, index), reverse=True
    )


def _written(index: Path) -> datetime:
    return datetime.fromtimestamp(index.stat().st_mtime, UTC)


def _second_name(path: Path, copy: Path) -> None:
    try:
        os.link(path, copy, follow_symlinks=False)
    except OSError:  # a disk that has no second names
        shutil.copy2(path, copy)


def _free(folder: Path, day: str) -> Path:
    """A name for a report of this day; there may be several."""
    names = (folder / (day if number == 1 else f"{day}-{number}") for number in count(1))
    return next(path for path in names if not path.exists())
