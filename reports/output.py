"""Files that appear whole or not at all: written aside, then moved into place."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ReportError
from reports.previous import FOLDER, keep

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

_PREFIX = ".unfinished-"


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn a full disk, a missing permission and their like into a ReportError that says what to do."""
    try:
        yield
    except OSError as error:
        raise ReportError(_explain(error, folder)) from error


@contextmanager
def staged(folder: Path, ours: re.Pattern[str] | None, *, keep_old: bool = False) -> Iterator[Path]:
    """A new folder inside `folder`, on the same disk; what was written there is moved up at the end.

    Files of an earlier report, whose path in the folder matches `ours` as a whole, are removed when this one does not
    have them. On any error nothing is moved and nothing is left, so the report that stood there before survives. Two
    processes may write into one folder at the same time: each has its own, and of the two reports the one that is
    moved last stands in the end, whole. With `keep_old`, whatever report it takes the place of is kept. Without `ours`
    nothing is removed, and the folder, which may hold a thousand reports, is not searched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        _remove_abandoned(folder)
        if keep_old and ours is not None:
            keep(folder, ours, _PREFIX)  # now, so that the new one can name it
        staging = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
        owner = os.open(staging, os.O_RDONLY)
        _lock(owner)  # for as long as this process lives: says that the folder is not abandoned
    try:
        yield staging
        with _locked(folder):
            if keep_old and ours is not None:
                keep(folder, ours, _PREFIX)  # another may have come meanwhile
            current = _move(staging, folder)
            if ours is not None:
                _remove_old(folder, ours, current)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        os.close(owner)


def reuse(path: Path, old: Path, content: bytes) -> None:
    """Write a file, as a second name of `old` where that holds the same content: most do not change."""
    try:
        if old.read_bytes() == content:
            path.hardlink_to(old)
            return
    except OSError:  # there is no such file, or a disk that has no second names
        pass
    path.write_bytes(content)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Alone among those who lock the folder; the folder itself is locked, so nothing of it is left behind."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    # Some network disks lock no folders: there two reports at once may mix, though each file is whole.
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _remove_abandoned(folder: Path) -> None:
    """Remove what runs that were killed have left: their locks ended with them."""
    for left in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            descriptor = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(descriptor)


def _move(staging: Path, folder: Path) -> set[str]:
    """Move every file into place, index.html last: once it is new, all that it links to is there.

    Returns their paths in the folder.
    """
    moved = set()
    for directory, _, names in os.walk(staging, topdown=False):
        below = Path(directory).relative_to(staging)
        target = folder / below
        target.mkdir(exist_ok=True)
        for name in sorted(names, key=lambda name: (name == "index.html", name)):
            os.replace(f"{directory}/{name}", f"{target}/{name}")  # noqa: PTH105 - two Paths a file are slow
            moved.add(f"{below.as_posix()}/{name}" if below.parts else name)
    return moved


def _remove_old(folder: Path, ours: re.Pattern[str], current: set[str]) -> None:
    for directory, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != FOLDER]
        below = Path(directory).relative_to(folder)
        for name in names:
            path = f"{below.as_posix()}/{name}" if below.parts else name
            if path not in current and ours.fullmatch(path):
                (folder / path).unlink(missing_ok=True)


def _explain(error: OSError, folder: Path) -> str:
    place = error.filename or folder
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"no space left for the report in {folder}: free some, or choose another --out. The old report stands."
    if error.errno == errno.EFBIG:
        return f"a file of the report in {folder} is larger than the disk or the quota allows: choose another --out."
    if error.errno == errno.EROFS:
        return f"{folder} is on a read-only disk: choose another --out."
    if error.errno in {errno.EACCES, errno.EPERM}:
        return (
            f"not allowed to write {place}: close it where it is open, allow writing to {folder}, "
            "or choose another --out."
        )
    if error.errno in {errno.ENOTDIR, errno.EEXIST}:
        return f"{place} is a file, not a folder: choose another --out."
    return f"cannot write the report to {place}: {error.strerror or error}. Check the disk, or choose another --out."
