"""Where each decision of a person is shown, and why: the pure half of carrying decisions along.

A decision is shown where the same picture stands in the same role, language and context as when it was made
(exact). Where an edit of the site, or a move of it, has left no such place, it is carried: to places of the same
asset in the same role and language that nobody has decided on, the nearest context first. It is never shown on
another picture: where the assets of decision and place are both known and differ, nothing is shown, also under
the same address, and nothing is carried before the asset is known.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.text import comparable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


IMAGE_ROLE = "image"  # not the only content of a link or button
# Of the decisions that share one feature with a place, the newest so many are compared: one logo may stand in as many
# contexts as a shop has products.
MAX_COMPARED = 50


class Reason(StrEnum):
    """Why a decision is shown where it is, or nowhere."""

    EXACT = "exact"  # shown: the same picture in the same role, language and context
    CARRIED = "carried"  # shown: the same asset in the same role and language, in the nearest context
    SUPERSEDED = "superseded"  # a newer decision holds in its place
    OTHER_PICTURE = "other_picture"  # its place now shows other bytes
    WAITING = "waiting"  # its place is gone; it is shown again when the place comes back
    UNDONE = "undone"  # somebody has taken it back
    UNDO = "undo"  # it is no decision on a text, but takes one back


@dataclass(frozen=True, slots=True)
class Place:
    """One image of a site in one context: all that one decision settles."""

    image_id: int
    image_url: str  # canonical
    asset: str | None  # sha256; None: not fetched yet
    role: str  # image, link or button
    language: str  # primary subtag
    context_key: str
    context: Mapping[str, Any] | None = None  # as stored, of the first occurrence; None where nothing stands any more
    pages: frozenset[str] = frozenset()  # paths of the pages that it stands on, as far as decisions name them
    standing: bool = True  # False: a suggestion is kept for it, but no page shows it now


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision was made on, by the identities of today. A higher id is a newer decision."""

    id: int
    image_url: str  # canonical form of the address as written
    asset: str | None  # sha256; None: not known
    role: str
    language: str
    context_key: str
    context: (
        Mapping[str, Any] | None
    )  # as stored; None: not known, as of some decisions that are older than the journal
    page: str  # path of the page
    undone: bool = False
    replaces: int | None = None  # the decision that held before it


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where one decision is shown, and why. Places are (image id, context key)."""

    reason: Reason
    places: tuple[tuple[int, str], ...] = ()
    by: int | None = None  # the decision that is shown instead, when superseded


@dataclass(frozen=True, slots=True)
class Held:
    """The decision that holds for a place."""

    decision_id: int
    carried: bool


@dataclass(frozen=True, slots=True)
class Matching:
    """What `match` found. A place that is not in `holds` has no decision."""

    holds: dict[tuple[int, str], Held] = field(default_factory=dict)
    explanations: dict[int, Explanation] = field(default_factory=dict)


def path_of(url: str | None) -> str:
    """The path of an address without a slash at its end: what stays when a site moves to https or another host."""
    try:
        return urlsplit(url or "").path.rstrip("/") or "/"
    except ValueError:
        return "/"


def match(places: Sequence[Place], decisions: Iterable[Decided]) -> Matching:
    """Say for every place which decision holds, and for every decision where it is shown or why nowhere.

    Expects all that may concern one another: the places and decisions of one site that share an address or an
    asset. The order of the arguments changes nothing.
    """
    newest_first = sorted(decisions, key=lambda decision: -decision.id)
    standing = sorted((place for place in places if place.standing), key=_place_key)
    effective = [decision for decision in newest_first if not decision.undone]
    exact = _Exact(effective)
    holds: dict[tuple[int, str], Held] = {}
    superseded: dict[int, int] = {}
    other_picture: set[int] = set()
    fitting: set[int] = set()
    for place in standing:
        found = list(exact.fitting(place))
        fitting.update(decision.id for decision in found)
        other_picture.update(decision.id for decision in exact.of_other_bytes(place))
        if found:
            holds[_place_key(place)] = Held(found[0].id, carried=False)
            for older in found[1:]:
                superseded.setdefault(older.id, found[0].id)
    orphans = [decision for decision in effective if decision.id not in fitting]
    superseded |= {key: by for key, by in _replaced(orphans, effective).items() if key not in superseded}
    carry = _Carry([decision for decision in orphans if decision.id not in superseded])
    for place in standing:
        if _place_key(place) not in holds and (nearest := carry.nearest(place)) is not None:
            holds[_place_key(place)] = Held(nearest.id, carried=True)
    shown = {held.decision_id for held in holds.values()}
    for place in places:
        if not place.standing:
            kept = next(iter(exact.fitting(place)), None)
            if kept is not None and kept.id not in shown:
                holds[_place_key(place)] = Held(kept.id, carried=False)
    stands = {_place_key(place) for place in standing}
    return Matching(holds, _explain(newest_first, holds, stands, superseded, other_picture))


def _place_key(place: Place) -> tuple[int, str]:
    return place.image_id, place.context_key


class _Exact:
    """The decisions by what a place must share with them, newest first."""

    def __init__(self, newest_first: Iterable[Decided]) -> None:
        self._by_address: defaultdict[tuple[str, ...], list[Decided]] = defaultdict(list)
        self._by_asset: defaultdict[tuple[str, ...], list[Decided]] = defaultdict(list)
        for decision in newest_first:
            where = (decision.role, decision.language, decision.context_key)
            self._by_address[(*where, decision.image_url)].append(decision)
            if decision.asset is not None:
                self._by_asset[(*where, decision.asset)].append(decision)

    def fitting(self, place: Place) -> Iterator[Decided]:
        """The decisions made on this very place, newest first: those at its address before others on its asset."""
        found = {decision.id: decision for decision in self._at_address(place) if not _differ(decision, place)}
        if place.asset is not None:
            where = (place.role, place.language, place.context_key, place.asset)
            found |= {decision.id: decision for decision in self._by_asset.get(where, ())}
        return iter(sorted(found.values(), key=lambda made: (made.image_url != place.image_url, -made.id)))

    def of_other_bytes(self, place: Place) -> Iterator[Decided]:
        """The decisions on what was at this place's address when it showed another picture."""
        return (decision for decision in self._at_address(place) if _differ(decision, place))

    def _at_address(self, place: Place) -> Sequence[Decided]:
        return self._by_address.get((place.role, place.language, place.context_key, place.image_url), ())


