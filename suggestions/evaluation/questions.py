"""Which of a site's alt texts are hidden and drafted again. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.identity.urls import file_name
from core.text import comparable, letters
from suggestions.manner.learning import LEAST_TEXTS, MAX_PICTURES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.evaluation import GoodAlt

MAX_PLACES = 60  # of a picture: what stands everywhere is furniture of the site, and would count for its pages


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked, and why the rest is not."""

    asked: tuple[GoodAlt, ...]
    left_out: dict[str, int]  # pictures, by reason


def choose(good: Iterable[GoodAlt], limit: int) -> Questions:
    """One place of each of some `limit` pictures, on pages that are picked by their addresses: the same each time.

    Whole pages are picked, since all texts of a page are hidden. Half of the pictures at most, if the other half is
    enough to learn from: when drafts are made, the texts that a site has are there. Left out are texts that are the
    file's name, that eight other pictures share, of pictures that stand nearly everywhere, and of those that have a
    text on another page, which is still there to be read.
    """
    places: dict[int, list[GoodAlt]] = defaultdict(list)
    for one in good:
        places[one.image_id].append(one)
    pictures_of = Counter(text for some in places.values() for text in {comparable(one.alt) for one in some})
    left_out: Counter[str] = Counter()
    usable: dict[int, list[GoodAlt]] = {}
    for image_id, some in places.items():
        reason = _reason(some, pictures_of)
        if reason is None:
            usable[image_id] = some
        else:
            left_out[reason] += 1
    if len(usable) >= 2 * LEAST_TEXTS:
        limit = min(limit, len(usable) // 2)
    by_page: dict[str, list[GoodAlt]] = defaultdict(list)
    for some in usable.values():
        by_page[some[0].page_url].append(some[0])
    picked: dict[int, GoodAlt] = {}
    pages: set[str] = set()
    for url in sorted(by_page, key=lambda url: hashlib.sha256(url.encode("utf-8", "replace")).digest()):
        if len(picked) >= limit:
            break
        pages.add(url)
        picked |= {one.image_id: one for one in by_page[url]}
    left_out["not_sampled"] = len(usable) - len(picked)
    for image_id in [id_ for id_ in picked if any(one.page_url not in pages for one in usable[id_])]:
        del picked[image_id]
        left_out["text_elsewhere"] += 1
    return Questions(tuple(picked.values()), dict(left_out))


def _reason(places: list[GoodAlt], pictures_of: Counter[str]) -> str | None:
    first = places[0]
    stem = (file_name(first.image_url) or "").rpartition(".")[0]
    if stem and letters(first.alt) in {letters(stem), letters(file_name(first.image_url) or "")}:
        return "file_name"
    if len(places) > MAX_PLACES:
        return "everywhere"
    return "shared_text" if pictures_of[comparable(first.alt)] > MAX_PICTURES else None
