"""A process apart for one piece of work that may end it, or never come back."""

from __future__ import annotations

import contextlib
import multiprocessing
import pickle
import time
from typing import TYPE_CHECKING, TypeVar

from core.child_process import belong_to_parent
from core.errors import AltAuditError

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

STARTING_S = 300.0  # what getting ready (loading a model) may take
_LOOK_S = 0.2  # how often to look whether the work is still wanted
_SPAWN = multiprocessing.get_context("spawn")  # a fork would share the device's driver with its parent

A = TypeVar("A")
R = TypeVar("R")


class IsolationError(Exception):
    """The process died of its work, took too long, or could not begin; the message says which."""


def run_apart(
    start: Callable[[], Callable[[A], R]], argument: A, limit_s: float, stopping: Callable[[], bool]
) -> R | None:
    """`start()(argument)` in a process that is started for it; None once `stopping` says that nobody wants it.

    `start` may take STARTING_S seconds, the call `limit_s`. All of it is pickled. Raises IsolationError where the
    process ends before it has answered, takes longer, or raises an AltAuditError.
    """
    ours, theirs = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(target=_answer, args=(theirs, start, pickle.dumps(argument)), daemon=True)
    process.start()
    theirs.close()
    try:
        for what, seconds in (("start", STARTING_S), ("come back", limit_s)):
            give_up_at = time.monotonic() + seconds
            while not ours.poll(_LOOK_S):
                if stopping():
                    return None
                if time.monotonic() >= give_up_at:
                    raise IsolationError(f"did not {what} within {seconds:g} s")
            answered, result = ours.recv()
            if answered:
                break
    except EOFError:
        process.join()
        time.sleep(_LOOK_S)  # Ctrl-C and a supervisor's SIGTERM end both processes, in no certain order
        if stopping():
            return None
        raise IsolationError(f"ended with exit status {process.exitcode}") from None
    finally:
        process.kill()
        process.join()
        ours.close()
    if isinstance(result, AltAuditError):
        raise IsolationError(f"could not do it: {result}")
    value: R = result
    return value


def _answer(connection: Connection, start: Callable[[], Callable[[A], R]], argument: bytes) -> None:
    belong_to_parent()
    with contextlib.suppress(BrokenPipeError):  # the parent was killed: nobody is there to be told
        try:
            work = start()
            connection.send((False, None))
            result: R | AltAuditError = work(pickle.loads(argument))  # noqa: S301 - from the parent
        except AltAuditError as error:
            result = error
        connection.send((True, result))
