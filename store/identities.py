"""By which rules the identities in a store were made: a version of the store's own for the rules of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from core.errors import StoreError
from core.identity.context_key import VERSION as CONTEXT_VERSION
from core.identity.urls import image_rules
from store.models import Identity
from store.upsert import insert

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

FIRST = 1  # of images that were stored before their rules were kept


def image_version(session: Session) -> int:
    """The version by which images are marked now."""
    return session.scalar(select(Identity.version).where(Identity.name == "image")) or FIRST


def are_current(session: Session) -> bool:
    """Whether all identities of the store were made by the rules of this program."""
    rows = session.execute(select(Identity.name, Identity.rules, Identity.finished))
    return {(name, rules) for name, rules, finished in rows if finished} == set(_wanted().items())


def begin(session: Session) -> None:
    """Note that the store goes over to the rules of this program. Begun before, it goes on."""
    before = {name: (rules, version) for name, rules, version in session.execute(
        select(Identity.name, Identity.rules, Identity.version))}  # fmt: skip
    rows = []
    for name, rules in _wanted().items():
        known, version = before.get(name, (None, FIRST))
        rows.append({"name": name, "rules": rules, "version": version + (known != rules), "finished": False})
    statement = insert(session, Identity)
    changed = {column: statement.excluded[column] for column in ("rules", "version", "finished")}
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed), rows)


def finish(session: Session) -> None:
    """Note that all identities are made by the rules of now."""
    session.execute(Identity.__table__.update().values(finished=True))  # type: ignore[attr-defined]


def refuse_others(session: Session) -> None:
    """Raise StoreError when a program with other rules has begun to bring the store over to them."""
    rows = dict(session.execute(select(Identity.name, Identity.rules)).all())
    if rows != _wanted():
        raise StoreError(
            "another version of alt-audit has opened this database meanwhile. Use one version for all that work on "
            "it, and run the same command again; nothing stored is lost."
        )


def _wanted() -> dict[str, str]:
    return {"image": image_rules(), "context": str(CONTEXT_VERSION)}
