"""What a site's own good texts teach the composer, and say again."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from core.records import Classification as C
from core.records import Context, Finding, Judgement, Severity, SuggestionReason, SuggestionSource
from store.engine import reading, writing
from store.models import Image, Suggestion
from store.own_alts import MAX_EXAMPLES, Elsewhere, OwnAlt, own_alts
from store.suggestions import context_groups
from suggestions.evidence.chances import ranked
from suggestions.manner.learning import LEAST_TEXTS, MAX_PICTURES, learn, manners
from suggestions.manner.patterns import SHIPPED, Manner, Pattern, slots
from suggestions.run import suggest
from tests.storefill import MISSING, OK, SITE_ID, occurrence, store_visits, visit
from tests.suggestions.test_decide import decide, of_places
from tests.suggestions.test_run import caption, texts

WIDGETS = "Button Calendar Assistant Notebook Toolbar Popover Spinner Switch Scale Entry Label Frame Stack Grid".split()
NOUNS = "brush palette canvas layer gradient pattern channel path guide ruler".split()
VERBS = "crop rotate blur sharpen invert scale shear flip trace align".split()


def own(name: str, alt: str, title: str | None = None, *, lang: str | None = "en", **context: object) -> OwnAlt:
    where = occurrence(name, alt=alt, accessible_name=alt, lang=lang, context=Context(**context))  # type: ignore[arg-type]
    return OwnAlt(where, title, alt)


def example(widget: str, text: str = "An example Gtk{}") -> OwnAlt:
    return own(f"{widget.lower()}.png", text.format(widget), f"Gtk.{widget} – 4.0")


# Patterns


def test_a_pattern_of_the_site_is_followed():
    manner = learn([example(widget) for widget in WIDGETS])
    assert Pattern("title, joined", "An example ", "", 0.93) in manner.patterns
    where = occurrence("combobox.png", lang="en", context=Context(heading="Description"))
    best = ranked(where, "Gtk.ComboBox – 4.0", manner)[0]
    assert (best.text, best.source) == ("An example GtkComboBox", SuggestionSource.PATTERN)
    draft = decide(of_places(None, where, titles=("Gtk.ComboBox – 4.0",)), manner=manner)
    assert (draft.text, draft.source, draft.needs_human) == ("An example GtkComboBox", SuggestionSource.PATTERN, False)


@pytest.mark.parametrize(
    ("texts_", "why"),
    [
        (["An example Gtk{}"] * 9, "of nine texts nobody knows"),
        (["An example Gtk{}"] * 9 + ["A window with some buttons"] * 5, "it holds for too few"),
        (["An example Gtk{}"] * 7 + ["Gtk{} at work"] * 7, "two halves"),
        (["A window"] * 14, "it has nothing of the page"),
        (["An exampleGtk{}"] * 14, "it does not stand by itself"),
        ([f"{'very ' * 9}Gtk{{}}"] * 14, "it says too much beside"),
    ],
)
def test_what_is_no_pattern(texts_, why):
    manner = learn([example(widget, text) for widget, text in zip(WIDGETS, texts_, strict=False)])
    assert manner.patterns == (), why


def test_a_pattern_that_stands_on_the_page_is_not_said_again():
    """The draft is judged like any other."""
    manner = learn([example(widget) for widget in WIDGETS])
    where = occurrence("x.png", lang="en", context=Context(passage="An example GtkComboBox"))
    assert decide(of_places(None, where, titles=("Gtk.ComboBox",)), manner=manner).text != "An example GtkComboBox"


def test_slots_are_what_a_page_has():
    where = occurrence("open-dialog.png", context=Context(heading="Open", figcaption="  ", term="The term"))
    assert slots(where, "A page – The site") == {
        "title": "A page",
        "title, joined": "Apage",
        "heading": "Open",
        "topic": "Open",
        "term": "The term",
        "term, joined": "Theterm",
        "file": "open dialog",
        "file, joined": "opendialog",
    }


# Evidence


def site_of_captions(number: int) -> list[OwnAlt]:
    """Whose texts are what stands behind the picture with a noun, and never the heading or the file's name."""
    chosen = random.Random(4)
    found = []
    for n in range(number):
        label = f"{chosen.choice(VERBS).title()} the {chosen.choice(NOUNS)} {n}"
        heading = f"{chosen.choice(NOUNS)} {chosen.choice(VERBS)} chapter"
        after = f"{label}. More."
        found.append(own(f"{chosen.choice(NOUNS)}-{n}.png", f"{label} dialog", "Manual", heading=heading, after=after))
    return found


