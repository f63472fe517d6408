"""Which split each picture of a dataset is in: what looks alike, or is of one product, stays together. Pure."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from captioning.datasets.records import Split
from core.identity.perceptual_hash import near_copies

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TRAIN_SHARE, DEV_SHARE = 0.8, 0.1
LEAST_GROUPS = 3  # with which each split gets one


@dataclass(frozen=True, slots=True)
class Placed:
    """What decides on the split of a picture."""

    sha256: str  # of its file
    phash: str | None  # 64 bits in hexadecimal; None for a picture of one shade
    products: tuple[str, ...] = ()  # whose other pictures have the same texts


def splits_of(pictures: Sequence[Placed], before: Mapping[str, Split]) -> dict[str, Split]:
    """The split of each picture, by its sha256.

    A picture that was in a split `before` stays there, unless pictures of several splits have turned out to belong
    together: they go where nothing is measured. The others are spread by their hashes, 8 to 1 to 1, the same way each
    time; of three groups and more each split has one, fewer are all learned from.
    """
    groups = _groups(pictures)
    chosen = {name: _known(members, before) for name, members in groups.items()}
    places = {name: _place(name) for name in groups}
    fresh = sorted((name for name, split in chosen.items() if split is None), key=lambda name: places[name])
    if len(groups) < LEAST_GROUPS:
        chosen |= dict.fromkeys(fresh, Split.TRAIN)
    else:
        chosen |= {name: _by_chance(places[name]) for name in fresh}
        for split in (Split.TEST, Split.DEV, Split.TRAIN):
            if split not in chosen.values():
                _give(split, fresh, chosen)
    return {sha256: split for name, split in chosen.items() if split is not None for sha256 in groups[name]}


def _groups(pictures: Sequence[Placed]) -> dict[str, list[str]]:
    """The hashes of what belongs together, by the lowest of them."""
    parents = {one.sha256: one.sha256 for one in pictures}

    def root(name: str) -> str:
        while parents[name] != name:
            parents[name] = parents[parents[name]]
            name = parents[name]
        return name

    def join(one: str, other: str) -> None:
        low, high = sorted((root(one), root(other)))
        parents[high] = low

    hashed = [(place, one.phash) for place, one in enumerate(pictures) if one.phash is not None]
    for one, other in near_copies(hashed):
        join(pictures[one].sha256, pictures[other].sha256)
    first: dict[str, str] = {}
    for picture in pictures:
        for product in picture.products:
            join(first.setdefault(product, picture.sha256), picture.sha256)
    groups: dict[str, list[str]] = defaultdict(list)
    for sha256 in parents:
        groups[root(sha256)].append(sha256)
    return dict(groups)


def _known(members: Sequence[str], before: Mapping[str, Split]) -> Split | None:
    known = {before[sha256] for sha256 in members if sha256 in before}
    return next((split for split in Split if split in known), None)  # train first


def _place(name: str) -> float:
    """0 to 1, by chance and yet always the same."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) / 2**32


def _by_chance(place: float) -> Split:
    if place < TRAIN_SHARE:
        return Split.TRAIN
    return Split.DEV if place < TRAIN_SHARE + DEV_SHARE else Split.TEST


def _give(split: Split, fresh: Sequence[str], chosen: dict[str, Split | None]) -> None:
    """Take a group for a split that has none that keeps others; never one that was in a split before."""
    held = list(chosen.values())
    for name in reversed(fresh):
        if held.count(chosen[name]) > 1:
            chosen[name] = split
            return
