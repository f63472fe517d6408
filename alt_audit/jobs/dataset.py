"""Datasets of pictures with captions: from the texts of a site, and from a product feed."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alt_audit.jobs.credentials import with_credentials
from alt_audit.jobs.events import OnEvent, Work, work_on
from core.errors import ReportError, UsageError
from core.identity.urls import file_name
from core.text import collapse, comparable, letters
from store.engine import reading
from store.migrate import opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sqlalchemy.orm import Session

    from alt_audit.config import Settings
    from captioning.datasets.feed import Feed
    from captioning.datasets.gather import Wanted
    from captioning.datasets.records import Captions
    from captioning.datasets.write import Written
    from store.picture_texts import PictureText
    from store.sites import Site

FUNCTION = "function"
OTHER_LANGUAGE = "other_language"
MANY_PICTURES = "many_pictures"
FILE_NAME = "file_name"
LEFT_OUT = {
    FUNCTION: ("text", "of links and buttons, which say what these are for"),
    OTHER_LANGUAGE: ("text", "in another language"),
    MANY_PICTURES: ("text", "that more than 8 pictures share"),
    FILE_NAME: ("text", "that is the name of the file"),
}


@dataclass(frozen=True, slots=True)
class DatasetRun:
    """What was written, and what was left out of it: rows and texts by reason, pictures by stage/code."""

    folder: Path
    written: Written | None  # None: there was no picture to write
    language: str | None
    texts_left_out: Counter[str]
    pictures_left_out: Counter[str]
    feed: Feed | None = None


def export_dataset(
    settings: Settings,
    on_event: OnEvent,
    *,
    site: Site,
    out: Path,
    language: str | None = None,
    licence: str | None = None,
) -> DatasetRun:
    """The pictures of a site with the texts that people approved, or wrote so that no rule finds fault with them.

    In one language: the one named (a primary subtag), or that of most texts. Pictures are fetched from the site again;
    one that has changed since it was looked at is left out. Raises UsageError, ReportError.
    """
    from captioning.datasets.write import check_target
    from store.picture_texts import picture_texts

    description = f"Alt texts of {site.name}"
    check_target(out, description)
    settings = with_credentials(settings, on_event)
    with opened(settings.database) as engine, reading(engine) as session:
        texts = list(picture_texts(session, site.id))
        chosen, left_out = choose_texts(texts, language)
        if not chosen:
            raise UsageError(
                f"{site.name} has no text to learn from: approve some drafts (alt-audit review), or write alt texts "
                "that no rule finds fault with, and crawl again"
            )
        wanted = _wanted(session, chosen)
    return _write(settings, on_event, wanted, out, description, licence, left_out, language=chosen[0].language)


def choose_texts(texts: Sequence[PictureText], language: str | None) -> tuple[list[PictureText], Counter[str]]:
    """Those that describe what is to be seen, in one language, and why the others are left out. Pure."""
    from suggestions.manner.learning import MAX_PICTURES

    left_out: Counter[str] = Counter()
    language = language or _most_common(one.language for one in texts if not one.says_function)
    pictures: defaultdict[str, set[int]] = defaultdict(set)
    for one in texts:
        pictures[comparable(one.text)].add(one.image_id)
    chosen = []
    for one in texts:
        if one.says_function:
            left_out[FUNCTION] += 1
        elif one.language != language:
            left_out[OTHER_LANGUAGE] += 1
        elif not one.decided and len(pictures[comparable(one.text)]) > MAX_PICTURES:
            left_out[MANY_PICTURES] += 1
        elif not one.decided and letters(one.text) == _letters_of_file(one.url):
            left_out[FILE_NAME] += 1
        else:
            chosen.append(one)
    return chosen, left_out


def _letters_of_file(url: str) -> str:
    return letters((file_name(url) or "").rpartition(".")[0])


def _most_common(languages: Iterable[str]) -> str | None:
    counted = Counter(languages).most_common(1)
    return counted[0][0] if counted else None


def _wanted(session: Session, texts: Sequence[PictureText]) -> list[Wanted]:
    """The pictures in the order of their ids, with their texts, decided ones first."""
    from captioning.datasets.gather import Text, Wanted
    from store.whereabouts import NOWHERE, whereabouts

    of_image: defaultdict[int, list[PictureText]] = defaultdict(list)
    for one in texts:
        of_image[one.image_id].append(one)
    where = whereabouts(session, sorted(of_image))
    return [
        Wanted(
            some[0].url,
            tuple(Text(collapse(one.text), one.language) for one in some),
            sha256=some[0].sha256,
            where=where.get(image_id, NOWHERE),
        )
        for image_id, some in sorted(of_image.items())
    ]


def import_dataset(
    settings: Settings, on_event: OnEvent, *, feed: Path, out: Path, captions: Captions, licence: str | None = None
) -> DatasetRun:
    """The pictures of a product feed with titles and what happy buyers say. Raises UsageError, ReportError."""
    from alt_audit.jobs.feed import read_feed
    from captioning.datasets.write import check_target

    description = f"Products of {feed.name}"
    check_target(out, description)
    read = read_feed(feed, captions)
    wanted = read.wanted()
    if not wanted:
        raise UsageError(f"{feed} names no picture with a text: {'; '.join(read.reasons())}")
    return _write(settings, on_event, wanted, out, description, licence, Counter(), feed=read)


def _write(
    settings: Settings,
    on_event: OnEvent,
    wanted: Sequence[Wanted],
    out: Path,
    description: str,
    licence: str | None,
    texts_left_out: Counter[str],
    *,
    language: str | None = None,
    feed: Feed | None = None,
) -> DatasetRun:
    from captioning.datasets.gather import gather
    from captioning.datasets.write import write_dataset

    try:
        with work_on(Work.FILES, on_event) as progress:
            gathered = asyncio.run(gather(wanted, out, settings.caption, progress))
        found = gathered.pictures
        written = write_dataset(out, description, licence, found) if found else None
    except OSError as error:
        raise ReportError(
            f"cannot write the dataset into {error.filename or out}: {error.strerror}. What was fetched is kept: make "
            "room, or allow it, and the same command goes on"
        ) from error
    return DatasetRun(out, written, language, texts_left_out, gathered.left_out, feed)
