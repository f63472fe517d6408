"""Captioning a batch so that one bad picture costs one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.errors import CaptionerError, ImageError
from core.records import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from captioning.captioners.base import Caption, Captioner


def generate_all(captioner: Captioner, batch: Sequence[Any]) -> list[Caption | ImageError]:
    """Caption prepared pictures; one answer each, in order.

    A batch that fails, for whatever reason (one picture, memory), is split in two until the culprit stands alone
    and gets an ImageError; the others get their captions. A CaptionerError is no picture's fault, and is raised.
    """
    if not batch:
        return []
    try:
        return list(captioner.generate(batch))
    except CaptionerError:
        raise
    except Exception as error:
        failure = _describe(error)
    # Out here the traceback is gone, and with it the tensors that it kept alive.
    if len(batch) == 1:
        return [failure]
    middle = len(batch) // 2
    return generate_all(captioner, batch[:middle]) + generate_all(captioner, batch[middle:])


def _describe(error: Exception) -> ImageError:
    out_of_memory = type(error).__name__ == "OutOfMemoryError" or isinstance(error, MemoryError)
    code = "out_of_memory" if out_of_memory else "error"
    return ImageError(Stage.GENERATE, code, f"{type(error).__name__}: {error}")
