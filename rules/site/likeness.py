"""Which pictures one text may be right for, by their addresses and, where they were looked at, by their looks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.identity.urls import file_name

if TYPE_CHECKING:
    from core.site_facts import NamedPicture

RESAVED_DISTANCE = 2  # bits of the perceptual hash; more may be another state of the same screen


def alike(one: NamedPicture, other: NamedPicture, *, few: bool) -> bool:
    """Whether one text may be right for both: variants of one picture, near-copies, links to one place."""
    if one.role == other.role == "link" and one.target == other.target:
        return True
    if one.phash and other.phash:
        return distance(one.phash, other.phash) <= RESAVED_DISTANCE
    return few and stem(one.image_url) == stem(other.image_url)


def distance(one: str, other: str) -> int:
    """The bits in which two perceptual hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


# What makes a variant of a file's name: a size, a density, a theme, the digest of a build.
_VARIANT = re.compile(
    r"[-_.@ ](?:\d{1,2}x|\d{2,4}x\d{2,4}|\d{2,4}(?:w|px)|small|medium|large|thumb(?:nail)?|dark|light|white|black"
    r"|retina|scaled|(?=[0-9a-f]*\d)[0-9a-f]{6,64})$",
    re.I,
)


def stem(url: str) -> str:
    """The file's name without ending and variant; the whole address where there is no name."""
    stem = (file_name(url) or url).casefold()
    stem = stem.rsplit(".", 1)[0] or stem
    while (shorter := _VARIANT.sub("", stem)) != stem:
        stem = shorter
    return stem
