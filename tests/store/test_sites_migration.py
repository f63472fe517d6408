"""A store of schema 0004, with every state in it, becomes one of sites; and goes back."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, text

from store.engine import reading, writing
from store.models import Crawl, Image, Occurrence, Page, Site, Suggestion
from store.schema import downgrade, upgrade
from store.suggestions import images_to_draft

STAMP = "2026-01-0{} 00:00:00.000000"  # as SQLAlchemy writes it on SQLite
DECIDED = ["approved", "edited", "rejected", "live", "regressed"]


def insert(session, table, **values):
    names = ", ".join(values)
    session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in values)})"), values)


def crawl(session, id_, site, seeds, day):
    insert(
        session, "crawls", id=id_, site=site, seeds=json.dumps(seeds), state="finished", started_at=STAMP.format(day),
        stats="{}",
    )  # fmt: skip


def page(session, id_, site, url, crawl_id, canonical=None):
    insert(
        session, "pages", id=id_, url=url, site=site, state="fetched", depth=0, canonical=canonical,
        fetched_at=STAMP.format(crawl_id), first_crawl_id=crawl_id, last_crawl_id=crawl_id,
    )  # fmt: skip


def image(session, id_, state, crawl_id=1):
    insert(
        session, "images", id=id_, url=f"http://cdn.test/{id_}.jpg", fetch_url=f"http://cdn.test/{id_}.jpg",
        state=state, first_crawl_id=crawl_id, last_crawl_id=crawl_id,
    )  # fmt: skip


def place(session, id_, page_id, image_id, lang, key="k", vanished=None):
    insert(
        session, "occurrences", id=id_, page_id=page_id, image_id=image_id, key=f"o{id_}", context_key=key,
        element="img", selector="img", html="<img>", facts=json.dumps({"lang": lang} if lang else {}), context="{}",
        classification="missing", first_crawl_id=1, last_crawl_id=1, vanished_crawl_id=vanished,
    )  # fmt: skip


def suggestion(session, id_, image_id, state, words, origin="human", key="k"):
    insert(
        session, "suggestions", id=id_, image_id=image_id, context_key=key, text=words, state=state, origin=origin,
        source="caption", needs_human=False, created_at=STAMP.format(1), updated_at=STAMP.format(2),
    )  # fmt: skip


def fill(session):
    """Two sites that share pictures; images in each state of the queue; suggestions in each state."""
    crawl(session, 1, "a.test", ["http://a.test/", "http://list.test/x", "http://b.test/y"], 1)
    crawl(session, 2, "b.test", ["http://b.test/"], 2)
    page(session, 1, "a.test", "http://a.test/", 1, canonical="http://a.test/c")
    page(session, 2, "b.test", "http://b.test/", 2)
    page(session, 3, "imported.test", "http://imported.test/", 2)  # a site of which only pages are left
    for id_, state in enumerate(["pending", "leased", "captioned", "failed", "skipped"], 1):
        image(session, id_, state)
        place(session, id_, 1, id_, "en")
    for id_, state in enumerate(DECIDED, 10):
        image(session, id_, "captioned")
        place(session, 100 + id_, 1, id_, "de-AT")
        place(session, 200 + id_, 2, id_, None)
        suggestion(session, id_, id_, state, f"By hand {id_}")
    suggestion(session, 1, 3, "pending", "A model's draft", origin="model")
    image(session, 20, "captioned")
    place(session, 20, 1, 20, "de")
    place(session, 21, 1, 20, "en_GB", key="other")
    suggestion(session, 20, 20, "approved", "In a context that is no more", key="gone")
    image(session, 21, "skipped", crawl_id=2)  # stands nowhere any more
    suggestion(session, 21, 21, "edited", "Of an image that stands nowhere")
    image(session, 22, "captioned")
    place(session, 22, 1, 22, "en", vanished=1)
    suggestion(session, 22, 22, "live", "Where it stood")
    image(session, 30, "pending")
    image(session, 31, "pending")
    place(session, 30, 2, 30, "en")
    place(session, 31, 1, 31, "fil")


TABLES = ("crawls", "pages", "images", "occurrences", "suggestions")


def dumped(engine):
    """Every row of every table by column, but for the columns that a downgrade cannot give back."""
    with engine.connect() as connection:
        return {
            table: [
                {name: value for name, value in row._mapping.items() if name != "canonical"}
                for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY id"))
            ]
            for table in TABLES
        }


@pytest.fixture
def old_store(engine):
    downgrade(engine, "0004")
    with writing(engine) as session:
        fill(session)
    if engine.dialect.name == "postgresql":
        with writing(engine) as session:
            session.execute(text("SELECT setval('suggestions_id_seq', 1000)"))
    return engine


def test_every_row_finds_its_site(old_store):
    upgrade(old_store)
    with reading(old_store) as session:
        sites = {site.name: site for site in session.scalars(select(Site))}
        assert {name: site.hosts for name, site in sites.items()} == {
            "a.test": ["a.test", "list.test"],  # b.test is a site of its own
            "b.test": ["b.test"],
            "imported.test": ["imported.test"],
        }
        ids = {site.id: name for name, site in sites.items()}
        assert [ids[site_id] for site_id in session.scalars(select(Crawl.site_id).order_by(Crawl.id))] == [
            "a.test", "b.test",
        ]  # fmt: skip
        assert {url: ids[site_id] for url, site_id in session.execute(select(Page.url, Page.site_id))} == {
            "http://a.test/": "a.test", "http://b.test/": "b.test", "http://imported.test/": "imported.test",
        }  # fmt: skip
        keys = dict(session.execute(select(Occurrence.id, Occurrence.context_key)).all())
        assert [keys[id_] for id_ in (1, 110, 210, 21, 31)] == ["k-en", "k-de", "k-und", "other-en", "k-fil"]
        assert set(session.scalars(select(Occurrence.context_version))) == {2}


def test_what_people_decided_is_kept_on_each_site(old_store):
    upgrade(old_store)
    with reading(old_store) as session:
        ids = dict(session.execute(select(Site.id, Site.name)).all())
        rows = session.scalars(select(Suggestion).order_by(Suggestion.image_id, Suggestion.site_id)).all()
        found = [(row.image_id, ids[row.site_id], row.context_key, row.language, row.state, row.text) for row in rows]
    assert found == [
        (3, "a.test", "k-en", "en", "pending", "A model's draft"),
        *(
            (id_, site, f"k-{language}", language, state, f"By hand {id_}")
            for id_, state in enumerate(DECIDED, 10)
            for site, language in (("a.test", "de"), ("b.test", "und"))
        ),
        (20, "a.test", "gone-und", "und", "approved", "In a context that is no more"),
        (21, "b.test", "k-und", "und", "edited", "Of an image that stands nowhere"),
        (22, "a.test", "k-en", "en", "live", "Where it stood"),
    ]


def test_waiting_images_stand_in_the_line_of_their_site(old_store):
    upgrade(old_store)
    with reading(old_store) as session:
        turns = session.execute(select(Image.id, Image.turn).where(Image.turn > 0).order_by(Image.id)).all()
        assert turns == [(1, 1), (2, 2), (30, 1), (31, 3)]
        assert dict(session.execute(select(Site.name, Site.last_turn)).all()) == {
            "a.test": 3, "b.test": 1, "imported.test": 0,
        }  # fmt: skip
        # Image 20 stands in contexts without a draft.
        assert images_to_draft(session, after_id=0, limit=9, older_than="any")


def test_down_gives_back_what_was_there_and_up_again_the_same(old_store):
    before = dumped(old_store)
    upgrade(old_store)
    with reading(old_store) as session:
        after = [row.text for row in session.scalars(select(Suggestion).order_by(Suggestion.id))]
    downgrade(old_store, "0004")
    assert dumped(old_store) == before
    upgrade(old_store)
    with reading(old_store) as session:
        assert [row.text for row in session.scalars(select(Suggestion).order_by(Suggestion.id))] == after


def test_down_keeps_what_was_decided_last_and_the_newest_page(old_store):
    upgrade(old_store)
    with writing(old_store) as session:
        for row in session.scalars(select(Suggestion).where(Suggestion.image_id == 10)):
            row.text = f"Decided on {session.get_one(Site, row.site_id).name}"
            row.updated_at = row.updated_at.replace(day=5 if row.language == "und" else 3)
        session.get_one(Page, 3).url = "http://b.test/"  # the page of b.test was fetched earlier
        session.get_one(Page, 3).fetched_at = session.get_one(Page, 2).fetched_at.replace(day=9)
    downgrade(old_store, "0004")
    with old_store.connect() as connection:
        assert connection.scalar(text("SELECT text FROM suggestions WHERE image_id = 10")) == "Decided on b.test"
        pages = connection.execute(text("SELECT id, site FROM pages ORDER BY id")).all()
        assert pages == [(1, "a.test"), (3, "imported.test")]
        assert connection.scalar(text("SELECT count(*) FROM occurrences WHERE page_id = 2")) == 0
