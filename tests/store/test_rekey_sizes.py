"""Stores in which every size in a name counted: what the store shows to be one picture stays one, the rest is split."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from store.decisions_attach import add_keys
from store.engine import reading, writing
from store.models import Asset, DecisionKey, Image
from store.rekey import bring_up_to_date
from tests.store.world import Picture, WebPage, World, rows_without, scheme_table

BEFORE = {
    "name": "WordPress sizes",
    "path": "/wp-content/uploads/",
    "rewrite": [r"-\d{1,4}x\d{1,4}(?=\.jpg$)", ""],
}
UPLOADS = "http://shop.test/wp-content/uploads/"


@dataclass(frozen=True)
class Upload(Picture):
    """An img with a file of the uploads' folder, and further attributes."""

    more: str = ""

    def html(self, origin: str) -> str:
        return f'<img src="{UPLOADS}{self.src}" {self.more}>'


CAT = Upload("cat-300x200.jpg", more="width=300 height=200")
SRCSET = Upload("dog-9x6.jpg", more=f"srcset='{UPLOADS}dog-9x6.jpg 9w, {UPLOADS}dog.jpg 600w'")
RUGS = [Upload("rug-160x230.jpg"), Upload("rug-200x290.jpg")]


@pytest.fixture
def world(engine) -> World:
    """A site as the version before stored it, looked at and decided on."""
    with scheme_table((*rows_without(), BEFORE)):
        bring_up_to_date(engine)
        made = World(engine, pages={"/": WebPage([CAT, SRCSET, Upload("dog.jpg")]), "/rugs": WebPage(RUGS)})
        made.crawl()
        made.caption()
        for suggestion, text in zip(made.suggestion_ids(), ("Cat", "Dog", "Rug"), strict=True):
            made.decide(suggestion, "edited", text)
    return made


def shown(world: World) -> list[tuple[str, str | None]]:
    return [(url.removeprefix(UPLOADS), text) for _, url, text, *_ in world.shown()]


def test_an_older_store_is_brought_along_and_no_decision_is_lost(world):
    assert shown(world) == [("cat.jpg", "Cat"), ("dog.jpg", "Dog"), ("dog.jpg", "Dog")] + [("rug.jpg", "Rug")] * 2
    bring_up_to_date(world.engine)
    after = [("cat.jpg", "Cat"), ("dog.jpg", "Dog"), ("dog.jpg", "Dog")]
    assert shown(world)[:3] == after
    assert [url for url, _ in shown(world)[3:]] == ["rug-160x230.jpg", "rug-200x290.jpg"]
    with reading(world.engine) as session:
        kept = session.execute(select(Image.url).join(Asset, Asset.id == Image.asset_id)).scalars()
        assert {url.removeprefix(UPLOADS) for url in kept} & {"cat.jpg", "dog.jpg"} == {"cat.jpg", "dog.jpg"}
    places = shown(world)
    world.crawl()
    assert shown(world) == places
    world.caption()
    assert shown(world)[:3] == after
    # The picture that was looked at keeps what was decided on it.
    assert [text for _, text in shown(world)[3:]].count("Rug") == 1


def test_a_decision_made_before_sizes_needed_evidence_goes_by_the_image_that_there_is(world):
    bring_up_to_date(world.engine)
    with writing(world.engine) as session:
        ids = session.scalars(select(DecisionKey.decision_id)).all()
        add_keys(session, ids)
        urls = set(session.scalars(select(DecisionKey.image_url)))
    assert {url.removeprefix(UPLOADS) for url in urls} >= {"cat.jpg", "dog.jpg"}
