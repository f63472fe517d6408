"""What happens on the device: batches that fit its memory, and one bad picture costs one picture."""

from __future__ import annotations

import gc
import logging
import sys
import time
from typing import TYPE_CHECKING, Any

from core.errors import CaptionerError, DeviceError, ImageError
from core.records import Stage
from inference.protocol import OutageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.protocol import Caption, Captioner

GROW_AFTER = 8  # whole batches in a row that fitted, before a larger one is tried
_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "status_alloc_failed")  # the last: cuBLAS and cuDNN
_BROKEN = (
    "device-side assert",
    "illegal memory access",
    "misaligned address",
    "unspecified launch failure",
    "illegal instruction",
    "uncorrectable ecc",
    "device is busy or unavailable",
    "device lost",
    "cuda error",
    "hip error",
    "cublas_status_execution_failed",
    "cudnn_status_execution_failed",
)

log = logging.getLogger(__name__)


class Batcher:
    """Captions prepared pictures in batches that fit the device. For one thread at a time."""

    def __init__(self, captioner: Captioner, largest: int) -> None:
        self._captioner = captioner
        self._largest = largest
        self._fitted = 0  # whole batches in a row
        self._given_at: float | None = None  # when the captioner got what it works on now
        self.limit = largest  # pictures in a batch, as far as memory allows

    def collate(self, batch: Sequence[Any]) -> Any:
        """The whole batch as `caption` takes it, made ahead in another thread than the device's.

        None where `caption` is to collate for itself: what is larger than fits at present, and what fails, since it
        will fail there again and be found.
        """
        if len(batch) > self.limit:
            return None
        try:
            return self._captioner.collate(batch)
        except Exception as error:
            log.debug("collating ahead failed, and is done again on the device's turn: %s", error)
            return None

    def caption(self, batch: Sequence[Any], collated: Any = None) -> list[Caption | ImageError]:
        """One answer for each picture, in order.

        Out of memory halves the batch, for those after it too; the limit grows back by a quarter at a time. A batch
        that fails otherwise is split in two until what fails stands alone and gets an ImageError. Raises DeviceError
        when the device can do nothing more in this process, and OutageError, with an answer or None for each.
        """
        answers: list[Caption | ImageError] = []
        while len(answers) < len(batch):
            part = batch[len(answers) : len(answers) + self.limit]
            try:
                answers += self._whole_or_halves(part, collated if len(part) == len(batch) else None)
            except OutageError as error:
                error.answers = _amid(answers, error, len(part), len(batch))
                raise
        return answers

    def busy_s(self) -> float:
        """Seconds that the captioner has been at the batch that it works on now, 0 where it has none. Any thread."""
        given_at = self._given_at
        return 0.0 if given_at is None else time.monotonic() - given_at

    def _whole_or_halves(self, batch: Sequence[Any], collated: Any = None) -> list[Caption | ImageError]:
        self._given_at = time.monotonic()
        try:
            answers = list(self._captioner.generate(self._captioner.collate(batch) if collated is None else collated))
        except CaptionerError:
            raise  # no picture's fault: an endpoint's key was withdrawn, say
        except Exception as error:
            failure, out_of_memory = _judge(error)
        else:
            self._grow(len(batch))
            return list(answers)
        finally:
            self._given_at = None
        # Out here the traceback is gone, and with it the tensors that it kept alive.
        if out_of_memory:
            self._shrink(len(batch))
        if len(batch) == 1:
            return [failure]
        if out_of_memory:
            return self.caption(batch)
        middle = len(batch) // 2
        said: list[Caption | ImageError] = []
        for half in (batch[:middle], batch[middle:]):
            try:
                said += self._whole_or_halves(half)
            except OutageError as error:
                error.answers = _amid(said, error, len(half), len(batch))
                raise
        return said

    def _shrink(self, failed: int) -> None:
        _free_memory()
        self._fitted = 0
        self.limit = max(1, failed // 2)
        log.warning("%d pictures at once do not fit the device's memory: going on with %d", failed, self.limit)

    def _grow(self, done: int) -> None:
        if self.limit == self._largest or done < self.limit:
            return
        self._fitted += 1
        if self._fitted >= GROW_AFTER:
            self._fitted = 0
            self.limit = min(self._largest, self.limit + max(1, self.limit // 4))


def _amid(
    before: Sequence[Caption | ImageError], outage: OutageError, asked: int, pictures: int
) -> list[Caption | ImageError | None]:
    """What so many pictures got, of which those `asked` met an outage behind others that were answered."""
    said = outage.answers if len(outage.answers) == asked else [None] * asked
    return [*before, *said, *[None] * (pictures - len(before) - asked)]


def _judge(error: Exception) -> tuple[ImageError, bool]:
    """What an error of a batch means for a picture alone, and whether it is for want of memory."""
    name, text = type(error).__name__, str(error)
    if is_out_of_memory(error):
        return ImageError(Stage.GENERATE, "out_of_memory", f"{name}: {text}"), True
    if is_fatal(error):
        raise DeviceError(
            f"the device is broken for this process ({name}: {text.strip().partition(chr(10))[0][:300]}). All that was "
            "stored is kept; start the same command again, or let a supervisor do so."
        ) from error
    return ImageError(Stage.GENERATE, "error", f"{name}: {text}"), False


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the device, or the machine, lacks memory: torch says so in several ways, MPS only in words."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(words in text for words in _OUT_OF_MEMORY)


def is_fatal(error: BaseException) -> bool:
    """Whether every further call to the device would fail: after such an error CUDA refuses the whole process.

    https://docs.nvidia.com/cuda/cuda-runtime-api/group__CUDART__TYPES.html ("the process must be terminated and
    relaunched")
    """
    if type(error).__name__ == "AcceleratorError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _BROKEN)


def _free_memory() -> None:
    torch = sys.modules.get("torch")  # a captioner that has no use for it has not imported it
    if torch is None:
        return
    gc.collect()  # what hangs in cycles of references keeps its memory until then
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()
