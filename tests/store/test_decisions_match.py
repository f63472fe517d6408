"""Where decisions are shown, and why: the pure rules."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest

from store.decisions_match import Decided, Explanation, Held, Place, Reason, match, path_of

X, Y = "x" * 64, "y" * 64
PLACE = Place(1, "http://shop.test/tea.jpg", X, "image", "en", "k1", {"heading": "Tea"}, frozenset({"/tea"}))
MADE = Decided(1, "http://shop.test/tea.jpg", X, "image", "en", "k1", {"heading": "Tea"}, "/tea")
EXACT, CARRIED = Held(1, carried=False), Held(1, carried=True)


@pytest.mark.parametrize(
    ("place", "decision", "held", "reason"),
    [
        pytest.param(PLACE, MADE, EXACT, Reason.EXACT, id="as it was"),
        pytest.param(replace(PLACE, image_url="http://cdn.test/1.jpg"), MADE, EXACT, Reason.EXACT, id="same asset"),
        pytest.param(PLACE, replace(MADE, asset=None), EXACT, Reason.EXACT, id="asset of the decision not known"),
        pytest.param(replace(PLACE, asset=None), MADE, EXACT, Reason.EXACT, id="asset of the place not known"),
        pytest.param(replace(PLACE, asset=Y), MADE, None, Reason.OTHER_PICTURE, id="other bytes, same address"),
        pytest.param(replace(PLACE, context_key="k2"), MADE, CARRIED, Reason.CARRIED, id="context edited"),
        pytest.param(
            replace(PLACE, context_key="k2", asset=None), MADE, None, Reason.WAITING, id="edited, asset not known"
        ),
        pytest.param(
            replace(PLACE, image_url="https://shop.test/tea.jpg", asset=None), MADE, None, Reason.WAITING,
            id="moved, asset not known yet",
        ),
        pytest.param(
            replace(PLACE, context_key="k2"), replace(MADE, asset=None), None, Reason.WAITING,
            id="edited, asset of the decision not known",
        ),
        pytest.param(replace(PLACE, context_key="k2", asset=Y), MADE, None, Reason.WAITING, id="other bytes elsewhere"),
        pytest.param(
            replace(PLACE, context_key="k2", language="de"), MADE, None, Reason.WAITING, id="another language"
        ),
        pytest.param(replace(PLACE, context_key="k2", role="link"), MADE, None, Reason.WAITING, id="another role"),
        pytest.param(
            replace(PLACE, context_key="k2", context={}), replace(MADE, context=None), CARRIED, Reason.CARRIED,
            id="context never known",
        ),
        pytest.param(PLACE, replace(MADE, undone=True), None, Reason.UNDONE, id="undone"),
    ],
)  # fmt: skip
def test_one_decision_and_one_place(place, decision, held, reason):
    found = match([place], [decision])
    key = (place.image_id, place.context_key)
    assert found.holds == ({key: held} if held else {})
    assert found.explanations == {1: Explanation(reason, (key,) if held else ())}


LINK = replace(PLACE, role="link", context_key="l2", context={"link_url": "https://shop.test/new"})
TO_HOME = replace(MADE, role="link", context_key="l1", context={"link_url": "http://shop.test/"}, page="/tea")


@pytest.mark.parametrize(
    ("target", "pages", "carried"),
    [
        pytest.param("https://www.shop.test/", {"/other"}, True, id="same path on another host"),
        pytest.param("http://shop.test/start", {"/tea"}, True, id="edited on the page of the decision"),
        pytest.param("http://shop.test/start", {"/other"}, False, id="leads elsewhere on another page"),
    ],
)
def test_a_link_text_is_carried_where_it_still_tells_the_truth(target, pages, carried):
    place = replace(LINK, context={"link_url": target}, pages=frozenset(pages))
    assert match([place], [TO_HOME]).holds == ({(1, "l2"): CARRIED} if carried else {})


def test_the_newest_decision_holds_and_one_before_comes_back_when_it_is_undone():
    newer = replace(MADE, id=2)
    found = match([PLACE], [MADE, newer])
    assert found.holds == {(1, "k1"): Held(2, carried=False)}
    assert found.explanations[1] == Explanation(Reason.SUPERSEDED, by=2)
    found = match([PLACE], [MADE, replace(newer, undone=True)])
    assert found.holds == {(1, "k1"): EXACT}
    assert found.explanations[2] == Explanation(Reason.UNDONE)


def test_a_decision_that_stands_is_not_carried_to_other_places():
    elsewhere = replace(PLACE, context_key="k2")
    assert match([PLACE, elsewhere], [MADE]).holds == {(1, "k1"): EXACT}


def test_an_older_decision_is_not_carried_past_the_one_that_replaced_it():
    newer = replace(MADE, id=2, context_key="k2", context={}, replaces=1)
    edited = replace(PLACE, context_key="k3")
    found = match([edited], [MADE, newer])
    assert found.holds == {(1, "k3"): Held(2, carried=True)}
    assert found.explanations[1] == Explanation(Reason.SUPERSEDED, by=2)


def test_the_nearest_context_is_carried_and_among_equals_the_newest():
    tea, pot = {"product": "Tea"}, {"product": "Pot"}
    decisions = [
        replace(MADE, id=1, context_key="a", context=tea, page="/1"),
        replace(MADE, id=2, context_key="b", context=pot, page="/2"),
        replace(MADE, id=3, context_key="c", context=pot, page="/3"),
    ]
    places = [
        replace(PLACE, context_key="n1", context=tea | {"heading": "New"}, pages=frozenset()),
        replace(PLACE, context_key="n2", context=pot | {"heading": "New"}, pages=frozenset()),
        replace(PLACE, context_key="n3", context={}, pages=frozenset({"/2"})),
    ]
    found = match(places, decisions)
    assert {key: held.decision_id for key, held in found.holds.items()} == {(1, "n1"): 1, (1, "n2"): 3, (1, "n3"): 2}


def test_what_no_page_shows_keeps_its_decision_until_that_is_shown_elsewhere():
    gone = replace(PLACE, standing=False)
    found = match([gone], [MADE])
    assert found.holds == {(1, "k1"): EXACT}
    assert found.explanations[1] == Explanation(Reason.WAITING)
    assert match([gone, replace(PLACE, context_key="k2")], [MADE]).holds == {(1, "k2"): CARRIED}


def test_the_order_of_what_comes_in_changes_nothing():
    places = [replace(PLACE, context_key=f"k{n}", context={"product": str(n % 3)}) for n in range(6)]
    decisions = [replace(MADE, id=n, context_key=f"k{n + 3}", context={"product": str(n % 3)}) for n in range(9)]
    found = match(places, decisions)
    for seed in range(5):
        random.Random(seed).shuffle(places)
        random.Random(seed).shuffle(decisions)
        assert match(places, decisions) == found


@pytest.mark.slow
def test_one_picture_in_very_many_contexts_takes_no_square_of_their_number():
    n = 20_000
    decisions = [
        replace(MADE, id=i, role="link", context_key=f"old{i}", context={"link_url": f"http://shop.test/{i}"})
        for i in range(n)
    ]
    places = [
        replace(LINK, context_key=f"new{i}", context={"link_url": f"https://www.shop.test/{i}"}) for i in range(n)
    ]
    started = time.process_time()
    found = match(places, decisions)
    assert time.process_time() - started < 30  # 1.5 s here; comparing all with all takes hours
    assert found.holds == {(1, f"new{i}"): Held(i, carried=True) for i in range(n)}


@pytest.mark.parametrize(
    ("url", "path"),
    [("https://a.test/x/?q", "/x"), ("http://a.test", "/"), (None, "/"), ("http://[bad", "/"), ("mailto:x", "x")],
)  # fmt: skip
def test_path_of(url, path):
    assert path_of(url) == path
