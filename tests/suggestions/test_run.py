"""The stage over real stores: what is drafted, when it is drafted anew, and what it never touches."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from core.records import Classification, Context, SuggestionOrigin, SuggestionState
from rules.rule_options import RuleOptions
from store import captions
from store.analyses import NewAnalysis, save_analyses
from store.engine import reading, writing
from store.models import Image, Occurrence, Suggestion
from store.suggestions import OCCURRENCES_READ, context_groups
from suggestions import run
from suggestions.run import suggest
from tests.storefill import MISSING, OK, occurrence, store_visits, visit


def caption(engine, text: str | None, model: str = "builtin", *names: str) -> None:
    """Let a model have looked at images of these names, or at all; each has bytes of its own."""
    key = captions.CaptionKey(model, "abc", "1", "en")
    with writing(engine) as session:
        images = session.execute(select(Image.id, Image.url)).all()
        for id_, url in images:
            if names and not url.endswith(names):
                continue
            facts = captions.AssetFacts(f"{id_:064}", "JPEG", 10, 20, 1234, None, (), b"webp")
            asset_id = captions.save_assets(session, [facts])[facts.sha256]
            captions.save_captions(session, key, [captions.NewCaption(asset_id, text, 0.7)])
            session.execute(update(Image).where(Image.id == id_).values(state="captioned", asset_id=asset_id))


def texts(engine) -> list[str | None]:
    with reading(engine) as session:
        return list(session.scalars(select(Suggestion.text).order_by(Suggestion.image_id, Suggestion.context_key)))


def test_groups_hold_the_occurrences_that_need_a_text(engine):
    in_link = {"interactive": "link", "sole_content": True}
    home = Context(heading="One", link_url="http://shop.test/")
    other = Context(heading="Two", link_url="http://shop.test/")
    plain = Context(heading="Three")
    store_visits(
        engine,
        visit("1", (occurrence("a.jpg", context=home, **in_link), MISSING), title="First"),
        visit("2", (occurrence("a.jpg", context=other, **in_link), MISSING), title="Second"),
        visit("3", (occurrence("a.jpg", context=plain), MISSING)),
        visit("4", (occurrence("a.jpg", alt="Fine", context=Context(figcaption="x")), OK)),
    )
    with reading(engine) as session:
        (image_id,) = session.scalars(select(Image.id))
        groups = context_groups(session, [image_id])
    by_role = {group.functional: group for group in groups}
    assert set(by_role) == {"link", None}
    assert [c.heading for c in by_role["link"].contexts] == ["One", "Two"]
    assert by_role["link"].page_titles == ("First", "Second")
    assert by_role[None].contexts == (plain,)


@pytest.mark.parametrize("fact", ["passage", "link_text", "beside_link"])
def test_of_very_many_places_each_kind_of_surroundings_is_looked_at(engine, fact):
    """Forty plain places come before the one whose page says already what the picture would."""
    places = [Context(passage=f"Kind {n % 3}") for n in range(40)] + [Context(**{fact: "A dog in the snow"})]
    link = {"interactive": "link", "sole_content": False}
    store_visits(
        engine, *(visit(f"{n:02}", (occurrence(context=place, **link), MISSING)) for n, place in enumerate(places))
    )
    caption(engine, "a dog in the snow")
    suggest(engine)
    with reading(engine) as session:
        (group,) = context_groups(session, list(session.scalars(select(Image.id))))
    assert len(group.occurrences) == len(group.neighbours) == OCCURRENCES_READ
    assert texts(engine) == [None]


@pytest.mark.parametrize(
    "decision",
    [
        {"state": SuggestionState.APPROVED},
        {"state": SuggestionState.REJECTED},
        {"origin": SuggestionOrigin.HUMAN, "text": "Mine"},
        {"origin": SuggestionOrigin.IMPORT, "text": "Theirs"},
    ],
    ids=["approved", "rejected", "human", "import"],
)
def test_what_a_person_said_is_never_overwritten(engine, decision):
    store_visits(engine, visit("", (occurrence(), MISSING)))
    caption(engine, "A dog in the snow.")
    suggest(engine)
    with writing(engine) as session:
        session.execute(update(Suggestion).values(**decision))
    with reading(engine) as session:
        before = session.execute(select(Suggestion.__table__)).one()
    caption(engine, "Something else entirely.", "another")
    assert suggest(engine).drafted == 0
    with reading(engine) as session:
        assert session.execute(select(Suggestion.__table__)).one() == before


def test_drafts_say_what_they_were_made_from_and_by(engine):
    store_visits(engine, visit("", (occurrence(lang="en-GB", context=Context(heading="Our dogs")), MISSING)))
    caption(engine, "a dog in the snow")
    summary = suggest(engine)
    assert (summary.contexts, summary.drafted, summary.without_text, summary.failed) == (1, 1, 0, 0)
    with reading(engine) as session:
        row = session.scalars(select(Suggestion)).one()
        (image_id,) = session.scalars(select(Image.id))
        newest = captions.newest_captions(session, [image_id])[image_id]
    assert (row.text, row.source, row.reason, row.needs_human) == ("A dog in the snow", "caption", None, False)
    assert (row.analysis_id, row.confidence, row.language) == (newest.id, 0.7, "en")
    assert row.composer_version
    assert row.inputs


@pytest.mark.parametrize(
    ("stage", "drafted"), [("fetch", [("A red kettle", "unseen")]), (None, [])], ids=["not there", "out of the queue"]
)
def test_the_page_speaks_for_a_picture_that_nobody_could_look_at(engine, stage, drafted):
    link = {"interactive": "link", "sole_content": True}
    context = Context(product="a red kettle", link_url="http://shop.test/kettle")
    store_visits(engine, visit("", (occurrence(context=context, **link), MISSING)))
    with writing(engine) as session:
        session.execute(update(Image).values(state="failed", stage=stage, code="http_404" if stage else None))
    suggest(engine)
    assert suggest(engine, only_stale=True).drafted == 0
    with reading(engine) as session:
        assert list(session.execute(select(Suggestion.text, Suggestion.reason))) == drafted


@pytest.mark.parametrize("only_stale", [False, True])
def test_nothing_is_drafted_twice(engine, only_stale):
    store_visits(engine, visit("", (occurrence(), MISSING)))
    caption(engine, "a dog in the snow")
    assert suggest(engine, only_stale=only_stale).drafted == 1
    assert suggest(engine, only_stale=only_stale).drafted == 0


def test_other_rules_draft_anew(engine):
    store_visits(engine, visit("", (occurrence(), MISSING)))
    caption(engine, "a very long dog in the very deep snow of the mountains")
    suggest(engine)
    rules = RuleOptions(max_alt_chars=20)
    assert suggest(engine, rules, only_stale=True).drafted == 1
    assert texts(engine) == ["A very long dog"]


def test_a_link_is_called_as_the_page_that_it_leads_to(engine):
    """Once that is read; one that all places lead to."""
    link = {"interactive": "link", "sole_content": True}
    phone = Context(link_url="http://shop.test/dreirad-model-24?utm_source=x")
    store_visits(engine, visit("1", (occurrence("a.jpg", context=phone, **link), MISSING), title="Phones – Shop"))
    caption(engine, "a phone on a table")
    suggest(engine)
    assert texts(engine) == ["Dreirad model 24"]
    store_visits(engine, visit("dreirad-model-24?utm_source=x", title="Dreirad S24 – Shop"))
    assert suggest(engine).drafted == 1
    assert texts(engine) == ["Dreirad S24"]
    with reading(engine) as session:
        assert session.scalars(select(Suggestion.reason)).one() is None


def test_a_new_caption_drafts_anew(engine):
    store_visits(engine, visit("", (occurrence(), MISSING)))
    caption(engine, "a dog in the snow")
    suggest(engine)
    caption(engine, "a fox in the snow", "another")
    assert suggest(engine, only_stale=True).drafted == 1
    assert texts(engine) == ["A fox in the snow"]


def test_a_new_place_gets_a_draft(engine):
    store_visits(engine, visit("", (occurrence(), MISSING)))
    caption(engine, "a dog in the snow")
    suggest(engine)
    store_visits(engine, visit("2", (occurrence(context=Context(figcaption="New")), MISSING)))
    assert suggest(engine, only_stale=True).drafted == 1
    assert len(texts(engine)) == 2


def test_a_place_that_changed_is_drafted_anew_by_the_whole_stage(engine):
    """The heading is no part of the key, yet it was the text."""
    store_visits(engine, visit("", (occurrence(context=Context(heading="The old fox")), MISSING)))
    caption(engine, None)
    suggest(engine)
    assert texts(engine) == ["The old fox"]
    with writing(engine) as session:
        session.execute(update(Occurrence).values(context={"heading": "The new fox"}))
    assert suggest(engine, only_stale=True).drafted == 0
    assert suggest(engine).drafted == 1
    assert texts(engine) == ["The new fox"]


def test_one_site_alone(engine):
    store_visits(engine, visit("", (occurrence(), MISSING)))
    caption(engine, "a dog in the snow")
    assert suggest(engine, site_id=2).contexts == 0
    assert suggest(engine, site_id=1).drafted == 1


def test_pieces_cover_the_store_and_a_cut_run_goes_on(engine, monkeypatch):
    names = [f"{n}.jpg" for n in range(7)]
    store_visits(engine, visit("", *((occurrence(name), MISSING) for name in names)))
    caption(engine, "a dog in the snow")
    monkeypatch.setattr(run, "IMAGES_AT_ONCE", 3)

    class Cut(Exception):
        pass

    def cut(contexts: int) -> None:
        if contexts >= 3:
            raise Cut

    with pytest.raises(Cut):
        suggest(engine, progress=cut)
    assert len(texts(engine)) == 3
    summary = suggest(engine)
    assert (summary.contexts, summary.drafted) == (7, 4)


def test_a_composer_that_breaks_down_costs_one_draft_and_no_image(engine, monkeypatch):
    store_visits(engine, visit("", *((occurrence(name), MISSING) for name in ("a.jpg", "b.jpg"))))
    caption(engine, "a dog in the snow", "builtin", "a.jpg")
    caption(engine, "a fox in the snow", "builtin", "b.jpg")
    real = run.decide

    def decide(group, places, rules, taken, manner):
        if "dog" in group.caption.text:
            raise RuntimeError("a fault of ours")
        return real(group, places, rules, taken, manner)

    monkeypatch.setattr(run, "decide", decide)
    summary = suggest(engine)
    assert (summary.drafted, summary.failed) == (2, 1)
    assert texts(engine) == [None, "A fox in the snow"]
    with reading(engine) as session:
        assert set(session.scalars(select(Image.state))) == {"captioned"}
        assert session.scalars(select(Suggestion.reason).where(Suggestion.text.is_(None))).one() == "failed"
    assert suggest(engine, only_stale=True).drafted == 0


def test_two_processes_at_once_do_not_collide(engine):
    store_visits(engine, *(visit(str(n), (occurrence(f"{n}.jpg"), MISSING)) for n in range(60)))
    for n in range(60):
        caption(engine, f"a dog in the snow of year {n}", "builtin", f"/{n}.jpg")
    errors: list[Exception] = []

    def work() -> None:
        try:
            suggest(engine)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(texts(engine)) == sorted(f"A dog in the snow of year {n}" for n in range(60))


def test_no_draft_repeats_the_one_beside_it(engine):
    store_visits(engine, visit("", *((occurrence(f"{n}.jpg"), MISSING) for n in range(5))))
    caption(engine, "a dog in the snow")
    caption(engine, "a fox in the snow", "another", "3.jpg")
    suggest(engine)
    once = texts(engine)
    # The last stands beside the fox; but the whole site is not to have three dogs.
    assert once == ["A dog in the snow", None, "A dog in the snow", "A fox in the snow", None]
    assert suggest(engine).drafted == 0
    caption(engine, "a hare in the snow", "a third", "0.jpg")
    suggest(engine)
    assert texts(engine) == ["A hare in the snow", "A dog in the snow", None, "A fox in the snow", "A dog in the snow"]
    assert suggest(engine).drafted == 0


def test_the_text_on_the_page_counts_where_a_person_rejected_another(engine):
    dog = occurrence("a.jpg", alt="A dog in the snow", accessible_name="A dog in the snow")
    doubtful = replace(MISSING, classification=Classification.SUSPICIOUS)
    store_visits(engine, visit("", (dog, doubtful), (occurrence("b.jpg"), MISSING)))
    caption(engine, "a dog in the snow")
    caption(engine, "a fox in the snow", "another", "a.jpg")
    suggest(engine)
    with writing(engine) as session:
        fox = Suggestion.text == "A fox in the snow"
        session.execute(update(Suggestion).where(fox).values(state=SuggestionState.REJECTED))
    assert texts(engine) == ["A fox in the snow", "A dog in the snow"]
    suggest(engine)
    assert texts(engine) == ["A fox in the snow", None]


def read_in(engine, name: str, title: str) -> None:
    """Let a program have read the dialog of this title in the picture."""
    lines = [(title, [100, 6, 300, 26]), ("Radius:", [20, 90, 80, 108]), ("Cancel", [400, 290, 450, 308])]
    data = {"size": [480, 320], "found": 3, "scripts": ["latin"]}
    data["lines"] = [{"text": text, "box": box, "score": 0.99} for text, box in lines]
    with writing(engine) as session:
        asset_id = session.scalar(select(Image.asset_id).where(Image.url.like(f"%/{name}")))
        save_analyses(session, [(asset_id, NewAnalysis("ocr", "1", data))])


def test_a_title_that_several_pictures_show_is_told_with_its_heading(engine):
    headings = {"a.png": "Net classes", "b.png": "Stackup of layers", "c.png": "Filters", "d.png": "Board setup"}
    for name, heading in headings.items():
        store_visits(engine, visit(name[0], (occurrence(name, context=Context(heading=heading)), MISSING)))
    caption(engine, None)
    for name in headings:
        read_in(engine, name, "Configure Filters" if name == "c.png" else "Board Setup")
    suggest(engine)
    assert texts(engine) == [
        "Board Setup dialog, Net classes",
        "Board Setup dialog, Stackup of layers",
        "Configure Filters dialog",
        "Board Setup dialog",  # its heading says no more
    ]
    assert suggest(engine).drafted == 0
