"""Files that are whole or not there at all, whatever happens while they are written."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

from core.errors import CaptionerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to that takes the place of `path` once all is on the disk. Raises CaptionerError."""
    aside = path.with_name(f".{path.name}.unfinished")
    try:
        with aside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        keep(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with suppress(OSError):
            aside.unlink()


def unwritable(path: Path | str, error: Exception) -> CaptionerError:
    """What to tell of a file that cannot be written."""
    why = getattr(error, "strerror", None) or error
    return CaptionerError(
        f"cannot write {path}: {why}. What was there before stands; make room and give the same command again, and it "
        "goes on from there"
    )


def keep(path: Path) -> None:
    """See to it that a file, or the names in a folder, are on the disk, whatever happens to the machine."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
