"""Pictures that are to be looked at again although they are captioned: those whose caption fits a description, and
those of which an analyser has said nothing yet."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased

from core.errors import UsageError
from core.records import QueueState
from store.analyses import lacks
from store.captions import SUPERSEDED, CaptionKey, is_caption, revision_of, superseded
from store.counts import on_site
from store.models import CAPTION, IN_PLACE, Analysis, Image
from store.pieces import pieces
from store.queue import requeue_images

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

SILENT = "silent"
NO_ANALYSERS: Mapping[str, str] = MappingProxyType({})
_FIELDS = {"model": "model", "revision": "revision", "prompt": "prompt_version", "language": "language"}
USAGE = (
    f"{SILENT}, text~PATTERN (a regular expression), without=ANALYSER, "
    + ", ".join(f"{name}=VALUE" for name in _FIELDS)
    + " (* stands for anything in a VALUE)"
)


@dataclass(frozen=True, slots=True)
class Which:
    """Which captions are meant: those that all of it holds for. Without anything, all."""

    silent: bool = False
    patterns: tuple[re.Pattern[str], ...] = ()
    values: dict[str, str] = field(default_factory=dict)  # of the caption's data, with *
    without: tuple[str, ...] = ()  # analysers, each of which has said nothing of the picture: they alone look again

    def means(self, caption: dict[str, Any]) -> bool:
        """Whether a caption, as the store has it, is one of them."""
        text = caption["text"]
        return (
            (not self.silent or text is None)
            and all(text is not None and pattern.search(text) for pattern in self.patterns)
            and all(fnmatchcase(str(caption.get(name)), value) for name, value in self.values.items())
        )


def read_which(words: Iterable[str]) -> Which:
    """What the options `--where` describe. Raises UsageError where one of them says nothing known."""
    silent, patterns, values, without = False, [], {}, []
    for word in words:
        name, sign, value = re.match(r"([^=~]*)([=~]?)(.*)", word, re.S).groups()  # type: ignore[union-attr]
        if word == SILENT:
            silent = True
        elif name == "text" and sign == "~" and value:
            try:
                patterns.append(re.compile(value, re.I))
            except re.error as error:
                raise UsageError(f"--where {word}: {value!r} is no regular expression: {error}") from error
        elif name == "without" and sign == "=" and value:
            without.append(value)
        elif name in _FIELDS and sign == "=" and value:
            values[_FIELDS[name]] = value.replace("[", "[[]")
        else:
            raise UsageError(f"--where {word}: there is {USAGE}")
    return Which(silent, tuple(patterns), values, tuple(without))


def count(
    session: Session,
    which: Which,
    site_ids: Sequence[int | None] = (None,),
    revisions: Mapping[str, str] = NO_ANALYSERS,
) -> int:
    """How many images `again` would put back. Raises UsageError for an analyser that is not among `revisions`."""
    return len({image for site_id in site_ids for image, _ in _meant(session, which, site_id, revisions)})


def again(
    session: Session,
    key: CaptionKey,
    which: Which,
    site_ids: Sequence[int | None] = (None,),
    revisions: Mapping[str, str] = NO_ANALYSERS,
    *,
    place_version: str | None = None,
) -> int:
    """Put captioned images back into the queue whose newest caption, or that in a place, is meant, whoever gave it.

    What this very model said of them before is kept, and used no more; what it said in places as well, where
    `place_version` names these questions. But where an analyser is asked for (`revisions` has those that look at
    pictures), the captions stay what they are. What people wrote or decided stays; drafts stay
    until the new caption is there. Returns how many images.
    """
    images: dict[int, int] = {}  # image -> its picture
    for site_id in site_ids:
        images |= dict(_meant(session, which, site_id, revisions))
    now = datetime.now(UTC)
    for some in pieces(sorted(set(images.values()))) if not which.without else ():
        session.execute(
            update(Analysis)
            .where(Analysis.asset_id.in_(some), Analysis.analyser == CAPTION, Analysis.revision == revision_of(key))
            .values(revision=superseded(key, now))
            .execution_options(synchronize_session=False)
        )
        if place_version is not None:
            # Of whatever language: a page may have come to say another one.
            made_by = json.dumps([key.model, key.revision, place_version], ensure_ascii=False)[:-1]
            session.execute(
                update(Analysis)
                .where(
                    Analysis.asset_id.in_(some),
                    Analysis.analyser.startswith(IN_PLACE),
                    Analysis.revision.startswith(made_by, autoescape=True),
                    Analysis.revision.not_like(f"%{SUPERSEDED}%"),
                )
                .values(revision=Analysis.revision + f"{SUPERSEDED}{now.isoformat()}")
                .execution_options(synchronize_session=False)
            )
    return requeue_images(session, images)


def _meant(
    session: Session, which: Which, site_id: int | None, revisions: Mapping[str, str]
) -> Iterable[tuple[int, int]]:
    """(image, picture) of the captioned images whose newest caption is meant."""
    if unknown := set(which.without) - revisions.keys():
        there = ", ".join(revisions) or "none"
        raise UsageError(
            f"--where without={min(unknown)}: no such analyser looks at pictures here; caption.analysers has: {there}"
        )
    unseen = [lacks(name, revisions[name]) for name in which.without]
    newer = aliased(Analysis)
    is_newest = ~exists().where(
        newer.asset_id == Analysis.asset_id,
        newer.analyser == Analysis.analyser,
        (newer.created_at > Analysis.created_at)
        | ((newer.created_at == Analysis.created_at) & (newer.id > Analysis.id)),
    )
    rows = session.execute(
        select(Image.id, Image.asset_id, Analysis.data)
        .join(Analysis, Analysis.asset_id == Image.asset_id)
        .where(Image.state == QueueState.CAPTIONED, is_caption(), is_newest, *unseen)
        .where(on_site(Image.id, site_id))
        .execution_options(yield_per=1000)
    )
    return [(row.id, row.asset_id) for row in rows if which.means(row.data)]
