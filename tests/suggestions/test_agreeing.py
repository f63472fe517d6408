"""What a model that compares texts with pictures says, among the other witnesses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.agreement import Agreement
from core.records import Context, SuggestionReason, Witness
from suggestions.evidence.agreeing import others_for
from tests.storefill import occurrence
from tests.suggestions.test_decide import decide, of_places

OTHERS = tuple(f"Something else {number}" for number in range(10))


def drafted(caption: str | None = None, scores: dict[str, float] | None = None, **context: object):
    group = of_places(caption, occurrence("x1.png", context=Context(**context)))  # type: ignore[arg-type]
    if scores is None:
        return decide(group)
    said = Agreement(scores | {other: float(number) for number, other in enumerate(OTHERS)}, OTHERS)
    return decide(replace(group, analyses={"agreement": said.as_data()}))


def test_it_speaks_for_a_text_of_the_page_or_against_it():
    label = "Kettles of copper"
    alone = drafted(label=label)
    fits, misfits = (drafted(scores={label: score}, label=label) for score in (99.0, -1.0))
    assert fits.confidence > alone.confidence > misfits.confidence
    assert (fits.witnesses, alone.witnesses, misfits.witnesses) == ((Witness.AGREEMENT,), (), ())


def test_the_text_that_fits_comes_first():
    place = {"heading": "Kettles of copper", "pictures": 1, "label": "Pots of iron"}
    assert drafted(**place).text == "Pots of iron"
    assert drafted(scores={"Pots of iron": -1.0, "Kettles of copper": 99.0}, **place).text == "Kettles of copper"


@pytest.mark.parametrize(("score", "reason"), [(99.0, None), (4.0, SuggestionReason.MISFIT)])
def test_a_caption_that_fits_no_better_than_others_is_doubted(score, reason):
    caption = "A copper kettle on a stove"
    draft = drafted(caption, {caption: score}, heading="Kettles of copper on the stove")
    assert (draft.text, draft.reason) == (caption, reason)


def test_what_was_not_compared_is_as_before():
    assert drafted(scores={}, label="Kettles of copper") == drafted(label="Kettles of copper")


def test_texts_are_compared_with_those_that_say_something_else():
    pool = ["Copper kettles", "A kettle of copper on a stove", "Iron pots", "Our team", "Kettles of copper"]
    assert others_for(["Kettles of copper"], pool) == ["Iron pots", "Our team"]
    assert len(others_for([], [f"Text {'abcdefghijklmnopqrst'[n]}bc" for n in range(20)])) == 12
