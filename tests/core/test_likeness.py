from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.identity.perceptual_hash import MAX_DISTANCE, look_alikes

_hashes = st.integers(0, 2**64 - 1)


def text(bits: int) -> str:
    return f"{bits:016x}"


@given(_hashes, st.sets(st.integers(0, 63), max_size=12))
def test_pictures_are_grouped_up_to_the_distance_and_not_beyond(bits, flipped):
    other = bits
    for bit in flipped:
        other ^= 1 << bit
    together = look_alikes([(1, text(bits)), (2, text(other))])
    assert together == {1: 1, 2: 1 if len(flipped) <= MAX_DISTANCE else 2}


@given(st.lists(st.integers(0, 2**12 - 1), max_size=30))
def test_each_picture_is_near_the_first_of_its_group(hashes):
    groups = look_alikes(enumerate(map(text, hashes)))
    assert list(groups) == list(range(len(hashes)))
    for member, first in groups.items():
        assert groups[first] == first <= member
        assert (hashes[member] ^ hashes[first]).bit_count() <= MAX_DISTANCE


def test_small_steps_do_not_make_a_chain():
    chain = [(step, text((1 << 5 * step) - 1)) for step in range(4)]  # 5 bits from one to the next
    assert look_alikes(chain) == {0: 0, 1: 0, 2: 2, 3: 2}


def test_no_picture():
    assert look_alikes([]) == {}


@pytest.mark.parametrize(
    "spread",
    [pytest.param(64, marks=pytest.mark.slow), 48, pytest.param(32, marks=pytest.mark.slow)],
    ids=lambda spread: f"{spread} bits differ",
)
def test_forty_thousand_pictures_take_seconds(spread):
    bits = random.Random(1)
    hashes = [(n, text(bits.getrandbits(spread))) for n in range(40_000)]
    started = time.process_time()
    assert len(look_alikes(hashes)) == 40_000
    assert time.process_time() - started < 10
