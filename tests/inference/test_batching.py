from __future__ import annotations

import pytest
import torch

from core.errors import DeviceError, ImageError
from inference.batching import GROW_AFTER, Batcher, is_fatal, is_out_of_memory
from inference.protocol import Caption, OutageError
from tests.captioning.plain import PlainCaptioner


class Device(PlainCaptioner):
    """A captioner with room for so many pictures at once; 'huge' never fits, 'bad' fails, 'broken' breaks it."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.batches: list[int] = []

    def collate(self, features):
        if "odd" in features:
            raise ValueError("a shape unlike the others'")
        return tuple(features)

    def generate(self, batch):
        assert isinstance(batch, tuple)
        self.batches.append(len(batch))
        if len(batch) > self.room or "huge" in batch:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        if "out" in batch and "bad" not in batch:
            raise OutageError("the server is out of order")
        if "bad" in batch:
            raise ValueError("a shape that the model does not take")
        if "broken" in batch:
            raise torch.AcceleratorError("CUDA error: device-side assert triggered")
        return [Caption(name, 1.0) for name in batch]


def said(answers) -> list[str]:
    return [a.code if isinstance(a, ImageError) else a.text for a in answers]


def test_one_bad_picture_costs_one_picture():
    batch = [*"abc", "bad", *"defg", "huge", "h"]
    device = Device(16)
    assert said(Batcher(device, 16).caption(batch)) == [*"abc", "error", *"defg", "out_of_memory", "h"]


@pytest.mark.parametrize(
    ("batch", "expected"),
    [
        ([*"ab", "bad", "c", "out", *"def"], [*"ab", "error", "c", None, None, None, None]),
        (["bad", *"abc", "out"], ["error", "a", None, None, None]),
        (["out", "bad", *"ab"], [None, None, None, None]),
        (["a", "bad", "out", "bad"], ["a", "error", None, None]),
    ],
)
def test_an_outage_that_is_met_in_a_part_of_a_batch_costs_no_picture(batch, expected):
    with pytest.raises(OutageError) as caught:
        Batcher(Device(16), 16).caption(batch)
    assert [None if one is None else said([one])[0] for one in caught.value.answers] == expected


def test_what_was_collated_ahead_is_used_whole_or_not_at_all():
    device = Device(3)
    batcher = Batcher(device, 8)
    whole = [*"abcd"]
    collated = batcher.collate(whole)
    assert collated == ("a", "b", "c", "d")
    assert said(batcher.caption(whole, collated)) == whole
    assert device.batches == [4, 2, 2]
    assert batcher.collate(whole) is None  # more than fits, as is known by now
    assert said(batcher.caption(whole, None)) == whole


def test_a_picture_that_cannot_be_collated_costs_one_picture():
    batch = [*"abc", "odd", *"def"]
    batcher = Batcher(Device(8), 8)
    assert batcher.collate(batch) is None
    assert said(batcher.caption(batch, None)) == [*"abc", "error", *"def"]


def test_out_of_memory_halves_the_batch_for_those_after_it_too():
    device = Device(5)
    batcher = Batcher(device, 16)
    assert said(batcher.caption([*"abcdefghijklmnop"])) == [*"abcdefghijklmnop"]
    assert device.batches == [16, 8, 4, 4, 4, 4]
    device.batches.clear()
    batcher.caption([*"abcdefgh"])
    assert device.batches == [4, 4]


def test_the_batch_grows_back_when_there_is_room_again():
    device = Device(4)
    batcher = Batcher(device, 16)
    batcher.caption([*"abcdefghijklmnop"])
    device.room = 16
    while batcher.limit < 16:
        device.batches.clear()
        limit = batcher.limit
        batcher.caption([*"abcdefghijklmnop"] * GROW_AFTER)
        assert batcher.limit > limit
    device.batches.clear()
    batcher.caption([*"abcdefghijklmnop"])
    assert device.batches == [16]


def test_a_batch_of_one_that_does_not_fit_is_a_failure_and_no_endless_loop():
    device = Device(0)
    assert said(Batcher(device, 4).caption([*"abc"])) == ["out_of_memory"] * 3


def test_a_broken_device_is_not_tried_again():
    device = Device(8)
    with pytest.raises(DeviceError, match="device-side assert"):
        Batcher(device, 8).caption([*"abc", "broken"])
    assert device.batches == [4]


@pytest.mark.parametrize(
    ("error", "out_of_memory", "fatal"),
    [
        (torch.OutOfMemoryError("CUDA out of memory."), True, False),
        (RuntimeError("CUDA error: out of memory"), True, True),  # asked in this order
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), True, True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"), True, False),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"), True, False),
        (MemoryError(), True, False),
        (torch.AcceleratorError("CUDA error: an illegal memory access was encountered"), False, True),
        (RuntimeError("CUDA error: device-side assert triggered"), False, True),
        (RuntimeError("CUDA error: unspecified launch failure"), False, True),
        (RuntimeError("HIP error: invalid device function"), False, True),
        (RuntimeError("The size of tensor a (3) must match the size of tensor b (4)"), False, False),
        (ValueError("out of memory lane is not a word"), False, False),
    ],
    ids=str,
)
def test_errors_are_told_apart(error, out_of_memory, fatal):
    assert (is_out_of_memory(error), is_fatal(error)) == (out_of_memory, fatal)
