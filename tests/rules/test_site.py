"""The rules on a whole site, on plain records; tests/crawler/test_sitewide.py judges whole stores."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from core.site_facts import NamedPicture, ReplacedPicture
from rules.site import site_rules


@dataclass
class Site:
    """A site as lists."""

    shared: tuple[list[NamedPicture], ...] = ()
    several: tuple[list[NamedPicture], ...] = ()
    others: tuple[ReplacedPicture, ...] = ()
    pages: int = 10
    keys: tuple[tuple[int, int], ...] = ()
    small: tuple[tuple[int, str, str], ...] = ()
    languages: tuple[tuple[int, str, str], ...] = ()
    quoted: tuple[tuple[int, str], ...] = ()
    number: int = 0  # of distinct texts
    fits: tuple[tuple[int, int, str, float], ...] = ()

    def shared_texts(self, at_least):
        return [group for group in self.shared if len({place.picture for place in group}) >= at_least]

    def texts_of_pictures(self):
        return self.several

    def replaced(self):
        return self.others

    def texts_in_small_letters(self):
        return self.small

    def texts_in_quotes(self):
        return self.quoted

    def number_of_texts(self):
        return self.number

    def texts_by_language(self):
        return self.languages

    def agreements(self):
        return self.fits

    def pages_read(self):
        return self.pages

    def repeated(self, at_least):
        return [(id_, pages) for id_, pages in self.keys if pages >= at_least]


def broken(site: Site) -> dict[str, list[int]]:
    """The occurrences that break each rule."""
    return {rule.id: [id_ for id_, _ in rule.check(site)] for rule in site_rules()}


def place(id_: int, name: str, picture: int, **changes) -> NamedPicture:
    facts = {
        "image_url": f"http://shop.test/{picture}-{'abcdefg'[picture % 7] * 3}.jpg",
        "phash": None,
        "interactive": None,
        "sole_content": False,
        "link_url": None,
        "lang": "en",
        "page_url": f"http://shop.test/{id_}.html",
    }
    return NamedPicture(id_, name, picture, **facts | changes)


def test_a_clean_site_breaks_nothing():
    assert broken(Site()) == {rule.id: [] for rule in site_rules()}


def test_one_text_for_several_pictures():
    group = [place(n, "Product photo", n) for n in (1, 2, 3)]
    assert broken(Site(shared=(group,)))["dup-diff-image"] == [1, 2, 3]


def test_the_name_of_the_site_belongs_to_its_logo():
    logo = [place(n, "Cat & Comet", 1) for n in range(10, 16)]
    others = [place(1, "Cat & Comet", 2), place(2, "Cat & Comet", 3)]
    assert broken(Site(shared=([*logo, *others],)))["dup-diff-image"] == [1, 2]
    seldom = [*logo[:4], *others]
    assert broken(Site(shared=(seldom,)))["dup-diff-image"] == [10, 11, 12, 13, 1, 2]
    many = [*logo, *(place(n, "Cat & Comet", n) for n in range(20, 27))]
    assert len(broken(Site(shared=(many,)))["dup-diff-image"]) == len(many)
    one_page = [place(n, "Cat & Comet", 1, page_url="http://shop.test/") for n in range(10, 16)]
    assert len(broken(Site(shared=([*one_page, *others],)))["dup-diff-image"]) == 8


def test_a_text_that_was_not_translated_is_not_compared_with_one_that_was():
    own, left = place(1, "狐狸在雪地裡", 1, lang="zh"), place(2, "A red fox in the snow", 1, lang="zh")
    assert broken(Site(several=([own, left],)))["one-image-many-alts"] == []
    assert broken(Site(several=([own, place(2, "紅狐", 1, lang="zh")],)))["one-image-many-alts"] == [1, 2]


def test_a_picture_beside_the_text_of_a_link_is_no_link():
    """Pictures in links to one place may share a text only where they are all there is in the link."""
    to_shop = {"interactive": "link", "link_url": "http://shop.test/shop"}
    alone = [place(n, "Our shop", n, sole_content=True, **to_shop) for n in (1, 2, 3)]
    beside = [place(n, "Our shop", n, sole_content=False, **to_shop) for n in (1, 2, 3)]
    assert broken(Site(shared=(alone,)))["dup-diff-image"] == []
    assert broken(Site(shared=(beside,)))["dup-diff-image"] == [1, 2, 3]


def test_another_language_may_have_another_text_even_if_its_name_begins_alike():
    filipino, finnish = place(1, "Pulang soro", 1, lang="fil-PH"), place(2, "Punainen kettu", 1, lang="fi")
    assert broken(Site(several=([filipino, finnish],)))["one-image-many-alts"] == []
    alike = place(2, "Isang soro", 1, lang="fil_ph")
    assert broken(Site(several=([filipino, alike],)))["one-image-many-alts"] == [1, 2]


@pytest.mark.parametrize(("one", "other"), [("zh-CN", "zh-TW"), ("pt", "pt-BR"), ("sr", "sr_Latn"), ("en-GB", "en")])
def test_a_variety_of_a_language_may_have_a_text_of_its_own(one, other):
    places = [place(1, "Red colour", 1, lang=one), place(2, "Red color", 1, lang=other)]
    assert broken(Site(several=(places,)))["one-image-many-alts"] == []


def test_the_text_of_another_picture():
    other = ReplacedPicture(7, "A red fox", "http://shop.test/owl.jpg", "http://shop.test/fox.jpg", None, None)
    smaller = ReplacedPicture(
        8, "A red fox", "http://shop.test/fox-300x200.jpg", "http://shop.test/fox.jpg", None, None
    )
    assert broken(Site(others=(other, smaller)))["stale"] == [7]


def test_what_a_template_repeats():
    assert broken(Site(pages=10, keys=((1, 10), (2, 4))))["repeated-on-every-page"] == [1]


def filled_in(*texts: str) -> list[tuple[int, str, str]]:
    return [(id_, text, f"http://docs.test/i/{text.replace(' ', '-')}.png") for id_, text in enumerate(texts, 100)]


NAMES = filled_in(*(f"am dialog {letter}" for letter in "abcdefghijkl"))


def test_names_of_files_that_a_program_made_words_of():
    again = (1, "am dialog a", "http://docs.test/i/am_dialog-a.svg")
    told_by_another_rule = (2, "am dialog 2", "http://docs.test/i/am-dialog-2.png")
    a_text = (3, "the dialog for printing", "http://docs.test/i/am-print.png")
    small = (*NAMES, again, told_by_another_rule, a_text)
    assert set(broken(Site(small=small))["filled-in"]) == {id_ for id_, *_ in NAMES} | {1}


def test_files_that_are_named_after_their_texts():
    assert broken(Site(small=tuple(NAMES[:9])))["filled-in"] == []  # a few
    texts = [(id_, f"a text of a person, the {id_}th", "http://docs.test/a-b.png") for id_ in range(20)]
    assert broken(Site(small=(*NAMES, *texts)))["filled-in"] == []  # among many others
    words = [(id_, "pier", "http://docs.test/pier.png") for id_ in range(20)]
    assert broken(Site(small=tuple(words)))["filled-in"] == []


ENGLISH = (
    "the chord dialog", "The piece after the change", "an accent is placed on it", "a note with its stem",
    "where the voices are split", "Two bars without a rest", "the staff before the repeat",
    "which of the lines is drawn", "a slur from this note to that",
    "the text under the notes", "colours of the staves", "The keys on the left",
)  # fmt: skip
SPANISH = (
    "el diálogo de acordes",
    "la pieza con los cambios",
    "dos compases sin silencio",
    "ventana principal abierta",
)


def texts(*named: str, lang: str = "es", first: int = 0) -> tuple[tuple[int, str, str], ...]:
    return tuple((first + n, text, lang) for n, text in enumerate(named))


def test_texts_that_were_not_translated():
    site = Site(languages=(*texts(*ENGLISH), *texts(*SPANISH, first=100), *texts(*ENGLISH, lang="en-GB", first=200)))
    assert broken(site)["untranslated"] == [n for n, text in enumerate(ENGLISH)]
    german = ("das Fenster mit der Liste", "ein Pfeil nach oben und unten", "die Seite vor dem Druck")
    left = tuple(f"{text} {n}" for n in range(4) for text in german)
    assert len(broken(Site(languages=texts(*left, lang="en")))["untranslated"]) == len(left)


@pytest.mark.parametrize(
    "languages",
    [
        pytest.param(texts(*ENGLISH[:8]), id="a few, as quotations are"),
        pytest.param(texts(*(text.title() for text in ENGLISH)), id="titles"),
        pytest.param(
            (*texts(*ENGLISH), *texts(*(f"la pieza {n} de la obra" for n in range(200)), first=100)), id="rare"
        ),
        pytest.param(texts(*ENGLISH, lang="cs"), id="a language without a list"),
        pytest.param(texts(*(f"La Paz {n} station map" for n in range(20)), lang="en"), id="names"),
        pytest.param(texts(*(f"Knopf {n} links oben" for n in range(20)), lang="nl"), id="no small words"),
        pytest.param(texts(*(f"o mapa {n} da cidade" for n in range(20)), lang="pt"), id="its own"),
    ],
)
def test_texts_that_are_none_of_another_language(languages):
    assert broken(Site(languages=languages))["untranslated"] == []


def test_texts_that_are_the_name_of_the_file_are_not_compared():
    places = [place(n, "rocket", n, image_url=f"http://shop.test/{n}/rocket_1.png") for n in range(12)]
    named = [place(n, "Image rocket", n, image_url=f"http://shop.test/{n}/rocket.png") for n in range(12)]
    assert len(broken(Site(shared=(places,)))["dup-diff-image"]) == 12
    assert broken(Site(shared=(named,)))["dup-diff-image"] == []


def test_texts_that_a_program_put_into_quotation_marks():
    quoted = tuple((n, f'"The window of step {n}"') for n in range(12))
    assert broken(Site(quoted=quoted, number=20))["in-quotes"] == list(range(12))
    assert broken(Site(quoted=quoted, number=24))["in-quotes"] == []  # quotations among other texts
    assert broken(Site(quoted=quoted[:9], number=9))["in-quotes"] == []
    two = tuple((n, f'"Yes {n}" and "No {n}"') for n in range(12))
    assert broken(Site(quoted=two, number=12))["in-quotes"] == []


def test_a_guess_at_the_language_parts_no_text_from_itself():
    spanish = [place(n, "Product photo", n, lang="es", lang_guessed=True) for n in (1, 2, 3)]
    guessed = place(4, "Product photo", 4, lang="en", lang_guessed=True)
    declared = place(5, "Product photo", 5, lang="de")
    assert broken(Site(shared=([*spanish, guessed, declared],)))["dup-diff-image"] == [1, 2, 3, 4]
    one_screen_in_each = [
        place(n, "Main window", n, lang=lang, lang_guessed=True) for n, lang in enumerate(("es", "fr", "it"))
    ]
    assert broken(Site(shared=(one_screen_in_each,)))["dup-diff-image"] == []


def compared(*shares: float) -> Site:
    """Pictures, each with a text that fits better than such a share of others."""
    return Site(fits=tuple((100 + n, n, f"Text {n}", share) for n, share in enumerate(shares)))


def test_texts_that_fit_no_better_than_those_of_others():
    assert broken(compared(*[0.95] * 30, 0.5, 0.1, 0.6))["alt-mismatch"] == [130, 131]


@pytest.mark.parametrize("shares", [[0.5] * 40, [0.6, 0.75] * 20 + [0.1], [0.95] * 15 + [0.1]])
def test_a_model_that_does_not_know_the_pictures_of_a_site_finds_nothing(shares):
    assert broken(compared(*shares))["alt-mismatch"] == []


def test_one_picture_on_many_pages_does_not_make_up_for_few():
    logo = tuple((1000 + n, 1, "Logo of the shop", 1.0) for n in range(500))
    assert broken(Site(fits=(*logo, (1, 2, "Text", 0.1))))["alt-mismatch"] == []
