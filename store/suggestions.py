"""Suggestions: the places that need a text, and what is proposed for them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from core.languages import primary_subtag
from core.place import Place, place_of
from core.records import NEEDS_TEXT, QueueState, SuggestionOrigin, SuggestionState
from store.analyses import newest_analyses
from store.captions import is_caption, newest_in_places
from store.link_targets import with_target_titles
from store.models import CAPTION, IN_PLACE, Analysis, Asset, Image, Occurrence, Page, Suggestion
from store.occurrences import COLUMNS, record
from store.own_alts import with_texts_elsewhere
from store.pieces import pieces
from store.sitewide import PICTURE
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy.orm import Session

    from core.records import Context, Draft
    from core.records import Occurrence as OccurrenceRecord
    from store.captions import StoredCaption
    from store.own_alts import Elsewhere

OCCURRENCES_READ = 20  # of one group; what they agree on, the group says
# What of a place a text may repeat, beside what the context key holds and the images before and after.
_REPEATABLE = tuple(Occurrence.context[name].as_string() for name in ("passage", "link_text", "beside_link"))
# A machine's pending draft, which a machine may replace.
MACHINE_DRAFT = and_(
    Suggestion.state == SuggestionState.PENDING,
    Suggestion.origin == SuggestionOrigin.MODEL,
    Suggestion.decision_id.is_(None),
)

# Images for which texts are drafted: those that are done with, unless they were only taken out of the queue.
DRAFTED_FOR = or_(Image.state == QueueState.CAPTIONED, and_(Image.state == QueueState.FAILED, Image.stage.is_not(None)))


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The image right before or after a place on its page."""

    occurrence: OccurrenceRecord  # as the page has it now
    image_id: int | None
    context_key: str
    suggested: str | None  # what its suggestion says; None: it has none, or one without a text, or a rejected one
    decided: bool  # a person wrote or decided that
    needs_text: bool = True  # else it keeps the text that it has


