"""Rules on a whole site, judged from stores of either kind."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from core.records import Classification, Context, Finding, ImageKind, Judgement, Severity
from crawler.sitewide import judge_site
from rules.rule_options import RuleOptions
from store import models
from store.engine import reading, writing
from store.models import Asset, Image, Occurrence
from tests.storefill import MISSING, OK, SITE_ID, occurrence, store_visits, visit

VAGUE = Judgement(Classification.SUSPICIOUS, findings=(Finding("vague-word", Severity.ERROR, "Say more."),))


def named(name: str, text: str, *, selector: str = "img", lang: str = "en", **changes: object):
    """An occurrence with a good text."""
    return occurrence(name, alt=text, accessible_name=text, selector=selector, lang=lang, **changes), OK


def linked(name: str, text: str, target: str, kind: str = "link"):
    return named(name, text, interactive=kind, sole_content=True, context=Context(link_url=target))


def area(name: str, text: str, href: str):
    return named(name, text, kind=ImageKind.AREA, element="area", href=href, interactive="link", sole_content=True,
                 context=Context(link_url=f"http://shop.test{href}"), key=f"{name}{href}")  # fmt: skip


def judge(engine) -> list[tuple[str, str]]:
    """(rule, picture) of what the whole site shows."""
    with writing(engine) as session:
        judge_site(session, SITE_ID)
    return found(engine)


def found(engine) -> list[tuple[str, str]]:
    page_rules = [finding.rule for judgement in (MISSING, VAGUE) for finding in judgement.findings]
    with reading(engine) as session:
        rows = session.execute(
            select(models.Finding.rule, Occurrence.src)
            .join(Occurrence, Occurrence.id == models.Finding.occurrence_id)
            .where(models.Finding.rule.not_in(page_rules))
            .order_by(models.Finding.rule, Occurrence.id)
        )
        return [(rule, src) for rule, src in rows]


def classes(engine) -> dict[str, str]:
    with reading(engine) as session:
        return dict(
            session.execute(
                select(Occurrence.src, Occurrence.classification).where(Occurrence.vanished_crawl_id.is_(None))
            ).all()
        )


GALLERY = [named(f"{name}.jpg", "Product photo") for name in ("cup", "plate", "bowl")]

SAME_TEXT = {
    "a gallery": (GALLERY, {"cup.jpg", "plate.jpg", "bowl.jpg"}),
    "whatever the case": (
        [named("a.jpg", "Our Team"), named("b.jpg", "our team"), named("c.jpg", "OUR TEAM")],
        {"a.jpg", "b.jpg", "c.jpg"},
    ),
    "two views of one thing": ([named("front.jpg", "Blue shirt"), named("back.jpg", "Blue shirt")], set()),
    "one picture in many places": (
        [named("logo.png", "ACME", key=f"k{n}", selector=f"p:nth-of-type({n})") for n in range(1, 9)],
        set(),
    ),
    "a logo in variants": (
        [named(name, "ACME") for name in ("logo.svg", "logo-dark.png", "logo-300x200.png", "old/logo@2x.png")],
        set(),
    ),
    "digests of builds": ([named(f"hero.{n}.jpg", "The harbour") for n in ("3fa9c1d2", "77b01e", "0cc175")], set()),
    "numbered files are different pictures": (
        [named(f"IMG_{n}.jpg", "Nyhavn") for n in range(1, 4)],
        {"IMG_1.jpg", "IMG_2.jpg", "IMG_3.jpg"},
    ),
    "one file name in a folder for each product": (
        [named(f"{n}/main.jpg", "Product photo") for n in range(1, 10)],
        {f"{n}/main.jpg" for n in range(1, 10)},
    ),
    "links to one place": ([linked(f"{n}.png", "Our shop", "http://shop.test/shop") for n in "abc"], set()),
    "links to several places": (
        [linked(f"{n}.png", "Product photo", f"http://shop.test/{n}") for n in "abc"],
        {"a.png", "b.png", "c.png"},
    ),
    "buttons that do the same": ([linked(f"{n}.png", "Add to cart", None, "button") for n in "abcd"], set()),
    "in one language each": (
        [named(f"{n}.png", "Export", lang=lang) for n, lang in zip("abc", ("en", "de", "nl"), strict=True)],
        set(),
    ),
    "in one language each, as guessed": (
        [named(f"{n}.png", "Export", lang=None, lang_guessed=n) for n in ("en", "de", "nl")],
        set(),
    ),
    "in one language and another": (
        [named(f"{n}.png", "Export", lang=lang) for n, lang in zip("abcd", ("en", "de-AT", "de", "de"), strict=True)],
        {"b.png", "c.png", "d.png"},
    ),
    "parts of image maps": ([area(f"{n}.png", "Hall B", f"/{n}") for n in "abcd"], set()),
    "texts that are wrong anyway": ([(o, VAGUE) for o, _ in GALLERY], set()),
    "different texts": ([named(f"{n}.jpg", f"Product {n}") for n in "abcd"], set()),
}  # fmt: skip


@pytest.mark.parametrize(("places", "expected"), SAME_TEXT.values(), ids=SAME_TEXT)
def test_one_text_on_different_pictures(engine, places, expected):
    store_visits(engine, visit("", *places))
    assert judge(engine) == [("dup-diff-image", src) for src in sorted(expected, key=list_of(places))]
    assert {src for src, kind in classes(engine).items() if kind == Classification.SUSPICIOUS} >= expected


def list_of(places):
    order = [place.src for place, _ in places]
    return order.index


def test_a_warning_says_how_many_and_names_another_picture(engine):
    store_visits(engine, visit("", *GALLERY))
    judge(engine)
    with reading(engine) as session:
        first = session.scalars(select(models.Finding.message).order_by(models.Finding.occurrence_id)).first()
    assert first == (
        "3 pictures of this site have this text, plate.jpg among them. Say what this one shows that the others do not."
    )


@pytest.mark.parametrize(
    ("hashes", "flagged"),
    [
        (("00000000000000ff", "00000000000000fe", "00000000000000fc"), False),  # near-copies
        (("00000000000000ff", "ffffffff00000000", "123456789abcdef0"), True),
    ],
    ids=["near-copies", "different pictures"],
)
def test_pictures_that_were_looked_at_are_compared_by_likeness(engine, hashes, flagged):
    store_visits(engine, visit("", *GALLERY))
    look_at(engine, dict(zip(("cup.jpg", "plate.jpg", "bowl.jpg"), hashes, strict=True)))
    assert bool(judge(engine)) is flagged


def test_the_same_bytes_are_one_picture(engine):
    store_visits(engine, visit("", *GALLERY))
    look_at(engine, {"cup.jpg": None, "plate.jpg": None}, same=True)
    assert judge(engine) == []


def look_at(engine, hashes: dict[str, str | None], *, same: bool = False) -> None:
    """Give images their assets, one for all if they are the same."""
    from datetime import UTC, datetime

    with writing(engine) as session:
        asset = None
        for number, (name, phash) in enumerate(hashes.items()):
            if asset is None or not same:
                asset = Asset(
                    sha256=f"{number:064x}", format="JPEG", width=9, height=9, byte_size=9, phash=phash,
                    warnings=[], thumbnail=b"", created_at=datetime.now(UTC),
                )  # fmt: skip
                session.add(asset)
                session.flush()
            session.execute(update(Image).where(Image.url.endswith(f"/{name}")).values(asset_id=asset.id))


def test_a_picture_whose_text_is_shared_waits_for_a_caption_until_that_is_mended(engine):
    store_visits(engine, visit("", *GALLERY))
    assert states(engine) == {"skipped"}
    judge(engine)
    assert states(engine) == {"pending"}
    mended = [named("cup.jpg", "A cup"), *GALLERY[1:]]
    store_visits(engine, visit("", *mended))
    assert judge(engine) == []
    assert set(classes(engine).values()) == {Classification.OK}
    assert states(engine) == {"skipped"}


def states(engine) -> set[str]:
    with reading(engine) as session:
        return set(session.scalars(select(Image.state)))


def test_pages_that_are_not_read_again_keep_their_findings(engine):
    """A recrawl reads only one page of three; its findings were deleted with the rest of its judgement."""
    pages = [visit(str(number), place) for number, place in enumerate(GALLERY)]
    store_visits(engine, *pages)
    before = judge(engine)
    store_visits(engine, pages[1])
    assert len(found(engine)) == 2
    assert sorted(judge(engine)) == sorted(before)


def test_judging_twice_changes_nothing(engine):
    store_visits(engine, visit("", *GALLERY, (occurrence("x.jpg"), MISSING)))
    with writing(engine) as session:
        first = judge_site(session, SITE_ID)
        second = judge_site(session, SITE_ID)
    assert (first.findings, len(first.reclassified)) == (3, 3)
    assert (second.findings, second.reclassified) == (0, ())


def test_a_disabled_rule_finds_nothing_and_what_it_found_goes(engine):
    store_visits(engine, visit("", *GALLERY))
    assert judge(engine)
    with writing(engine) as session:
        judge_site(session, SITE_ID, RuleOptions(disable=["dup-diff-image"]))
    assert found(engine) == []
    assert set(classes(engine).values()) == {Classification.OK}


def test_other_sites_in_the_store_are_left_alone(engine):
    store_visits(engine, visit("", *GALLERY))
    judge(engine)
    with writing(engine) as session:
        assert judge_site(session, SITE_ID + 1).findings == 0
    assert len(found(engine)) == 3


MANY_TEXTS = {
    "two texts": ({"1": named("a.jpg", "A cat"), "2": named("a.jpg", "My sofa")}, {"1", "2"}),
    "the odd one out": (
        {str(n): named("a.jpg", "A cat") for n in range(5)} | {"odd": named("a.jpg", "My sofa")}, {"odd"},
    ),
    "most have the name of the file": (
        {str(n): named("old-cat.jpg", "Old cat") for n in range(3)} | {"odd": named("old-cat.jpg", "A cat")},
        {"0", "1", "2", "odd"},
    ),
    "case and punctuation": ({"1": named("a.jpg", "A cat."), "2": named("a.jpg", "a cat")}, set()),
    "another language": ({"1": named("a.jpg", "A cat"), "2": named("a.jpg", "Eine Katze", lang="de")}, set()),
    "a link to another place": (
        {n: linked("a.jpg", f"Go to {n}", f"http://shop.test/{n}") for n in ("cats", "dogs")}, set(),
    ),
    "a link to the same place": (
        {n: linked("a.jpg", f"Go to {n}", "http://shop.test/cats") for n in ("cats", "dogs")}, {"cats", "dogs"},
    ),
    "a link and a plain picture": (
        {"1": named("a.jpg", "A cat"), "2": linked("a.jpg", "All cats", "http://shop.test/cats")}, set(),
    ),
    "one of them the name of the file": (
        {"1": named("zoom_in_24.png", "Zoom in 24"), "2": named("zoom_in_24.png", "Magnifier")}, set(),
    ),
    "two languages, declared wrongly": (
        {"1": named("a.jpg", "A cat"), "2": named("a.jpg", "Eine Katze", lang_guessed="de")}, set(),
    ),
    "two languages, as guessed": (
        {
            "1": named("a.jpg", "A cat", lang=None, lang_guessed="en"),
            "2": named("a.jpg", "Eine Katze", lang=None, lang_guessed="de"),
        },
        set(),
    ),
    "a map and its parts": (
        {"1": named("a.jpg", "Plan"), "2": area("a.jpg", "Hall A", "/a"), "3": area("a.jpg", "Hall B", "/b")}, set(),
    ),
    "one of them wrong anyway": ({"1": named("a.jpg", "A cat"), "2": (named("a.jpg", "image")[0], VAGUE)}, set()),
}  # fmt: skip


@pytest.mark.parametrize(("pages", "expected"), MANY_TEXTS.values(), ids=MANY_TEXTS)
def test_many_texts_of_one_picture(engine, pages, expected):
    store_visits(engine, *(visit(path, place) for path, place in pages.items()))
    judge(engine)
    with reading(engine) as session:
        rows = session.execute(
            select(models.Page.url, models.Finding.rule, Occurrence.classification)
            .join(Occurrence, Occurrence.page_id == models.Page.id)
            .join(models.Finding, models.Finding.occurrence_id == Occurrence.id)
            .where(models.Finding.rule != "vague-word")
        ).all()
    assert {url.rpartition("/")[2] for url, _, _ in rows} == expected
    assert {rule for _, rule, _ in rows} <= {"one-image-many-alts"}
    assert {kind for _, _, kind in rows} <= {Classification.OK}  # for a person to judge: no fault


@pytest.mark.parametrize(
    ("pages", "with_it", "judgement", "flagged"),
    [
        (10, 10, MISSING, 10),
        (10, 6, VAGUE, 6),
        (10, 4, MISSING, 0),  # a section
        (4, 4, MISSING, 0),  # too small a site to tell
        (10, 10, OK, 0),
    ],
    ids=str,
)
def test_what_a_template_repeats(engine, pages, with_it, judgement, flagged):
    logo = occurrence("logo.png", alt="logo", accessible_name="logo")
    store_visits(engine, *(visit(str(n), *([(logo, judgement)] if n < with_it else [])) for n in range(pages)))
    assert judge(engine) == [("repeated-on-every-page", "logo.png")] * flagged


def test_what_each_page_says_otherwise_is_of_no_template(engine):
    """As a manual's pictures in each of its languages."""
    pages = [visit(str(n), (named("window.png", f"Window {n}")[0], VAGUE)) for n in range(10)]
    store_visits(engine, *pages)
    assert "repeated-on-every-page" not in {rule for rule, _ in judge(engine)}


