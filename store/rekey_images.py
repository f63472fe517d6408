"""Images whose canonical address is another by the rules of now: renamed, merged or split."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from core.identity.urls import canonical_image_url
from core.records import QueueState
from store.identities import image_version
from store.models import Asset, Attempt, DecisionKey, Image, Occurrence, Suggestion
from store.queue import reconcile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

IMAGES_AT_ONCE = 200
KEY_UNKNOWN = -1  # as the version of an occurrence: its key is to be made again, not only its context key
_VALUES = 500  # in one statement
# Of two images that become one, the state that says more. A lease is lost with its image.
_RANK = (QueueState.SKIPPED, QueueState.FAILED, QueueState.PENDING, QueueState.CAPTIONED)


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of one image."""

    heir: str  # address of the image that goes on in its row, or that it is merged into
    others: tuple[str, ...]  # addresses of images that were taken for the same
    keeps_asset: bool  # whether the heir is what was fetched


def plan(url: str, asset_url: str | None, addresses: Mapping[str | None, int]) -> Plan:
    """Say what becomes of an image, by the addresses of its occurrences as written, and how often each stands.

    None stands for occurrences whose address was not kept, which older versions stored: they go by `url`. Where one
    image becomes several, the asset stays with the one whose address was fetched. The others are fetched anew, since
    nothing says that they show the same bytes.
    """
    counts: Counter[str] = Counter()
    for address, number in (addresses or {None: 1}).items():
        counts[canonical_image_url(address if address is not None else url)] += number
    fetched = canonical_image_url(asset_url) if asset_url is not None else None
    heir = min(counts, key=lambda name: (name != url, name != fetched, -counts[name], name))
    return Plan(heir, tuple(sorted(counts.keys() - {heir})), len(counts) == 1 or heir == fetched)


def rekey_images(session: Session, after_id: int) -> int | None:
    """Do some of the images after `after_id` that have another version. Returns the last id, None when all are done."""
    version = image_version(session)
    images = session.scalars(
        select(Image)
        .where(Image.id > after_id, Image.identity_version != version)
        .order_by(Image.id)
        .limit(IMAGES_AT_ONCE)
        .with_for_update()
    ).all()
    if not images:
        return None
    addresses = _addresses(session, [image.id for image in images])
    last_id, touched = images[-1].id, set[int]()
    for image in images:
        # One before it may have been merged into it.
        found = (_addresses(session, [image.id]) if image.id in touched else addresses).get(image.id, {})
        todo = plan(image.url, image.asset_url, found)
        if todo.others or todo.heir != image.url:
            touched |= _carry_out(session, image, todo, found, version)
        else:
            image.identity_version = version
    session.flush()
    reconcile(session, sorted(touched))
    session.expire_all()
    return last_id


# What the image of an occurrence is called after.
_ADDRESS = func.coalesce(Occurrence.facts["picture"].as_string(), Occurrence.facts["address"].as_string())


def _addresses(session: Session, image_ids: Sequence[int]) -> dict[int, dict[str | None, int]]:
    """How often each address stands for each of these images, the occurrences that have vanished included."""
    found: dict[int, dict[str | None, int]] = {}
    address = _ADDRESS.label("address")
    rows = session.execute(
        select(Occurrence.image_id, address, func.count())
        .where(Occurrence.image_id.in_(image_ids))
        .group_by(Occurrence.image_id, address)
    )
    for image_id, written, number in rows:
        if image_id is not None:
            found.setdefault(image_id, {})[written] = number
    return found


def _carry_out(
    session: Session, image: Image, todo: Plan, addresses: Mapping[str | None, int], version: int
) -> set[int]:
    """Split, then rename or merge. Returns the ids of the images that have other occurrences now."""
    written: dict[str, list[str | None]] = {}
    for address in addresses:
        written.setdefault(canonical_image_url(address if address is not None else image.url), []).append(address)
    session.execute(
        update(Occurrence)
        .where(Occurrence.image_id == image.id)
        .values(context_version=KEY_UNKNOWN)
        .execution_options(synchronize_session=False)
    )
    touched = {image.id}
    for url in todo.others:
        other = _image_at(session, url) or _split_off(session, image, url, written[url], version)
        _move_occurrences(session, image.id, other.id, written[url])
        touched.add(other.id)
    if not todo.keeps_asset:
        _forget_asset(image, written[todo.heir])
    there = _image_at(session, todo.heir)
    if there is None or there.id == image.id:
        image.url, image.identity_version = todo.heir, version
        session.flush()
        return touched
    _merge(session, image, there)
    return touched - {image.id} | {there.id}


