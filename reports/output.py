"""Files that appear whole or not at all: written aside, then moved into place."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ReportError

if TYPE_CHECKING:
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
def staged(folder: Path) -> Iterator[Path]:
    """A new folder inside `folder`, on the same disk; what was written there is moved up at the end.

    On any error nothing is moved and nothing is left, so the report that stood there before survives.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_PREFIX}*"):  # by a run that was killed
        shutil.rmtree(left, ignore_errors=True)
    staging = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
    try:
        yield staging
        _move(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _move(staging: Path, folder: Path) -> None:
    """Move every file into place, index.html last: once it is new, all that it links to is there."""
    for directory, _, names in os.walk(staging, topdown=False):
        target = folder / Path(directory).relative_to(staging)
        target.mkdir(exist_ok=True)
        for name in sorted(names, key=lambda name: (name == "index.html", name)):
            os.replace(f"{directory}/{name}", f"{target}/{name}")  # noqa: PTH105 - two Paths a file are slow


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
