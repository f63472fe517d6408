from __future__ import annotations

import time

import pytest
import torch

from captioning.bench import measure_batches, measure_preparation, sample_picture
from core.errors import ImageError
from inference.protocol import Caption
from tests.captioning.plain import PlainCaptioner


class Device(PlainCaptioner):
    """Takes 20 ms a batch and has room for four pictures."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def prepare(self, image):
        return image.size

    def generate(self, batch):
        self.batches.append(len(batch))
        time.sleep(0.02)
        if len(batch) > 4:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return [Caption("a picture", 1.0)] * len(batch)


def test_batches_are_measured_one_size_after_the_other():
    device = Device()
    one, four, eight = measure_batches(device, ["a", "b", "c"], [1, 4, 8], seconds=0.1)
    assert min(one.generate_ms, four.generate_ms) >= 20  # and more where the machine pauses
    assert one.images_per_s == pytest.approx(1000 / one.generate_ms)
    assert four.images_per_s == pytest.approx(4000 / four.generate_ms)
    assert one.peak_mib > 10
    assert (eight.batch_size, eight.generate_ms, eight.images_per_s) == (8, None, None)
    assert device.batches.count(1) >= 2


def test_other_errors_than_want_of_memory_are_not_hidden():
    class Wrong(Device):
        def generate(self, batch):
            raise ValueError("wrong shape")

    with pytest.raises(ValueError, match="wrong shape"):
        list(measure_batches(Wrong(), ["a"], [1], seconds=0))


def test_preparation_is_measured_with_real_files():
    files = [sample_picture(seed, (200, 100)) for seed in range(2)]
    assert files[0] != files[1]
    cost, features = measure_preparation(Device(), files, max_pixels=10**6)
    assert features == [(200, 100)] * 2
    assert cost.megapixels == 0.02
    assert cost.decode_ms > 0
    with pytest.raises(ImageError):
        measure_preparation(Device(), [b"no picture"], max_pixels=10**6)