def test_fifty_texts_teach_which_source_to_believe():
    where = occurrence("ruler.png", context=Context(heading="Guide align chapter", after="Blur the canvas. More."))
    shipped = ranked(where, "Manual")
    manner = learn(site_of_captions(80))
    learned = ranked(where, "Manual", manner)
    assert shipped[0].source is SuggestionSource.HEADING
    assert learned[0].text == "Blur the canvas"
    assert learned[0].chance > 2 * next(one.chance for one in shipped if one.text == "Blur the canvas")
    assert manner.known == 80


def test_captions_that_stand_in_alts_as_well_teach_nothing():
    """The pictures without a text are mostly those without a caption."""
    shown = [replace(one, alt=one.alt.removesuffix(" dialog")) for one in site_of_captions(120)]
    assert learn(shown).evidence == SHIPPED.evidence


def test_fewer_change_nothing():
    assert learn(site_of_captions(LEAST_TEXTS - 1)).evidence == SHIPPED.evidence


def test_texts_that_say_nothing_of_their_pages_make_nothing_surer():
    """All wrong: of other pictures, keywords, or in another language."""
    chosen = random.Random(1)
    wrong = [
        replace(one, alt=f"{chosen.choice(NOUNS)} sale cheap {chosen.choice(VERBS)} {n}")
        for n, one in enumerate(site_of_captions(120))
    ]
    manner = learn(wrong)
    assert manner.patterns == ()
    for one in wrong[:20]:
        before, after = ranked(one.occurrence, "Manual"), ranked(one.occurrence, "Manual", manner)
        assert max((text.chance for text in after), default=0.0) <= max(text.chance for text in before)


def test_the_same_texts_give_the_same_manner_and_one_more_hardly_another():
    some = site_of_captions(100)
    assert learn(some) == learn(list(some))
    close = dict(learn(some).evidence)
    for name, weight in learn(site_of_captions(101)).evidence:
        assert abs(weight - close[name]) < 0.2, name


@pytest.mark.computes(60)
@pytest.mark.slow
def test_ten_thousand_texts_are_learned_from_in_a_minute():
    assert learn(site_of_captions(10_000)).known == 10_000


# What teaches


def test_each_language_has_its_own_manner():
    german = [own(f"{w}.png", f"Beispiel für {w}", w, lang="de") for w in WIDGETS]
    known = manners([*(example(widget) for widget in WIDGETS), *german])
    assert set(known) == {"en", "de"}
    assert {one.before for one in known["de"].patterns} == {"Beispiel für "}
    assert {one.before for one in known["en"].patterns} == {"An example "}


@pytest.mark.parametrize(
    "one",
    [
        own("open-dialog.png", "Open dialog", "Page"),
        own("x1.png", "Die Schaltfläche zum Öffnen der Datei auf dem Rechner", "Page"),
        replace(
            own("x1.png", "Shop home", "Page"),
            occurrence=occurrence("x1.png", interactive="link", sole_content=True, lang="en"),
        ),
    ],
    ids=["file name", "another language", "link"],
)
def test_what_teaches_nothing(one):
    assert sum(manner.known for manner in manners([one]).values()) == 0


def test_one_text_for_all_teaches_nothing():
    same = [own(f"x{n}.png", "Our shop", "Our shop – Home") for n in range(200)]
    assert manners(same)["en"] == replace(SHIPPED, known=0)
    assert manners(same[:MAX_PICTURES])["en"].known == MAX_PICTURES


