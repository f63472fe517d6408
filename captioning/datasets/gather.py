"""Fetching the pictures of a dataset that is to be: guarded as the worker's are, and going on where it was stopped."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import IO, TYPE_CHECKING, Any

from captioning.decoding.process import decode
from captioning.fetch import Fetcher
from captioning.thumbnails import perceptual_hash, shrink
from core.errors import ImageError
from core.identity.urls import without_passwords
from store.whereabouts import NOWHERE, Whereabouts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from captioning.caption_options import CaptionOptions

FOLDER = "images"
JOURNAL = ".fetched.jsonl"  # what is fetched, a line each; read by the next run
LEAST_SIDE_PX = 32  # smaller ones are icons and pixels that count visits
JPEG_QUALITY = 92
LEFT_OUT = {
    "another_picture": "another picture is at its address by now",
    "too_small": f"a side is shorter than {LEAST_SIDE_PX} pixels",
    "one_shade": "one shade, and nothing to see",
}


@dataclass(frozen=True, slots=True)
class Text:
    """What is said of a picture."""

    text: str
    language: str | None = None  # a tag, where it is known


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture to fetch, and what is said of it."""

    url: str
    texts: tuple[Text, ...]
    products: tuple[str, ...] = ()  # that it is of: their pictures stay in one split
    sha256: str | None = None  # of the file that is meant; None: whatever is there
    where: Whereabouts = NOWHERE


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture that lies in the folder as a JPEG, upright, on white, not larger than captioners need."""

    url: str  # without a login; of a data: address its start and its digest
    sha256: str  # of the file that was fetched
    phash: str
    width: int  # pixels of the JPEG
    height: int

    @property
    def name(self) -> str:
        """Of the file in FOLDER."""
        return f"{self.sha256[:32]}.jpg"


@dataclass(slots=True)
class Gathered:
    """What was fetched, now or before, and why the rest was not: by stage/code, or one of LEFT_OUT."""

    pictures: list[tuple[Wanted, PictureFile]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


class _LeftOutError(Exception):
    """A picture that was fetched and is of no use; the message is one of LEFT_OUT."""


async def gather(
    wanted: Sequence[Wanted], folder: Path, options: CaptionOptions, progress: Callable[[int, int], None]
) -> Gathered:
    """Fetch into a folder what is not there yet. Each file is whole or not there. Raises OSError of the disk."""
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    known = {one.url: one for one in _fetched_before(folder)}
    found: dict[int, PictureFile] = {}
    left_out: Counter[str] = Counter()
    left = iter(list(enumerate(wanted)))
    with (folder / JOURNAL).open("a", encoding="utf-8") as journal, ThreadPoolExecutor(options.threads) as pool:
        async with Fetcher(options) as fetcher:

            async def work() -> None:
                for place, one in left:
                    try:
                        file = known.get(_name(one.url))
                        if file is None or one.sha256 not in {None, file.sha256}:
                            file = await _fetch(one, folder, options, fetcher, pool)
                            _note(journal, file)
                        found[place] = file
                    except ImageError as error:
                        left_out[f"{error.stage}/{error.code}"] += 1
                    except _LeftOutError as error:
                        left_out[str(error)] += 1
                    progress(len(found) + left_out.total(), len(wanted))

            await asyncio.gather(*(work() for _ in range(options.fetch_concurrency)))
    return Gathered([(wanted[place], found[place]) for place in sorted(found)], left_out)


async def _fetch(
    wanted: Wanted, folder: Path, options: CaptionOptions, fetcher: Fetcher, pool: ThreadPoolExecutor
) -> PictureFile:
    async with fetcher.fetch(
        wanted.url,
        networks=wanted.where.networks,
        pages=wanted.where.pages,
        policies=wanted.where.policies,
        with_credentials=not wanted.where.hosts.isdisjoint(fetcher.credentials.hosts),
    ) as fetched:
        data = fetched.data or b""
        return await asyncio.wrap_future(pool.submit(_keep, wanted, data, folder, options))


def _keep(wanted: Wanted, data: bytes, folder: Path, options: CaptionOptions) -> PictureFile:
    picture = decode(data, max_pixels=options.max_pixels)
    if wanted.sha256 not in {None, picture.sha256}:
        raise _LeftOutError("another_picture")
    if min(picture.width, picture.height) < LEAST_SIDE_PX:
        raise _LeftOutError("too_small")
    phash = perceptual_hash(shrink(picture.image))
    if phash is None:
        raise _LeftOutError("one_shade")
    file = PictureFile(_name(wanted.url), picture.sha256, phash, *picture.image.size)
    path = folder / FOLDER / file.name
    part = path.with_suffix(f".{id(wanted)}.part")  # two addresses may lead to one picture at once
    try:
        picture.image.save(part, "JPEG", quality=JPEG_QUALITY, subsampling=0)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return file


def _name(url: str) -> str:
    if url.startswith("data:"):
        return f"{url[:20]}...{hashlib.sha256(url.encode()).hexdigest()}"
    return without_passwords(url)


def _note(journal: IO[str], file: PictureFile) -> None:
    journal.write(json.dumps(asdict(file)) + "\n")
    journal.flush()


def _fetched_before(folder: Path) -> Iterator[PictureFile]:
    """What earlier runs have fetched, as far as its files are there; a line that was cut short is none."""
    try:
        lines = (folder / JOURNAL).read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            file = PictureFile(**_fields(json.loads(line)))
        except (ValueError, TypeError):
            continue
        if (folder / FOLDER / file.name).is_file():
            yield file


def _fields(read: Any) -> dict[str, Any]:
    kinds = {"url": str, "sha256": str, "phash": str, "width": int, "height": int}
    if not isinstance(read, dict) or {name: type(value) for name, value in read.items()} != kinds:
        raise ValueError("not what was written")
    if not (len(read["sha256"]) == 64 and read["sha256"].isalnum()):
        raise ValueError("no sha256")
    return read