PLACE = "main > img"
STALE = {
    "another picture, the same text": ([named("cat.jpg", "My pet")], [named("dog.jpg", "My pet")], ["dog.jpg"]),
    "another text": ([named("cat.jpg", "My cat")], [named("dog.jpg", "My dog")], []),
    "no text": ([(occurrence("cat.jpg"), MISSING)], [(occurrence("dog.jpg"), MISSING)], []),
    "a smaller file": ([named("cat-800x600.jpg", "My pet")], [named("cat-400x300.jpg", "My pet")], []),
    "another format": ([named("cat.jpg", "My pet")], [named("cat.webp", "My pet")], []),
    "a new build": ([named("cat.3fa9c1d2.jpg", "My pet")], [named("cat.0cc175b9.jpg", "My pet")], []),
    "moved on the page": (
        [named("cat.jpg", "My pet")],
        [named("dog.jpg", "My pet"), named("cat.jpg", "My pet", selector="footer > img")],
        [],
    ),
    "another place": ([named("cat.jpg", "My pet")], [named("dog.jpg", "My pet", selector="footer > img")], []),
    "a link says where it leads": (
        [linked("cat.jpg", "All pets", "http://shop.test/pets")],
        [linked("dog.jpg", "All pets", "http://shop.test/pets")],
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), STALE.values(), ids=STALE)
def test_a_text_that_stayed_when_its_picture_was_replaced(engine, before, after, expected):
    at_place = [
        [(replace(o, selector=PLACE) if o.selector == "img" else o, j) for o, j in page] for page in (before, after)
    ]
    store_visits(engine, visit("", *at_place[0]))
    assert judge(engine) == []
    store_visits(engine, visit("", *at_place[1]))
    assert judge(engine) == [("stale", src) for src in expected]
    if expected:
        assert classes(engine)["dog.jpg"] == Classification.SUSPICIOUS


