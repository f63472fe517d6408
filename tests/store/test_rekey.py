"""A store is brought along when the rules of identities change: in pieces, and to what the next crawl finds."""

from __future__ import annotations

import html
import threading

import pytest
from sqlalchemy import select, text, update

from core.errors import StoreError
from core.identity.context_key import context_key
from core.identity.urls import image_rules
from core.records import QueueState
from store import decisions_attach, identities, occurrences, queue, rekey, rekey_images, rekey_pages
from store.engine import connect, reading, writing
from store.models import Asset, Base, Change, Identity, Image, Occurrence, Suggestion
from store.rekey import bring_up_to_date
from store.rekey_images import Plan, plan
from tests.store.world import Picture, WebPage, World, row_that_drops, rows_without, scheme_table

HOST = "http://a.test"


def with_row():
    return scheme_table((*rows_without(), row_that_drops("fmt")))


@pytest.mark.parametrize(
    ("url", "asset_url", "addresses", "expected"),
    [
        pytest.param("/a?x=1", "/a?x=1", {"/a?x=1": 2}, Plan("/a?x=1", (), True), id="as it was"),
        pytest.param("/a?x=1", "/a?x=1", {}, Plan("/a?x=1", (), True), id="stands nowhere"),
        pytest.param("/a?x=1&fmt=s", "/big?fmt=l", {"/a?fmt=s&x=1": 1}, Plan("/a?x=1", (), True), id="renamed"),
        pytest.param("/a", "/a?v=2", {"/a?v=1": 9, "/a?v=2": 1}, Plan("/a?v=2", ("/a?v=1",), True), id="fetched"),
        pytest.param("/a", "/big", {"/a?v=1": 1, "/a?v=2": 3}, Plan("/a?v=2", ("/a?v=1",), False), id="most frequent"),
        pytest.param("/a", "/a?v=1", {"/a": 1, "/a?v=1": 3}, Plan("/a", ("/a?v=1",), False), id="its own address"),
        pytest.param("/a", None, {"/a": 1, "/a?v=1": 3}, Plan("/a", ("/a?v=1",), False), id="nobody knows where"),
        pytest.param("/a", "/a", {None: 1, "/a?v=1": 3}, Plan("/a", ("/a?v=1",), True), id="address not kept"),
    ],
)  # fmt: skip
def test_what_becomes_of_an_image(url, asset_url, addresses, expected):
    with with_row():
        found = plan(
            HOST + url,
            HOST + asset_url if asset_url is not None else None,
            {HOST + key if key is not None else None: n for key, n in addresses.items()},
        )
    assert found == Plan(HOST + expected.heir, tuple(HOST + other for other in expected.others), expected.keeps_asset)


def test_every_table_that_names_an_image_is_thought_of():
    naming = {table.name for table in Base.metadata.tables.values() for key in table.foreign_keys
              if key.column.table.name == "images"}  # fmt: skip
    assert naming == {"occurrences", "suggestions", "attempts"}  # rekey_images._merge moves what is in these


@pytest.fixture
def world(engine) -> World:
    """Two pages with variants of two pictures, one of them decided on, one in an image map."""
    bring_up_to_date(engine)
    pictures = [Picture(f"/{name}.jpg?fmt={size}") for name in "ab" for size in "sml"]
    made = World(engine, pages={"/": WebPage(pictures), "/2": WebPage(pictures[::-1])})
    made.crawl()
    made.caption()
    made.decide(made.suggestion_ids()[1], "edited", "Tea")
    return made


def standing(engine) -> set[tuple]:
    with reading(engine) as session:
        columns = (Occurrence.id, Occurrence.image_id, Occurrence.key, Occurrence.context_key, Occurrence.position)
        return set(map(tuple, session.execute(select(*columns).where(Occurrence.vanished_crawl_id.is_(None)))))


def test_the_next_crawl_finds_everything_where_it_is(world):
    with with_row():
        bring_up_to_date(world.engine)
        before = standing(world.engine)
        world.crawl()
        assert standing(world.engine) == before
        with reading(world.engine) as session:
            assert session.scalars(select(Change.id)).all() == []
            assert sorted(session.scalars(select(Image.url))) == ["http://shop.test/a.jpg", "http://shop.test/b.jpg"]
        assert {(row[1], row[2]) for row in world.shown() if row[3] == "edited"} == {("http://shop.test/a.jpg", "Tea")}


@pytest.mark.parametrize("step", ["rekey_images", "rekey_pages", "_rekey_decisions", "attach_site"])
def test_what_is_cut_short_goes_on_when_the_store_is_opened_again(world, step, monkeypatch):
    with with_row():
        whole = getattr(rekey, step)

        def cut_short(session, last_id):
            whole(session, last_id)
            raise KeyboardInterrupt

        monkeypatch.setattr(rekey, step, cut_short)
        monkeypatch.setattr(rekey_images, "IMAGES_AT_ONCE", 2)
        with pytest.raises(KeyboardInterrupt):
            bring_up_to_date(world.engine)
        monkeypatch.setattr(rekey, step, whole)
        bring_up_to_date(world.engine)
        before = standing(world.engine)
        world.crawl()
        assert standing(world.engine) == before
        assert {row[2] for row in world.shown() if row[3] == "edited"} == {"Tea"}
        world.found_is_the_sum_of_states()


