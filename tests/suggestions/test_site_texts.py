"""What the rules on a whole site condemn is not proposed: drafts put into their pages, which are then judged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select, update

from core.records import Context, Severity, SuggestionOrigin, SuggestionReason, SuggestionState
from crawler.rejudge import rejudge_site
from rules.judge import judge, put_into
from rules.rule_options import RuleOptions
from store import captions
from store.crawls import begin_crawl
from store.engine import reading, writing
from store.models import Base, Finding, Image, Occurrence, Page, Suggestion
from store.occurrences import COLUMNS, columns, record
from store.pages import write_visits
from store.sites import all_site_ids, ensure_site
from suggestions.run import suggest
from suggestions.site import site_texts
from tests.storefill import MISSING, OK, occurrence, store_visits, visit


def look_at(engine: Engine, name: str, text: str | None, phash: str | None = None) -> None:
    """Let a model have looked at the images of this name, or at all ("")."""
    key = captions.CaptionKey("builtin", "abc", "1", "en")
    with writing(engine) as session:
        for id_ in session.scalars(select(Image.id).where(Image.url.endswith(f"/{name}" if name else ""))).all():
            facts = captions.AssetFacts(f"{id_:064}", "JPEG", 10, 20, 1234, phash, (), b"webp")
            asset_id = captions.save_assets(session, [facts])[facts.sha256]
            captions.save_captions(session, key, [captions.NewCaption(asset_id, text, 0.7)])
            session.execute(update(Image).where(Image.id == id_).values(state="captioned", asset_id=asset_id))


def drafts(engine: Engine) -> dict[str, tuple[str | None, str | None]]:
    """What is proposed for each picture, and why there is nothing or a person is needed; in the order of drafting."""
    with reading(engine) as session:
        rows = session.execute(
            select(Image.url, Suggestion.text, Suggestion.reason)
            .join(Image, Image.id == Suggestion.image_id)
            .order_by(Suggestion.image_id, Suggestion.context_key)
        )
        return {url.rsplit("/", 1)[-1]: (text, reason) for url, text, reason in rows}


def on_pages(*names: str, **facts: object) -> list:
    """A picture on a page of its own each."""
    return [visit(name, (occurrence(name, **facts), MISSING)) for name in names]


def judge_again(engine: Engine) -> None:
    """The only site there is; its number is not always the same."""
    with reading(engine) as session:
        (site_id,) = all_site_ids(session)
    rejudge_site(engine, site_id)


def condemned(engine: Engine) -> list[tuple[str, str, str]]:
    """Put every draft and every decided text into its pages: the errors and warnings that drafts then get."""
    drafted = []
    with writing(engine) as session:
        rows = session.execute(
            select(
                Occurrence.id, *(getattr(Occurrence, name) for name in COLUMNS), Occurrence.facts, Occurrence.context,
                Image.url.label("image_url"), Image.fetch_url, Suggestion.text, Suggestion.state, Suggestion.origin,
            )
            .join(Page, Page.id == Occurrence.page_id)
            .join(Image, Image.id == Occurrence.image_id)
            .join(
                Suggestion,
                (Suggestion.site_id == Page.site_id)
                & (Suggestion.image_id == Occurrence.image_id)
                & (Suggestion.context_key == Occurrence.context_key),
            )
            .where(
                Occurrence.vanished_crawl_id.is_(None),
                Occurrence.classification.in_(["missing", "empty", "suspicious"]),
                Suggestion.text.is_not(None),
                Suggestion.state != SuggestionState.REJECTED,
            )
        ).all()  # fmt: skip
        for row in rows:
            filled = put_into(record(row), row.text)
            own = {name: value for name, value in columns(filled).items() if not name.startswith("context_")}
            session.execute(update(Occurrence).where(Occurrence.id == row.id).values(**own))
            if (row.state, row.origin) == (SuggestionState.PENDING, SuggestionOrigin.MODEL):
                drafted.append(row.id)
    judge_again(engine)
    with reading(engine) as session:
        found = session.execute(
            select(Finding.rule, Occurrence.src, Occurrence.alt)
            .join(Occurrence, Occurrence.id == Finding.occurrence_id)
            .where(Finding.occurrence_id.in_(drafted), Finding.severity != Severity.REVIEW)
        )
        return [(rule, src, alt) for rule, src, alt in found]


def test_a_third_picture_never_gets_the_text_of_two(engine):
    store_visits(engine, *on_pages("cup.jpg", "plate.jpg", "bowl.jpg", "jug.jpg"))
    for name in ("cup.jpg", "plate.jpg", "bowl.jpg", "jug.jpg"):
        look_at(engine, name, "a blue thing on a table")
    suggest(engine)
    text, shared = "A blue thing on a table", SuggestionReason.OTHER_PICTURES
    alone = SuggestionReason.UNCONFIRMED
    assert list(drafts(engine).values()) == [(text, alone), (text, alone), (None, shared), (None, shared)]
    assert suggest(engine).drafted == 0
    assert condemned(engine) == []


def test_no_two_pictures_get_the_same_text_of_a_page(engine):
    """A heading with two pictures: nobody knows which of them it is about. The next text that is known is taken."""
    under = Context(heading="Setting up the boiler")
    labelled = Context(heading="Setting up the boiler", label="The main valve")
    store_visits(
        engine,
        visit("1", (occurrence("one.jpg", context=under), MISSING)),
        visit("2", (occurrence("two.jpg", context=under), MISSING)),
        visit("3", (occurrence("three.jpg", context=labelled), MISSING)),
    )
    for name in ("one.jpg", "two.jpg", "three.jpg"):
        look_at(engine, name, None)
    suggest(engine)
    found = drafts(engine)
    assert found["one.jpg"][0] == "Setting up the boiler"
    assert found["two.jpg"] == (None, SuggestionReason.OTHER_PICTURES)
    assert found["three.jpg"][0] == "The main valve"
    assert suggest(engine).drafted == 0


def test_texts_on_the_pages_and_of_people_count_and_what_they_leave_is_free_again(engine):
    there = occurrence("cup.jpg", alt="A blue thing", accessible_name="A blue thing")
    store_visits(engine, visit("cup", (there, OK)), *on_pages("plate.jpg", "bowl.jpg"))
    look_at(engine, "plate.jpg", "something else here")
    look_at(engine, "bowl.jpg", "a blue thing")
    suggest(engine)
    with writing(engine) as session:
        session.execute(
            update(Suggestion)
            .where(Suggestion.text == "Something else here")
            .values(text="A Blue Thing", state="edited")
        )
    suggest(engine)
    assert drafts(engine)["bowl.jpg"] == (None, SuggestionReason.OTHER_PICTURES)
    store_visits(engine, visit("cup", (replace(there, alt="A cup", accessible_name="A cup"), OK)))
    assert suggest(engine).drafted == 1
    assert drafts(engine)["bowl.jpg"] == ("A blue thing", SuggestionReason.UNCONFIRMED)
    with writing(engine) as session:
        session.execute(update(Suggestion).where(Suggestion.state == "edited").values(state="rejected"))
    assert suggest(engine).drafted == 0


def test_another_text_is_proposed_where_there_is_one_and_a_person_is_to_look(engine):
    product = Context(product="Tea")
    store_visits(engine, *on_pages("cup.jpg", "plate.jpg"), *on_pages("vase.jpg", context=product))
    for name in ("cup.jpg", "plate.jpg", "vase.jpg"):
        look_at(engine, name, "tea: a blue thing" if name != "vase.jpg" else "a blue thing")
    suggest(engine)
    assert drafts(engine)["vase.jpg"] == ("A blue thing", SuggestionReason.OTHER_PICTURES)


@pytest.mark.parametrize(
    ("facts", "texts"),
    [
        pytest.param({"interactive": "button", "sole_content": True}, 4, id="buttons"),
        pytest.param(
            {"interactive": "link", "sole_content": True, "context": Context(link_url="http://shop.test/tea")},
            4,
            id="links to one place",
        ),
        pytest.param({}, 2, id="pictures"),
    ],
)
def test_what_may_have_one_text_has_it(engine, facts, texts):
    names = ("cup.jpg", "plate.jpg", "bowl.jpg", "jug.jpg")
    store_visits(engine, *on_pages(*names, **facts))
    for name in names:
        look_at(engine, name, "a blue thing on a table")
    suggest(engine)
    assert sum(text is not None for text, _ in drafts(engine).values()) == texts
    assert condemned(engine) == []


def test_near_copies_are_one_picture(engine):
    store_visits(engine, *on_pages("cup.jpg", "plate.jpg", "bowl.jpg"))
    for name, phash in (("cup.jpg", "ff" * 8), ("plate.jpg", "fe" + "ff" * 7), ("bowl.jpg", "00" * 8)):
        look_at(engine, name, "a blue thing on a table", phash)
    suggest(engine)
    assert all(text for text, _ in drafts(engine).values())
    assert condemned(engine) == []


def test_a_text_that_stands_on_very_many_pictures_is_not_compared_with_each(engine, monkeypatch):
    monkeypatch.setattr(site_texts, "MOST_PLACES", 3)
    names = [f"cup-{width}x{width}.jpg" for width in (10, 20, 30, 40, 50, 60)]
    store_visits(engine, *on_pages(*names))
    look_at(engine, "", "a blue thing on a table")
    suggest(engine)
    assert [text is not None for text, _ in drafts(engine).values()] == [True] * 4 + [False] * 2


def test_the_text_of_the_picture_that_was_here_before_is_not_proposed(engine):
    fox = occurrence("fox.jpg", alt="A red fox", accessible_name="A red fox", key="fox")
    store_visits(engine, visit("", (fox, OK)))
    store_visits(engine, visit("", (occurrence("owl.jpg", key="owl"), MISSING)))
    look_at(engine, "owl.jpg", "a red fox")
    suggest(engine)
    assert drafts(engine) == {"owl.jpg": (None, SuggestionReason.OTHER_PICTURES)}
    assert condemned(engine) == []


@pytest.mark.parametrize("rule", ["dup-diff-image", "stale"])
def test_a_rule_that_is_not_heeded_takes_no_text_away(engine, rule):
    fox = occurrence("fox.jpg", alt="A red fox", accessible_name="A red fox", key="fox")
    store_visits(engine, visit("", (fox, OK)))
    here = visit("", (occurrence("owl.jpg", key="owl"), MISSING))
    store_visits(engine, here, *on_pages("cup.jpg", "plate.jpg", "bowl.jpg"))
    look_at(engine, "owl.jpg", "a red fox")
    for name in ("cup.jpg", "plate.jpg", "bowl.jpg"):
        look_at(engine, name, "a blue thing")
    suggest(engine, RuleOptions(disable=[rule]))
    texts = [text for text, _ in drafts(engine).values()]
    if rule == "stale":
        assert texts.count("A blue thing") == 2
        assert "A red fox" in texts
    else:
        assert texts.count("A blue thing") == 3
        assert "A red fox" not in texts


def test_each_site_has_texts_of_its_own(engine):
    store_visits(engine, *on_pages("cup.jpg", "plate.jpg"))
    with writing(engine) as session:
        other = ensure_site(session, "other.test").id
        crawl = begin_crawl(session, other, ["http://other.test/"])
        write_visits(session, crawl.id, other, on_pages("bowl.jpg", "jug.jpg"))
    look_at(engine, "", "a blue thing on a table")
    suggest(engine)
    assert [text for text, _ in drafts(engine).values()] == ["A blue thing on a table"] * 4


TEXTS = ("A red fox", "a red FOX", "An owl", "Our shop")
NAMES = ("fox.jpg", "fox-300x200.jpg", "owl.jpg", "cup.jpg", "bowl.jpg", "jug.jpg")
HASHES = (None, None, "ff" * 8, "fe" + "ff" * 7, "f0" + "ff" * 7, "00" * 8)


@st.composite
def pages(draw: st.DrawFn) -> dict[str, list]:
    """What stands on each page."""

    def place(n: int):
        name, text = draw(st.sampled_from(NAMES)), draw(st.sampled_from([None, None, None, *TEXTS]))
        functional = draw(st.sampled_from([None, None, "link", "button"]))
        return occurrence(
            name,
            key=f"img|{name}|{n}",
            selector=f"div > img:nth-of-type({n + 1})",
            alt=text,
            accessible_name=text,
            lang="en",
            interactive=functional,
            sole_content=functional is not None,
            context=Context(
                heading=draw(st.sampled_from([None, "Our shop", "A red fox"])),
                product=draw(st.sampled_from([None, None, None, "An owl"])),
                link_url=draw(st.sampled_from(["http://shop.test/x/our-shop", "http://shop.test/"]))
                if functional
                else None,
                link_text=draw(st.sampled_from([None, None, "An owl"])) if functional else None,
                passage=None if functional else draw(st.sampled_from([None, None, "A red fox"])),
            ),
        )

    def judged(places):
        before = (None, *places)
        return [(here, judge(here, there)) for here, there in zip(places, before, strict=False)]

    return {
        path: judged([place(n) for n in range(draw(st.integers(0, 3)))])
        for path in draw(st.sampled_from([("1", "2"), ("1", "2", "3", "4")]))
    }


def put_drafts_into_their_pages(engine, crawls, looks, decided) -> None:
    with writing(engine) as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))
    for site in crawls:
        store_visits(engine, *(visit(path, *places) for path, places in site.items()))
    judge_again(engine)
    for name, (text, phash) in looks.items():
        look_at(engine, name, text, phash)
    suggest(engine, only_stale=True)
    with writing(engine) as session:
        ids = session.scalars(select(Suggestion.id).order_by(Suggestion.id)).all()
        for nth, state, text in decided if ids else ():
            session.execute(
                update(Suggestion).where(Suggestion.id == ids[nth % len(ids)]).values(state=state, text=text)
            )
    suggest(engine)
    assert suggest(engine).drafted == 0
    assert condemned(engine) == []


_given = given(
    crawls=st.lists(pages(), min_size=1, max_size=2),
    looks=st.dictionaries(st.sampled_from(NAMES), st.tuples(st.sampled_from([None, *TEXTS]), st.sampled_from(HASHES))),
    decided=st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(["edited", "rejected"]), st.sampled_from(TEXTS)), max_size=2
    ),
)
_fixture = [HealthCheck.function_scoped_fixture]


@settings(max_examples=8, suppress_health_check=_fixture, derandomize=True)
@_given
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_draft_put_into_its_page_gets_an_error_or_a_warning(engine, crawls, looks, decided):
    put_drafts_into_their_pages(engine, crawls, looks, decided)


@pytest.mark.slow
@settings(max_examples=600, suppress_health_check=_fixture)
@_given
def test_no_draft_gets_one_on_hundreds_of_sites(engine, crawls, looks, decided):
    put_drafts_into_their_pages(engine, crawls, looks, decided)
