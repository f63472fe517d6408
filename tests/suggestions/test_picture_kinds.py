"""What the kind of a picture and a classifier's classes do to drafts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.records import Context, SuggestionReason, SuggestionSource, Witness
from suggestions.evidence.kinds import is_credible, named_class
from tests.storefill import occurrence
from tests.suggestions.test_decide import decide, of_places

DOG = "a brown dog runs over the grass"
MAN = "a man is sitting on a bench"


def seen(kind="photograph", photograph=0.95, dog=0.0, person=0.9, classes=(), **more):
    named = [{"name": name, "chance": chance} for name, chance in classes]
    chances = {"photograph": photograph, "chance": max(photograph, 0.9), "dog": dog, "person": person}
    return {"kind": {"kind": kind, "classes": named} | chances | more}


def group(caption, analyses, *, model="builtin", url="http://a.test/i/rex.jpg", **context):
    place = occurrence(image_url=url, context=Context(**context))
    found = of_places(caption, place)
    return replace(found, caption=replace(found.caption, model=model), analyses=analyses)


@pytest.mark.parametrize(
    ("caption", "analyses", "credible"),
    [
        (DOG, seen(dog=0.8), True),
        (DOG, seen(dog=0.1), False),  # a lion
        (DOG, seen("cutout", 0.2, dog=0.9), False),  # no photograph
        ("A man walks two puppies", seen(dog=0.5), True),
        (MAN, seen(), True),
        (MAN, seen(person=0.2), False),  # an empty bench, a heron
        (MAN, seen("screenshot", 0.01), False),
        (MAN, seen("unknown", 0.6), True),
        (MAN, {"kind": {"kind": "unknown"}}, False),  # of one colour, or two pixels wide
        ("a horse stands in a field", seen(person=0.0), True),
        ("a manual lies on a dogmatic table", seen(person=0.0), True),
        (MAN, {}, True),  # nobody has looked
        (MAN, {"ocr": {"text": "OK"}}, True),
    ],
)
def test_what_the_builtin_captioner_says_is_checked(caption, analyses, credible):
    assert is_credible(group(caption, analyses)) is credible
    draft = decide(group(caption, analyses, label="On the bench in the grass"))
    assert (draft.source is SuggestionSource.CAPTION) is credible
    if not credible:
        assert draft.text is not None
        assert draft.text.startswith("On the bench in the grass")


@pytest.mark.parametrize(
    ("kind", "context", "text"),
    [
        ("photograph", {"heading": "Look down for a change"}, None),
        ("chart", {"heading": "Look down for a change"}, None),
        ("screenshot", {"heading": "Look down for a change"}, "Look down for a change screenshot"),
        ("photograph", {"heading": "Our dog Rex"}, "Our dog Rex"),  # so is its file called
        ("photograph", {"label": "Look down for a change"}, "Look down for a change"),
    ],
)
def test_a_photograph_is_not_of_what_its_heading_says_alone(kind, context, text):
    assert decide(group(None, seen(kind, 0.9), **context)).text == text


@pytest.mark.parametrize(
    ("path", "kind", "text"),
    [
        ("i/logo-apple.svg", "banner", "Apple logo"),
        ("gray-logos/digital_ocean-white.svg", "icon", "Digital Ocean logo"),
        ("logos/ibm@2x.png", "unknown", "IBM logo"),
        ("i/logo_nasa_small.png", "banner", "NASA logo"),  # as the page has it
        ("i/logo.svg", "banner", "Ann Bell"),
        ("i/footer-logo-white.svg", "banner", "Ann Bell"),
        ("logos/a1b2c3.svg", "banner", "Ann Bell"),
        ("i/logo-of-our-club-and-its-many-friends.svg", "banner", "Ann Bell"),
        ("logos/team.jpg", "photograph", None),
    ],
)
def test_a_logo_is_of_whom_its_file_says(path, kind, text):
    one = group(None, seen(kind, 0.1, person=0.0), url=f"http://a.test/{path}", heading="Ann Bell", surrounding="NASA")
    assert decide(one).text == text


@pytest.mark.parametrize(
    ("analyses", "context", "text"),
    [
        (seen(), {"topic": "Parveen Anand", "pictures": 1}, "Parveen Anand"),
        (seen(), {"topic": "Parveen Anand", "pictures": 3}, None),  # which of them?
        (seen(person=0.1), {"topic": "Parveen Anand", "pictures": 1}, None),
        (seen(), {"topic": "Our Team", "pictures": 1}, None),
        (seen(), {"heading": "Parveen Anand", "pictures": 1}, None),  # above all pictures that follow
    ],
)
def test_a_person_alone_in_a_card_is_called_by_the_name_there(analyses, context, text):
    draft = decide(group(None, analyses, url="http://a.test/i/1.jpg", **context))
    assert (draft.text, draft.needs_human) == (text, True)


def test_without_a_page_there_is_silence():
    draft = decide(group(DOG, seen("cutout", 0.1), url="http://a.test/i/1.png"))
    assert (draft.text, draft.reason) == (None, SuggestionReason.ABSTAINED)


def test_other_models_may_speak_of_any_kind():
    assert is_credible(group(DOG, seen("cutout", 0.1), model="Salesforce/blip-image-captioning-base"))


@pytest.mark.parametrize("kind", ["screenshot", "chart", "diagram", "map", "banner"])
@pytest.mark.parametrize("caption", ["the settings of the printer", "a printer with paper"])
def test_of_writing_and_figures_every_caption_is_doubted(kind, caption):
    here = {"model": "openai:x", "heading": "The printer and its settings on paper"}
    assert decide(group(caption, seen("photograph"), **here)).reason is None
    assert decide(group(caption, seen(kind, 0.01), **here)).reason is SuggestionReason.KIND
    assert decide(group(caption, seen("unknown", 0.3), **here)).reason is None


TEAPOT = (("teapot", 0.6),)


def test_a_class_is_a_text_only_where_something_says_so_too():
    alone = group(None, seen("cutout", classes=TEAPOT), url="http://a.test/i/4711.png")
    assert decide(alone).text is None
    named = group(None, seen("cutout", classes=TEAPOT), url="http://a.test/i/old-teapot.png")
    draft = decide(named)
    assert (draft.text, draft.source, draft.reason) == ("Teapot", SuggestionSource.CLASS, SuggestionReason.FROM_PAGE)
    assert (draft.witnesses, draft.needs_human) == ((Witness.FILE,), True)
    told = group(None, seen("cutout", classes=TEAPOT), url="http://a.test/i/1.png", heading="My teapots")
    assert decide(told).witnesses in ((Witness.TEXT,), ())
    assert "eapot" in (decide(told).text or "")


def test_the_text_beside_a_photograph_may_speak_of_any_thing_in_it():
    """A photographer with his camera, and "tripod" somewhere on the page."""
    tripod = seen("photograph", classes=(("tripod", 0.9),))
    said = {"passage": "He keeps the tripod for the beach."}
    assert decide(group(None, tripod, url="http://a.test/i/cameraman.jpg", **said)).source is not SuggestionSource.CLASS
    named = group(None, tripod, url="http://a.test/i/tripod-2.jpg", **said)
    assert named_class(named) == ("tripod", (Witness.FILE, Witness.TEXT))


@pytest.mark.parametrize(
    "analyses",
    [
        seen("icon", 0.1, classes=TEAPOT),
        seen("unknown", classes=TEAPOT),
        seen("cutout", classes=(("soup bowl", 0.9),)),
        seen("cutout"),
        {},
    ],
)
def test_no_class_for_other_kinds_or_half_a_name(analyses):
    draft = decide(group(None, analyses, url="http://a.test/i/teapot-bowl.png"))
    assert draft.source is not SuggestionSource.CLASS


def test_what_the_page_says_with_the_class_in_it_comes_first():
    found = group(
        None,
        seen("cutout", classes=TEAPOT),
        url="http://a.test/i/stoneware-teapot.png",
        label="Stoneware teapot, two litres",
    )
    assert decide(found).text == "Stoneware teapot, two litres"
