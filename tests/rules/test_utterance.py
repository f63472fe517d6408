"""What a screen reader says, by the pages that make it say so."""

from __future__ import annotations

import pytest

from crawler.page.parse import parse_page
from rules.utterance import LANGUAGES, Heard, Setting, opening, said, utterance, with_digits_spelt


def heard(html: str, language: str = "en"):
    page = f'<html lang="{language}"><title>T</title><body>{html}</body></html>'
    [occurrence] = parse_page("https://example.com/shop/", page.encode(), "text/html").occurrences
    return utterance(occurrence)


@pytest.mark.parametrize(
    ("html", "text", "kind"),
    [
        ("<p>x <img src=a.jpg alt='A red  dog'>", "graphic, A red dog", Heard.TEXT),
        ("<p>x <img src=a.jpg title='A dog'>", "graphic, A dog", Heard.TEXT),
        ("<p>x <img src=a.jpg alt=''>", "", Heard.SILENT),
        ("<p>x <img src=a.jpg alt=' '>", "", Heard.SILENT),
        ("<p>x <img src=a.jpg alt=Dog role=presentation>", "", Heard.SILENT),
        ("<p>x <img src=a.jpg alt=Dog aria-hidden=true>", "", Heard.SILENT),
        ("<p>x <img src=a.jpg alt='' tabindex=0>", "graphic, a.jpg", Heard.FILE_NAME),
        ("<p>x <img src='/p/DSC_0042.jpg?w=3'>", "graphic, DSC_0042.jpg", Heard.FILE_NAME),
        ("<p>x <img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>", "unlabelled graphic", Heard.UNNAMED),
        ("<a href=/home><img src=a.jpg alt=Home></a>", "link, graphic, Home", Heard.TEXT),
        ("<a href=/home>Go <img src=a.jpg alt=Home></a>", "link, graphic, Home", Heard.TEXT),
        ("<a href=/home>Go <img src=a.jpg></a>", "", Heard.SILENT),
        ("<a href='/hats/?p=2'><img src=a.jpg></a>", "link, unlabelled graphic, hats", Heard.ADDRESS),
        ("<a href=/c/sun_hat.html><img src=a.jpg alt=''></a>", "link, sun_hat.html", Heard.ADDRESS),
        ("<a href=https://other.test/><img src=a.jpg alt=''></a>", "link, other.test", Heard.ADDRESS),
        ("<button><img src=a.jpg alt=Search></button>", "button, graphic, Search", Heard.TEXT),
        ("<button><img src=cart.png></button>", "button, unlabelled graphic, cart.png", Heard.FILE_NAME),
        ("<button><img src=cart.png alt=''></button>", "button", Heard.UNNAMED),
        ("<input type=image src=go.png alt=Go>", "button, Go", Heard.TEXT),
        ("<input type=image src=go.png>", "button, go.png", Heard.FILE_NAME),
        ("<p>x <svg role=img aria-label=Star></svg>", "graphic, Star", Heard.TEXT),
    ],
)
def test_what_is_said_of_an_image(html, text, kind):
    found = heard(html)
    assert (found.text, found.heard) == (text, kind)


def test_a_missing_text_is_said_in_two_ways_and_spelt_as_it_sounds():
    found = heard("<p>x <img src='/p/DSC_0042.jpg'>")
    assert found.aloud == "graphic, DSC underscore 0042 dot jpg"
    assert found.instead == "unlabelled graphic"


@pytest.mark.parametrize(
    ("language", "named", "unnamed"),
    [
        ("de-AT", "Link, Grafik, Start", "Grafik, a.jpg"),
        ("fr", "lien, graphique, Start", "graphique, a.jpg"),
        ("es", "enlace, gráfico, Start", "gráfico, a.jpg"),
        ("ja", "link, graphic, Start", "graphic, a.jpg"),
    ],
)
def test_it_speaks_the_language_of_the_place(language, named, unnamed):
    assert heard("<a href=/><img src=a.jpg alt=Start></a>", language).text == named
    assert heard("<p>x <img src=a.jpg>", language).text == unnamed


def test_what_is_said_is_its_opening_and_the_name():
    for language in LANGUAGES:
        for control in (None, "link", "button"):
            setting = Setting(control=control, alone=True)
            assert said("A dog", setting, language).text == opening(setting, language) + "A dog"
        assert len(with_digits_spelt("0123456789", language).split()) >= 10
    assert with_digits_spelt("1 dog, 20 cats", "de") == "eins dog, zwei null cats"


def test_addresses_of_strangers_are_bounded_and_harm_nothing():
    for target in ("http://[", "javascript:alert(1)", "#top", "https://x.test/" + "a" * 5000):
        assert len(said("", Setting("link", alone=True, target=target), "en").text) < 200
