"""Captioning a picture that is suspected of ending processes, in a process that may end.

Deaths alone do not show which picture it was: a worker can be killed from outside whatever it is at. A process that is
there for one picture, and dies while its parent lives, has died of that picture.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from core.errors import ImageError
from core.records import Stage
from inference.batching import Batcher
from inference.isolation import IsolationError, run_apart
from inference.protocol import Caption

if TYPE_CHECKING:
    from collections.abc import Callable

    from inference.protocol import Captioner

# An ImageError is not pickled as it is made: its stage, code and message.
_Answer = Caption | tuple[Stage, str, str]


def caption_apart(
    load: Callable[[], Captioner], features: Any, limit_s: float, stopping: Callable[[], bool]
) -> Caption | ImageError | None:
    """Caption one prepared picture with a captioner of its own, which `load` gives; None when the worker is to stop.

    ImageError(generate/poison) when the process dies of it, breaks the device, or takes more than `limit_s` seconds
    once the model is loaded.
    """
    try:
        answer = run_apart(partial(_load, load), features, limit_s, stopping)
    except IsolationError as error:
        message = f"two workers ended while it was on the device, and a process with it alone {error}"
        return ImageError(Stage.GENERATE, "poison", message)
    return ImageError(*answer) if isinstance(answer, tuple) else answer


def _load(load: Callable[[], Captioner]) -> Callable[[Any], _Answer]:
    return partial(_caption, Batcher(load(), 1))


def _caption(batcher: Batcher, features: Any) -> _Answer:
    [answer] = batcher.caption([features])
    return answer if isinstance(answer, Caption) else (answer.stage, answer.code, answer.message)
