"""Stopping gently."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def stopping_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM stops gently, a second one at once: it raises KeyboardInterrupt from the block.

    It cancels the task that the block is in, since a KeyboardInterrupt that Python raises wherever the event loop is
    would lose the callback that is being called, and with it the task that waits for it, for ever. Only the main thread
    gets signals.
    """
    task = asyncio.current_task()
    if task is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    received = 0

    def count() -> None:
        nonlocal received
        received += 1
        if received == 1:
            stop()
        else:
            task.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, count)
    try:
        yield
    except asyncio.CancelledError:
        if received > 1:
            raise KeyboardInterrupt from None
        raise
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
