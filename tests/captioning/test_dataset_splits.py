"""Splits: nothing that looks alike or belongs together is in two, and no picture changes its own."""

from __future__ import annotations

import hashlib
import io
import random

import pytest
from PIL import Image, ImageOps

from captioning.datasets.records import Split
from captioning.datasets.splits import Placed, splits_of
from captioning.thumbnails import perceptual_hash, shrink
from core.identity.perceptual_hash import MAX_DISTANCE, look_alikes, near_copies
from tests.captioning.images import jpeg


def sha(n):
    return hashlib.sha256(str(n).encode()).hexdigest()


def placed(number, seed=0):
    chance = random.Random(seed)
    return [Placed(sha(n), f"{chance.getrandbits(64):016x}") for n in range(number)]


def near(phash, flips, seed):
    bits = int(phash, 16)
    for place in random.Random(seed).sample(range(64), flips):
        bits ^= 1 << place
    return f"{bits:016x}"


def test_pictures_are_spread_eight_to_one_to_one_the_same_way_each_time():
    pictures = placed(1000)
    splits = splits_of(pictures, {})
    numbers = {split: list(splits.values()).count(split) for split in Split}
    assert 750 < numbers[Split.TRAIN] < 850
    assert 70 < numbers[Split.DEV] < 130
    assert splits == splits_of(pictures[::-1], {})
    others = [Placed(sha(f"new {n}"), one.phash) for n, one in enumerate(placed(150, seed=1))]
    more = splits_of(pictures + others, splits)
    assert len(more) == 1150
    assert {name: more[name] for name in splits} == splits


def test_look_alikes_in_a_chain_and_pictures_of_one_product_stay_together():
    pictures = placed(300)
    copies = []
    for n, one in enumerate(pictures):
        first = near(one.phash, MAX_DISTANCE, n)
        copies += [Placed(sha(f"a{n}"), first), Placed(sha(f"b{n}"), near(first, MAX_DISTANCE, n + 1))]
    splits = splits_of(pictures + copies, {})
    found = dict(zip([one.sha256 for one in copies], copies, strict=True))
    for n, one in enumerate(pictures):
        assert {splits[one.sha256], splits[sha(f"a{n}")], splits[sha(f"b{n}")]} == {splits[one.sha256]}
    assert len(found) == 600
    shop = [Placed(one.sha256, one.phash, (f"product {n // 5}",)) for n, one in enumerate(placed(500, seed=2))]
    splits = splits_of(shop, {})
    for n in range(0, 500, 5):
        assert len({splits[one.sha256] for one in shop[n : n + 5]}) == 1
    assert set(splits.values()) == set(Split)


def test_every_near_pair_is_found():
    pictures = placed(60, seed=3)
    hashes = [one.phash for one in pictures] + [near(one.phash, n % 10, n) for n, one in enumerate(pictures)]
    hashes += [f"{int(one, 16) ^ 0x5555555555555555:016x}" for one in hashes[61:70]]  # of their mirror images
    wanted = {
        (one, other)
        for other in range(len(hashes))
        for one in range(other)
        for mirrored in (0, 0x5555555555555555)
        if (int(hashes[one], 16) ^ int(hashes[other], 16) ^ mirrored).bit_count() <= MAX_DISTANCE
    }
    assert set(near_copies(enumerate(hashes))) == wanted


def test_a_picture_and_its_mirror_image_are_a_pair():
    for seed in range(5):
        small = shrink(Image.open(io.BytesIO(jpeg(seed, (200, 150)))))
        hashes = [perceptual_hash(small), perceptual_hash(ImageOps.mirror(small))]
        assert list(near_copies(enumerate(hashes))) == [(0, 1)]
        assert look_alikes(enumerate(hashes)) == {0: 0, 1: 1}  # in a report they are two pictures


def test_what_turns_out_to_belong_together_goes_where_nothing_is_measured():
    one, other, third = placed(3)
    before = {one.sha256: Split.TEST, other.sha256: Split.TRAIN, third.sha256: Split.TEST}
    joined = [Placed(one.sha256, one.phash, ("p",)), Placed(other.sha256, other.phash, ("p",)), third]
    assert splits_of(joined, before) == {
        one.sha256: Split.TRAIN,
        other.sha256: Split.TRAIN,
        third.sha256: Split.TEST,
    }


@pytest.mark.parametrize("number", range(3, 12))
def test_a_few_pictures_are_in_all_splits(number):
    for seed in range(20):
        pictures = [Placed(sha(f"{seed}/{n}"), None) for n in range(number)]
        assert set(splits_of(pictures, {}).values()) == set(Split)


def test_fewer_are_all_learned_from():
    assert splits_of([], {}) == {}
    assert set(splits_of(placed(2), {}).values()) == {Split.TRAIN}