@pytest.mark.computes(20)
@pytest.mark.parametrize("unit", ["a", "Gtk.", "„", "é", " ", "🙂", "\\", "{0}", "ﬁ", "İ"])
def test_hostile_texts_teach_in_time(unit):
    text = unit * (1000 // len(unit))
    manner = learn([own(f"{n}.png", f"{text}{n}", text, heading=text) for n in range(60)])
    assert isinstance(manner, Manner)
    list(manner.texts(occurrence(lang="en"), text))


# The same picture elsewhere


def elsewhere(alt: str = "The old mill at dusk", **facts: object) -> Elsewhere:
    given = {"language": "en", "functional": None, "link_url": None, "same": True, "places": 1} | facts
    return Elsewhere(alt=alt, **given)  # type: ignore[arg-type]


def with_texts(*texts_: Elsewhere, said: str | None = "a brown dog", **facts: object):
    where = occurrence("x1.jpg", lang="en", **facts)
    return replace(of_places(said, where), elsewhere=texts_)


def test_the_text_of_the_same_picture_is_proposed_and_sure():
    draft = decide(with_texts(elsewhere()))
    assert (draft.text, draft.source, draft.reason) == ("The old mill at dusk", SuggestionSource.ELSEWHERE, None)


@pytest.mark.parametrize(
    "texts_",
    [
        (elsewhere(places=3), elsewhere("A mill by the river", places=2)),
        (elsewhere(same=False),),
        (elsewhere(language="und"),),
    ],
    ids=["several", "only looks the same", "language not known"],
)
def test_where_there_is_something_to_choose_a_person_does(texts_):
    draft = decide(with_texts(*texts_))
    assert (draft.text, draft.reason) == ("The old mill at dusk", SuggestionReason.ELSEWHERE)


@pytest.mark.parametrize(
    "one",
    [
        elsewhere("Die alte Mühle in der Abenddämmerung", language="de"),
        elsewhere("Die alte Mühle in der Abenddämmerung, von Osten gesehen"),
        elsewhere(functional="link", link_url="http://shop.test/mill"),
        elsewhere("image.jpg"),
    ],
    ids=["language", "another language than it says", "link", "condemned"],
)
def test_a_text_for_something_else_is_not_proposed(one):
    assert decide(with_texts(one)).source is not SuggestionSource.ELSEWHERE


def test_in_a_link_the_text_is_that_of_the_same_link():
    mill = "http://shop.test/mill"
    facts = {"interactive": "link", "sole_content": True, "context": Context(link_url=mill, link_href="mill")}
    to_mill = elsewhere("The old mill", functional="link", link_url=mill)
    to_shop = elsewhere("All mills", functional="link", link_url="http://shop.test/mills", places=9)
    assert decide(with_texts(to_shop, to_mill, **facts)).text == "The old mill"
    assert decide(with_texts(to_shop, **facts)).text != "All mills"


def test_a_button_has_none():
    facts = {"interactive": "button", "sole_content": True}
    assert decide(with_texts(elsewhere("Open", functional="button"), said=None, **facts)).text != "Open"


# Over a store


def good(name: str, alt: str, **facts: object):
    return occurrence(name, alt=alt, accessible_name=alt, lang="en", **facts), OK


def test_texts_elsewhere_are_of_this_site_and_good(engine):
    review = Judgement(C.OK, findings=(Finding("too-long", Severity.REVIEW, "Long."),))
    store_visits(
        engine,
        visit("1", (occurrence("mill.jpg", lang="en"), MISSING)),
        visit("0", (occurrence("mill-copy.jpg", lang="en"), MISSING)),
        visit("2", good("mill.jpg", "The old mill at dusk"), good("other.jpg", "Another one")),
        visit("3", good("mill.jpg", "The old mill at dusk")),
        visit("4", (occurrence("mill.jpg", alt="A mill", accessible_name="A mill", lang="en"), review)),
    )
    caption(engine, None)
    with writing(engine) as session:
        copy, mill = (
            session.scalar(select(Image.id).where(Image.url.endswith(name))) for name in ("mill-copy.jpg", "/mill.jpg")
        )
        asset = session.scalar(select(Image.asset_id).where(Image.id == mill))
        session.execute(update(Image).where(Image.id == copy).values(asset_id=asset))
    with reading(engine) as session:
        groups = context_groups(session, [copy, mill])
    expected = Elsewhere("The old mill at dusk", "en", None, None, same=True, places=2)
    assert [group.elsewhere for group in groups] == [(expected,), (expected,)]
    suggest(engine, only_stale=True)
    assert texts(engine) == ["The old mill at dusk"] * 2
    assert suggest(engine).drafted == 0


def test_a_site_writes_as_it_writes(engine):
    """And what it writes otherwise from now on, it is proposed otherwise."""
    pages = [
        visit(widget, good(f"{widget}.png", f"An example Gtk{widget}"), title=f"Gtk.{widget} – 4.0")
        for widget in WIDGETS
    ]
    store_visits(engine, *pages, visit("new", (occurrence("box.png", lang="en"), MISSING), title="Gtk.ComboBox – 4.0"))
    caption(engine, None)
    suggest(engine)
    with reading(engine) as session:
        (draft,) = session.scalars(select(Suggestion))
        assert (draft.text, draft.source, draft.needs_human) == ("An example GtkComboBox", "pattern", False)
        assert draft.confidence == pytest.approx(len(WIDGETS) / (len(WIDGETS) + 1), abs=0.01)
    assert suggest(engine).drafted == 0


def test_of_very_many_pictures_some_teach(engine):
    visits = [visit(f"{page}", *(good(f"{page}/{n}.jpg", f"Text {page} {n}") for n in range(500))) for page in range(5)]
    store_visits(engine, *visits)
    with reading(engine) as session:
        found = list(own_alts(session, SITE_ID))
    assert MAX_EXAMPLES // 2 < len(found) <= MAX_EXAMPLES
    assert len({one.alt.split()[1] for one in found}) == 5