def test_a_text_that_was_brought_up_to_date_is_stale_no_more(engine):
    store_visits(engine, visit("", named("cat.jpg", "My pet")))
    store_visits(engine, visit("", named("dog.jpg", "My pet")))
    assert judge(engine) == [("stale", "dog.jpg")]
    store_visits(engine, visit("", named("dog.jpg", "My dog")))
    assert judge(engine) == []
    assert classes(engine)["dog.jpg"] == Classification.OK


def test_replaced_by_the_same_bytes_is_not_stale(engine):
    store_visits(engine, visit("", named("cat.jpg", "My pet")))
    store_visits(engine, visit("", named("dog.jpg", "My pet")))
    look_at(engine, {"cat.jpg": None, "dog.jpg": None}, same=True)
    assert judge(engine) == []


def test_what_a_crawl_reads_again_is_no_change_when_the_whole_site_says_the_same_of_it(engine):
    first = store_visits(engine, visit("", *GALLERY))
    with writing(engine) as session:
        judge_site(session, SITE_ID, crawl_id=first)
    # Its own page calls each of these fine again.
    second = store_visits(engine, visit("", *GALLERY))
    with writing(engine) as session:
        judge_site(session, SITE_ID, crawl_id=second)
    assert classes(engine)["cup.jpg"] == Classification.SUSPICIOUS
    with reading(engine) as session:
        assert session.scalars(select(models.Change)).all() == []


