"""Processes that end with the one that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading


def belong_to_parent() -> None:
    """Called in a child process: signals are the parent's to handle, and when it dies, so does this one, at once."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
