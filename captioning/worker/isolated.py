"""Captioning a picture that is suspected of ending processes, in a process that may end.

Deaths alone convict nobody: a worker can be killed from outside whatever it is at. A process that is there for one
picture, and dies while its parent lives, has died of that picture.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

from core.errors import CaptionerError, DeviceError, ImageError
from core.records import Stage
from inference.batching import Batcher
from inference.protocol import Caption

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from inference.protocol import Captioner

LOADING_S = 300.0  # what loading the model may take
_LOOK_S = 0.2  # how often to look whether the worker is to stop
_SPAWN = multiprocessing.get_context("spawn")  # a fork would share the device's driver with its parent


def caption_apart(
    load: Callable[[], Captioner], features: Any, limit_s: float, stopping: Callable[[], bool]
) -> Caption | ImageError | None:
    """Caption one prepared picture with a captioner of its own, which `load` gives; None when the worker is to stop.

    ImageError(generate/poison) when the process dies of it, breaks the device, or takes more than `limit_s` seconds
    once the model is loaded.
    """
    ours, theirs = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(target=_answer, args=(theirs, load, pickle.dumps(features)), daemon=True)
    process.start()
    theirs.close()
    try:
        for what, seconds in (("load the model", LOADING_S), ("caption it", limit_s)):
            give_up_at = time.monotonic() + seconds
            while not ours.poll(_LOOK_S):
                if stopping():
                    return None
                if time.monotonic() >= give_up_at:
                    return _poison(f"did not {what} within {seconds:g} s")
            said = ours.recv()
            if said is not None:
                break
    except EOFError:
        process.join()
        time.sleep(_LOOK_S)  # Ctrl-C and a supervisor's SIGTERM end both processes, in no certain order
        return None if stopping() else _poison(f"ended with exit status {process.exitcode}")
    finally:
        process.kill()
        process.join()
        ours.close()
    return said if isinstance(said, Caption) else ImageError(*said)


def _poison(what: str) -> ImageError:
    return ImageError(
        Stage.GENERATE, "poison", f"two workers ended while it was on the device, and a process with it alone {what}"
    )


def _answer(connection: Connection, load: Callable[[], Captioner], features: bytes) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # both are for the worker, which then ends this process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(BrokenPipeError):  # the worker was killed: nobody is there to be told
        try:
            batcher = Batcher(load(), 1)
            connection.send(None)
            [answer] = batcher.caption([pickle.loads(features)])  # noqa: S301 - from the parent
        except (CaptionerError, DeviceError) as error:
            answer = _poison(f"could not caption it: {error}")
        connection.send(answer if isinstance(answer, Caption) else (answer.stage, answer.code, answer.message))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
