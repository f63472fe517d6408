"""How a worker stops."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from captioning.worker.signals import stopping_on_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_stops_gently_and_the_second_at_once(number):
    seen = []

    async def work():
        gentle = asyncio.Event()
        try:
            with stopping_on_signals(gentle.set):
                os.kill(os.getpid(), number)
                await gentle.wait()
                seen.append("gently")
                os.kill(os.getpid(), number)
                await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)  # the loop still runs what tidying waits for
            seen.append("tidied")

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(work())
    assert seen == ["gently", "tidied"]


def test_a_task_that_is_cancelled_for_another_reason_is_no_interrupt():
    async def work():
        with stopping_on_signals(lambda: None):
            await asyncio.Event().wait()

    async def outside():
        task = asyncio.create_task(work())
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return task.cancelled()

    assert asyncio.run(outside())
