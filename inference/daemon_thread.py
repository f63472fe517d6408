"""A thread that may be left behind: for calls that may never return."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


class DaemonThread:
    """Runs calls one after the other, as ThreadPoolExecutor(1) does; but no end of Python waits for it."""

    def __init__(self, name: str) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call `work` after what was submitted before. From one thread only."""
        if not self._thread.is_alive():
            self._thread.start()
        future: Future[T] = Future()
        self._calls.put(partial(_complete, future, partial(work, *args, **kwargs)))
        return future

    def close(self) -> None:
        """Let the thread end after what was submitted; does not wait for it."""
        self._calls.put(None)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
            del call  # and what it holds: nothing is kept while waiting for the next


def _complete(future: Future[T], work: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)
