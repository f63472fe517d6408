"""People in neutral words: only where a model guessed, and in good English."""

from __future__ import annotations

import pytest

from suggestions.captions.gender_neutral import neutral


@pytest.mark.parametrize(
    ("caption", "text"),
    [
        pytest.param("a nurse and her patient", "a nurse and their patient", id="a pronoun alone"),
        pytest.param("four women and a man at a table", "five people at a table", id="counted"),
        pytest.param("2 boys and 3 girls on a swing", "five children on a swing", id="counted in digits"),
        pytest.param("An old man and an old woman walk", "Two old people walk", id="what both are"),
        pytest.param("a tall man and a short woman in a lift", "two people in a lift", id="what one is, is left out"),
        pytest.param("smiling woman and man in a kitchen", "two smiling people in a kitchen", id="without articles"),
        pytest.param("a woman, a man and a boy on a pier", "two people and a child on a pier", id="in a list"),
        pytest.param("a man and a woman in a green coat", "a person and another in a green coat", id="one coat"),
        pytest.param("a husband and wife at a fair", "a couple at a fair", id="husband and wife"),
        pytest.param("the groom and bride cut a cake", "the couple cut a cake", id="groom and bride"),
        pytest.param("a father and his son fishing", "a parent and child fishing", id="father and son"),
        pytest.param("A mother and father and a pram", "Two parents and a pram", id="parents"),
        pytest.param("women and children at a well", "adults and children at a well", id="and children"),
        pytest.param("a group of men and women", "a group of people", id="a group"),
        pytest.param("ladies and gentlemen in a ballroom", "people in a ballroom", id="ladies and gentlemen"),
        pytest.param("a businesswoman and a fireman", "a business person and a firefighter", id="trades"),
        pytest.param("an aunt with a waitress", "a relative with a server", id="the article"),
        pytest.param("a female engineer at a lathe", "an engineer at a lathe", id="an adjective and its article"),
        pytest.param("a man reads while he drinks tea", "a person reads while they drink tea", id="he drinks"),
        pytest.param("a woman says she is tired", "a person says they are tired", id="she is"),
        pytest.param("a woman with a cat beside her", "a person with a cat beside them", id="her as an object"),
        pytest.param("a close up of a woman's hands", "a close up of a person's hands", id="parts of a body"),
        pytest.param(
            "a man in a red hat, a woman in a blue hat", "a person in a red hat, a person in a blue hat", id="apart"
        ),
    ],
)
def test_what_a_model_guessed_is_said_neutrally(caption, text):
    assert neutral(caption, "") == text


@pytest.mark.parametrize(
    "caption",
    [
        "boys' black school trousers on a hanger",
        "Women’s waterproof hiking boots",
        "a gents watch beside a women's watch",
        "a woman's handbag on a bench",
        "a male cheetah on a rock",
        "a female plug on a cable",
        "a mother duck with her ducklings",
        "a father penguin and his egg",
        "a mother with her calves in a field",
        "Catwoman and Wonder Woman at a fair",
        "Iron Man figure on a desk",
        "a gingerbread man on a plate",
        "a girl scout badge",
        'a door sign that says "ladies and men"',
        "a poster with the words “Little Women”",
        "Lady Bird Lake at night",
        "a horse and his shadow",
        "a snowman and a manhole in Germany",
        "a mantis on a manual",
    ],
)
def test_what_is_no_guess_stays(caption):
    assert neutral(caption, "") == caption


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("", "A couple under a tree"),
        ("Weddings at the mill", "A bride and groom under a tree"),
        ("Our wedding photographer and her team", "A bride and groom under a tree"),
    ],
)
def test_the_page_may_know(page, text):
    assert neutral("A bride and groom under a tree", page) == text


def test_hostile_text_takes_no_time():
    for text in ("a " * 4000, "a man and " * 800, '"' * 4000, "a person, " * 800, "ladies and " * 700, "man's " * 1300):
        neutral(text, "")