def test_what_the_whole_site_shows_after_a_crawl_is_a_change_of_that_crawl(engine):
    first = store_visits(engine, visit("", *GALLERY[:2]))
    with writing(engine) as session:
        judge_site(session, SITE_ID, crawl_id=first)
    second = store_visits(engine, visit("", *GALLERY))
    with writing(engine) as session:
        judge_site(session, SITE_ID, crawl_id=second)
    with reading(engine) as session:
        changes = session.scalars(select(models.Change)).all()
        # Of the two that were there before; the third is new.
        assert [(c.crawl_id, c.classification_before, c.classification_after) for c in changes] == [
            (second, Classification.OK, Classification.SUSPICIOUS)
        ] * 2


def test_names_of_files_in_words(engine):
    filled_in = [
        named(f"am-{word}.png", f"am {word}") for word in "pier quay mole dock buoy mast keel helm sail oar".split()
    ]
    others = [named("am-wave.png", "Am wave"), named("tide.png", "tide"), named("am-fog.png", "fog over the pier")]
    store_visits(engine, visit("1", *filled_in, *others))
    assert {src for rule, src in judge(engine) if rule == "filled-in"} == {place.src for place, _ in filled_in}
    assert set(classes(engine).values()) == {Classification.OK, Classification.SUSPICIOUS}


