"""Texts that a captioner may learn from: decided ones, and good ones that stand there; and which of them are taken."""

from __future__ import annotations

from alt_audit.jobs.dataset import FILE_NAME, FUNCTION, MANY_PICTURES, OTHER_LANGUAGE, choose_texts
from store.engine import reading
from store.picture_texts import PictureText, picture_texts
from tests.store.world import Picture, WebPage, World


def test_decided_texts_come_first_and_then_those_that_stand_there(engine):
    tea, cup, menu, pot = "/tea.jpg", "/cup.jpg", "/menu.jpg", "/pot.jpg"
    pictures = [
        Picture(tea),
        Picture(cup),
        Picture(menu, link="/menu"),
        Picture(pot, alt="A pot on a fire"),
        Picture("/lid.jpg"),
        Picture("/handle.jpg"),
    ]
    world = World(engine, pages={"/": WebPage(pictures), "/de": WebPage([Picture(pot, alt="Ein Topf")], lang="de")})
    world.crawl()
    world.caption()
    first, second, third, lid, handle, *_ = world.suggestion_ids()
    world.decide(first, "edited", "Tea in a glass")
    world.decide(second, "approved")
    world.decide(third, "edited", "Our menu")
    world.decide(lid, "decorative")
    world.decide(handle, "rejected")
    with reading(engine) as session:
        found = list(picture_texts(session, world.site_id))
    address = world.origin
    told = [(one.url, one.text, one.language, one.decided, one.says_function) for one in found]
    assert sorted(told[:3]) == [
        (address + cup, f"draft of {world.sha256(address + cup)[:8]}", "en", True, False),
        (address + menu, "Our menu", "en", True, True),
        (address + tea, "Tea in a glass", "en", True, False),
    ]
    assert told[3:] == [
        (address + pot, "A pot on a fire", "en", False, False),
        (address + pot, "Ein Topf", "de", False, False),
    ]
    assert {one.sha256 for one in found[:3]} == {world.sha256(address + path) for path in (tea, cup, menu)}
    assert found[3].sha256 is None  # nobody has looked at it


def test_texts_that_describe_nothing_are_counted():
    def text(image_id, alt, *, url="https://shop.test/x.jpg", lang="en", decided=False, function=False):
        return PictureText(image_id, url, None, alt, lang, decided, function)

    texts = [
        *(text(n, "A product of ours") for n in range(9)),
        text(20, "Red pot", url="https://shop.test/red-pot.jpg"),
        text(21, "Red pot", url="https://shop.test/red-pot.jpg", decided=True),
        text(22, "Ein Topf", lang="de"),
        text(23, "To the shop", function=True),
        text(24, "A lid"),
    ]
    chosen, left_out = choose_texts(texts, None)
    assert [one.image_id for one in chosen] == [21, 24]
    assert left_out == {MANY_PICTURES: 9, FILE_NAME: 1, OTHER_LANGUAGE: 1, FUNCTION: 1}
    assert [one.image_id for one in choose_texts(texts, "de")[0]] == [22]
    assert choose_texts([], None) == ([], {})
