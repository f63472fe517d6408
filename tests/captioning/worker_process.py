"""A worker in a process of its own, for the tests that kill it: worker_process DATABASE [LEASE_S]."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time

from captioning.captioners.base import Caption
from captioning.options import CaptionOptions
from captioning.worker import Worker
from store.engine import connect

DEADLY_WIDTH = 77


class SlowCaptioner:
    """Says how wide a picture is, after a while; a picture of DEADLY_WIDTH ends the process."""

    model, revision, prompt_version, language = "width", "1", "1", "en"
    description = "a captioner for tests"
    side_px = 768

    def prepare(self, image):
        return image.width

    def generate(self, batch):
        time.sleep(0.03)
        if DEADLY_WIDTH in batch:
            os.kill(os.getpid(), signal.SIGKILL)
        return [Caption(f"a picture {width} wide", 0.9) for width in batch]


if __name__ == "__main__":
    lease_s = float(sys.argv[2]) if len(sys.argv) > 2 else 0.9
    worker = Worker(
        connect(sys.argv[1]),
        SlowCaptioner(),
        CaptionOptions(batch_size=4, fetch_concurrency=4, lease_s=lease_s, retries=0, allow_private=["127.0.0.0/8"]),
    )
    sys.stdout.write("started\n")
    sys.stdout.flush()
    asyncio.run(worker.run())
