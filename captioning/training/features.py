"""What the encoder's lower blocks make of each picture: reckoned once, kept on the disk, read from there.

They are never trained, so training does without pictures: a file of float16 (pictures, copies, 14, 14, 112), 44 kB a
copy. It grows picture by picture, and what is there of it when a run is killed is gone on from.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from captioning.analysers.kind.network import MEAN, SCALE
from captioning.decoding.process import decode
from captioning.training.files import unwritable
from captioning.training.variants import INPUT_PX, variants
from core.errors import CaptionerError, ImageError
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from torch import Tensor

    from captioning.captioners.builtin.encoder import Encoder

SHAPE = (14, 14, 112)  # of what the lower blocks give, channels last
BYTES = 2 * SHAPE[0] * SHAPE[1] * SHAPE[2]
_SIDE_PX = 320  # a cut of the smallest area is about as large as the encoder's input
_AHEAD = 16  # pictures that are decoded while the encoder works
_EXAMPLES = 3  # pictures that are named where some cannot be read

Features = np.memmap[Any, np.dtype[np.float16]]


def reckon_features(
    file: Path,
    pictures: Sequence[tuple[Path, bool]],
    encoder: Encoder,
    *,
    copies: int,
    seed: int,
    device: torch.device,
    max_pixels: int,
    report: Callable[[str], None],
    progress: Callable[[int, int], None],
) -> Features:
    """The features of pictures, each with whether it may be mirrored; NaN throughout where one cannot be read.

    Those that `file` holds are not reckoned again. Raises CaptionerError where the disk has no room.
    """
    row_bytes = copies * BYTES
    done = file.stat().st_size // row_bytes if file.exists() else 0
    failures: list[tuple[Path, ImageError]] = []
    try:
        with file.open("ab") as out:
            out.truncate(done * row_bytes)
            _check_room(file, (len(pictures) - done) * row_bytes)
            for row in _rows(pictures, done, encoder, copies, seed, device, max_pixels, failures):
                out.write(row.tobytes())
                done += 1
                progress(done, len(pictures))
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise unwritable(file, error) from error
    tell_unreadable(failures, report)
    return np.memmap(file, np.float16, mode="r", shape=(len(pictures), copies, *SHAPE))


def readable(features: Features) -> list[int]:
    """Places of the pictures that could be read."""
    return np.flatnonzero(~np.isnan(features[:, 0, 0, 0, 0])).tolist()


def _rows(
    pictures: Sequence[tuple[Path, bool]],
    done: int,
    encoder: Encoder,
    copies: int,
    seed: int,
    device: torch.device,
    max_pixels: int,
    failures: list[tuple[Path, ImageError]],
) -> Iterator[np.ndarray]:
    def drawn(index: int) -> np.ndarray | None:
        path, mirrors = pictures[index]
        try:
            image = decode(path.read_bytes(), max_pixels=max_pixels, side_px=_SIDE_PX).image
        except ImageError as error:
            failures.append((path, error))
            return None
        noise = np.random.default_rng((seed, index))  # whatever was reckoned before, and in which run
        return np.stack(list(variants(image, copies, noise, mirrors=mirrors)))

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        upcoming = iter(range(done, len(pictures)))
        waiting = deque(pool.submit(drawn, index) for index in islice(upcoming, _AHEAD))
        while waiting:
            drawings = waiting.popleft().result()
            waiting.extend(pool.submit(drawn, index) for index in islice(upcoming, 1))
            unread = np.full((copies, *SHAPE), np.nan, np.float16)
            yield unread if drawings is None else _encoded(encoder, torch.from_numpy(drawings).to(device))


@torch.inference_mode()
def _encoded(encoder: Encoder, pixels: Tensor) -> np.ndarray:
    """The copies of one picture, uint8 (copies, 224, 224, 3) -> float16 (copies, 14, 14, 112)."""
    assert pixels.shape[1:] == (INPUT_PX, INPUT_PX, 3)
    scaled = ((pixels.float() - MEAN) / SCALE).permute(0, 3, 1, 2)  # channels_last as it is
    middle: np.ndarray = encoder.lower(scaled).permute(0, 2, 3, 1).half().cpu().numpy()
    return middle


def _check_room(file: Path, wanted: int) -> None:
    status = os.statvfs(file.parent)
    free = status.f_bavail * status.f_frsize
    if wanted > free:
        raise CaptionerError(
            f"training needs {wanted / 1e9:.1f} GB on the disk of {file.parent} for a while, and {free / 1e9:.1f} GB "
            "are free: make room, or name another folder with --out"
        )


def tell_unreadable(failures: Sequence[tuple[Path, ImageError]], report: Callable[[str], None]) -> None:
    """How many pictures cannot be read, and why."""
    if not failures:
        return
    codes = Counter(error.code for _, error in failures)
    named = ", ".join(path.name for path, _ in failures[:_EXAMPLES]) + (", ..." if len(failures) > _EXAMPLES else "")
    report(
        f"Left out: {counted(len(failures), 'picture')} that cannot be read ("
        + ", ".join(f"{number:,} {code}" for code, number in codes.most_common())
        + f"): {named}. docs/failures.md says what the codes mean."
    )