def _image_at(session: Session, url: str) -> Image | None:
    return session.scalars(select(Image).where(Image.url == url).with_for_update()).one_or_none()


def _own_address(addresses: Sequence[str | None]) -> str | None:
    return min((address for address in addresses if address is not None), default=None)


def _split_off(session: Session, image: Image, url: str, addresses: Sequence[str | None], version: int) -> Image:
    other = Image(
        url=url,
        identity_version=version,
        fetch_url=_own_address(addresses) or url,
        state=QueueState.SKIPPED,  # whether it needs a caption is for reconcile to say
        first_crawl_id=image.first_crawl_id,
        last_crawl_id=image.last_crawl_id,
    )
    session.add(other)
    session.flush()
    return other


def _forget_asset(image: Image, addresses: Sequence[str | None]) -> None:
    image.fetch_url, image.fetch_width = _own_address(addresses) or image.fetch_url, None
    image.asset_id = image.asset_url = image.etag = image.last_modified = None
    if image.state == QueueState.CAPTIONED:
        image.state = QueueState.PENDING


def _move_occurrences(session: Session, image_id: int, other_id: int, addresses: Sequence[str | None]) -> None:
    known = [address for address in addresses if address is not None]
    for start in range(0, max(len(known), 1), _VALUES):
        which: ColumnElement[bool] = _ADDRESS.in_(known[start : start + _VALUES])
        if start == 0 and None in addresses:
            which = or_(which, _ADDRESS.is_(None))
        session.execute(
            update(Occurrence)
            .where(Occurrence.image_id == image_id, which)
            .values(image_id=other_id)
            .execution_options(synchronize_session=False)
        )


def _merge(session: Session, image: Image, into: Image) -> None:
    """Make two images one. What was captioned stays so; of two assets, the one that people decided on last."""
    session.flush()
    if _takes_asset(session, image, into):
        for name in ("asset_id", "asset_url", "etag", "last_modified", "fetch_url", "fetch_width"):
            setattr(into, name, getattr(image, name))
    more = max((image, into), key=lambda one: _RANK.index(_settled(one)))
    if _settled(more) != into.state:
        into.state, into.stage, into.code, into.message = _settled(more), more.stage, more.code, more.message
        into.lease_owner = into.lease_expires_at = None
    into.strikes = max(into.strikes, image.strikes)
    into.first_crawl_id = min(into.first_crawl_id, image.first_crawl_id)
    into.last_crawl_id = max(into.last_crawl_id, image.last_crawl_id)
    for table in (Occurrence, Attempt):
        session.execute(
            update(table)
            .where(table.image_id == image.id)
            .values(image_id=into.id)
            .execution_options(synchronize_session=False)
        )
    _merge_suggestions(session, image.id, into.id)
    session.delete(image)
    session.flush()


def _settled(image: Image) -> QueueState:
    state = QueueState(image.state)
    return QueueState.PENDING if state is QueueState.LEASED else state


def _takes_asset(session: Session, image: Image, into: Image) -> bool:
    if image.asset_id is None or image.asset_id == into.asset_id:
        return False
    if into.asset_id is None:
        return True
    rows = session.execute(
        select(Asset.id, func.max(DecisionKey.decision_id))
        .join(DecisionKey, DecisionKey.asset_sha256 == Asset.sha256)
        .where(Asset.id.in_([image.asset_id, into.asset_id]))
        .group_by(Asset.id)
    )
    decided = dict(rows.all())
    return decided.get(image.asset_id, 0) > decided.get(into.asset_id, 0)


def _merge_suggestions(session: Session, image_id: int, into_id: int) -> None:
    """Of two suggestions for one context, the one that a decision holds stays, else the one that was there."""
    twin = aliased(Suggestion)
    same = (twin.site_id == Suggestion.site_id) & (twin.context_key == Suggestion.context_key)
    decided = exists().where(same, twin.image_id == image_id, twin.decision_id.is_not(None))
    there = exists().where(same, twin.image_id == into_id)
    quietly: dict[str, Any] = {"synchronize_session": False}
    session.execute(
        delete(Suggestion)
        .where(Suggestion.image_id == into_id, Suggestion.decision_id.is_(None), decided)
        .execution_options(**quietly)
    )
    session.execute(
        update(Suggestion)
        .where(Suggestion.image_id == image_id, ~there)
        .values(image_id=into_id)
        .execution_options(**quietly)
    )
    session.execute(delete(Suggestion).where(Suggestion.image_id == image_id).execution_options(**quietly))
