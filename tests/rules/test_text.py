"""The rules on a text: what each finds, and above all what it leaves alone."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.records import Severity
from rules.rule_options import MAX_ALT_CHARS, LengthProfile, RuleOptions
from rules.text import lint, text_rules
from rules.text.subject import Text
from rules.words import LANGUAGES, words_for

# Texts that break a rule; a tuple is (text, language[, file name]).
BREAKS = {
    "space-alt": [" ", "\u00a0", '""', "''", "-", "...", "\u200b", "***"],
    "filename-ext": [
        "IMG_2041.jpg",
        "print_button_png",
        "hero.webp",
        "red shirt.JPEG",
        "team-photo.png?v=3",
        "logo.svg",
        "[pier.png]",
        ("index.html#top", None, "map.gif"),
        "contents/chapter2.htm#s3",
    ],
    "url-or-path": [
        ("figures/map7", None, "map7.png"),
        "https://shop.test/sale",
        "http://shop.test",
        "//cdn.test/x/y",
        "www.shop.test/sale",
        "/media/fox/red",
        "../media/fox",
        "data:image/gif;base64,R0lGOD",
    ],
    "camera-name": [
        "Clipboard01",
        "Rectangle 5",
        "Layer_1",
        "DSC_0417",
        "img 2041",
        "IMG-20240101-WA0003",
        "Screenshot 2024-01-01 at 12.00.00",
        "photo1",
        "Bildschirmfoto 2024-01-01 um 12.00.00",
    ],
    "placeholder": [
        "TODO",
        "alt text",
        "Placeholder",
        "untitled",
        "null",
        "undefined",
        " Alt. ",
        "Image description",
        "Product 1",
        "Refer to caption",
        "plot of chunk unnamed-chunk-1",
        "No description has been provided for this image",
        "digraph foo { a -> b }",
        "graph TD; A-->B",
        "@startuml Alice -> Bob @enduml",
        "fig:overview",
        ("Platzhalter", "de"),
        ("TODO", "de"),
        ("Texte alternatif", "fr-CA"),
        ("Descripción de la imagen", "es"),
        ("Segnaposto", "it"),
        ("Alt-tekst", "nl"),
        ("Texto alternativo", "pt-BR"),
        ("代替テキスト", "ja"),
    ],
    "vague-word": [
        "Photo landscape",
        "portrait photo",
        "Figure 1",
        "Fig. 3",
        ("Abbildung 2", "de"),
        "image",
        "Photo",
        "logo",
        "Icon.",
        "PICTURE",
        "thumbnail",
        "“banner”",
        "An image",
        "hero image",
        ("Bild", "de"),
        ("Ein Foto", "de-AT"),
        ("L’image", "fr"),
        ("Imagen", "es-MX"),
        ("immagine", "it"),
        ("Afbeelding", "nl"),
        ("Fotografia", "pt"),
        ("画像", "ja"),
        ("image", "pl"),
    ],
    "machine-description": [
        "A bowl of soup Description generated with very high confidence",
        "May be an image of 3 people and a dog",
        ("Keine Fotobeschreibung verfügbar.", "de"),
    ],
    "digits-only": ["0001", "1234567", "001", "9042"],
    "dimensions": ["480x590", "1920 × 1080 px", "hero-300x200", "banner_728x90 ad"],
    "cms-code": [
        "9f86d081884c7d659a2feaa0c55ad015",
        "550e8400-e29b-41d4-a716-446655440000",
        "hero--wide",
        "a1B2c3D4e5F6g7H8",
    ],
    "many-delims": [
        "Comet-setup-main-window",
        "Audio_Results",
        "map_2b",
        "knob-image",
        "import_icon",
        "img-blur-shadow",
        "bg_header",
        "acme-logo",
        "my_new_hero_final",
        "red-shirt-front-2-xl",
        "a-b-c-d-e",
        "team_photo_2024_01 small",
    ],
    "filename-stem": [
        ("red-shirt", None, "red-shirt.jpg"),
        ("hero_2", None, "hero_2.png"),
        ("esp32", None, "esp32.jpg"),
        ("(00731)", None, "00731.png"),
        ("Sale-24", None, "sale-24.webp"),
        ("Add line 24", None, "add_line_24.png"),
        ("plot sin wave", None, "sphx_glr_plot_sin_wave_001.png"),
        ("Image win32-finish", None, "win32-finish.png"),
        ("Image menu", None, "menu.png"),
        ("bach-schenker", None, "bach-schenker-small.png"),
        ("down-arrow", None, "down-arrow-dark-24.svg"),
        ("r.li.edge formula 1", None, "r_li_edge_formula_1.png"),
    ],
    "redundant-prefix": [
        "Thumbnail of the flow diagram",
        "Image of a red fox",
        "a photo of two cats",
        "Picture of the harbour",
        "The icon of a cup",
        "Photo: a fox",
        ("Bild von einem Fuchs", "de"),
        ("Photo d'un renard", "fr"),
        ("Une photo d’un renard", "fr"),
        ("Foto de un zorro", "es"),
        ("Immagine dell'uomo", "it"),
        ("Foto van een vos", "nl"),
        ("Imagem de uma raposa", "pt"),
        ("Image of a fox", "sv"),
    ],
    "redundant-suffix": [
        "Red fox image",
        "A red fox photo",
        "Red fox picture",
        "cascade filter pict",
        "Harbour at dusk photo",
        ("Fuchs Bild", "de"),
        ("猫の画像", "ja"),
    ],
    "cta-alt": ["Click here", "read more", "Learn more…", ("Mehr erfahren", "de"), ("続きを読む", "ja")],
    "names-equation": [
        "Filter equation for the second stage",
        "Gaussian equation",
        "the heat equation",
        ("Maxwellsche Gleichung", "de"),
        ("équation de Schrödinger", "fr"),
        ("ecuación de onda", "es"),
        ("波動方程式", "ja"),
    ],
    "bytes-alt": ["Annual report, 320 KB", "Price list (1.2 MB)", "4096 bytes"],
    "emoji": ["😸.", "🔍", "❤️ ⭐", ":-)"],
    "too-short": ["x", "ab"],
    "too-long": ["word " * 30, "a" * (MAX_ALT_CHARS + 1)],
    "keyword-stuffing": [
        "chair, wooden chair, oak chair, buy chair online",
        "shoes | red shoes | cheap shoes | buy shoes",
        "puppy dog baby dog cute dog dogs",
        "oak table, garden bench, cheap stool, armchair for sale",
        "kayak, canoe, raft, paddle, life vest, cheap boats",
        "Oslo hotel, hotel rooms Oslo, rooms in Oslo centre, old Oslo inn",
        ("Sofa kaufen, Sessel günstig, Tisch und Stuhl", "de"),
        ("革靴、スニーカー激安、サンダル、ブーツ通販、ランニング", "ja"),
    ],
    "markup": [
        "Cat <b>and</b> comet",
        "Cat &amp; comet",
        "Price: 5&nbsp;euro",
        "Cat&#39;s cradle",
        "_Comet_, the ship",
    ],
    "mojibake": ["CafÃ© on the corner", "The cat\ufffds paw", "Itâ€™s raining", "5Â\u00a0euro"],
    "lang-mismatch": [("Кошка на окне", "en"), ("猫がソファで寝ている", "de"), ("A cat sleeps on the sofa", "ja")],
}

NEAR_MISSES = {
    "space-alt": ["5", "€5", "猫", "A", "→ 3"],
    "filename-ext": [
        "How to save a .png as a .jpg file",
        "Save as .jpg",
        "Mr. Png",
        "ASP.NET",
        "A.I. art",
        "Visit shop.test",
        "Our form in index.html",
    ],
    "url-or-path": [
        ("NASA/JPL", None, "jpl.png"),
        "NASA/JPL",
        "and/or",
        "Visit https://shop.test today",
        "24/7",
        "Before / after",
        "km/h",
        "red/green/blue",
    ],
    "camera-name": ["Photo 51 by Rosalind Franklin", "Image Comics 2", "Picture 2 girls", "2024", "Imgur 7"],
    "placeholder": ["Test tube on a bench", "The Null Island buoy", "A to-do list", "Alt, a key on a keyboard"],
    "vague-word": [
        "Figure skating",
        "Catch 22",
        "W3C logo",
        "Logo of the town of Delft",
        "Icons of jazz",
        "A child holding a photograph.",
        ("Pic", "fr"),
        ("Figure", "fr"),
    ],
    "machine-description": [
        "May fair in the old town",
        "The form after its description was generated",
        "Related images",
    ],
    "digits-only": ["2024", "1889", "5", "42", "100", "+44 20 7946 0000", "3.14", "€1299", "50%"],
    "dimensions": ["4x4 truck", "Canvas print, 24x36 inches", "2x zoom", "0x7f", "Matrix of 10x10 cells"],
    "cms-code": [
        "PlayStation5Controller",
        "Donaudampfschifffahrt",
        "iPhone 15 Pro",
        "rock-and-roll",
        "猫猫猫猫猫猫猫猫1猫2猫3猫4",
    ],
    "many-delims": [
        "y(k)=∑_m=1…n_a_m",
        "Heinrich-Heine-Universität-Düsseldorf",
        "Pas-de-Calais-Nord",
        "mirror-image",
        "CO_2",
        "snake_case",
        "GL_LINE_LOOP",
        "forget-me-nots",
        "state-of-the-art",
        "jack-in-the-box toy",
        "020-7946-0000-12",
        "A – b – c – d",
        r"$\sqrt{(x_2-x_1)^2+(y_2-y_1)^2}$",
    ],
    "filename-stem": [
        ("Nyhavn", None, "nyhavn.jpg"),
        ("Red shirt", None, "red-shirt.jpg"),
        ("Windows 95 desktop", None, "windows95_desktop.png"),
        ("red-shirt", None, "blue-shirt.jpg"),
        ("A red-shirt", None, "red-shirt.jpg"),
        ("Red shirt", None, "red-shirt-small.jpg"),
        ("theory", None, "theory-small.png"),
        ("check-in", None, "check-in-desk.jpg"),
        ("Photo Nyhavn", None, "nyhavn.jpg"),
        ("Logo acme", None, "acme.svg"),
        ("7", None, "7.png"),
        ("(12)", None, "12.svg"),
        ("ESP32", None, "esp32.jpg"),
        "red-shirt",
    ],
    "redundant-prefix": [
        "A child holding a photograph.",
        "Images of America, a book series",
        "Photographer at work",
        "Painting of a storm",
        "Iconography of saints",
        "Icon",
        ("Bilder einer Ausstellung", "de"),
        ("Foto Müller", "de"),
    ],
    "redundant-suffix": [
        "Source image, Mask, Mended image",
        "Source picture, turned picture",
        "A child holding a photograph.",
        "A child holding a photo",
        "Original image",
        "Graphic",
        "Photo",
        "Images and text",
        "A very under-exposed image",
        "The filter applied to a gradient image",
        "Sketch of aerial photo",
        "Class photo",
        "The 1962 crew photo",
        "The old graphic vs. the new graphic",
        "Exporting a grayscale image",
        "Wedding photo",
        ("Das Bild", "de"),
    ],
    "cta-alt": ["Read more books this summer", "Moreton Bay", "Buy now", "Search", ("Mehr", "en")],
    "names-equation": [
        "The equation x² = y on a blackboard",
        "Formula One car",
        "Baby formula",
        "Equations on a wall at MIT, in chalk",
        ("Angleichung der Höhen der beiden Seiten", "de"),
    ],
    "bytes-alt": ["iPhone 15 Pro, 256 GB", "The byte, 8 bits", "64 MB of memory", "KB Bank"],
    "emoji": ["An orange 🐈", "→ 3", "5 ⭐", "A", "猫"],
    "too-short": ["UK", "A", "5", "OK", "猫", "fox", "→"],
    "keyword-stuffing": [
        "Apples, pears, plums and cherries",
        "The cat, the dog and the horse in the yard of the old farm",
        "Red, green, blue",
        "New York, New York",
        "Home | Cat & Comet",
        "A man, a plan, a canal, Panama",
        r"\frac{\sigma_0}{\sigma_0 + \sigma_1 + \sigma_2}",
        "red, green, blue, black, white, pink, grey, gold",
        "Input signal, Low-pass filter, Band-pass filter, Notch filter",
        "Front view of the chair, side view of the chair, top view of the chair",
        "Online, Away, Busy, Invisible, Offline, Free to chat, Do not disturb, Custom",
        ("Montag, Dienstag, Mittwoch, Donnerstag, Freitag, Samstag, Sonntag, Feiertag", "de"),
        "Cheap Trick, Blur, Pulp",
        "Source image, Scaled image (nearest), Turned image (no nearest), Sheared image (no nearest)",
        "A bowl of rice, a bowl of soup and a bowl of salad",
        "A red car, a red truck and a red bus on a road",
        'Screenshot of the layers panel with three layers and the "Background" layer selected',
        "Source image vs. turned image (all points), source image vs. turned image (some points)",
        "The features of edges, kind-1-x, kind-1-y, kind-2-x, kind-2-y, kind-3",
    ],
    "too-long": ["a" * MAX_ALT_CHARS, "word " * 25 + " " * 50, r"\begin{array}" + r"\alpha+" * 40],
    "markup": ["Cats & dogs", "5 < 6 > 4", "AT&T; a company", "x <3 y", "R&D"],
    "mojibake": ["Café Ângelo", "SÃO PAULO", "Price in €", "“Quoted”", "Âge d’or"],
    "lang-mismatch": [
        ("Кошка на окне", "ru"),
        ("Кошка на окне", "sr"),
        "Кошка на окне",
        ("Canon EOS R5", "ja"),
        ("dialog-tool-options-ja", "ja"),
        ("toolbox/paint/smudge_tool", "el"),
        ("スクリーンショット: GIMP 2.10", "ja-JP"),
        ("Ωμέγα, the Greek letter", "en"),
        ("Ein Mädchen", "en"),
        ("A cat sleeps on the sofa", "sr-Latn"),
    ],
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


def pairs(table: dict[str, list[str | tuple[str | None, ...]]]) -> list[object]:
    return [
        pytest.param(
            rule, *((*case, None)[:3] if isinstance(case, tuple) else (case, None, None)), id=f"{rule}: {case!r:.40}"
        )
        for rule, cases in table.items()
        for case in cases
    ]


def rules_broken(text: str, lang: str | None = None, file_name: str | None = None) -> list[str]:
    return [finding.rule for finding in lint(text, file_name, lang)]


def test_every_rule_has_texts_that_break_it_and_near_misses() -> None:
    ids = [rule.id for rule in text_rules()]
    assert ids == list(BREAKS)
    assert set(ids) == set(NEAR_MISSES)
    assert min(map(len, [*BREAKS.values(), *NEAR_MISSES.values()])) >= 2
    assert all(rule.reference for rule in text_rules())


@pytest.mark.parametrize(("rule", "text", "lang", "file_name"), pairs(BREAKS))
def test_broken(rule: str, text: str, lang: str | None, file_name: str | None) -> None:
    assert rule in rules_broken(text, lang, file_name)


@pytest.mark.parametrize(("rule", "text", "lang", "file_name"), pairs(NEAR_MISSES))
def test_not_broken(rule: str, text: str, lang: str | None, file_name: str | None) -> None:
    assert rule not in rules_broken(text, lang, file_name)


@pytest.mark.parametrize("text", FINE)
def test_nothing_to_say(text: str) -> None:
    assert rules_broken(text, file_name="picture.jpg") == []


def test_an_error_stands_alone() -> None:
    assert rules_broken("https://shop.test/" + "a" * 200 + ".jpg") == ["filename-ext"]


def test_warnings_come_together() -> None:
    assert rules_broken("Image of <b>" + "a fox " * 40) == [
        "redundant-prefix",
        "too-long",
        "keyword-stuffing",
        "markup",
    ]


@pytest.mark.parametrize(
    ("options", "limit"),
    [
        ({}, 125),
        ({"length_profile": "screaming-frog"}, 100),
        ({"length_profile": "sa11y"}, 250),
        ({"length_profile": "sa11y", "max_alt_chars": 80}, 80),
    ],
)
def test_the_limit_is_a_choice(options: dict[str, object], limit: int) -> None:
    rules = RuleOptions.model_validate(options)
    assert [finding.rule for finding in lint("a" * limit, rules=rules)] == []
    assert [finding.rule for finding in lint("a" * (limit + 1), rules=rules)] == ["too-long"]


def test_every_profile_can_be_chosen() -> None:
    for profile in LengthProfile:
        assert RuleOptions.model_validate({"length_profile": str(profile)}).alt_limit == profile.limit
    assert min(LengthProfile, key=lambda profile: profile.limit) == "screaming-frog"


def test_what_several_rules_ask_of_a_text_is_worked_out_once_and_never_changes() -> None:
    text = Text("  A  red fox’s tail. ", None, "en", words_for("en"), 125)
    assert (text.collapsed, text.comparable) == ("A red fox’s tail.", "a red fox's tail")
    assert text.comparable is text.comparable
    with pytest.raises(FrozenInstanceError):
        text.raw = "another"  # type: ignore[misc]


def test_a_rule_can_be_switched_off() -> None:
    assert lint("image", rules=RuleOptions(disable=["vague-word"])) == ()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_language_has_lists_of_its_own(language: str) -> None:
    words = words_for(f"{language.upper()}-XX")
    assert min(map(len, (words.placeholders, words.vague, words.calls_to_action))) > 10
    assert (words_for("en").placeholders - words.placeholders) == set()
    assert not words.vague & words.placeholders


def test_a_language_without_lists_is_judged_by_the_english_ones() -> None:
    assert words_for("cs") is words_for(None) is words_for("") is words_for("en-GB")


@settings(deadline=None)
@given(st.text(st.characters(codec=None), max_size=200), st.none() | st.text(max_size=20))
def test_any_text_is_judged(text: str, file_name: str | None) -> None:
    findings = lint(text, file_name)
    assert sum(finding.severity is Severity.ERROR for finding in findings) <= 1
    assert all(finding.message for finding in findings)
