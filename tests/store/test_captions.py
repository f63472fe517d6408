from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from core.records import Classification, Context, Judgement, SuggestionOrigin, SuggestionState
from store import captions, queue
from store.engine import reading, writing
from store.models import Asset, Image, Suggestion
from tests.storefill import MISSING, OK, occurrence, store_visits, visit

KEY = captions.CaptionKey("builtin", "abc", "1", "en")
FACTS = captions.AssetFacts("f" * 64, "JPEG", 10, 20, 1234, "0" * 16, ("truncated",), b"webp")


def suggest(engine, text: str | None = "A dog.") -> None:
    with writing(engine) as session:
        (image,) = queue.claim(session, "w", 1, 60)
        asset_id = save_asset(session)
        caption = save_caption(session, asset_id, text)
        draft = captions.Draft(text, "caption", False)
        groups = captions.context_groups(session, [image.id])
        captions.save_suggestions(session, [(group, caption, draft) for group in groups])
        assert queue.end(session, "w", [queue.Ending(image.id, asset_id)]) == {image.id}


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


def test_groups_hold_the_occurrences_that_need_a_text(engine):
    in_link = {"interactive": "link", "sole_content": True}
    home = Context(heading="One", link_url="http://shop.test/")
    other = Context(heading="Two", link_url="http://shop.test/")
    plain = Context(heading="Three")
    store_visits(
        engine,
        visit("1", (occurrence("a.jpg", context=home, **in_link), MISSING), title="First"),
        visit("2", (occurrence("a.jpg", context=other, **in_link), MISSING), title="Second"),
        visit("3", (occurrence("a.jpg", context=plain), MISSING)),
        visit("4", (occurrence("a.jpg", alt="Fine", context=Context(figcaption="x")), OK)),
    )
    with reading(engine) as session:
        (image_id,) = session.scalars(select(Image.id))
        groups = captions.context_groups(session, [image_id])
    by_role = {group.functional: group for group in groups}
    assert set(by_role) == {"link", None}
    assert [c.heading for c in by_role["link"].contexts] == ["One", "Two"]
    assert by_role["link"].page_titles == ("First", "Second")
    assert by_role[None].contexts == (plain,)


@pytest.mark.parametrize(
    "decision",
    [
        {"state": SuggestionState.APPROVED},
        {"state": SuggestionState.REJECTED},
        {"origin": SuggestionOrigin.HUMAN, "text": "Mine"},
        {"origin": SuggestionOrigin.IMPORT, "text": "Theirs"},
    ],
    ids=["approved", "rejected", "human", "import"],
)
def test_what_a_person_said_is_never_overwritten(engine, decision):
    store_visits(engine, visit("", (occurrence(), MISSING)))
    suggest(engine)
    with writing(engine) as session:
        session.execute(update(Suggestion).values(**decision))
        session.execute(update(Image).values(state="pending"))
    with reading(engine) as session:
        before = session.execute(select(Suggestion.__table__)).one()
    suggest(engine, "Something else.")
    with reading(engine) as session:
        assert session.execute(select(Suggestion.__table__)).one() == before


def test_a_new_context_of_a_captioned_image_is_found(engine):
    store_visits(engine, visit("", (occurrence(), MISSING)))
    suggest(engine)
    with reading(engine) as session:
        assert captions.without_suggestion(session, KEY, 10) == []
    missing = Judgement(Classification.MISSING)
    store_visits(engine, visit("2", (occurrence(context=Context(figcaption="New")), missing)))
    with reading(engine) as session:
        ((image_id, caption),) = captions.without_suggestion(session, KEY, 10)
        assert caption.text == "A dog."
        assert image_id == session.scalars(select(Image.id)).one()
