"""The folder in which a training keeps what it needs until the captioner is there."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from captioning.captioners.builtin.files import CONFIG
from captioning.datasets.records import Split
from captioning.training.files import replacing, unwritable
from core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from captioning.datasets.records import Dataset

UNFINISHED = ".training"  # in the model's folder, as long as there is no model
_TOLD = "training.json"


def told_of(dataset: Dataset, settings: Mapping[str, Any], start_revision: str) -> dict[str, Any]:
    """What makes a training this one and no other."""
    digest = hashlib.sha256()
    for split in (Split.TRAIN, Split.DEV):
        for picture in dataset.pictures(split):
            digest.update(repr((picture.path.name, picture.path.stat().st_size, picture.captions)).encode())
    return {**settings, "data": digest.hexdigest()[:16], "start_revision": start_revision}


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Hold a model's folder, made if it is not there, against a second training: the folder itself is locked.

    Raises UsageError where another process trains there, CaptionerError where it cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        folder = os.open(out, os.O_RDONLY)
    except OSError as error:
        raise unwritable(out, error) from error
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"another process trains in {out}: wait for it to end, or stop it with Ctrl-C; the same command goes "
                "on where it was"
            ) from None
        except OSError:  # some network disks lock no folders
            pass
        try:
            yield
        finally:
            with suppress(OSError):
                out.rmdir()  # where nothing was begun
    finally:
        os.close(folder)


def open_workplace(out: Path, told: Mapping[str, Any], fresh: bool) -> Path:
    """A folder in `out`; that of the same training, if it was begun before.

    Raises UsageError where `out` is taken by something else, CaptionerError where it cannot be written.
    """
    work = out / UNFINISHED
    try:
        if (out / CONFIG).exists():  # written last
            raise UsageError(f"{out} holds a model already: name another folder with --out")
        if fresh:
            shutil.rmtree(work, ignore_errors=True)
        if work.exists():
            before = _read_told(work)
            other = [name for name in told if before.get(name) != told[name]]
            if other:
                raise UsageError(
                    f"{out} holds a training that was begun otherwise ({', '.join(other)}): give the command of before "
                    "to go on with it, --fresh to begin anew, or another folder with --out"
                )
        elif out.exists() and any(out.iterdir()):
            raise UsageError(f"{out} is not empty: name a folder that is not there yet with --out")
        else:
            work.mkdir(parents=True)
            with replacing(work / _TOLD) as file:
                file.write(json.dumps(dict(told)).encode())
        return work
    except OSError as error:
        raise unwritable(work, error) from error


def _read_told(work: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads((work / _TOLD).read_bytes())
        return told
    except (OSError, ValueError):
        return {}  # stopped before anything was begun
