"""A limit to how long a run may take."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.errors import TimeLimitError

if TYPE_CHECKING:
    from collections.abc import Iterator

AGAIN_S = 60.0  # after that a stop that was heeded is not gentle any more


@contextmanager
def limited(hours: float) -> Iterator[None]:
    """End the block after so many hours (0: never) as SIGTERM does, which all steps heed and which loses nothing.

    Called in the main thread. Raises TimeLimitError then.
    """
    main, has_ended, is_up = threading.get_ident(), threading.Event(), threading.Event()

    def stop() -> None:
        wait_s = hours * 3600
        while not has_ended.wait(wait_s):
            is_up.set()
            signal.pthread_kill(main, signal.SIGTERM)
            wait_s = AGAIN_S

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    thread = threading.Thread(target=stop, name="time-limit", daemon=True)
    if hours:
        thread.start()
    try:
        yield
    except KeyboardInterrupt:
        if not is_up.is_set():
            raise
        raise TimeLimitError(
            f"not done after {hours:g} h (max_hours of its plan). What was read is kept, and the next run goes on "
            "from there. If its pages have no end (a calendar, filters), crawl.exclude or crawl.limit_pages sets one"
        ) from None
    finally:
        has_ended.set()
        signal.signal(signal.SIGTERM, before)
