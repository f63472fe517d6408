"""Keywords of pictures in their places: what they are made from, what is kept of an answer, and what stays as it is."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text, update

from core.errors import CaptionerError
from core.records import Context, DecisionState, SuggestionState
from inference.tagging import Tagger
from inference.text_models import TextModelInfo
from store.deciding import Choice, Seen, decide
from store.decisions import undo
from store.engine import reading, writing
from store.keywords import Described, described
from store.models import Suggestion
from store.schema import downgrade, upgrade
from suggestions import keywords
from suggestions.keywords import KEYWORD_CHARS, MAX_KEYWORDS, give_keywords, keywords_in, text_of
from suggestions.run import suggest
from tests.inference.tiny_taggers import KEYWORDS, save_tagger
from tests.storefill import MISSING, OK, SITE_ID, occurrence, store_visits, visit
from tests.suggestions.test_run import caption

DOG = "A red dog in the snow"
TABLE = "Two people at a table"


class Sayer:
    """Says the same of all texts, and remembers them."""

    def __init__(self, said: str = "Dogs, Snow", revision: str = "1") -> None:
        self.info = TextModelInfo("sayer", revision)
        self.said = said
        self.asked: list[str] = []

    def tag(self, texts):
        self.asked += texts
        return [self.said] * len(texts)


def show(engine, *names: str, lang: str = "en", **context: str) -> None:
    places = [(occurrence(f"{one}.jpg", key=one, lang=lang, context=Context(**context)), MISSING) for one in names]
    store_visits(engine, visit("", *places))
    for name, said in zip(names, (DOG, TABLE), strict=False):
        caption(engine, said.lower(), "builtin", f"{name}.jpg")
    suggest(engine)


def given(engine) -> list[list[str]]:
    with reading(engine) as session:
        return list(session.scalars(select(Suggestion.keywords).order_by(Suggestion.id)))


def rest(engine) -> list[tuple]:
    """All that is not of keywords."""
    columns = [column for column in Suggestion.__table__.columns if not column.name.startswith("keywords")]
    with reading(engine) as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(Suggestion.id))]


def place(said: str | None = None, language: str = "en", alts: tuple[str, ...] = (), *, silent=False, **context: str):
    return Described(1, language, said, silent, (Context(**context),), alts, None)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (place(DOG), DOG),
        (place(DOG, figcaption="Our dog.", product="Coat", heading="Winter", alts=("A dog",)),
         f"{DOG}. Our dog. Coat. A dog. Winter"),
        (place(DOG, figcaption=DOG.upper()), DOG),
        (place(None, product="A coat"), "A coat"),
        (place("", figcaption="A dog"), "A dog"),
        (place(None, heading="Winter"), None),
        (place("", silent=True, figcaption="A dog"), None),
        (place(DOG, "de"), None),
        (place("Der Hund und die Katze liegen auf dem Teppich und schlafen", "en"), None),
        (place("A red dog and the cat of our neighbours", "und"), "A red dog and the cat of our neighbours"),
        (place("Rot", "und"), None),
        (place("dog " * 10_000), ("dog " * 100).strip()),
        (place("\ud800A\x00 dog\u202e"), "\ufffdA\ufffd dog\ufffd"),
        (Described(1, "en", DOG, False, (Context(heading="One"), Context(heading="Two")), (), None), DOG),
        (Described(1, "en", DOG, False, (), (), None), DOG),
    ],
)  # fmt: skip
def test_what_is_told_of_a_place(one, expected):
    assert text_of(one) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Dogs, Machine Learning,\nSnow", ("Dogs", "Machine Learning", "Snow")),
        ("Dogs, dogs, DOGS., Dogs", ("Dogs",)),
        ("<pad> Dogs</s><extra_id_0>Snow [PAD]", ("Dogs", "Snow")),
        ("Node.js, C++, Café, 犬", ("Node.js", "C++", "Café", "犬")),
        ("http://evil.example, www.evil.example, evil.example/now, me@evil.example, Dogs", ("Dogs",)),
        ("\u202esgoD, D\x00gs, D\ud800gs, Dogs", ("Dogs",)),
        (", ,,\n--- , ...,<unk>", ()),
        ("", ()),
        ("x" * (KEYWORD_CHARS + 1) + ", Dogs", ("Dogs",)),
        (", ".join(f"Tag {n}" for n in range(99)), tuple(f"Tag {n}" for n in range(MAX_KEYWORDS))),
        ("a" * 10**6, ()),
        ("<" * 10**6, ()),
    ],
)
def test_what_is_kept_of_an_answer(said, expected):
    assert keywords_in(said) == expected


def test_a_real_model_writes_keywords_once_and_nothing_else_changes(engine, tmp_path):
    show(engine, "a", "b")
    before = rest(engine)
    tagger = Tagger(str(save_tagger(tmp_path)))
    done = give_keywords(engine, tagger)
    assert given(engine) == [one.split(", ") for one in KEYWORDS.values()]
    assert (done.suggestions, done.tagged, done.known, done.failed) == (2, 2, 0, 0)
    again = Tagger(str(tmp_path))
    done = give_keywords(engine, again, site_id=SITE_ID)
    assert (done.known, done.tagged, again._loaded) == (2, 0, None)
    assert rest(engine) == before


def test_another_revision_and_another_text_are_asked_about_again(engine):
    show(engine, "a")
    first = Sayer()
    give_keywords(engine, first)
    assert first.asked == [DOG]
    other = Sayer("Pets", revision="2")
    give_keywords(engine, other)
    assert given(engine) == [["Pets"]]
    caption(engine, "a blue house by the sea", "other")
    suggest(engine)
    assert given(engine) == [[]]  # those of the dog are none of the house
    give_keywords(engine, other)
    assert other.asked == [DOG, "A blue house by the sea"]
    assert suggest(engine).drafted == 0


def test_a_draft_made_anew_with_the_same_text_keeps_its_keywords(engine):
    show(engine, "a")
    tagger = Sayer()
    give_keywords(engine, tagger)
    with writing(engine) as session:
        session.execute(update(Suggestion).values(composer_version="old", inputs="old"))
    assert suggest(engine).drafted == 1
    assert given(engine) == [["Dogs", "Snow"]]
    assert give_keywords(engine, tagger).known == 1


def test_what_a_person_decided_gets_keywords_and_stays(engine):
    show(engine, "a", "b")
    with writing(engine) as session:
        first, second = session.scalars(select(Suggestion).order_by(Suggestion.id))
        first.text, first.state, first.origin = "A puppy", SuggestionState.EDITED, "human"
        second.state = SuggestionState.REJECTED
    before = rest(engine)
    tagger = Sayer()
    give_keywords(engine, tagger)
    assert (tagger.asked, given(engine), rest(engine)) == (["A puppy"], [["Dogs", "Snow"], []], before)


def test_keywords_follow_what_people_decide(engine):
    show(engine, "a")
    tagger = Sayer()
    give_keywords(engine, tagger)
    with writing(engine) as session:
        [row] = session.scalars(select(Suggestion))
        choice = Choice(row.image_id, row.context_key, DecisionState.DECORATIVE, None, Seen(DOG))
        [made] = decide(session, SITE_ID, [choice], who="Ann")
    assert given(engine) == [["Dogs", "Snow"]]  # a decision draws no model behind it
    give_keywords(engine, tagger)
    assert given(engine) == [[]]
    with writing(engine) as session:
        undo(session, SITE_ID, who="Ann", decision_id=made)
    give_keywords(engine, tagger)
    assert (given(engine), tagger.asked) == ([["Dogs", "Snow"]], [DOG, DOG])


def test_where_nothing_english_is_said_any_more_keywords_go(engine):
    show(engine, "a")
    give_keywords(engine, Sayer())
    with writing(engine) as session:
        session.execute(update(Suggestion).values(language="de"))
    silent = Sayer()
    give_keywords(engine, silent)
    assert (given(engine), silent.asked) == ([[]], [])
    with reading(engine) as session:
        assert session.scalars(select(Suggestion.keywords_inputs)).all() == [None]


def test_a_model_that_breaks_costs_its_keywords_alone(engine, monkeypatch):
    class Broken(Sayer):
        def tag(self, texts):
            if TABLE in texts:
                raise RuntimeError("out\x1b of memory")
            return super().tag(texts)

    monkeypatch.setattr(keywords, "TEXTS_AT_ONCE", 1)
    show(engine, "a", "b")
    done = give_keywords(engine, Broken())
    assert (done.tagged, done.failed, done.why_failed) == (1, 1, "RuntimeError: out\ufffd of memory")
    assert given(engine) == [["Dogs", "Snow"], []]
    assert give_keywords(engine, Sayer()).tagged == 1


@pytest.mark.parametrize("said", [[], ["Dogs", "Cats"]])
def test_a_model_that_gives_too_few_or_too_many_answers_has_broken(engine, said):
    class Odd(Sayer):
        def tag(self, texts):
            return said

    show(engine, "a")
    assert give_keywords(engine, Odd()).failed == 1
    assert given(engine) == [[]]


def test_what_is_cut_short_goes_on(engine, monkeypatch):
    class Stopped(Sayer):
        def tag(self, texts):
            if self.asked:
                raise CaptionerError("no device")
            return super().tag(texts)

    monkeypatch.setattr(keywords, "SUGGESTIONS_AT_ONCE", 1)
    show(engine, "a", "b")
    with pytest.raises(CaptionerError):
        give_keywords(engine, Stopped())
    after = Sayer()
    seen: list[int] = []
    give_keywords(engine, after, progress=seen.append)
    assert (after.asked, seen) == ([TABLE], [1, 2])


def test_what_no_longer_stands_is_not_told_of(engine):
    good = occurrence("a.jpg", alt="A dog", key="good", lang="en", context=Context())
    store_visits(engine, visit("", (occurrence(key="a", lang="en", context=Context()), MISSING), (good, OK)))
    caption(engine, DOG.lower())
    suggest(engine)
    with reading(engine) as session:
        [one] = described(session, after_id=0, limit=9)
        assert (one.alts, len(one.contexts)) == (("A dog",), 2)
        assert described(session, after_id=one.suggestion_id, limit=9) == []
        assert described(session, after_id=0, limit=9, site_id=SITE_ID + 1) == []
    with writing(engine) as session:
        session.execute(text("UPDATE occurrences SET vanished_crawl_id = 1"))
    assert give_keywords(engine, Sayer()).suggestions == 0


def test_a_store_from_before_keywords_is_brought_along_and_back(engine):
    show(engine, "a")
    before = rest(engine)
    downgrade(engine, "0011")
    upgrade(engine)
    assert (rest(engine), given(engine)) == (before, [[]])
    give_keywords(engine, Sayer())
    assert given(engine) == [["Dogs", "Snow"]]
