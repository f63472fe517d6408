"""Texts that people decided on before the journal was kept are in it afterwards."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from store import decisions
from store.engine import reading, writing
from store.migrate import open_store
from store.models import Decision, Suggestion
from store.schema import downgrade, upgrade
from tests.store.world import Picture, WebPage, World

# state, origin and text of a suggestion, and the state of its decision; None: no person had a say
STATES = [
    ("pending", "model", "A draft", None),
    ("pending", "model", None, None),
    ("pending", "import", "From a sheet", "pending"),
    ("pending", "human", "By hand", "pending"),
    ("approved", "model", "Approved", "approved"),
    ("approved", "import", "Approved from a sheet", "approved"),
    ("edited", "human", "Edited", "edited"),
    ("rejected", "model", "Rejected", "rejected"),
    ("rejected", "model", None, "rejected"),
    ("live", "human", "Live", "approved"),
    ("regressed", "model", "Regressed", "approved"),
]


def old_store(engine) -> list[int]:
    """A store of the version before, with a suggestion of each state; returns their ids."""
    world = World(engine, pages={"/": WebPage([Picture(f"/{n}.jpg", link=f"/{n}") for n in range(len(STATES))])})
    world.crawl()
    world.caption()
    ids = world.suggestion_ids()
    with writing(engine) as session:
        for id_, (state, origin, words, _) in zip(ids, STATES, strict=True):
            row = session.get_one(Suggestion, id_)
            row.state, row.origin, row.text = state, origin, words
    downgrade(engine, "0005")
    return ids


def test_every_state_is_kept_and_in_the_journal(engine, database):
    ids = old_store(engine)
    open_store(database).dispose()
    for _ in range(2):
        with reading(engine) as session:
            rows = [session.get_one(Suggestion, id_) for id_ in ids]
            assert [(row.state, row.origin, row.text) for row in rows] == [row[:3] for row in STATES]
            made = [session.get(Decision, row.decision_id) if row.decision_id else None for row in rows]
            assert [decision.state if decision else None for decision in made] == [state for *_, state in STATES]
            for row, decision in zip(rows, made, strict=True):
                if decision is not None:
                    assert (decision.text, decision.origin, decision.who) == (row.text, row.origin, None)
                    assert (decision.role, decision.language, decision.page_url) == ("link", "en", "http://shop.test/")
                    assert decision.at == row.updated_at
                    assert decisions.explain(session, decision.id).reason == "exact"
            assert len(list(decisions.journal(session, rows[0].site_id))) == 9
        # Down and up again changes nothing.
        downgrade(engine, "0005")
        open_store(database).dispose()


def test_a_text_whose_context_was_edited_away_finds_its_picture_again(engine, database):
    world = World(engine, pages={"/": WebPage([Picture("/tea.jpg")])})
    world.crawl()
    world.caption()
    with writing(engine) as session:
        row = session.scalars(select(Suggestion)).one()
        row.state, row.origin, row.text = "approved", "human", "A tin of tea"
    downgrade(engine, "0005")
    with writing(engine) as session:  # the version before: another figcaption, another key, the text out of sight
        session.execute(
            text("UPDATE occurrences SET context_key = 'ffffffffffffffff-en', context = :context"),
            {"context": json.dumps({"figcaption": "Tea"})},
        )
    open_store(database).dispose()
    assert world.shown() == [("/", "http://shop.test/tea.jpg", "A tin of tea", "approved", True)]


def test_a_decorative_picture_is_known_to_the_version_before_as_rejected(engine):
    upgrade(engine)
    world = World(engine, pages={"/": WebPage([Picture("/line.png")])})
    world.crawl()
    world.caption()
    world.decide(world.suggestion_ids()[0], "decorative")
    downgrade(engine, "0005")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT state, text FROM suggestions")).all() == [("rejected", "")]


@pytest.mark.slow
def test_a_thousand_texts_are_taken_over_in_pieces(engine, database):
    world = World(engine, pages={"/": WebPage([Picture(f"/{n}.jpg") for n in range(1001)])})
    world.crawl()
    now = datetime.now(UTC)
    with writing(engine) as session:
        session.execute(
            text(
                "INSERT INTO suggestions (site_id, image_id, context_key, language, text, state, origin, source, "
                "needs_human, created_at, updated_at) SELECT :site, image_id, context_key, 'en', key, 'approved', "
                "'human', 'none', false, :now, :now FROM occurrences"
            ),
            {"site": world.site_id, "now": now.isoformat() if engine.dialect.name == "sqlite" else now},
        )
    downgrade(engine, "0005")
    open_store(database).dispose()
    with reading(engine) as session:
        assert len(list(decisions.journal(session, world.site_id))) == 1001
        assert {row.text for row in decisions.journal(session, world.site_id)} == set(
            session.scalars(select(Suggestion.text))
        )
