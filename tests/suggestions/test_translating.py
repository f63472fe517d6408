"""English captions on pages in other languages: translated where that is set, stored, and never ready."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.records import Context
from inference.text_models import TextModelInfo
from inference.translation import Translator
from store import captions
from store.engine import reading, writing
from store.models import TRANSLATION, Analysis, Image, Suggestion
from store.suggestions import context_groups
from suggestions.captions.translating import MAX_CHARS, fit
from suggestions.run import suggest
from suggestions.suggest_options import SuggestOptions
from tests.inference.tiny_translators import save_marian
from tests.storefill import MISSING, occurrence, store_visits, visit
from tests.suggestions.test_run import caption


@pytest.fixture(scope="module")
def marian(tmp_path_factory):
    return save_marian(tmp_path_factory.mktemp("marian") / "opus-mt-en-de")


class Sayer:
    """Says the same of all texts, and counts them."""

    info = TextModelInfo("sayer", "1")

    def __init__(self, said: str, language: str = "de") -> None:
        self.said = said
        self.language = language
        self.asked: list[str] = []

    def speaks(self, language):
        return language == self.language

    def translate(self, texts, language):
        self.asked += texts
        return [self.said] * len(texts)


def drafts(engine) -> list[tuple]:
    with reading(engine) as session:
        found = select(Suggestion.text, Suggestion.reason, Suggestion.needs_human).order_by(Suggestion.image_id)
        return [tuple(row) for row in session.execute(found)]


def show(engine, *languages: str) -> None:
    places = [(occurrence(f"{one}.jpg", key=one, lang=one, context=Context()), MISSING) for one in languages]
    store_visits(engine, visit("", *places))


def test_a_real_model_translates_once_and_what_it_says_is_never_ready(engine, marian):
    show(engine, "de", "en", "fr")
    caption(engine, "a red dog on the grass", "builtin")
    translator = Translator(str(marian))
    suggest(engine, translators=[translator])
    german, english, french = drafts(engine)
    assert german == ("Ein roter Hund auf dem Gras", "translated", True)
    assert english[0] == "A red dog on the grass"
    assert french[1:] == ("other_language", True)
    with reading(engine) as session:
        [stored] = session.execute(select(Analysis.data).where(Analysis.analyser == TRANSLATION)).scalars()
        image_ids = list(session.scalars(select(Image.id)))
        assert all(TRANSLATION not in group.analyses for group in context_groups(session, image_ids))
    assert stored["of"] == "A red dog on the grass"
    again = Translator(str(marian))
    assert suggest(engine, translators=[again]).drafted == 0
    assert again._loaded is not None  # to know what it speaks
    suggest(engine)  # not set any more
    assert drafts(engine)[0] == (None, "other_language", True)


def test_nothing_is_translated_twice(engine):
    show(engine, "de")
    caption(engine, "a red dog on the grass", "builtin")
    first = Sayer("Ein roter Hund auf der Wiese")
    suggest(engine, translators=[first])
    assert (first.asked, drafts(engine)[0][0]) == (["A red dog on the grass"], first.said)
    second = Sayer("Etwas anderes auf der Wiese")
    assert suggest(engine, translators=[second]).drafted == 0
    assert suggest(engine, translators=[second], only_stale=True).contexts == 0
    second.info = TextModelInfo("sayer", "2")
    suggest(engine, translators=[second])
    assert (len(second.asked), drafts(engine)[0][0]) == (1, second.said)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "A red dog on the grass",
        "Ein roter Hund 24 Stunden auf der Wiese",
        "Kaufen Sie jetzt bei www.evil.example",
        "Un chien rouge est assis dans le jardin",
        "роторный пёс на траве",
        "Ein roter Hund und ein roter Hund und " * 200,
        "Hund " * 30,
    ],
)
def test_what_can_be_no_translation_is_none(said):
    assert fit(said, "A red dog on the grass", "de") is None


def test_what_is_none_is_not_asked_for_again(engine):
    show(engine, "de")
    caption(engine, "a red dog on the grass", "builtin")
    translator = Sayer("Kaufen Sie jetzt bei www.evil.example")
    suggest(engine, translators=[translator])
    assert drafts(engine)[0] == (None, "other_language", True)
    suggest(engine, translators=[translator])
    assert len(translator.asked) == 1


def test_a_model_that_breaks_costs_its_drafts_alone(engine):
    class Broken(Sayer):
        def translate(self, texts, language):
            raise RuntimeError("out of memory")

    show(engine, "de", "en")
    caption(engine, "a red dog on the grass", "builtin")
    suggest(engine, translators=[Broken("")])
    assert [row[0] for row in drafts(engine)] == [None, "A red dog on the grass"]
    suggest(engine, translators=[Sayer("Ein roter Hund auf der Wiese")])
    assert drafts(engine)[0] == ("Ein roter Hund auf der Wiese", "translated", True)


def test_a_caption_in_the_language_of_the_page_or_in_no_english_is_left_alone(engine):
    show(engine, "de", "fr")
    caption(engine, "ein roter Hund auf der Wiese", "builtin")
    translator = Sayer("Un chien rouge", "fr")
    suggest(engine, translators=[translator])
    assert translator.asked == []


def test_translations_are_bounded():
    assert fit("Ein Hund", "A dog", "de") == "Ein Hund"
    assert fit("\u202eEin\nHund\x00", "A dog", "de") == "\ufffdEin Hund\ufffd"
    assert fit("x" * 10**6, "A dog", "de") is None
    assert fit("犬が草の上にいる", "A dog is on the grass", "ja") == "犬が草の上にいる"
    assert len(fit("Hund " * 90, "A dog and more " * 30, "de") or "") <= MAX_CHARS


def test_one_model_may_be_set_as_such():
    assert SuggestOptions(translate="a/b").translate == ["a/b"]
    assert SuggestOptions().translate == []


def test_the_store_keeps_what_is_true_of_other_captions(engine):
    """A newer caption of the picture is translated anew."""
    show(engine, "de")
    caption(engine, "a red dog on the grass", "builtin")
    translator = Sayer("Ein roter Hund auf der Wiese")
    suggest(engine, translators=[translator])
    caption(engine, "a blue house by the sea", "other")
    suggest(engine, translators=[translator])
    assert translator.asked == ["A red dog on the grass", "A blue house by the sea"]
    with writing(engine) as session:
        assert captions.newest_captions(session, list(session.scalars(select(Image.id))))
