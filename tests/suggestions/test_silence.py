"""Where an empty alt is what there is to propose."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.records import Context, SuggestionReason, SuggestionSource
from store.engine import reading
from store.models import Suggestion
from suggestions.run import suggest
from tests.storefill import MISSING, occurrence, store_visits, visit
from tests.suggestions.test_decide import decide, neighbour, of_places
from tests.suggestions.test_run import caption

BESIDE = Context(passage="Warning", label="Warning")


def of_row(name: str, beside: str | None, other: str, other_beside: str | None = None, **facts: object):
    where = occurrence(name, lang="en", context=Context(surrounding=beside), **facts)
    next_to = neighbour(
        7, image_url=f"http://shop.test/{other}", context=Context(surrounding=other_beside or beside), lang="en"
    )
    return of_places(None, where, neighbours=((None, next_to),))


@pytest.mark.parametrize(
    ("name", "beside", "text"),
    [
        ("star-full.png", "Rated 4 out of 5", ""),
        ("star_half.svg", "(23 reviews)", ""),
        ("stern.png", "4,5 von 5", ""),
        ("star-full.png", "Customers love it", None),
        ("star-full.png", None, None),
    ],
)
def test_stars_in_a_row_have_one_text_together(name, beside, text):
    draft = decide(of_row(name, beside, "star-empty.png"))
    assert (draft.text, draft.reason, draft.needs_human) == (text, SuggestionReason.GROUP, True)


@pytest.mark.parametrize(
    ("size", "beside", "text"), [(20, "Heat: 3 of 5", ""), (20, "Very hot", None), (200, "Heat: 3 of 5", None)]
)
def test_a_small_picture_right_beside_itself_is_one_of_a_row(size, beside, text):
    where = occurrence("chilli.png", lang="en", width=size, height=size, context=Context(surrounding=beside))
    itself = neighbour(5, image_url=where.image_url, context=Context(surrounding=beside), lang="en")
    draft = decide(of_places(None, where, neighbours=((itself, itself),)))
    assert draft.text == text
    assert (draft.reason is SuggestionReason.GROUP) is (size < 64)


@pytest.mark.parametrize(
    "group",
    [
        of_row("star-full.png", "Rated 4 out of 5", "wolf.png"),
        of_row("star-full.png", "Rated 4 out of 5", "star-full.png", "Another product: 3 out of 5"),
        of_row("starling.png", "4 birds", "starling.png"),
        of_row("step-1.png", "1 2 3", "step-2.png"),
    ],
    ids=["alone", "another block", "bird", "steps"],
)
def test_what_is_no_rating(group):
    assert decide(group).reason is not SuggestionReason.GROUP


@pytest.mark.parametrize(
    ("size", "text", "source"),
    [(24, "", SuggestionSource.EMPTY), (640, None, SuggestionSource.NONE), (None, None, SuggestionSource.NONE)],
)
def test_an_icon_beside_its_word_needs_none(size, text, source):
    """A large picture shows more than its word; one of no known size may."""
    where = occurrence("warning.png", lang="en", width=size, height=size, context=BESIDE)
    draft = decide(of_places(None, where))
    assert (draft.text, draft.source, draft.reason) == (text, source, SuggestionReason.REPEATS_PAGE)


def test_a_picture_in_a_link_with_a_text_needs_none_where_that_says_it_all():
    card = {"interactive": "link", "sole_content": False}
    said = Context(link_text="A red kettle", link_url="http://shop.test/kettle")
    draft = decide(of_places("a red kettle", occurrence("kettle.jpg", lang="en", context=said, **card)))
    assert (draft.text, draft.reason) == ("", SuggestionReason.REPEATS_PAGE)
    more = decide(of_places("a red kettle on a stove", occurrence("kettle.jpg", lang="en", context=said, **card)))
    assert more.text == "A red kettle on a stove"


@pytest.mark.parametrize(
    "facts",
    [
        {"title": "Warning"},
        {"interactive": "link", "sole_content": True},
        {"role": "img", "conflict": "role=img"},
    ],
    ids=["title", "link", "role"],
)
def test_no_empty_alt_where_a_rule_condemns_it(facts):
    where = occurrence(
        "x1.png", alt="Warning sign", accessible_name="Warning sign", lang="en",
        context=Context(passage="Warning sign", link_text="Warning sign"), **facts,
    )  # fmt: skip
    assert decide(of_places(None, where)).text != ""


def test_an_empty_alt_waits_for_a_person(engine):
    warning = occurrence("warning.png", lang="en", width=24, height=24, context=BESIDE)
    store_visits(engine, visit("1", (warning, MISSING)))
    caption(engine, None)
    suggest(engine)
    with reading(engine) as session:
        (draft,) = session.scalars(select(Suggestion))
        assert (draft.text, draft.source, draft.needs_human, draft.state) == ("", "empty", True, "pending")
    assert suggest(engine).drafted == 0
