from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select, update

from store import captions
from store.engine import reading, writing
from store.models import Analysis, Asset, Image
from tests.storefill import MISSING, occurrence, store_visits, visit

KEY = captions.CaptionKey("builtin", "abc", "1", "en")
FACTS = captions.AssetFacts("f" * 64, "JPEG", 10, 20, 1234, "0" * 16, ("truncated",), b"webp")


def save_asset(session, facts=FACTS) -> int:
    return captions.save_assets(session, [facts])[facts.sha256]


def save_caption(session, asset_id: int, text: str | None) -> captions.StoredCaption:
    return captions.save_captions(session, KEY, [captions.NewCaption(asset_id, text, 0.7)])[asset_id]


def test_same_bytes_are_one_asset_and_one_caption(engine):
    with writing(engine) as session:
        first = save_asset(session)
        assert save_asset(session) == first
        assert captions.save_assets(session, [FACTS, FACTS]) == {FACTS.sha256: first}
        caption = save_caption(session, first, "A dog")
        assert save_caption(session, first, "A cat") == caption
        assert captions.find_captions(session, ["f" * 64, "e" * 64], KEY) == {"f" * 64: caption}
        assert captions.captioned_assets(session, [first, first + 1], KEY) == {first}
        other = captions.CaptionKey("builtin", "new weights", "1", "en")
        assert captions.find_captions(session, ["f" * 64], other) == {}
        assert captions.captioned_assets(session, [first], other) == set()


def test_an_asset_without_a_hash_gets_one_when_it_is_met_again(engine):
    with writing(engine) as session:
        first = save_asset(session, replace(FACTS, phash=None))
        assert save_asset(session) == first
        assert session.scalars(select(Asset.phash)).one() == FACTS.phash


def test_an_abstention_is_a_caption_without_text(engine):
    with writing(engine) as session:
        save_caption(session, save_asset(session), None)
        assert captions.find_captions(session, ["f" * 64], KEY)["f" * 64].text is None


def test_captions_of_other_analysers_and_models_are_left_alone(engine):
    store_visits(engine, visit("", (occurrence(), MISSING)))
    other = captions.CaptionKey("builtin", "abc", "1", "de")
    with writing(engine) as session:
        asset_id = save_asset(session)
        save_caption(session, asset_id, "A dog")
        captions.save_captions(session, other, [captions.NewCaption(asset_id, "Ein Hund", 0.5)])
        session.add(Analysis(asset_id=asset_id, analyser="kind", revision="1", data={}, created_at=datetime.now(UTC)))
        image_id = session.scalars(update(Image).values(asset_id=asset_id).returning(Image.id)).one()
        newest = captions.newest_captions(session, [image_id])[image_id]
        assert (newest.text, newest.language) == ("Ein Hund", "de")
        captions.look_again(session, KEY, [asset_id])
    with reading(engine) as session:
        newest = captions.newest_captions(session, [image_id])[image_id]
        assert (newest.text, newest.confidence, newest.language) == ("A dog", 0.7, "en")
