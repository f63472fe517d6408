"""The language of texts: declared ones, and guesses where a page declares none."""

from __future__ import annotations

import pytest

from core.identity.context_key import context_key
from crawler.page.language import guess
from crawler.page.parse import parse_page
from rules.judge import judge_page

SENTENCES = {
    "en": "The ferry leaves at noon and comes back in the evening, when the lighthouse is lit and the shops close.",
    "de": "Die Fähre legt mittags ab und kommt am Abend zurück, wenn der Leuchtturm brennt und die Läden zu sind.",
    "fr": "Le bac part à midi et revient le soir, quand le phare est allumé et que les magasins ont fermé.",
    "es": "El transbordador sale al mediodía y vuelve por la tarde, cuando el faro está encendido y la tienda cerrada.",
    "it": "Il traghetto parte a mezzogiorno e torna la sera, quando il faro è acceso e i negozi hanno già chiuso.",
    "nl": "De veerboot vertrekt om twaalf uur en komt 's avonds terug als de vuurtoren brandt en de winkel dicht is.",
    "pt": "A balsa parte ao meio-dia e volta à noite, quando o farol está aceso e as lojas já fecharam as portas.",
    "pl": "Prom odpływa w południe i wraca wieczorem, kiedy latarnia morska już świeci, a sklepy są zamknięte.",
    "sv": "Färjan går vid middagstid och kommer tillbaka på kvällen, när fyren är tänd och affärerna har stängt.",
    "ru": "Паром уходит в полдень и возвращается вечером, когда маяк уже горит, а магазины закрыты до утра.",
    "uk": "Пором відпливає опівдні й повертається ввечері, коли маяк уже світить, а крамниці зачинені до ранку.",
    "el": "Το πλοίο φεύγει το μεσημέρι και γυρίζει το βράδυ, όταν ο φάρος είναι αναμμένος και τα μαγαζιά κλειστά.",
    "ja": "フェリーは正午に出発し、灯台に明かりがともり店が閉まったあとの夕方に戻ってきます。乗り場は港の東です。",
    "zh": "渡轮中午出发，傍晚返回，那时灯塔已经亮起，商店也都关门了。码头位于港口的东侧，步行只需五分钟即可到达。",
    "ko": "여객선은 정오에 출발하여 등대에 불이 켜지고 가게들이 문을 닫은 저녁에 돌아옵니다. 선착장은 동쪽입니다.",
    "ar": "تغادر العبارة عند الظهر وتعود في المساء عندما تضاء المنارة وتغلق المتاجر أبوابها حتى الصباح التالي.",
}  # fmt: skip


def read(markup: str, url: str = "https://ferry.test/page"):
    return parse_page(url, markup.encode(), "text/html; charset=utf-8")


@pytest.mark.parametrize("language", SENTENCES)
def test_a_page_that_declares_no_language_is_guessed_by_its_text(language):
    menu = "<nav><a href=/>Home</a> <a href=/x>Products</a> <a href=/y>Login</a></nav>"
    facts = read(f"<body>{menu}<p>{SENTENCES[language]}</p><img src=a alt=ABC>")
    (place,) = facts.occurrences
    assert (facts.lang, place.lang, place.lang_guessed, place.language) == (None, None, language, language)


@pytest.mark.parametrize(
    ("url", "language"),
    [
        ("https://ferry.test/de/a", "de"),
        ("https://ferry.test/pt-br/a/b", "pt"),
        ("https://nl.ferry.test/", "nl"),
        ("https://ferry.test/a.fr.html", "fr"),
        ("https://ferry.test/guide_ja.html", "ja"),
        ("https://ferry.test/a?x=1&lang=es", "es"),
        ("https://ferry.test/xx/a", None),
        ("https://ferry.test/media/a", None),
        ("https://de/", None),
        ("https://[/", None),
    ],
)
def test_of_little_text_the_address_tells(url, language):
    assert guess("ABC 12", url) == language


