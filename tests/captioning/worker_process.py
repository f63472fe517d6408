"""A worker in a process of its own, for tests that kill it or let it hang.

python -m tests.captioning.worker_process DATABASE LEASE_S GENERATE_TIMEOUT_S
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
import time

from captioning.caption_options import CaptionOptions
from captioning.worker.worker import Worker
from core.errors import DeviceError
from inference.protocol import Caption
from store.engine import connect
from tests.captioning.plain import PlainCaptioner

DEADLY_WIDTH = 77
HANGING_WIDTH = 88
DEVICE_ERROR = 4  # as the command line ends


class SlowCaptioner(PlainCaptioner):
    """Says how wide a picture is, after a while. DEADLY_WIDTH ends the process, HANGING_WIDTH never comes back."""

    model = "width"

    def generate(self, batch):
        time.sleep(0.03)
        if DEADLY_WIDTH in batch:
            os.kill(os.getpid(), signal.SIGKILL)
        if HANGING_WIDTH in batch:
            say("hangs")
            while True:
                ctypes.CDLL(None).pause()  # as a driver's call that never comes back, outside of Python
        return [Caption(f"a picture {width} wide", 0.9) for width in batch]


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    options = CaptionOptions(
        batch_size=4,
        fetch_concurrency=4,
        lease_s=float(sys.argv[2]),
        retries=0,
        allow_private=["127.0.0.0/8"],
        generate_timeout_s=float(sys.argv[3]),
    )
    worker = Worker(connect(sys.argv[1]), SlowCaptioner(), options, load=SlowCaptioner)
    say("started")
    try:
        asyncio.run(worker.run())
    except DeviceError:
        sys.exit(DEVICE_ERROR)
