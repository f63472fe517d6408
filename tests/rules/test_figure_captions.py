"""What an alt text may have to do with the caption of its figure is the team's to say, for the audit and for drafts."""

from __future__ import annotations

import pytest

from core.records import Context, SuggestionReason, SuggestionSource
from rules.judge import judge
from rules.rule_options import CaptionUse, RuleOptions
from tests.storefill import occurrence
from tests.suggestions.test_decide import decide, of_places

CAPTION = "Figure 4. The brush dialog"


def figure(alt: str | None, **context: object):
    where = {"figcaption": CAPTION} | context
    return occurrence("x1.png", alt=alt, accessible_name=alt or None, lang="en", context=Context(**where))  # type: ignore[arg-type]


def found(where, use: str) -> set[str]:
    return {one.rule for one in judge(where, rules=RuleOptions(figure_caption=CaptionUse(use))).findings}


@pytest.mark.parametrize(
    ("alt", "use", "rules"),
    [
        ("The brush dialog", "distinct", {"alt-equals-text"}),
        ("The brush dialog", "repeat", set()),
        ("The brush dialog", "empty", {"alt-equals-text"}),
        ("", "distinct", {"empty-alt"}),
        ("", "repeat", {"empty-alt"}),
        ("", "empty", set()),
        ("image", "repeat", {"vague-word"}),
        (None, "empty", {"missing-attr"}),
    ],
)
def test_what_the_audit_finds(alt, use, rules):
    assert found(figure(alt), use) == rules


def test_what_stands_beside_is_no_caption():
    where = occurrence(
        alt="The brush dialog", accessible_name="The brush dialog", context=Context(passage="The brush dialog")
    )
    assert found(where, "repeat") == {"alt-equals-text"}


@pytest.mark.parametrize(
    ("use", "text", "source"),
    [
        ("distinct", None, SuggestionSource.NONE),
        ("repeat", "The brush dialog", SuggestionSource.FIGCAPTION),
        ("empty", "", SuggestionSource.EMPTY),
    ],
)
def test_what_is_drafted(use, text, source):
    draft = decide(of_places(None, figure(None)), RuleOptions(figure_caption=CaptionUse(use)))
    assert (draft.text, draft.source, draft.needs_human) == (text, source, True)


def test_a_picture_with_more_to_say_is_not_silenced_for_another_reason():
    draft = decide(of_places("a brown dog in the snow", figure(None)), RuleOptions())
    assert draft.text == "A brown dog in the snow"
    silenced = decide(of_places("a brown dog in the snow", figure(None)), RuleOptions(figure_caption=CaptionUse.EMPTY))
    assert (silenced.text, silenced.reason) == ("", SuggestionReason.REPEATS_PAGE)


@pytest.mark.parametrize("use", CaptionUse)
def test_in_a_link_the_text_is_that_of_the_link(use):
    where = occurrence(
        "x1.png", lang="en", interactive="link", sole_content=True,
        context=Context(figcaption=CAPTION, link_url="http://shop.test/contact", link_href="/contact"),
    )  # fmt: skip
    draft = decide(of_places(None, where), RuleOptions(figure_caption=use))
    assert draft.source not in {SuggestionSource.FIGCAPTION, SuggestionSource.EMPTY}
