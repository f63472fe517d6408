"""Asking a model about the pictures of a dataset."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any

from captioning.decoding.process import decode
from core.errors import ImageError
from core.records import Stage
from inference.batching import Batcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from captioning.caption_options import CaptionOptions
    from captioning.datasets.records import Picture
    from inference.protocol import Caption, Captioner

BATCHES_AHEAD = 2  # prepared while the device works


def look(
    captioner: Captioner,
    pictures: Sequence[Picture],
    options: CaptionOptions,
    progress: Callable[[int, int], None],
) -> list[Caption | ImageError]:
    """One answer for each picture, in order; an ImageError where its file, or the model, gives none.

    Files are read and decoded in threads while the device works. Raises DeviceError, and CaptionerError where an
    endpoint answers no more.
    """
    size = options.batch_size or captioner.info.batch_size
    batcher = Batcher(captioner, size)
    answers: list[Caption | ImageError] = []

    def prepared(picture: Picture) -> Any:
        try:
            data = picture.path.read_bytes()
        except OSError as error:
            return ImageError(Stage.FETCH, "error", f"{error.strerror}: {picture.path}")
        try:
            decoded = decode(data, max_pixels=options.max_pixels, side_px=captioner.info.side_px)
            return captioner.prepare(decoded.image)
        except ImageError as error:
            return error
        except Exception as error:  # as the worker has it: what the decoder let through, a model may still refuse
            return ImageError(Stage.DECODE, "prepare", f"{type(error).__name__}: {error}")

    with ThreadPoolExecutor(options.threads, thread_name_prefix="prepare") as pool:
        for batch in _ahead(pool, prepared, pictures, size):
            said = iter(batcher.caption([one for one in batch if not isinstance(one, ImageError)]))
            answers += [one if isinstance(one, ImageError) else next(said) for one in batch]
            progress(len(answers), len(pictures))
    return answers


def _ahead(
    pool: ThreadPoolExecutor, work: Callable[[Picture], Any], pictures: Sequence[Picture], size: int
) -> Iterator[list[Any]]:
    """The results of `work` in batches, a few of which are worked on ahead: all at once would fill the memory."""
    left = iter(pictures)
    under_way: deque[list[Future[Any]]] = deque()
    while True:
        while len(under_way) <= BATCHES_AHEAD and (batch := list(islice(left, size))):
            under_way.append([pool.submit(work, picture) for picture in batch])
        if not under_way:
            return
        yield [future.result() for future in under_way.popleft()]
