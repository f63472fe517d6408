"""What a page says around a picture, as one question about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.place import Place, place_of
from core.records import Context

PLACE = Place("en", title="Shoes", heading="Trail", caption="New", product="Runner", link="Buy", alts=("A dog",))


@pytest.mark.parametrize("name", ["title", "heading", "caption", "product", "link", "language"])
def test_another_word_is_another_question(name):
    assert replace(PLACE, **{name: "other"}).digest != PLACE.digest
    assert len(PLACE.digest) == 16


def test_case_white_space_and_other_texts_of_the_site_are_the_same_question():
    assert replace(PLACE, heading="  TRAIL ", alts=("Another",)).digest == PLACE.digest
    assert replace(PLACE, heading="New", caption="Trail").digest != PLACE.digest  # it matters what says it


def test_nothing_to_tell_is_the_picture_alone():
    assert Place("de", alts=("A dog",)).digest == ""
    assert place_of([Context(), Context()], ["One", "Two"], "de", None).digest == ""


def test_what_the_places_do_not_agree_on_is_left_out():
    one = Context(heading="News", topic="Team", figcaption="Ann", product="", link_text="More")
    two = Context(heading="Press", topic="Team", figcaption="Bob", beside_link="More")
    assert place_of([one, two], ["Shop"], "en", "Target") == Place("en", title="Shop", heading="Team", link="More")
    assert place_of([replace(one, topic="")], [], "en", None).heading is None  # no heading is about it
    assert place_of([Context()], ["Shop"], "en", "Target").link == "Target"
