"""What became of decided texts: what crawls see of them, and how it is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.records import DecisionState
from reports.row import RowStatus, row_of
from store.deciding import Choice, Seen, decide
from store.engine import reading, writing
from store.fixes import fixes
from store.rekey import bring_up_to_date
from store.report import occurrence_groups
from tests.store.world import Picture, WebPage, World

TEXT = "A tin of green tea"


@pytest.fixture
def world(engine) -> World:
    """A shop with three pictures, captioned; all are decided on in one batch."""
    bring_up_to_date(engine)
    made = World(engine, pages={"/": WebPage([Picture(f"/p/{n}.jpg") for n in range(3)])})
    made.crawl()
    made.caption()
    for number, id_ in enumerate(made.suggestion_ids()):
        made.decide(id_, "edited", f"{TEXT} {number}", batch="first")
    return made


def put(world: World, *alts: str | None) -> None:
    """Give the pictures these texts, and crawl."""
    page = world.pages["/"]
    page.pictures = [replace(picture, alt=alt) for picture, alt in zip(page.pictures, alts, strict=True)]
    world.crawl()


def outcomes(world: World) -> dict[str, int]:
    with reading(world.engine) as session:
        found = fixes(session, world.site_id)
    seen = found.together.as_json()
    assert seen == found.batches["first"].as_json() == found.people["Ann"].as_json()
    assert seen.pop("decided") == 3
    days = seen.pop("days_to_live")
    assert days is None or days >= 0
    return {name: number for name, number in seen.items() if number}


def test_a_text_goes_live_is_changed_and_regresses(world):
    assert outcomes(world) == {"open": 3}
    put(world, f"{TEXT} 0", "Something else", None)
    assert outcomes(world) == {"live": 1, "changed": 1, "open": 1}
    put(world, f"{TEXT} 0", "Something else", f"{TEXT} 2")
    assert outcomes(world) == {"live": 2, "changed": 1}
    put(world, None, f"{TEXT} 1", f"{TEXT} 2")
    # That its text stood there says more than that somebody changed it.
    assert outcomes(world) == {"live": 2, "regressed": 1}
    put(world, f"{TEXT} 0", f"{TEXT} 1", f"{TEXT} 2")
    assert outcomes(world) == {"live": 3}


def test_a_picture_that_is_decided_to_be_silent_is_live_with_an_empty_alt(world):
    for id_ in world.suggestion_ids():
        world.decide(id_, "decorative", batch="first")
    put(world, "", None, "")
    assert outcomes(world) == {"live": 2, "open": 1}
    put(world, "", "", "A lamp")
    assert outcomes(world) == {"live": 2, "regressed": 1}


def test_what_is_taken_back_or_decided_again_counts_no_more(world):
    put(world, f"{TEXT} 0", f"{TEXT} 1", f"{TEXT} 2")
    world.decide(world.suggestion_ids()[0], "edited", "Another text", batch="second")
    with reading(world.engine) as session:
        found = fixes(session, world.site_id)
    assert {name: (one.decided, one.open) for name, one in found.batches.items()} == {"first": (2, 0), "second": (1, 1)}
    world.undo(batch="second")
    world.undo(batch="first")
    with reading(world.engine) as session:
        assert fixes(session, world.site_id).together.decided == 0


def test_a_decision_comes_back_for_review_when_its_picture_changes(world):
    world.content["/p/0.jpg"] = 7
    world.recaption()
    with reading(world.engine) as session:
        rows = {row.name: row for row in map(row_of, occurrence_groups(session, world.site_id))}
    changed, same = rows["0.jpg"], rows["1.jpg"]
    assert (changed.status, changed.needs_human) == (RowStatus.WAITING, True)
    assert f"Another picture stood here when a person decided on “{TEXT} 0”" in changed.note
    assert (same.status, same.note) == (RowStatus.DECIDED, "")
    with writing(world.engine) as session:
        place = (changed.key.image_id, changed.context_key)
        decide(session, world.site_id, [Choice(*place, DecisionState.EDITED, "A tin of white tea", Seen())], who="Ann")
    with reading(world.engine) as session:
        rows = {row.name: row for row in map(row_of, occurrence_groups(session, world.site_id))}
    assert (rows["0.jpg"].status, rows["0.jpg"].note) == (RowStatus.DECIDED, "")
