"""The composer's lists in eight languages: what addresses, sentences and captions say there."""

from __future__ import annotations

import pytest

from core.records import Context, SuggestionReason
from suggestions.captions.around import without_talk
from suggestions.links.link_purpose import link_purpose
from suggestions.page.page_texts import page_texts
from suggestions.page.phrases import phrases
from suggestions.word_lists import word_list
from tests.storefill import occurrence

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "ja")


@pytest.mark.parametrize("name", ["page_texts", "picture_text", "wording", "controls", "common"])
def test_every_list_that_has_languages_has_all_eight(name):
    for section, words in word_list(name).items():
        if isinstance(words, dict) and len(words.keys() & set(LANGUAGES)) > 1 and section != "verbs":
            assert words.keys() >= set(LANGUAGES), (name, section)


def test_what_models_say_around_a_picture_is_known_in_eight_languages():
    assert word_list("around").keys() >= set(LANGUAGES) - {"en"}  # English has patterns of its own


@pytest.mark.parametrize(
    ("address", "language", "text"),
    [
        ("ueber-uns", "de", "Über uns"),
        ("uber-uns", "de", "Über uns"),
        ("%C3%9Cber-uns.html", "de", "Über uns"),
        ("oeffnungszeiten", "de", "Öffnungszeiten"),
        ("impressum", "de", "Impressum"),
        ("mentions-legales", "fr", "Mentions légales"),
        ("qui-sommes-nous", "fr", "Qui sommes-nous"),
        ("equipe", "fr", "Équipe"),
        ("quienes-somos", "es", "Quiénes somos"),
        ("chi-siamo", "it", "Chi siamo"),
        ("over-ons", "nl", "Over ons"),
        ("servicos", "pt", "Serviços"),
        ("about-us", "en", "About us"),
        ("contact", "ja", "Contact"),
    ],
)
def test_pages_are_named_as_people_write_them(address, language, text):
    purpose = link_purpose(f"https://shop.example/{address}", ["Shop"], language, {"shop.example"})
    assert (purpose.text, purpose.reason) == (text, None)


@pytest.mark.parametrize(
    ("address", "language"),
    [
        ("ueber-wasser", "de"),
        ("equipements", "fr"),
        ("servicios-x", "es"),
        ("quienes-somos", "de"),
        ("ueber-uns", "fr"),
    ],
)
def test_other_addresses_stay_in_doubt(address, language):
    purpose = link_purpose(f"https://shop.example/{address}", ["Shop"], language, {"shop.example"})
    assert purpose.reason is SuggestionReason.ADDRESS


@pytest.mark.parametrize(
    ("language", "before", "named"),
    [
        ("de", "Öffnen Sie den Dialog „Neue Ebene“.", "Dialog „Neue Ebene“"),
        ("de", 'Sie sehen das Fenster »Einstellungen« und das Menü "Datei":', 'Menü "Datei"'),
        ("fr", "Ouvrez la boîte de dialogue « Nouveau calque ».", "Boîte de dialogue « Nouveau calque »"),
        ("es", "Abra el cuadro de diálogo «Capa nueva».", "Cuadro de diálogo «Capa nueva»"),
        ("it", "Si apre la finestra di dialogo «Nuovo livello»", "Finestra di dialogo «Nuovo livello»"),
        ("nl", "Open het dialoogvenster ‘Nieuwe laag’.", "Dialoogvenster ‘Nieuwe laag’"),
        ("pt", "Abra a caixa de diálogo “Nova camada”.", "Caixa de diálogo “Nova camada”"),
        ("ja", "「新しいレイヤー」ダイアログを開きます。", "「新しいレイヤー」ダイアログ"),
        # Names that no noun stands before, quotations, nouns within words, other languages.
        ("de", "Er nannte es „Neue Ebene“ und ging.", None),
        ("de", "Das Hauptfenster „X“", None),
        ("fr", "Öffnen Sie den Dialog „Neue Ebene“.", None),
        ("de", "Der Dialog „" + "sehr lang " * 20 + "“", None),
        ("xx", "Dialog „Neue Ebene“", None),
    ],
)
def test_what_a_sentence_names_in_quotation_marks(language, before, named):
    assert phrases(Context(before=before), language) == ([named] if named else [])
    place = occurrence(context=Context(before=before), lang=language)
    texts = [one.text for one in page_texts(place, None) if one.source == "phrase"]
    assert (named in texts) is (named is not None)


@pytest.mark.parametrize(
    ("language", "said", "left"),
    [
        ("fr", "L’image montre un chien dans la neige", "un chien dans la neige"),
        ("es", "La imagen muestra a una mujer con un perro", "una mujer con un perro"),
        ("es", "Se ve al presidente en la calle", "el presidente en la calle"),
        ("es", "A la sombra de un árbol", "A la sombra de un árbol"),
        ("it", "Nella foto si vedono due cani sulla neve", "due cani sulla neve"),
        ("nl", "Deze foto toont een hond in de sneeuw", "een hond in de sneeuw"),
        ("pt", "Na imagem, vê-se um cão na neve", "um cão na neve"),
    ],
)
def test_what_models_say_around_a_picture_is_taken_off(language, said, left):
    assert without_talk(said, language) == left


@pytest.mark.computes(1)
def test_long_hostile_sentences_take_no_time():
    for text in ("Dialog „" * 5_000, "Dialog " * 7_000, "「" * 20_000, 'Menü "' + "x" * 50_000):
        for language in LANGUAGES:
            phrases(Context(before=text), language)