def test_texts_in_another_language_than_their_page(engine):
    english = [named(f"{n}.png", f"the window with page {n}", lang="es") for n in range(12)]
    guessed = named("g.png", "a list of the pages", lang=None, lang_guessed="es")
    others = [
        named("e.png", "the window with page 1", lang="en"),
        named("s.png", "una lista de las páginas", lang="es"),
    ]
    store_visits(engine, visit("1", *english, guessed, *others))
    assert {src for rule, src in judge(engine) if rule == "untranslated"} == {
        *(place.src for place, _ in english),
        "g.png",
    }


def test_texts_in_quotation_marks(engine):
    quoted = [named(f"{n}.png", f'"The window of page {n}"') for n in range(12)]
    store_visits(engine, visit("1", *quoted, named("b.png", "A list of all pages")))
    assert {src for rule, src in judge(engine) if rule == "in-quotes"} == {place.src for place, _ in quoted}


def test_texts_that_the_page_says_beside_the_picture_are_not_compared(engine):
    repeats = Judgement(
        Classification.SUSPICIOUS, findings=(Finding("alt-equals-text", Severity.WARNING, "Write none."),)
    )
    one, two = named("bin.png", "Delete", key="1"), named("bin.png", "Remove this page", key="2")
    store_visits(engine, visit("1", one, two))
    assert {rule for rule, _ in judge(engine)} == {"one-image-many-alts"}
    store_visits(engine, visit("1", (one[0], repeats), two))
    assert {rule for rule, _ in judge(engine)} == {"alt-equals-text"}
