"""What a dataset holds, and what is wrong with it: its files are looked into."""

from __future__ import annotations

from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from captioning.datasets.read import read_dataset
from captioning.datasets.records import MAX_EXAMPLES
from captioning.decoding.process import decode
from captioning.thumbnails import perceptual_hash, shrink
from core.detector import detected
from core.errors import ImageError
from core.identity.perceptual_hash import near_copies
from core.text import comparable, counted, shorten
from core.tokens import caption_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from captioning.caption_options import CaptionOptions
    from captioning.datasets.records import Dataset, Faults, Picture, Split

SMALL_PX = 200  # the shorter side: captioners take 224 and more
FEW_PICTURES = 100  # to learn from
SAME_SHARE = 0.1  # of the pictures with one and the same caption: a captioner would learn to say nothing else


@dataclass(frozen=True, slots=True)
class SplitFacts:
    """What one split holds."""

    pictures: int
    captions: int
    words: int  # distinct ones
    unknown_words: int  # distinct ones that no caption to learn from has; 0 for the train split
    shortest: int  # words of a caption
    usual: float  # the median
    longest: int


@dataclass(frozen=True, slots=True)
class DatasetCheck:
    """A dataset, looked through."""

    description: str
    licences: tuple[str, ...]
    splits: Mapping[Split, SplitFacts]
    languages: Mapping[str, int]  # pictures by the language of their captions; 'und': too short to say
    faults: Faults
    broken: Mapping[str, Sequence[str]]  # names of files that cannot be decoded, by stage/code
    crossing: tuple[tuple[str, str], ...]  # files in two splits that look alike
    small: int  # pictures that captioners have to enlarge
    same_caption: tuple[str, int]  # the caption of most pictures, and how many these are
    repeated: int  # captions that their picture has twice

    @property
    def is_usable(self) -> bool:
        """Whether it can be trained on, and measured with, as it is."""
        fatal = any(self.faults.counts[fault] and fault.is_fatal for fault in self.faults.counts)
        return not fatal and not self.broken and not self.crossing and bool(self.splits)

    def problems(self) -> Iterator[str]:
        """What has to be mended, a line each."""
        yield from self.faults.lines(fatal=True)
        for code, names in sorted(self.broken.items()):
            yield f"{counted(len(names), 'picture')} not to be decoded, {code} ({_some(names)})"
        if self.crossing:
            pairs = [f"{one} and {other}" for one, other in self.crossing]
            yield f"{counted(len(pairs), 'pair')} of look-alikes in two splits ({_some(pairs)})"

    def notes(self) -> Iterator[str]:
        """What a person should know, a line each."""
        yield from self.faults.lines(fatal=False)
        pictures = sum(one.pictures for one in self.splits.values())
        text, number = self.same_caption
        if number > 1 and number > SAME_SHARE * pictures:
            yield f"{number:,} of {pictures:,} pictures have the caption “{shorten(text, 60)}”"
        if 0 < pictures < FEW_PICTURES:
            yield f"{counted(pictures, 'picture')} to learn from: a hundred is little, a thousand a beginning"
        if self.small:
            yield f"{counted(self.small, 'picture')} with a side of less than {SMALL_PX} pixels"
        if self.repeated:
            yield f"{counted(self.repeated, 'caption')} that their picture has twice"


def check_dataset(path: Path, options: CaptionOptions, progress: Callable[[int, int], None]) -> DatasetCheck:
    """Look through a dataset. Raises UsageError where nothing of it can be read."""
    dataset, faults = read_dataset(path)
    everything = [(split, picture) for split, some in dataset.splits.items() for picture in some]
    broken: defaultdict[str, list[str]] = defaultdict(list)
    hashes: list[tuple[int, str]] = []
    small = 0
    with ThreadPoolExecutor(options.threads, thread_name_prefix="decode") as pool:
        looks = pool.map(lambda one: _look(one[1], options), everything)
        for place, look in enumerate(looks):
            if isinstance(look, str):
                broken[look].append(everything[place][1].path.name)
            else:
                phash, side_px = look
                small += side_px < SMALL_PX
                if phash is not None:
                    hashes.append((place, phash))
            progress(place + 1, len(everything))
    crossing = [
        (everything[one][1].path.name, everything[other][1].path.name)
        for one, other in near_copies(hashes)
        if everything[one][0] is not everything[other][0]
    ]
    said = Counter(text for _, one in everything for text in {comparable(text) for text in one.captions})
    return DatasetCheck(
        description=dataset.description,
        licences=dataset.licences,
        splits=_splits(dataset),
        languages=_languages(dataset),
        faults=faults,
        broken=dict(broken),
        crossing=tuple(crossing),
        small=small,
        same_caption=max(said.items(), key=lambda one: one[1], default=("", 0)),
        repeated=sum(len(one.captions) - len(set(one.captions)) for _, one in everything),
    )


def _look(picture: Picture, options: CaptionOptions) -> tuple[str | None, int] | str:
    """Its perceptual hash and the shorter side in pixels, or why it cannot be decoded."""
    try:
        decoded = decode(picture.path.read_bytes(), max_pixels=options.max_pixels, side_px=SMALL_PX)
    except ImageError as error:
        return f"{error.stage}/{error.code}"
    except OSError as error:
        return error.strerror or "cannot be read"
    return perceptual_hash(shrink(decoded.image)), min(decoded.width, decoded.height)


def _splits(dataset: Dataset) -> dict[Split, SplitFacts]:
    facts = {}
    learned: set[str] = set()
    for split, pictures in dataset.splits.items():  # train first
        captions = [caption_tokens(text) for one in pictures for text in one.captions]
        words = {word for caption in captions for word in caption}
        lengths = sorted(map(len, captions))
        facts[split] = SplitFacts(
            pictures=len(pictures),
            captions=len(captions),
            words=len(words),
            unknown_words=len(words - learned) if learned else 0,
            shortest=lengths[0],
            usual=median(lengths),
            longest=lengths[-1],
        )
        learned = learned or words
    return facts


def _languages(dataset: Dataset) -> dict[str, int]:
    found = Counter(
        detected(" ".join(one.captions)) or "und" for pictures in dataset.splits.values() for one in pictures
    )
    return dict(found.most_common())


def _some(names: Sequence[str]) -> str:
    return ", ".join([*names[:MAX_EXAMPLES], *(["..."] if len(names) > MAX_EXAMPLES else [])])