def _differ(decision: Decided, place: Place) -> bool:
    return decision.asset is not None and place.asset is not None and decision.asset != place.asset


def _replaced(orphans: Sequence[Decided], effective: Sequence[Decided]) -> dict[int, int]:
    """Orphans that a newer decision has taken the place of, with that decision.

    Either both were made on one place, or the newer says that the older held there before it.
    """
    replaced = {decision.replaces: decision.id for decision in reversed(effective) if decision.replaces is not None}
    newest: dict[tuple[str, ...], int] = {}
    found: dict[int, int] = {}
    for decision in orphans:
        where = (decision.role, decision.language, decision.context_key)
        same = [(*where, "address", decision.image_url)] + (
            [(*where, "asset", decision.asset)] if decision.asset is not None else []
        )
        by = replaced.get(decision.id) or next((newest[key] for key in same if key in newest), None)
        if by is not None:
            found[decision.id] = by
        for key in same:
            newest.setdefault(key, decision.id)
    return found


class _Carry:
    """Decisions whose own places are gone, found by what a place may share with them."""

    def __init__(self, orphans: Iterable[Decided]) -> None:
        self._by_feature: defaultdict[tuple[str, ...], list[Decided]] = defaultdict(list)
        for decision in orphans:
            if decision.asset is None:
                continue
            what = (decision.asset, decision.role, decision.language)
            pages = frozenset([decision.page])
            for feature in _features(decision.role, decision.context, pages):
                newest = self._by_feature[what + feature]
                if len(newest) < MAX_COMPARED:
                    newest.append(decision)

    def nearest(self, place: Place) -> Decided | None:
        """The decision on the same asset in the same role and language that was made in the nearest context."""
        if place.asset is None:
            return None
        what = (place.asset, place.role, place.language)
        candidates = {
            decision.id: decision
            for feature in _features(place.role, place.context, place.pages)
            for decision in self._by_feature.get(what + feature, ())
        }
        return max(candidates.values(), key=lambda decision: (_nearness(decision, place), decision.id), default=None)


_WEIGHTS = {"product": 8, "figcaption": 8, "link": 8, "page": 4, "heading": 2, "any": 0}


def _features(role: str, context: Mapping[str, Any] | None, pages: Iterable[str]) -> set[tuple[str, str]]:
    """What decisions and places are compared by, the host of a link or page left out.

    The text of a link says where it leads. So it is carried only where the link still leads to the same path,
    or stands on the page where it was decided on.
    """
    found = {("page", page) for page in pages}
    if role == IMAGE_ROLE:
        found.add(("any", ""))
    if context is None:
        return found
    if role == IMAGE_ROLE:
        named = {name: context.get(name) for name in ("product", "figcaption", "heading")}
        found |= {(name, comparable(value)) for name, value in named.items() if value}
    elif (link := context.get("link_url")) is not None:
        found.add(("link", path_of(link)))
    return found


def _nearness(decision: Decided, place: Place) -> int:
    mine = _features(decision.role, decision.context, [decision.page])
    return sum(_WEIGHTS[name] for name, _ in mine & _features(place.role, place.context, place.pages))


def _explain(
    decisions: Iterable[Decided],
    holds: dict[tuple[int, str], Held],
    standing: set[tuple[int, str]],
    superseded: dict[int, int],
    other_picture: set[int],
) -> dict[int, Explanation]:
    shown: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    carried = set()
    for key, held in sorted(holds.items()):
        if key in standing:
            shown[held.decision_id].append(key)
            if held.carried:
                carried.add(held.decision_id)
    found = {}
    for decision in decisions:
        id_ = decision.id
        if decision.undone:
            found[id_] = Explanation(Reason.UNDONE)
        elif id_ in shown:
            found[id_] = Explanation(Reason.CARRIED if id_ in carried else Reason.EXACT, tuple(shown[id_]))
        elif id_ in superseded:
            found[id_] = Explanation(Reason.SUPERSEDED, by=superseded[id_])
        elif id_ in other_picture:
            found[id_] = Explanation(Reason.OTHER_PICTURE)
        else:
            found[id_] = Explanation(Reason.WAITING)
    return found
