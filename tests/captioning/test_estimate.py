"""What a run would take, measured on a few pictures."""

from __future__ import annotations

import time

import pytest
import torch

from captioning.caption_options import CaptionOptions
from captioning.captioners.builtin.captioner import BuiltinCaptioner
from captioning.estimate import estimate
from core.errors import CaptionerError, ImageError
from core.records import Stage
from inference.protocol import Caption, Usage
from tests.captioning.plain import PlainCaptioner


class Clock(PlainCaptioner):
    """A captioner that takes a known time, and counts tokens where it is an endpoint's."""

    def __init__(self, *, usage: Usage | None = None, failure: ImageError | None = None) -> None:
        self.usage = usage
        self.failure = failure
        self.batches: list[int] = []
        self.seen: set[bytes] = set()

    def prepare(self, image):
        self.seen.add(image.tobytes())
        return image

    def generate(self, batch):
        self.batches.append(len(batch))
        time.sleep(0.02 * len(batch))
        if self.usage is not None:
            self.usage.requests += len(batch)
            self.usage.input_tokens += 1000 * len(batch)
            self.usage.output_tokens += 20 * len(batch)
        return [self.failure or Caption("A picture.", None)] * len(batch)


def test_minutes_follow_from_the_rate():
    captioner = Clock()
    found = estimate(captioner, 100, CaptionOptions(batch_size=8))
    assert 10 < found.per_second <= 1 / 0.02  # a busy machine sleeps longer than asked
    assert found.seconds == pytest.approx(100 / found.per_second)
    assert (found.input_tokens, found.output_tokens, found.cost_usd) == (None, None, None)
    assert captioner.batches == [1, 8, 8, 8, 8]
    assert len(captioner.seen) == 8


def test_no_batch_is_larger_than_the_queue():
    captioner = Clock()
    estimate(captioner, 3, CaptionOptions(batch_size=8))
    assert max(captioner.batches) == 3


def test_tokens_and_money_of_an_endpoint():
    usage = Usage(2.0, 10.0, requests=3, input_tokens=900, output_tokens=9)  # its probe
    captioner = Clock(usage=usage)
    found = estimate(captioner, 5000, CaptionOptions(batch_size=8))
    assert captioner.batches == [8]
    assert (found.input_tokens, found.output_tokens) == (5_000_000, 100_000)
    assert found.cost_usd == pytest.approx(11.0)


def test_a_captioner_that_fails_gives_no_estimate():
    with pytest.raises(CaptionerError, match=r"no caption for any of 4 pictures.*because"):
        estimate(Clock(failure=ImageError(Stage.GENERATE, "refused", "because")), 4, CaptionOptions())


def test_the_builtin_captioner():
    found = estimate(BuiltinCaptioner(torch.device("cpu")), 40, CaptionOptions(batch_size=2))
    assert 0.01 < found.per_second < 1000


def test_what_analysers_take_counts():
    class Slow:
        name, revision, side_px = "slow", "1", 10

        def analyse(self, picture):
            time.sleep(0.2)
            raise ValueError("a picture that it does not like")

    options = CaptionOptions(prepare_threads=1, batch_size=4)
    alone, beside = (estimate(Clock(), 100, options, analysers=some) for some in ((), (Slow(),)))
    assert beside.seconds > 100 * 0.2 > alone.seconds
