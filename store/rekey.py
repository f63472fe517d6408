"""Bringing a store along when the rules of identities change, so that a crawl finds again what it stored before.

Addresses, facts and contexts are kept as the pages had them; images, keys of occurrences and context keys are made
from those. With rules of another version they are made again: images that are one now are merged, those that are
not are split, and people's decisions go along. It works in pieces, each a transaction that picks up what still has
another version: so it can be stopped at any time, and of two processes each does what the other has not done yet.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from store import identities
from store.decisions_attach import add_keys, attach_site
from store.engine import reading, writing
from store.models import Decision, DecisionKey
from store.rekey_addresses import rename_pages
from store.rekey_images import rekey_images
from store.rekey_pages import rekey_pages
from store.rekey_sizes import note_originals

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

log = logging.getLogger(__name__)

DECISIONS_AT_ONCE = 500
_LOCK = 7_160_946_316_263_216_501  # of Postgres, for the length of a piece; a number of our own


def bring_up_to_date(engine: Engine) -> None:
    """Make all identities again that were made by other rules than those of this program. One look, when none were.

    Raises StoreError when a program with other rules begins the same in the meantime.
    """
    with reading(engine) as session:
        if identities.are_current(session):
            return
    log.info("the rules of identities have changed: bringing the store along")
    with writing(engine) as session:
        _take_turns(session)
        if not identities.are_current(session):
            identities.begin(session)
    for piece in (rename_pages, note_originals, rekey_images, rekey_pages, _rekey_decisions):
        _repeat(engine, piece)
    with writing(engine) as session:
        _take_turns(session)
        identities.refuse_others(session)
        for site_id in session.scalars(select(DecisionKey.site_id).distinct().order_by(DecisionKey.site_id)).all():
            attach_site(session, site_id)
        identities.finish(session)


def _repeat(engine: Engine, piece: Callable[[Session, int], int | None]) -> None:
    """Call `piece` with the last id that it returned, each time in a transaction, until it returns None."""
    last_id: int | None = 0
    while last_id is not None:
        with writing(engine) as session:
            _take_turns(session)
            identities.refuse_others(session)
            last_id = piece(session, last_id)


def _take_turns(session: Session) -> None:
    """Let one process at a time work on a piece. On SQLite, who writes is alone."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _rekey_decisions(session: Session, after_id: int) -> int | None:
    ids = list(
        session.scalars(
            select(Decision.id)
            .where(Decision.id > after_id, Decision.undoes_id.is_(None))
            .order_by(Decision.id)
            .limit(DECISIONS_AT_ONCE)
        )
    )
    add_keys(session, ids)
    return ids[-1] if ids else None
