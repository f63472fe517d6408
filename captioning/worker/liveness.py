"""Which workers of this machine are alive, told by locks: each holds one on a file of its own until its process ends.

A lease alone would keep the images of a killed worker for as long as a slow picture may take. The lock ends with the
process, however that ends, and means the same inside and outside of containers that share a folder and nothing else.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def _folder() -> Path:
    folder = Path(tempfile.gettempdir(), f"alt-audit-workers-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid != os.getuid() or folder.is_symlink():
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder


@contextlib.contextmanager
def present(name: str) -> Iterator[None]:
    """Be seen as alive under a name that nobody else has. Where no file can be written, leases have to do.

    The file stays: who ends while the store is away has left its images behind, and is dead to the next one here.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            file = stack.enter_context((_folder() / name).open("w"))
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def forget(name: str) -> None:
    """Remove the file of a worker that holds no images any more."""
    with contextlib.suppress(OSError):
        (_folder() / name).unlink(missing_ok=True)


def dead(names: Iterable[str]) -> set[str]:
    """Those of the names whose processes have ended on this machine, each told once.

    Nothing is known of workers elsewhere: what they hold is free when their leases run out.
    """
    found = set()
    with contextlib.suppress(OSError):
        folder = _folder()
        for name in names:
            path = folder / Path(name).name
            with contextlib.suppress(FileNotFoundError, BlockingIOError), path.open() as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
                found.add(name)
    return found
