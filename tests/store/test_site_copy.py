"""One site's rows in a store of its own: all that an evaluation needs, and nothing that people decided."""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy import func, select, update

from core.records import Context, QueueState
from store import captions
from store.engine import connect, reading, writing
from store.evaluation import drafted_places, forget_versions, good_alts, wait_for_these_alone
from store.models import (
    Analysis,
    Asset,
    Base,
    Crawl,
    Decision,
    Finding,
    Identity,
    Image,
    Occurrence,
    Page,
    Site,
    Suggestion,
)
from store.site_copy import copy_site
from suggestions.run import suggest
from tests.storefill import MISSING, OK, SITE_ID, occurrence, store_visits, visit


@pytest.fixture
def copy(sqlite_template, tmp_path):
    path = tmp_path / "copy.db"
    shutil.copy(sqlite_template, path)
    engine = connect(f"sqlite:///{path}")
    yield engine
    engine.dispose()


def fill(engine) -> None:
    """Two pages of a shop; one picture is captioned, one is leased by a worker."""
    store_visits(
        engine,
        visit("1", (occurrence("a.jpg"), MISSING), (occurrence("b.jpg", alt="A blue boat"), OK), title="One"),
        visit("2", (occurrence("a.jpg", context=Context(heading="Kettles")), MISSING), title="Two"),
    )
    key = captions.CaptionKey("builtin", "abc", "1", "en")
    with writing(engine) as session:
        facts = captions.AssetFacts("a" * 64, "JPEG", 10, 20, 1234, None, (), b"webp")
        asset_id = captions.save_assets(session, [facts])[facts.sha256]
        captions.save_captions(session, key, [captions.NewCaption(asset_id, "a red kettle", 0.7)])
        session.execute(update(Image).where(Image.url.endswith("a.jpg")).values(state="captioned", asset_id=asset_id))
        held = {"state": QueueState.LEASED, "lease_owner": "worker"}
        session.execute(update(Image).where(Image.url.endswith("b.jpg")).values(**held))
        session.execute(update(Page).where(Page.url.endswith("/2")).values(etag='"x"', reader="r"))
    suggest(engine)


def counts(engine) -> dict[str, int]:
    with reading(engine) as session:
        tables = Base.metadata.tables.values()
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def test_a_site_is_copied_without_what_was_suggested(engine, copy):
    fill(engine)
    before = counts(engine)
    with reading(engine) as source, writing(copy) as target:
        copy_site(source, target, SITE_ID)
    assert counts(engine) == before
    copied = counts(copy)
    same = (Site, Crawl, Page, Asset, Analysis, Image, Occurrence, Finding, Identity)
    assert {table.__tablename__: copied[table.__tablename__] for table in same} == {
        table.__tablename__: before[table.__tablename__] for table in same
    }
    assert copied[Suggestion.__tablename__] == copied[Decision.__tablename__] == 0 < before[Suggestion.__tablename__]
    with reading(copy) as session:
        states = dict(session.execute(select(Image.url, Image.state)).all())
    assert {url[-5:]: state for url, state in states.items()} == {"a.jpg": "captioned", "b.jpg": "pending"}


def test_pages_may_name_pages_behind_them_and_images_crawls_of_other_sites(engine, copy):
    fill(engine)
    with writing(engine) as session:
        first, second = session.scalars(select(Page.id).order_by(Page.id))
        session.execute(update(Page).where(Page.id == first).values(variant_of_id=second))
        other = Site(
            name="other.test", hosts=["other.test"], settings={}, created_at=session.scalar(select(Site.created_at))
        )
        session.add(other)
        session.flush()
        crawl = session.scalars(select(Crawl)).one()
        theirs = Crawl(site_id=other.id, seeds=[], state="finished", started_at=crawl.started_at, stats={})
        session.add(theirs)
        session.flush()
        session.execute(update(Image).values(first_crawl_id=theirs.id, last_crawl_id=theirs.id))
    with reading(engine) as source, writing(copy) as target:
        copy_site(source, target, SITE_ID)
    assert counts(copy)["sites"] == counts(copy)["crawls"] == 1
    with reading(copy) as session:
        assert session.scalar(select(Page.variant_of_id).where(Page.id == first)) == second


def test_what_an_evaluation_asks_and_reads(engine):
    fill(engine)
    with reading(engine) as session:
        assert [(one.page_url, one.alt) for one in good_alts(session, SITE_ID)] == [
            ("http://shop.test/1", "A blue boat")
        ]
        places = {("http://shop.test/2", key) for key in session.scalars(select(Occurrence.key))}
        (place,) = drafted_places(session, SITE_ID, places)
    assert place.text == "A red kettle"
    assert (place.caption, place.asset_sha256) == ("a red kettle", "a" * 64)
    assert place.occurrence.context.heading == "Kettles"
    with writing(engine) as session:
        forget_versions(session, list(session.scalars(select(Page.id))))
    with reading(engine) as session:
        assert session.execute(select(Page.etag, Page.reader).distinct()).all() == [(None, None)]


@pytest.mark.parametrize("captions_wanted", [True, False])
def test_no_other_picture_waits(engine, captions_wanted):
    store_visits(engine, visit("1", *((occurrence(f"{n}.jpg"), MISSING) for n in range(4))))
    with writing(engine) as session:
        wanted = list(session.scalars(select(Image.id).order_by(Image.id)))[:2]
        assert wait_for_these_alone(session, wanted, captions=captions_wanted) == 2
    with reading(engine) as session:
        states = list(session.scalars(select(Image.state).order_by(Image.id)))
    assert states == ["pending" if captions_wanted else "captioned"] * 2 + ["failed"] * 2
