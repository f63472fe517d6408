from __future__ import annotations

import pytest
from sqlalchemy import select, update

from store.engine import reading, writing
from store.folding import Folding, addresses_of, find_look_alikes, folding
from store.models import Asset, Image
from tests.reports.scene import caption
from tests.storefill import MISSING, OK, SITE, SITE_ID, occurrence, store_visits, visit


@pytest.fixture
def filled(engine):
    """Nine places: two addresses of one image, two images of one picture, two pictures that look alike, a drawing."""
    store_visits(
        engine,
        visit(
            "1",
            (occurrence("a.jpg", src="/a.jpg?w=300", key="1"), MISSING),
            (occurrence("a.jpg", src="/a.jpg?w=600", key="2"), MISSING),
            (occurrence("b.jpg"), MISSING),
            (occurrence("c.jpg"), MISSING),
            (occurrence("d.jpg"), MISSING),
            (occurrence("s", src=None, image_url=None, fetch_url=None), MISSING),
        ),
        visit("2", (occurrence("a.jpg", src="/a.jpg?w=300"), MISSING), (occurrence("e.jpg", alt="An e"), OK)),
        visit("3", (occurrence("e.jpg", alt="An e"), OK)),
    )
    with writing(engine) as session:
        caption(session, "a.jpg", "a house")
        caption(session, "b.jpg", "a house", picture="a.jpg")
        caption(session, "c.jpg", "a cottage")
        for name, phash in (("a.jpg", "f" * 16), ("c.jpg", "f" * 15 + "0")):
            url = f"http://{SITE}/{name}"
            ids = select(Image.asset_id).where(Image.url == url)
            session.execute(update(Asset).where(Asset.id.in_(ids)).values(phash=phash))
    return engine


def test_places_fold_step_by_step(filled):
    with reading(filled) as session:
        alike = find_look_alikes(session, SITE_ID)
        assert folding(session, SITE_ID, alike) == Folding(
            occurrences=9, with_address=8, addresses=6, images=5, fetched=3, pictures=2, looks=1
        )
        assert folding(session, SITE_ID, alike, needing_text=True) == Folding(7, 6, 5, 4, 3, 2, 1)
        assert folding(session, SITE_ID + 1, alike) == Folding(0, 0, 0, 0, 0, 0, 0)


def test_look_alikes_name_one_another(filled):
    with reading(filled) as session:
        alike = find_look_alikes(session, SITE_ID)
        ids = {url: asset_id for url, asset_id in session.execute(select(Image.url, Image.asset_id))}  # noqa: C416
        house, cottage = ids[f"http://{SITE}/a.jpg"], ids[f"http://{SITE}/c.jpg"]
        others = [alike.others(asset_id, 3) for asset_id in (house, cottage, 0)]
        assert others == [([cottage], 0), ([house], 0), ([], 0)]
        assert addresses_of(session, SITE_ID, [house, cottage]) == {
            house: f"http://{SITE}/a.jpg",
            cottage: f"http://{SITE}/c.jpg",
        }


def test_pictures_without_a_hash_look_like_nothing(filled):
    with writing(filled) as session:
        session.execute(update(Asset).values(phash=None))
    with reading(filled) as session:
        alike = find_look_alikes(session, SITE_ID)
        assert alike.group_of == {}
        assert folding(session, SITE_ID, alike).looks == 2