def test_the_address_decides_between_languages_that_the_text_may_be_in():
    mixed = "Copyright Ferry AS, Bergen. Alle rettigheter forbeholdt. Kontakt oss: post@ferry.test"
    assert guess(mixed, "https://ferry.test/no/om") == "no"
    assert guess(SENTENCES["en"], "https://ferry.test/it/department") == "en"  # the text excludes Italian
    near = "Segmento. Crea un segmento definido por dos puntos. El primero"  # it could be Galician
    assert guess(near, "https://ferry.test/es/segmento") == "es"


@pytest.mark.parametrize(
    ("head", "lang", "guessed"),
    [
        ("<html lang=fr>", "fr", None),
        ("<html lang=''>", None, "de"),
        ("<meta http-equiv=Content-Language content=de-CH>", "de-CH", None),
        ("<html lang=fr><meta http-equiv=Content-Language content=de-CH>", "fr", None),
        ("<meta http-equiv=Content-Language content='de, en'>", None, "de"),
    ],
)
def test_what_is_declared_is_not_guessed(head, lang, guessed):
    (place,) = read(f"{head}<p>{SENTENCES['de']}</p><img src=a alt=ABC>").occurrences
    assert (place.lang, place.lang_guessed) == (lang, guessed)


@pytest.mark.parametrize(
    ("head", "text", "url", "guessed"),
    [
        ("<html lang=en>", "ja", "https://ferry.test/ja/a", "ja"),
        ("<html lang=en>", "de", "https://ferry.test/guide.de.html", "de"),
        ("<html lang=en>", "en", "https://ferry.test/ja/a", None),  # not translated yet
        ("<html lang=en-GB>", "en", "https://ferry.test/en/a", None),
        ("<html lang=en>", "de", "https://ferry.test/a", None),  # nothing but its text speaks against it
        ("<html lang=en><body lang=fr>", "ja", "https://ferry.test/ja/a", None),
    ],
)
def test_a_page_that_declares_another_language_than_its_address_and_text_show(head, text, url, guessed):
    (place,) = read(f"{head}<p>{SENTENCES[text]}</p><img src=a alt='乗り場'>", url).occurrences
    assert place.lang
    assert place.lang_guessed == guessed
    assert place.language == (guessed or place.lang)


def test_a_page_that_declares_a_wrong_language_is_no_fault_of_its_texts():
    facts = read(f"<html lang=en><p>{SENTENCES['ja']}</p><img src=a alt='桟橋と灯台'>", "https://ferry.test/ja/")
    assert judge_page(facts)[0].findings == ()


def test_an_image_without_a_text_is_to_get_one_in_the_language_of_the_page():
    (place,) = read(f"<p>{SENTENCES['de']}</p><img src=a>").occurrences
    assert place.lang_guessed == "de"


def test_word_lists_are_those_of_the_guess():
    facts = read(f"<p>{SENTENCES['de']}</p><img src=a alt=Bild><img src=b alt='Foto eines Schiffs'>")
    assert [{f.rule for f in judged.findings} for judged in judge_page(facts)] == [
        {"vague-word"},
        {"redundant-prefix"},
    ]


def test_a_guess_is_no_ground_for_a_finding_on_the_language():
    declared, guessed = (
        judge_page(read(f"{html}<p>{SENTENCES['ru']}</p><img src=a alt='A ferry in the evening light'>"))[0].findings
        for html in ("<html lang=ru>", "<html>")
    )
    assert [f.rule for f in declared] == ["lang-mismatch"]
    assert guessed == ()


def test_a_guess_is_no_part_of_an_identity():
    (guessed,) = read(f"<p>{SENTENCES['de']}</p><img src=/a alt=ABC>").occurrences
    (unknown,) = read("<img src=/a alt=ABC>").occurrences
    assert guessed.lang_guessed == "de"
    assert unknown.lang_guessed is None
    assert context_key(guessed) == context_key(unknown)


def test_a_page_without_any_text_has_no_language():
    (place,) = read("<img src=a alt=ABC>").occurrences
    assert place.language is None
