"""What the places of an image say of it, on both databases."""

from __future__ import annotations

from sqlalchemy import select

from store.engine import reading
from store.handover import MAX_VALUES, known_by
from store.models import Image
from tests.storefill import MISSING, SITE, SITE_ID, occurrence, store_visits, visit

HOST = f"http://{SITE}"


def test_all_places_of_an_image_are_asked(engine):
    pages = [f"p{number}" for number in range(MAX_VALUES + 5)]
    store_visits(
        engine,
        *(visit(page, (occurrence("a.jpg", address=f"{HOST}/a.jpg?{page}"), MISSING)) for page in pages),
        visit("about", (occurrence("b.jpg", media_id="611", product_ids="P-1\n0042"), MISSING)),
        visit("shop", (occurrence("b.jpg", address=f"{HOST}/b.jpg", product_ids="P-1\nP-2"), MISSING)),
    )
    with reading(engine) as session:
        ids = {url.rpartition("/")[2]: image_id for image_id, url in session.execute(select(Image.id, Image.url))}
        known = known_by(session, SITE_ID, [ids["b.jpg"], ids["a.jpg"]])
        assert known_by(session, SITE_ID + 1, [ids["a.jpg"]])[ids["a.jpg"]].pages == {}
    assert [*known] == [ids["b.jpg"], ids["a.jpg"]]
    many, other = known[ids["a.jpg"]], known[ids["b.jpg"]]
    assert [*many.addresses] == [f"{HOST}/a.jpg?{page}" for page in pages[:MAX_VALUES]]
    assert [*many.pages] == [f"{HOST}/{page}" for page in pages[:MAX_VALUES]]
    assert ([*other.media_ids], [*other.product_ids]) == (["611"], ["P-1", "0042", "P-2"])
    assert ([*other.addresses], [*other.pages]) == ([f"{HOST}/b.jpg"], [f"{HOST}/about", f"{HOST}/shop"])