@dataclass(frozen=True, slots=True)
class ContextGroup:
    """The occurrences of one image on one site that share a context key and need a text, twenty of them at most."""

    site_id: int
    image_id: int
    context_key: str
    language: str  # of these places: a primary subtag, or UNDETERMINED
    occurrences: tuple[OccurrenceRecord, ...]
    page_titles: tuple[str, ...]
    caption: StoredCaption | None  # the newest of the picture in this place or, where there is none, alone
    # Before and after each of the occurrences. What they come to say, not what they are, decides the draft.
    neighbours: tuple[tuple[Neighbour | None, Neighbour | None], ...] = field(repr=False)
    # What rules on a whole site know the picture by; only whether they condemn a text decides the draft.
    picture: int = field(repr=False)  # the same number: known to be the same picture
    phash: str | None = field(repr=False)
    hosts: frozenset[str] = frozenset()  # of the pages that show it
    target_title: str | None = None  # of the page of the site that all its places lead to
    analyses: dict[str, dict[str, Any]] = field(default_factory=dict)  # what analysers said of the picture, by name
    unseen: bool = False  # nobody could look at the picture: it is not there, or cannot be read
    elsewhere: tuple[Elsewhere, ...] = ()  # good texts of the picture in other places of the site, the most used first

    @property
    def contexts(self) -> tuple[Context, ...]:
        """Where each of them stands."""
        return tuple(occurrence.context for occurrence in self.occurrences)

    @property
    def place(self) -> Place:
        """What a captioner is told of it."""
        return place_of(self.contexts, self.page_titles, self.language, self.target_title)

    @property
    def functional(self) -> str | None:
        """'link' or 'button' when the picture is all there is in it; the key says so of all of them."""
        return self.occurrences[0].functional


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """What is known of the suggestion that a group has already."""

    machine: bool  # a pending draft, which a machine may replace; else a person wrote or decided
    inputs: str | None  # what it was made from
    text: str | None = None


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A draft for a group, and what made it of what."""

    group: ContextGroup
    draft: Draft
    composer_version: str
    inputs: str


def images_to_draft(
    session: Session, *, after_id: int, limit: int, site_id: int | None = None, older_than: str | None = None
) -> list[int]:
    """The next images, captioned or failed, that stand where a text is needed, in the order of their ids.

    With `older_than`, a composer's version, only those for which a draft is missing, or was made by another version or
    from another caption than the picture's newest.
    """
    needed = [
        Occurrence.image_id == Image.id,
        Occurrence.page_id == Page.id,
        Occurrence.vanished_crawl_id.is_(None),
        Occurrence.classification.in_(NEEDS_TEXT),
    ]
    if site_id is not None:
        needed.append(Page.site_id == site_id)
    if older_than is not None:
        needed.append(~_has_draft(older_than))
    return list(
        session.scalars(
            select(Image.id)
            .where(Image.id > after_id, DRAFTED_FOR, exists().where(*needed))
            .order_by(Image.id)
            .limit(limit)
        )
    )


def _has_draft(version: str) -> ColumnElement[bool]:
    """Whether an occurrence has a suggestion that this version would leave as it is.

    One from what was said of the picture in a place, as long as nothing newer was said there; one from what was said of
    the picture alone, as long as nothing newer was said of it anywhere.
    """
    newer = aliased(Analysis)
    used = exists().where(
        Analysis.id == Suggestion.analysis_id,
        Analysis.asset_id == Image.asset_id,
        ~exists().where(
            newer.asset_id == Analysis.asset_id,
            or_(
                newer.analyser.in_((Analysis.analyser, CAPTION)),
                (Analysis.analyser == CAPTION) & newer.analyser.like(f"{IN_PLACE}%"),
            ),
            or_(
                newer.created_at > Analysis.created_at,
                and_(
                    newer.created_at == Analysis.created_at,
                    newer.analyser == Analysis.analyser,
                    newer.id > Analysis.id,
                ),
            ),
        ),
    )
    none = Suggestion.analysis_id.is_(None) & ~exists().where(Analysis.asset_id == Image.asset_id, is_caption())
    return exists().where(
        Suggestion.site_id == Page.site_id,
        Suggestion.image_id == Occurrence.image_id,
        Suggestion.context_key == Occurrence.context_key,
        or_(~MACHINE_DRAFT, (Suggestion.composer_version == version) & or_(used, none)),
    )


def context_groups(
    session: Session, image_ids: Sequence[int], site_id: int | None = None, *, needing_text: bool = True
) -> list[ContextGroup]:
    """The contexts in which these images need a text, on one site or all, in a stable order.

    Of very many places of a context, one of each kind of surroundings comes first. Without `needing_text`, all contexts
    in which they stand.
    """
    of_group = (Page.site_id, Occurrence.image_id, Occurrence.context_key)
    nth_alike = func.row_number().over(partition_by=(*of_group, *_REPEATABLE), order_by=Occurrence.id)
    places = (
        select(Occurrence.id, *of_group, nth_alike.label("nth_alike"))
        .join(Page, Page.id == Occurrence.page_id)
        .where(
            Occurrence.image_id.in_(image_ids),
            Occurrence.vanished_crawl_id.is_(None),
            *([Occurrence.classification.in_(NEEDS_TEXT)] if needing_text else []),
            *([Page.site_id == site_id] if site_id is not None else []),
        )
        .subquery()
    )
    nth = func.row_number().over(
        partition_by=(places.c.site_id, places.c.image_id, places.c.context_key),
        order_by=(places.c.nth_alike, places.c.id),
    )
    numbered = select(places.c.id, nth.label("nth")).subquery()
    columns: tuple[Any, ...] = (
        Occurrence.image_id,
        Image.url.label("image_url"),
        Image.fetch_url,
        Image.state.label("image_state"),
        PICTURE.label("picture"),
        Asset.phash,
        Page.site_id,
        Page.title.label("page_title"),
        Page.url.label("page_url"),
        Occurrence.page_id,
        Occurrence.position,
        Occurrence.context_key,
        *(getattr(Occurrence, name) for name in COLUMNS),
        Occurrence.facts,
        Occurrence.context,
    )
    rows = session.execute(
        select(*columns)
        .join(numbered, numbered.c.id == Occurrence.id)
        .join(Image, Image.id == Occurrence.image_id)
        .join(Page, Page.id == Occurrence.page_id)
        .outerjoin(Asset, Asset.id == Image.asset_id)
        .where(numbered.c.nth <= OCCURRENCES_READ)
        .order_by(Occurrence.image_id, Page.site_id, Occurrence.context_key, numbered.c.nth)
    ).all()
    beside = _neighbours(session, {(row.page_id, row.position + step) for row in rows for step in (-1, 1)})
    captions = newest_in_places(session, image_ids)
    analyses = newest_analyses(session, image_ids)
    groups = []
    key = attrgetter("image_id", "site_id", "context_key")
    for (image_id, group_site_id, context_key), group in groupby(rows, key=key):
        members = list(group)
        occurrences = tuple(map(record, members))
        groups.append(
            ContextGroup(
                site_id=group_site_id,
                image_id=image_id,
                context_key=context_key,
                language=primary_subtag(occurrences[0].lang),
                occurrences=occurrences,
                page_titles=tuple(dict.fromkeys(row.page_title for row in members if row.page_title)),
                caption=captions.get(image_id, {}).get(""),
                neighbours=tuple(
                    (beside.get((row.page_id, row.position - 1)), beside.get((row.page_id, row.position + 1)))
                    for row in members
                ),
                picture=members[0].picture,
                phash=members[0].phash,
                analyses=analyses.get(image_id, {}),
                unseen=members[0].image_state == QueueState.FAILED,
                hosts=frozenset(host for row in members if (host := urlsplit(row.page_url).hostname)),
            )
        )
    # Not as the database sorts: each draft heeds those before it, and who compares keys does it as Python does.
    ordered = with_target_titles(session, sorted(groups, key=attrgetter("image_id", "site_id", "context_key")))
    placed = [_with_caption(group, captions.get(group.image_id, {})) for group in ordered]
    return with_texts_elsewhere(session, placed)


def _with_caption(group: ContextGroup, captions: dict[str, StoredCaption]) -> ContextGroup:
    """The group with what was said of its picture in its place, where something was."""
    if not captions.keys() - {""}:
        return group
    caption = captions.get(group.place.digest)
    return group if caption is None else replace(group, caption=caption)


def _neighbours(session: Session, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], Neighbour]:
    """What stands at these places, by (page id, position)."""
    found = {}
    for piece in pieces(sorted(places)):
        rows = session.execute(
            select(
                Occurrence.page_id,
                Occurrence.position,
                Occurrence.image_id,
                Occurrence.context_key,
                *(getattr(Occurrence, name) for name in COLUMNS),
                Occurrence.facts,
                Occurrence.context,
                Image.url.label("image_url"),
                Image.fetch_url,
                case((Suggestion.state != SuggestionState.REJECTED, Suggestion.text)).label("suggested"),
                MACHINE_DRAFT.label("machine"),
                Occurrence.classification.in_(NEEDS_TEXT).label("needs_text"),
            )
            .join(Page, Page.id == Occurrence.page_id)
            .outerjoin(Image, Image.id == Occurrence.image_id)
            .outerjoin(
                Suggestion,
                and_(
                    Suggestion.site_id == Page.site_id,
                    Suggestion.image_id == Occurrence.image_id,
                    Suggestion.context_key == Occurrence.context_key,
                ),
            )
            # The pages by themselves for SQLite, which looks no list of pairs up in an index.
            .where(Occurrence.page_id.in_({page_id for page_id, _ in piece}), Occurrence.vanished_crawl_id.is_(None))
            .where(tuple_(Occurrence.page_id, Occurrence.position).in_(piece))
        )
        for row in rows:
            decided = row.machine is not None and not row.machine  # None: there is no suggestion
            found[row.page_id, row.position] = Neighbour(
                record(row), row.image_id, row.context_key, row.suggested, decided, bool(row.needs_text)
            )
    return found


def stored_drafts(session: Session, image_ids: Collection[int]) -> dict[tuple[int, int, str], StoredDraft]:
    """The suggestions that these images have, by (site id, image id, context key)."""
    rows = session.execute(
        select(
            Suggestion.site_id,
            Suggestion.image_id,
            Suggestion.context_key,
            Suggestion.inputs,
            Suggestion.text,
            MACHINE_DRAFT.label("machine"),
        ).where(Suggestion.image_id.in_(image_ids))
    )
    return {
        (row.site_id, row.image_id, row.context_key): StoredDraft(bool(row.machine), row.inputs, row.text)
        for row in rows
    }


def save_drafts(session: Session, drafts: Iterable[NewDraft]) -> None:
    """Propose texts. Only a machine's pending draft is ever replaced, never what a person wrote or decided."""
    now = datetime.now(UTC)
    # In one order everywhere, so that two processes never wait for each other.
    ordered = sorted(drafts, key=lambda new: (new.group.site_id, new.group.image_id, new.group.context_key))
    rows = [
        {
            "site_id": new.group.site_id,
            "image_id": new.group.image_id,
            "context_key": new.group.context_key,
            "language": new.group.language,
            "analysis_id": new.group.caption.id if new.group.caption is not None else None,
            "text": new.draft.text,
            "state": SuggestionState.PENDING,
            "origin": SuggestionOrigin.MODEL,
            "source": new.draft.source,
            "needs_human": new.draft.needs_human,
            "reason": new.draft.reason,
            "confidence": new.draft.confidence,
            "witnesses": list(new.draft.witnesses),
            "composer_version": new.composer_version,
            "inputs": new.inputs,
            "created_at": now,
            "updated_at": now,
        }
        for new in ordered
    ]
    if not rows:
        return
    statement = insert(session, Suggestion)
    kept = {"site_id", "image_id", "context_key", "state", "origin", "created_at"}
    same = Suggestion.text.is_not_distinct_from(statement.excluded.text)
    keywords = {  # those of another text are none of this one
        "keywords": case((same, Suggestion.keywords), else_=literal([], Suggestion.keywords.type)),
        "keywords_inputs": case((same, Suggestion.keywords_inputs)),
    }
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["site_id", "image_id", "context_key"],
            set_={name: statement.excluded[name] for name in rows[0] if name not in kept} | keywords,
            where=MACHINE_DRAFT,
        ),
        rows,
    )
