"""Pictures that are captioned in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from captioning.worker.isolated import caption_apart
from core.errors import CaptionerError
from inference.protocol import Caption
from tests.captioning.plain import PlainCaptioner


class Odd(PlainCaptioner):
    """Ends the process, hangs, fails or answers, as it is asked."""

    def generate(self, batch):
        [asked] = batch
        if asked == "die":
            os.abort()
        if asked == "say":
            print(os.getpid(), flush=True)  # noqa: T201  # to the test
        if asked in {"say", "hang"}:
            time.sleep(60)
        if asked == "fail":
            raise RuntimeError("this picture breaks the model")
        if asked == "break":
            raise RuntimeError("CUDA error: device-side assert triggered")
        return [Caption(f"a picture called {asked}", 0.9)]


TRY_ONE = "from tests.captioning.test_isolated import *; caption_apart(Odd, 'say', 60.0, going_on)"


def refuse():
    raise CaptionerError("there is no room for a second model")


def going_on() -> bool:
    return False


def test_a_harmless_picture_gets_its_caption():
    assert caption_apart(Odd, "a", 20.0, going_on) == Caption("a picture called a", 0.9)


@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        ("die", "poison", "ended with exit status -6"),
        ("hang", "poison", "did not come back within 0.5 s"),
        ("break", "poison", "the device is broken"),
        ("fail", "error", "this picture breaks the model"),
    ],
)
def test_what_a_picture_does_to_the_process(asked, code, message):
    failure = caption_apart(Odd, asked, 0.5 if asked == "hang" else 20.0, going_on)
    assert (failure.stage, failure.code) == ("generate", code)
    assert message in failure.message


def test_a_model_that_has_no_room_beside_the_other_is_said():
    assert "no room for a second model" in caption_apart(refuse, "a", 20.0, going_on).message


def test_a_stop_is_no_fault_of_the_picture():
    stopping = threading.Event()
    threading.Timer(1.0, stopping.set).start()
    started = time.monotonic()
    assert caption_apart(Odd, "hang", 250.0, stopping.is_set) is None
    assert time.monotonic() - started < 200


def test_the_process_ends_with_the_worker_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", TRY_ONE], stdout=subprocess.PIPE, text=True) as worker:
        assert int(worker.stdout.readline()) != worker.pid
        worker.kill()
        # Both hold the other end of this pipe, so it ends only with the last of them.
        ended = threading.Thread(target=worker.stdout.read)
        ended.start()
        ended.join(20)
        assert not ended.is_alive()
