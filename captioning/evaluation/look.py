"""Asking a model about the pictures of a dataset."""

from __future__ import annotations

import hashlib
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from captioning.decoding.process import decode
from captioning.worker.pause import Pause
from core.errors import ImageError
from core.records import Stage
from inference.batching import Batcher
from inference.protocol import Caption, OutageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from captioning.caption_options import CaptionOptions
    from captioning.datasets.records import Picture
    from captioning.evaluation.answers import Answers
    from inference.protocol import Captioner

BATCHES_AHEAD = 2  # prepared while the device works


@dataclass(frozen=True, slots=True)
class _Question:
    sha256: str
    features: Any  # the captioner's own


def look(
    captioner: Captioner,
    pictures: Sequence[Picture],
    options: CaptionOptions,
    answers: Answers,
    *,
    progress: Callable[[int, int], None],
    tell: Callable[[str], None],
) -> tuple[list[Caption | ImageError], float]:
    """One answer for each picture, in order, and how many seconds all took.

    An answer is an ImageError where the picture's file, or the model, gives none. Files are read and decoded in threads
    while the device works. What `answers` has is not asked again, and what is said is added to it. A captioner that is
    out of order is waited for as the worker does. The seconds are 0 where they would say nothing of the model, for one
    of these reasons. Raises DeviceError, and CaptionerError where an endpoint answers no more.
    """
    size = options.batch_size or captioner.info.batch_size
    asker = _Asker(captioner, size, answers, tell)
    said: list[Caption | ImageError] = []
    resumed = answers.number > 0
    started = time.perf_counter()

    def prepared(picture: Picture) -> _Question | Caption | ImageError:
        try:
            data = picture.path.read_bytes()
        except OSError as error:
            return ImageError(Stage.FETCH, "error", f"{error.strerror}: {picture.path}")
        sha256 = hashlib.sha256(data).hexdigest()
        if (known := answers.find(sha256)) is not None:
            return known
        try:
            decoded = decode(data, max_pixels=options.max_pixels, side_px=captioner.info.side_px)
            return _Question(sha256, captioner.prepare(decoded.image))
        except ImageError as error:
            return error
        except Exception as error:  # as the worker has it: what the decoder let through, a model may still refuse
            return ImageError(Stage.DECODE, "prepare", f"{type(error).__name__}: {error}")

    with ThreadPoolExecutor(options.threads, thread_name_prefix="prepare") as pool:
        for batch in _ahead(pool, prepared, pictures, size):
            new = iter(asker.ask([one for one in batch if isinstance(one, _Question)]))
            said += [next(new) if isinstance(one, _Question) else one for one in batch]
            progress(len(said), len(pictures))
    is_measured = not resumed and not asker.has_waited
    return said, time.perf_counter() - started if is_measured else 0.0


class _Asker:
    """Has pictures captioned, and each answer written down at once."""

    def __init__(self, captioner: Captioner, size: int, answers: Answers, tell: Callable[[str], None]) -> None:
        self._batcher = Batcher(captioner, size)
        self._answers = answers
        self._pause = Pause(tell)
        self.has_waited = False

    def ask(self, questions: Sequence[_Question]) -> list[Caption | ImageError]:
        left = dict(enumerate(questions))
        answered: dict[int, Caption | ImageError] = {}
        while left:
            outage = None
            said: list[Caption | ImageError | None]
            try:
                said = [*self._batcher.caption([one.features for one in left.values()])]
            except OutageError as error:
                outage, said = error, error.answers or [None] * len(left)
            for place, answer in zip(tuple(left), said, strict=True):
                if answer is None:
                    continue
                answered[place] = answer
                question = left.pop(place)
                if isinstance(answer, Caption):
                    self._answers.add(question.sha256, answer)
            if outage is None or any(said):
                self._pause.end()
            if outage is not None and left:
                self.has_waited = True
                time.sleep(self._pause.next_wait_s(outage, len(left)))
        return [answered[place] for place in range(len(questions))]


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
