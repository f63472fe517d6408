"""Alt texts that are a caption, whatever marks it, and alt texts that are a credit."""

from __future__ import annotations

import pytest

from core.records import Classification
from crawler.page.parse import parse_page
from rules.judge import judge_page


def judged(markup: str, lang: str = "en") -> tuple[dict[str, str], Classification]:
    page = f"<!doctype html><html lang={lang}><body>{markup}"
    facts = parse_page("https://harbour.test/", page.encode(), "text/html; charset=utf-8")
    judgement = judge_page(facts)[0]
    return {finding.rule: finding.severity.value for finding in judgement.findings}, judgement.classification


@pytest.mark.parametrize(
    ("caption", "repeats"),
    [
        ("<div class=caption>Gulls on the pier</div>", True),
        ("<div class=caption>Figure 3.1. Gulls on the pier</div>", True),
        ("<div class=caption>Fig. 2: Gulls on the pier</div>", True),
        ("<div class=caption>Abbildung 4 – Gulls on the pier.</div>", True),
        ("<div class=caption>図 2. Gulls on the pier</div>", True),
        ("<div class=caption>Gulls on the pier <a class=headerlink href=#f1>¶</a></div>", True),
        ("<div class=caption>Рисунок 4.9. Gulls on the pier</div>", True),
        ("<div class=caption>Şekil 2.1. Gulls on the pier</div>", True),
        ("<div class=caption>Gulls on the pier, 1912</div>", False),
        ("<div class=caption>Some 30 gulls on the pier</div>", False),
        ("<div class=caption>Figure skating: gulls on the pier</div>", False),
        ("<div class=caption>Picture gulls on the pier</div>", False),
    ],
)
def test_an_alt_text_that_is_the_caption(caption, repeats):
    found, _ = judged(f"<div class=image><img src=/a.png alt='Gulls on the pier'>{caption}</div>")
    assert ("alt-equals-text" in found) == repeats


def test_an_empty_alt_text_beside_a_caption():
    found, _ = judged("<div class=image><img src=/a.png alt=''><div class=caption>Wind by month</div></div>")
    assert found == {"empty-alt": "review"}


@pytest.mark.parametrize(
    ("alt", "lang"),
    [
        ("Getty Images", "en"),
        ("Reuters", "en"),
        ("© K. Muster", "de"),
        ("© 2023 Kim Muster / Agency", "en"),
        ("Copyright 2019 Kim Muster", "en"),
        ("(c) Kim Muster", "en"),
        ("AFP Photo/K. Muster", "en"),
        ("REUTERS/Kim Muster", "en"),
        ("Kim Muster via Getty Images", "en"),
        ("Kim Muster/dpa", "de"),
        ("Foto: K. Muster", "de"),
        ("Bild: picture alliance / dpa", "de"),
        ("Crédit photo : Kim Muster", "fr"),
        ("Fotografía: Kim Muster", "es"),
        ("Bron: ANP", "nl"),
        ("写真：山田太郎", "ja"),
        ("Courtesy of Kim Muster", "en"),
    ],
)
def test_a_credit_alone_asks_for_a_person(alt, lang):
    found, classification = judged(f"<figure><img src=/x/a.jpg alt='{alt}'></figure>", lang)
    assert found == {"credit-only": "review"}
    assert classification is Classification.OK


@pytest.mark.parametrize(
    "alt",
    [
        "The © symbol",
        "Copyright notice on a record",
        "(c) Detail of the arch",
        "Photo: a fox",
        "Photo: Berlin",
        "Foto: Hafen bei Nacht",
        "Kim Muster",
        "Kim Muster, mayor",
        "The Getty Images office",
        "Reuters newsroom in Berlin",
        "Source code of a loop",
        "Credit card",
        "NASA/JPL",
        "Gulls on the pier. Photo: Kim Muster",
    ],
)
def test_other_texts_are_no_credits(alt):
    assert "credit-only" not in judged(f"<img src=/x/a.jpg alt='{alt}'>")[0]


def test_names_of_links_and_logos_are_no_credits():
    assert "credit-only" not in judged("<a href=https://unsplash.test/><img src=/a.png alt=Unsplash></a>")[0]
    assert "credit-only" not in judged("<img src=/reuters.svg alt=Reuters>")[0]
    assert "credit-only" not in judged("<img src=/logo-x.svg alt='Getty Images'>")[0]


def test_by_what_photographer_is_a_needless_opening_too():
    found, _ = judged("<img src=/x/a.jpg alt='Photo by Kim Muster on Unsplash'>")
    assert found == {"redundant-prefix": "warning", "credit-only": "review"}
