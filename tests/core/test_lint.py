"""The rules on a text: what each finds, and above all what it leaves alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lint import MAX_ALT_CHARS, lint, text_rules
from core.records import Severity

# Texts that break a rule; a tuple is (text, file name).
BREAKS = {
    "space-alt": [" ", "\u00a0", '""', "''", "-", "...", "\u200b", "***"],
    "filename-ext": ["IMG_2041.jpg", "hero.webp", "red shirt.JPEG", "team-photo.png?v=3", "logo.svg"],
    "url-or-path": ["https://shop.test/sale", "http://shop.test", "//cdn.test/x/y"],
    "camera-name": ["DSC_0417", "img 2041", "IMG-20240101-WA0003", "Screenshot 2024-01-01 at 12.00.00", "photo1"],
    "placeholder": ["TODO", "alt text", "Placeholder", "untitled", "null", "undefined", " Alt. "],
    "vague-word": ["image", "Photo", "logo", "Icon.", "PICTURE", "thumbnail", "“banner”"],
    "filename-stem": [("red-shirt", "red-shirt.jpg"), ("hero_2", "hero_2.png"), ("Sale-24", "sale-24.webp")],
    "redundant-prefix": ["Image of a red fox", "a photo of two cats", "Picture of the harbour", "The icon of a cup"],
    "too-long": ["word " * 30, "a" * (MAX_ALT_CHARS + 1)],
    "markup": ["Cat <b>and</b> comet", "Cat &amp; comet", "Price: 5&nbsp;euro", "Cat&#39;s cradle"],
    "mojibake": ["CafÃ© on the corner", "The cat\ufffds paw", "Itâ€™s raining", "5Â\u00a0euro"],
}

NEAR_MISSES = {
    "space-alt": ["5", "€5", "猫", "A", "→ 3"],
    "filename-ext": ["How to save a .png as a .jpg file", "Mr. Png", "ASP.NET", "A.I. art", "Visit shop.test"],
    "url-or-path": ["NASA/JPL", "and/or", "Visit https://shop.test today", "24/7 support", "Before / after"],
    "camera-name": ["Photo 51 by Rosalind Franklin", "Image Comics 2", "Picture 2 girls", "2024", "Imgur 7"],
    "placeholder": ["Test tube on a bench", "The Null Island buoy", "A to-do list", "Alt, a key on a keyboard"],
    "vague-word": ["W3C logo", "Logo of the town of Delft", "Icons of jazz", "A child holding a photograph."],
    "filename-stem": [
        ("Nyhavn", "nyhavn.jpg"),
        ("Red shirt", "red-shirt.jpg"),
        ("red-shirt", "blue-shirt.jpg"),
        ("A red-shirt", "red-shirt.jpg"),
        "red-shirt",
    ],
    "redundant-prefix": [
        "A child holding a photograph.",
        "Images of America, a book series",
        "Photographer at work",
        "Painting of a storm",
        "Iconography of saints",
        "Icon",
    ],
    "too-long": ["a" * MAX_ALT_CHARS, "word " * 25 + " " * 50],
    "markup": ["Cats & dogs", "5 < 6 > 4", "AT&T; a company", "x <3 y", "R&D"],
    "mojibake": ["Café Ângelo", "SÃO PAULO", "Price in €", "“Quoted”", "Âge d’or"],
}

FINE = [
    "A child holding a photograph.",
    "W3C logo",
    "Nyhavn",
    "NASA/JPL",
    "2024",
    "Red fox in the snow",
    "Ein Mädchen mit Perlenohrring",
    "猫がソファで寝ている",
    "Кошка на окне",
    "قطة على النافذة",
    "Company home",
    "Search",
    "Chart: sales doubled from 2020 to 2024",
    "iPhone 15 Pro, 256 GB",
    "H&M",
    "C++",
    "Screenshot of the settings dialog",
]


def pairs(table: dict[str, list[str | tuple[str, str]]]) -> list[object]:
    return [
        pytest.param(rule, *(case if isinstance(case, tuple) else (case, None)), id=f"{rule}: {case!r:.40}")
        for rule, cases in table.items()
        for case in cases
    ]


def rules_broken(text: str, file_name: str | None = None) -> list[str]:
    return [finding.rule for finding in lint(text, file_name)]


def test_every_rule_has_texts_that_break_it_and_near_misses() -> None:
    ids = [rule.id for rule in text_rules()]
    assert ids == list(BREAKS) == list(NEAR_MISSES)
    assert min(map(len, [*BREAKS.values(), *NEAR_MISSES.values()])) >= 2
    assert all(rule.reference for rule in text_rules())


@pytest.mark.parametrize(("rule", "text", "file_name"), pairs(BREAKS))
def test_broken(rule: str, text: str, file_name: str | None) -> None:
    assert rule in rules_broken(text, file_name)


@pytest.mark.parametrize(("rule", "text", "file_name"), pairs(NEAR_MISSES))
def test_not_broken(rule: str, text: str, file_name: str | None) -> None:
    assert rule not in rules_broken(text, file_name)


@pytest.mark.parametrize("text", FINE)
def test_nothing_to_say(text: str) -> None:
    assert rules_broken(text, "picture.jpg") == []


def test_an_error_stands_alone() -> None:
    assert rules_broken("https://shop.test/" + "a" * 200 + ".jpg") == ["filename-ext"]


def test_warnings_come_together() -> None:
    assert rules_broken("Image of <b>" + "a fox " * 40) == ["redundant-prefix", "too-long", "markup"]


@settings(deadline=None)
@given(st.text(st.characters(codec=None), max_size=200), st.none() | st.text(max_size=20))
def test_any_text_is_judged(text: str, file_name: str | None) -> None:
    findings = lint(text, file_name)
    assert sum(finding.severity is Severity.ERROR for finding in findings) <= 1
    assert all(finding.message for finding in findings)