def test_two_processes_at_once(world, monkeypatch):
    monkeypatch.setattr(rekey_images, "IMAGES_AT_ONCE", 1)
    monkeypatch.setattr(rekey_pages, "PAGES_AT_ONCE", 1)
    engines = [connect(world.engine.url.render_as_string(hide_password=False)) for _ in range(2)]
    errors: list[BaseException] = []

    def work(engine) -> None:
        try:
            bring_up_to_date(engine)
        except BaseException as error:
            errors.append(error)

    with with_row():
        threads = [threading.Thread(target=work, args=(engine,)) for engine in engines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        before = standing(world.engine)
        world.crawl()
        assert standing(world.engine) == before
    for engine in engines:
        engine.dispose()


def test_of_images_that_become_one_the_captioned_one_wins_and_a_lease_is_given_up(world):
    with writing(world.engine) as session:
        images = session.scalars(select(Image).order_by(Image.url)).all()
        for image, state in zip(images, ["leased", "captioned", "failed", "skipped", "failed", "pending"], strict=True):
            image.state = state
            image.lease_owner = "w" if state == "leased" else None
            image.code = "timeout" if state == "failed" else None
    with with_row():
        bring_up_to_date(world.engine)
        with reading(world.engine) as session:
            states = session.execute(select(Image.state, Image.code, Image.lease_owner).order_by(Image.url)).all()
            assert states == [("captioned", None, None), ("pending", None, None)]
    with writing(world.engine) as session:
        assert queue.end(session, "w", [queue.Ending(images[0].id)]) == set()


def pictures_of(engine) -> dict[str, tuple[str | None, str]]:
    """(sha256 or None, state) of each image, by address."""
    with reading(engine) as session:
        rows = session.execute(
            select(Image.url, Asset.sha256, Image.state).outerjoin(Asset, Asset.id == Image.asset_id)
        )
        return {url: (sha256, state) for url, sha256, state in rows}


@pytest.mark.parametrize("fetched", ["small", "large", "another"])
def test_of_images_that_are_one_no_longer_only_what_was_fetched_keeps_its_picture(engine, fetched):
    """The others may show other bytes: they are looked at, and what was decided on this picture is not shown there."""
    small, large = (f"http://shop.test/a.jpg?fmt={size}" for size in ("small", "large"))
    fetch_url = {"small": small, "large": large, "another": "http://shop.test/a.jpg?fmt=huge"}[fetched]
    pages = {"/": WebPage([Picture("/a.jpg?fmt=small"), Picture("/a.jpg?fmt=large")])}
    with with_row():
        bring_up_to_date(engine)
        world = World(engine, pages=pages, variants_differ=True)
        world.crawl()
        with writing(engine) as session:
            session.execute(update(Image).values(fetch_url=fetch_url))
        world.caption()
        world.decide(world.suggestion_ids()[0], "edited", "Tea")
        assert pictures_of(engine) == {"http://shop.test/a.jpg": (world.sha256(fetch_url), "captioned")}
    bring_up_to_date(engine)
    own = {url: (world.sha256(url), "captioned") if url == fetch_url else (None, "pending") for url in (small, large)}
    assert pictures_of(engine) == own
    world.caption()
    assert pictures_of(engine) == {url: (world.sha256(url), "captioned") for url in (small, large)}
    assert {row[1] for row in world.shown() if row[2] == "Tea"} == {fetch_url} & {small, large}


def test_a_picture_belongs_to_the_address_that_it_was_fetched_from_and_not_to_the_one_that_is_next(engine):
    """What waits to be fetched follows the pages; a picture that is there does not."""
    pages = {"/": WebPage([Picture("/b.jpg")]), "/2": WebPage([Picture("/b.jpg?fmt=s")])}
    with with_row():
        bring_up_to_date(engine)
        world = World(engine, pages=pages, variants_differ=True)
        world.crawl()
        world.caption()
        (fetched,) = world.fetched
        assert fetched[0].endswith("?fmt=s")  # the one seen last
        world.pages["/2"] = WebPage([Picture("/other.jpg")])
        world.crawl()
    bring_up_to_date(engine)
    found = pictures_of(engine)
    assert found["http://shop.test/b.jpg"] == (None, "pending")


def test_an_image_takes_the_address_of_one_that_takes_another(engine):
    """There and back: each of two images is named as the other one was, so one is merged before it is looked at."""
    bring_up_to_date(engine)
    made = World(engine, pages={"/": WebPage([Picture("/b.jpg?imwidth=300"), Picture("/b.jpg?v=2")])})
    made.crawl()
    before = addresses(engine)
    assert before == {"/b.jpg?imwidth=300": "/b.jpg", "/b.jpg?v=2": "/b.jpg?v=2"}
    with scheme_table((*rows_without("Akamai Image and Video Manager"), row_that_drops("v"))):
        bring_up_to_date(engine)
        assert addresses(engine) == {"/b.jpg?imwidth=300": "/b.jpg?imwidth=300", "/b.jpg?v=2": "/b.jpg"}
    bring_up_to_date(engine)
    assert addresses(engine) == before


def addresses(engine) -> dict[str, str]:
    """The image that each address on the pages stands for."""
    with reading(engine) as session:
        rows = session.execute(select(Occurrence.facts["address"].as_string(), Image.url).join(Image))
        return {address.removeprefix("http://shop.test"): url.removeprefix("http://shop.test") for address, url in rows}


def test_areas_of_image_maps_keep_their_places(engine):
    bring_up_to_date(engine)
    world = World(engine, pages={"/": WebPage([_Map("/m.png?fmt=s")])})
    world.crawl()
    with writing(engine) as session:  # as an older version stored it
        for row in session.scalars(select(Occurrence)):
            row.facts = {name: value for name, value in row.facts.items() if name != "href"}
            row.html = html.unescape(row.html)
    with with_row():
        bring_up_to_date(engine)
        before = standing(engine)
        assert len(before) == 3
        world.crawl()
        assert standing(engine) == before


class _Map(Picture):
    def html(self, origin: str) -> str:
        areas = "".join(f'<area shape="rect" coords="0,0,1,1" href="/{n}?a=1&amp;b=2">' for n in range(2))
        return f'<img src="{self.src}" usemap="#m"><map name="m">{areas}</map>'


def test_occurrences_of_older_versions_go_by_the_address_of_their_image(world):
    with writing(world.engine) as session:
        for row in session.scalars(select(Occurrence)):
            row.facts = {name: value for name, value in row.facts.items() if name != "address"}
    with with_row():
        bring_up_to_date(world.engine)
        assert {row[1] for row in world.shown()} == {"http://shop.test/a.jpg", "http://shop.test/b.jpg"}
        before = standing(world.engine)
        world.crawl()
        assert standing(world.engine) == before


def test_other_rules_of_contexts_move_suggestions_and_decisions(world, monkeypatch):
    world.pages["/"].pictures[0] = Picture("/a.jpg?fmt=s", figcaption="Tea")
    world.crawl()
    world.recaption()
    before = world.shown()
    for module in (rekey_pages, occurrences, decisions_attach):
        monkeypatch.setattr(module, "context_key", lambda occurrence: "new-" + context_key(occurrence))
    for module, name in (
        (identities, "CONTEXT_VERSION"), (rekey_pages, "VERSION"), (occurrences, "VERSION"),
        (decisions_attach, "CONTEXT_VERSION"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, 9)
    bring_up_to_date(world.engine)
    assert world.shown() == before
    with reading(world.engine) as session:
        assert all(key.startswith("new-") for key in session.scalars(select(Suggestion.context_key)))
        assert dict(session.execute(select(Identity.name, Identity.version)).all())["context"] > 1
    keys = standing(world.engine)
    world.crawl()
    assert standing(world.engine) == keys
    assert world.shown() == before


def test_nothing_to_do_is_one_look(world):
    statements = []
    from sqlalchemy import event

    event.listen(world.engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    bring_up_to_date(world.engine)
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 1


def test_states_are_those_of_the_queue(world):
    with world.engine.connect() as connection:
        assert set(connection.scalars(text("SELECT state FROM images"))) <= set(QueueState)


def test_a_table_is_told_from_others_by_what_its_rows_do():
    rules = image_rules()
    row = rows_without()[0]
    with scheme_table((row | {"name": "Renamed"}, *rows_without()[1:])):
        assert image_rules() == rules
    with scheme_table((*rows_without()[1:], row)):
        assert image_rules() != rules
    with with_row():
        assert image_rules() != rules


def test_a_program_with_other_rules_in_the_meantime_is_said(world, monkeypatch):
    whole = rekey.rekey_images

    def interfere(session, last_id):
        found = whole(session, last_id)
        session.execute(update(Identity).where(Identity.name == "image").values(rules="others", version=9))
        return found

    monkeypatch.setattr(rekey, "rekey_images", interfere)
    with with_row(), pytest.raises(StoreError, match="another version of alt-audit"):
        bring_up_to_date(world.engine)
    monkeypatch.setattr(rekey, "rekey_images", whole)
    with with_row():
        bring_up_to_date(world.engine)
        assert {row[2] for row in world.shown() if row[3] == "edited"} == {"Tea"}
