"""What people decided, from the journal to what is shown, on stores that the real parser filled."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from core.records import DecisionState
from store import decisions
from store.deciding import Choice, DecisionClashError, DecisionError, Seen, decide
from store.engine import reading, writing
from store.models import Attempt, Change, Decision, Image, Occurrence, Suggestion
from store.rekey import bring_up_to_date
from tests.store.world import Picture, WebPage, World, row_that_drops, rows_without, scheme_table

TEA = Picture("/p/tea.jpg?fmt=small")
TEXT = "A tin of green tea"


@pytest.fixture
def world(engine) -> World:
    """A shop with one picture on its page, captioned."""
    bring_up_to_date(engine)
    made = World(engine, pages={"/": WebPage([TEA])})
    made.crawl()
    made.caption()
    return made


def approve(world: World, text: str = TEXT) -> int:
    return world.decide(world.suggestion_ids()[0], "edited", text)


def edit(world: World, **changes: str | None) -> None:
    page = world.pages["/"]
    page.pictures[0] = replace(page.pictures[0], **changes)


def test_one_more_row_in_the_table_of_schemes_loses_no_text(world):
    made = approve(world)
    with scheme_table((*rows_without(), row_that_drops("fmt"))):
        bring_up_to_date(world.engine)
        expected = [("/", "http://shop.test/p/tea.jpg", TEXT, "edited", False)]
        assert world.shown() == expected
        world.crawl()
        assert world.shown() == expected
        assert world.reason(made) == "exact"
        with reading(world.engine) as session:
            assert session.scalars(select(Image.state)).all() == ["captioned"]
            assert session.scalar(select(func.count()).select_from(Change)) == 0
            assert session.scalar(select(func.count()).select_from(Occurrence)) == 1
    bring_up_to_date(world.engine)  # an older version again: the row is taken out
    assert world.shown() == [("/", "http://shop.test/p/tea.jpg?fmt=small", TEXT, "edited", False)]


def test_images_that_become_one_are_merged_and_split_again(world):
    large = replace(TEA, src="/p/tea.jpg?fmt=large")
    world.pages = {"/": WebPage([TEA, large]), "/2": WebPage([large])}
    world.crawl()
    made = approve(world)
    with scheme_table((*rows_without(), row_that_drops("fmt"))):
        bring_up_to_date(world.engine)
        assert {row[1:] for row in world.shown()} == {("http://shop.test/p/tea.jpg", TEXT, "edited", False)}
        with reading(world.engine) as session:
            assert session.execute(select(Image.state, Image.strikes)).all() == [("captioned", 0)]
            assert session.scalar(select(func.count()).select_from(Attempt)) == 1
        world.crawl()
        with reading(world.engine) as session:
            assert session.scalar(select(func.count()).select_from(Change)) == 0
            assert session.scalar(select(func.count()).select_from(Occurrence)) == 3
    bring_up_to_date(world.engine)
    world.crawl()
    with reading(world.engine) as session:
        assert session.scalar(select(func.count()).select_from(Change)) == 0
        assert session.scalar(select(func.count()).select_from(Occurrence)) == 3
        assert sorted(session.scalars(select(Image.state))) == ["captioned", "pending"]
    world.caption()
    assert {(text, state) for _, _, text, state, _ in world.shown()} == {(TEXT, "edited")}
    assert world.reason(made) == "exact"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"figcaption": "Green tea"}, id="figcaption"),
        pytest.param({"product": "Green tea"}, id="product"),
    ],
)
def test_a_text_is_carried_over_an_edit_of_its_context_and_back(world, change):
    made = approve(world)
    edit(world, **change)
    world.crawl()
    (row,) = world.shown()
    assert row[2:] == (TEXT, "edited", True)
    assert world.reason(made) == "carried"
    edit(world, **dict.fromkeys(change))
    world.crawl()
    assert world.shown()[0][2:] == (TEXT, "edited", False)
    assert world.reason(made) == "exact"


def test_a_link_that_is_edited_keeps_its_text(world):
    edit(world, link="/tea")
    world.crawl()
    world.recaption()
    approve(world, "Tea")
    edit(world, link="/tea.html")
    world.crawl()
    assert world.shown()[0][2:] == ("Tea", "edited", True)


@pytest.mark.parametrize("origin", ["https://shop.test", "http://store.test"])
def test_a_site_that_moves_keeps_its_texts_once_its_pictures_are_known(world, origin):
    approve(world)
    world.origin = origin
    world.crawl()
    (row,) = world.shown()
    assert row[1:3] == (f"{origin}/p/tea.jpg?fmt=small", None)
    world.caption()
    assert world.shown()[0][2:] == (TEXT, "edited", False)


def test_nothing_is_shown_on_other_bytes_at_the_same_address(world):
    made = approve(world)
    world.content["/p/tea.jpg"] = 1
    world.recaption()
    assert world.shown()[0][2] is None  # drafted anew
    assert world.reason(made) == "other_picture"
    world.content["/p/tea.jpg"] = 0
    world.recaption()
    assert world.shown()[0][2:] == (TEXT, "edited", False)


def test_a_decision_before_the_first_look_holds_for_the_bytes_first_seen(engine):
    bring_up_to_date(engine)
    world = World(engine, pages={"/": WebPage([TEA])})
    world.crawl()
    with writing(engine) as session:
        world._draft(session, session.scalars(select(Image.id)).one(), "0" * 64)
    made = approve(world)
    assert world.shown()[0][2:] == (TEXT, "edited", False)
    world.caption()
    assert world.reason(made) == "exact"
    world.content["/p/tea.jpg"] = 1
    world.recaption()
    assert world.reason(made) == "other_picture"


def test_another_language_gets_no_text_of_this_one(world):
    made = approve(world)
    world.pages["/"].lang = "de"
    world.crawl()
    world.recaption()
    assert world.shown()[0][3] == "pending"
    assert world.reason(made) == "waiting"


def test_what_stood_before_comes_back(world):
    before = world.shown()
    first, second = approve(world, "First"), approve(world, "Second")
    assert world.shown()[0][2] == "Second"
    assert world.reason(first) == "superseded"
    world.undo(second)
    assert world.shown()[0][2] == "First"
    world.undo(first)
    assert world.shown() == before
    assert [world.reason(id_) for id_ in (first, second)] == ["undone", "undone"]
    with reading(world.engine) as session:
        rows = list(decisions.journal(session, world.site_id))
    assert [(row.state, row.who, row.undoes, row.text) for row in rows] == [
        ("edited", "Ann", None, "First"),
        ("edited", "Ann", None, "Second"),
        ("undone", "Ben", second, "First"),
        ("undone", "Ben", first, before[0][2]),
    ]
    assert world.reason(rows[2].id) == "undo"
    with pytest.raises(DecisionError, match="taken back already"):
        world.undo(first)


def test_a_batch_is_undone_as_one(world):
    world.pages["/"].pictures.append(Picture("/p/pot.jpg"))
    world.crawl()
    world.caption()
    before = world.shown()
    for id_ in world.suggestion_ids():
        world.decide(id_, "approved", batch="b1")
    assert {row[3] for row in world.shown()} == {"approved"}
    world.undo(batch="b1")
    assert world.shown() == before


def test_a_carried_text_is_refused_for_its_place_alone(world):
    made = approve(world)
    edit(world, figcaption="Green tea")
    world.crawl()
    draft = world.shown()[0]
    assert draft[4]
    world.decide(world.suggestion_ids()[0], "pending")
    assert world.shown()[0][3:] == ("pending", False)
    edit(world, figcaption=None)
    world.crawl()
    assert world.shown()[0][2:] == (TEXT, "edited", False)
    assert world.reason(made) == "exact"


def test_two_people_at_once(world):
    (id_,) = world.suggestion_ids()
    with reading(world.engine) as session:
        row = session.get_one(Suggestion, id_)
        choice = Choice(row.image_id, row.context_key, DecisionState.REJECTED, None, Seen(row.text, row.state))
    approve(world)
    with writing(world.engine) as session:
        (refused,) = decide(session, world.site_id, [choice], who="Cem")
    assert isinstance(refused, DecisionClashError)
    assert "somebody else decided" in str(refused)
    assert world.shown()[0][2:4] == (TEXT, "edited")


@pytest.mark.parametrize(
    ("state", "text", "message"),
    [
        ("edited", "x" * 2001, "2,001 characters"),
        ("edited", "", "say decorative"),
        ("edited", " \n", "say decorative"),
        ("edited", None, "say decorative"),
        ("approved", "another", "say edited"),
        ("undone", None, "undo"),
    ],
)
def test_what_cannot_be_decided_is_said(world, state, text, message):
    with pytest.raises(DecisionError, match=message):
        world.decide(world.suggestion_ids()[0], state, text)
    with reading(world.engine) as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == 0


def test_texts_are_kept_as_they_are_given(world):
    approve(world, "  Grüner Tee,\n«lose» \x00 🍵 ")
    assert world.shown()[0][2] == "  Grüner Tee,\n«lose» \ufffd 🍵 "
    world.decide(world.suggestion_ids()[0], "decorative")
    assert world.shown()[0][2:4] == ("", "decorative")


def test_a_decided_text_goes_live_wherever_it_is_carried_and_regresses(world):
    approve(world)
    edit(world, alt=TEXT)
    world.crawl()
    assert world.shown()[0][3] == "live"
    edit(world, figcaption="Green tea")
    world.crawl()
    assert world.shown()[0][2:] == (TEXT, "live", True)
    edit(world, alt=None, product="Tea")
    world.crawl()
    assert world.shown()[0][2:] == (TEXT, "regressed", True)


def test_one_customers_decision_is_not_shown_to_another(world):
    approve(world)
    other = World(world.engine, pages={"/": WebPage([TEA])})
    with writing(world.engine) as session:
        from store.sites import ensure_site

        other.site_id = ensure_site(session, "other.test").id
    other.crawl()
    with reading(world.engine) as session:
        texts = session.execute(select(Suggestion.site_id, Suggestion.text)).all()
    assert texts == [(world.site_id, TEXT)]


def test_many_are_decided_at_once_and_one_refusal_keeps_no_other_back(world):
    world.pages["/"].pictures += [Picture("/p/pot.jpg"), Picture("/p/cup.jpg", alt="A cup")]
    world.crawl()
    world.caption()

    def suggestions() -> dict[str, Suggestion]:
        rows = session.execute(select(Image.url, Suggestion).join(Suggestion, Suggestion.image_id == Image.id))
        return {url.rsplit("/", 1)[1][:3]: row for url, row in rows}

    with writing(world.engine) as session:
        before = suggestions()
        assert "cup" not in before  # its text is a good one
        tea, pot = before["tea"], before["pot"]
        drafts = {name: (row.text, row.state) for name, row in before.items()}
        cup = session.scalars(select(Image.id).where(Image.url.contains("cup"))).one()
        choices = [
            Choice(tea.image_id, tea.context_key, DecisionState.EDITED, "Tea", Seen(tea.text, tea.state)),
            Choice(pot.image_id, pot.context_key, DecisionState.EDITED, " ", Seen(pot.text, pot.state)),
            Choice(cup, tea.context_key, DecisionState.EDITED, "A white cup", Seen()),
            Choice(cup, "0-en", DecisionState.DECORATIVE, None, Seen()),
        ]
        first, empty, third, unknown = decide(session, world.site_id, choices, who="Ann", batch="b")
    assert isinstance(first, int)
    assert isinstance(third, int)
    assert "empty" in str(empty)
    assert "no longer known" in str(unknown)
    with reading(world.engine) as session:
        states = {name: (row.text, row.state) for name, row in suggestions().items()}
    assert states == drafts | {"tea": ("Tea", "edited"), "cup": ("A white cup", "edited")}
    world.undo(batch="b")
    with reading(world.engine) as session:
        assert {name: (row.text, row.state) for name, row in suggestions().items()} == drafts


def test_one_picture_at_two_addresses_is_decided_on_in_both_at_once(world, monkeypatch):
    world.pages["/"].pictures.append(replace(TEA, src="/p/tea.jpg?fmt=large"))
    world.crawl()
    world.caption()
    monkeypatch.setattr("store.decisions_gather.CHUNK", 1)
    with writing(world.engine) as session:
        rows = session.scalars(select(Suggestion).order_by(Suggestion.id)).all()
        choices = [
            Choice(row.image_id, row.context_key, DecisionState.EDITED, f"Tea {row.id}", Seen(row.text, row.state))
            for row in rows
        ]
        answers = decide(session, world.site_id, choices, who="Ann")
    assert [type(answer) for answer in answers] == [int, int]
    assert [text for _, _, text, _, _ in world.shown()] == ["Tea 1", "Tea 2"]
