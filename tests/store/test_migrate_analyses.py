"""Captions become analyses and come back; suggestions keep the one that they were made from."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from core.records import SuggestionState
from store import captions
from store.engine import reading, writing
from store.models import Suggestion
from store.schema import downgrade, upgrade
from suggestions.run import suggest
from tests.storefill import MISSING, SITE_ID, occurrence, store_visits, visit

BEFORE, AFTER = "0006", "0007"
TIME = "2026-01-01 00:00:00"
CAPTIONS = [
    (3, 1, "builtin", "abc", "1", "en", "a dog", 0.7),
    (4, 1, "builtin", "abc", "1", "de", None, None),
    (7, 2, 'odd "model"', "rev, 1", "", "en", "üñ <b>", 0.25),
]
SUGGESTIONS = [
    (101, 1, "k1", 3, "A dog", "approved", "model"),
    (102, 2, "k2", 7, None, "pending", "model"),
    (103, 1, "k3", None, "Mine", "edited", "human"),
]


@pytest.fixture
def filled(engine):
    """A store as it was before, with captions of three kinds and suggestions in several states."""
    store_visits(engine, visit("", (occurrence("a.jpg"), MISSING), (occurrence("b.jpg"), MISSING)))
    downgrade(engine, BEFORE)
    with writing(engine) as session:
        for id_ in (1, 2):
            session.execute(
                text("INSERT INTO assets (id, sha256, format, width, height, byte_size, warnings, thumbnail,"
                     " created_at) VALUES (:id, :sha, 'JPEG', 1, 1, 1, '[]', :thumbnail, :time)"),
                {"id": id_, "sha": f"{id_:064}", "thumbnail": b"x", "time": TIME},
            )  # fmt: skip
            session.execute(text("UPDATE images SET asset_id = :id, state = 'captioned' WHERE id = :id"), {"id": id_})
        for row in CAPTIONS:
            names = ("id", "asset_id", "model", "revision", "prompt_version", "language", "text", "confidence")
            session.execute(
                text("INSERT INTO captions VALUES (:id, :asset_id, :model, :revision, :prompt_version, :language,"
                     " :text, :confidence, :time)"),
                dict(zip(names, row, strict=True)) | {"time": TIME},
            )  # fmt: skip
        for row in SUGGESTIONS:
            names = ("id", "image_id", "key", "caption_id", "text", "state", "origin")
            session.execute(
                text("INSERT INTO suggestions (id, site_id, image_id, context_key, caption_id, text, state, origin,"
                     " source, needs_human, created_at, updated_at) VALUES (:id, :site_id, :image_id, :key,"
                     " :caption_id, :text, :state, :origin, 'caption', :needs_human, :time, :time)"),
                dict(zip(names, row, strict=True)) | {"site_id": SITE_ID, "needs_human": False, "time": TIME},
            )  # fmt: skip
    return engine


def stored(engine, table: str, columns: str) -> list[tuple]:
    with reading(engine) as session:
        return [tuple(row) for row in session.execute(text(f"SELECT {columns} FROM {table} ORDER BY id"))]


def test_nothing_is_lost_there_and_back(filled):
    upgrade(filled, AFTER)
    assert stored(filled, "suggestions", "id, image_id, context_key, analysis_id, text, state, origin") == SUGGESTIONS
    with reading(filled) as session:
        key = captions.CaptionKey(*CAPTIONS[2][2:6])
        assert captions.find_captions(session, [f"{2:064}"], key) == {
            f"{2:064}": captions.StoredCaption(7, 2, "üñ <b>", 0.25, "en", model='odd "model"')
        }
    downgrade(filled, BEFORE)
    columns = "id, asset_id, model, revision, prompt_version, language, text, confidence"
    assert stored(filled, "captions", columns) == CAPTIONS
    assert stored(filled, "suggestions", "id, image_id, context_key, caption_id, text, state, origin") == SUGGESTIONS


def test_the_stage_goes_on_where_the_worker_left_off(filled):
    upgrade(filled, "head")
    with writing(filled) as session:
        saved = captions.save_captions(
            session, captions.CaptionKey("new", "1", "1", "en"), [captions.NewCaption(1, "a fox in the snow", 0.9)]
        )
        assert saved[1].id > max(row[0] for row in CAPTIONS)
    suggest(filled)
    with reading(filled) as session:
        rows = {(row.id, row.text, row.state) for row in session.scalars(select(Suggestion))}
    assert {(101, "A dog", SuggestionState.APPROVED), (103, "Mine", SuggestionState.EDITED)} <= rows
    assert "A fox in the snow" in {draft for _, draft, _ in rows}
