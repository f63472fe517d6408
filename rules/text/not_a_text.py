"""Rules on texts that are none: file names, addresses, placeholders and the like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.records import Severity
from core.text import comparable
from rules.base import RuleBook
from rules.harm import Harm
from rules.text.default_names import is_default_name
from rules.text.leftovers import is_formula, is_leftover
from rules.text.machine_descriptions import is_machine_description
from rules.text.quality import EMOTICON
from rules.words import LANGUAGES, small_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.text.subject import Text, TextCheck

_GLUED_ENDING = re.compile(r"\S+_(?:jpe?g|png|gif|svg|webp)", re.I)  # as documentation tools write it
_PICTURE_FILE = re.compile(r"[\w)\]-]\.(?:jpe?g|jfif|png|gif|webp|avif|svgz?|bmp|ico|tiff?|heic)(?:[?#]\S*)?$", re.I)
_OTHER_FILE = re.compile(
    r"\S*[\w)\]-]\.(?:x?html?|php\d?|aspx?|jspx?|cgi|pdf|docx?|pptx?|xlsx?|psd|eps|mp4|swf)(?:#\S*)?$", re.I
)
_BRACKETS = re.compile(r"^[\[({<]+([^\s\])}>]+)[\])}>]+$")  # around one word
_ADDRESS = re.compile(r"(?:(?:https?|ftp|file|data|blob):|//|www\.(?=\S+\.\S))\S+$", re.I)
_PATH = re.compile(
    r"(?:\.{0,2}/|[a-z]:\\)?(?:[\w.%-]+[/\\])+[\w%-]*\.[a-z0-9]{2,5}$|(?:\.{1,2}/)+\S+$|/(?:[\w.%-]+/)+[\w.%-]*$", re.I
)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$", re.I)
_TOKEN = re.compile(r"[\w.~=+-]{15,}$", re.ASCII)
_LETTER_DIGIT_SWITCH = re.compile(r"(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)", re.I)
_DIMENSIONS_ALONE = re.compile(r"\d{2,5}\s?[x×]\s?\d{2,5}(?:\s?(?:px|pixels?))?$", re.I)
_DIMENSIONS_GLUED = re.compile(r"\S[_-]\d{2,5}x\d{2,5}(?![a-z\d])", re.I)
_DELIMITER = re.compile(r"[_-]")
_WORD_BREAK = re.compile(r"[_.-]|\s+")
_NAMED_BY_A_MACHINE = re.compile(r"[_\d-]")
# What kits and themes write into their samples: "Slide 1", "First slide", "Main product photo", "Card image cap".
_STOCK_PHRASE = re.compile(
    r"(?:slide|folie|diapositive|diapositiva|スライド) ?\d{1,2}"
    r"|(?:first|second|third|fourth|fifth) slide|(?:erste|zweite|dritte)s? (?:folie|bild)"
    r"|(?:première|deuxième|troisième) diapositive|(?:primera|segunda|tercera) diapositiva"
    r"|(?:prima|seconda|terza) diapositiva"
    r"|plot of chunk .+|inline image \d{1,3}|cid:\S+"
    r"|(?:carousel|slider) slide(?: \d{1,2})?|(?:asdf|blah?[ ,]*)+|x{3,}|qwertz|testimonials?|team member"
    r"|(?:banner|thumbnail|client|brand|partner|sponsor|team member|testimonial|icon|avatar|logo|portfolio"
    r"|product|item|gallery|slider|card|blog post|blog) ?\d{1,2}"
    r"|(?:main |first |default |generic |sample |your )?(?:blog|post|article|news|gallery|carousel|slider|slide|card"
    r"|item|product|listing|category|collection|teaser|preview|placeholder|thumbnail|default|sample|dummy|generic"
    r"|hero|about|about us|service|feature|testimonial|portfolio|avatar|client|banner)"
    r"(?: (?:post|item|product|placeholder))? (?:image|photo|picture|img|pic|thumbnail|thumb)"
    r"(?: (?:cap|placeholder|alt|here|\d{1,2}))?"
)
_NUMBER_OF_A_FILE = re.compile(r"(?:^|[_-])\d+(?:$|[_-])")
_CAMEL_CASE = re.compile(r"(?=.{11})[a-z]+\d*(?:[A-Z]+[a-z\d]+)+$", re.ASCII)  # as programmers name: "latinBaseline"
# Names of files as programmers give them: what it is stands first or last. With hyphens some are words of people.
_FILE_KIND = "img|icon?|logo|btn|bg|thumb|banner|pic"
_WITH_KIND = re.compile(
    rf"[A-Za-z]{{2,}}\d*_(?:(?=\w*[a-z])(?=\w*[A-Z])|(?=\w*\d))[A-Za-z\d]{{2,}}|(?!mirror-|self-|after-|cross-)[a-z\d_-]+-image"
    rf"|(?:{_FILE_KIND}|image|photo|button|background|screenshot|avatar)_[a-z\d_-]+|(?:{_FILE_KIND})-[a-z\d_-]+"
    rf"|[a-z\d_-]+_(?:{_FILE_KIND}|image|photo|button|background|screenshot|avatar)|[a-z\d_-]+-(?:{_FILE_KIND})"
)
# "Image menu" of menu.png, as programs write it that make pages of documents.
_KINDS = frozenset(
    "image img picture pic photo figure fig bild foto abbildung grafik imagen imagem figura immagine afbeelding "
    "obraz obrazek изображение рисунок 図 画像".split()
)
# What tells the files of one picture apart.
_OF_A_VARIANT = re.compile(
    r"[-_](?:small|medium|large|big|mini|tiny|thumb(?:nail)?|preview|full|dark|light|white|black|gr[ae]y|colou?r|min"
    r"|@?[1-4]x|\d{1,4}(?:x\d{1,4})?|[sml]|xl)$", re.I
)  # fmt: skip
_NUMBERED = re.compile(r"([^\W\d_]+)[.:]? ?\d{1,3}(?:[.-]\d{1,3})?[a-z]?")
_GALLERY = re.compile(r"sphx_glr_(.+?)(?:_thumb|_\d{3})?")  # Sphinx-Gallery, whose texts are the names of scripts
_CALLOUT = re.compile(r"\d{1,2}$")
_MODEL = re.compile(r"[A-Z][A-Za-z]*\d+[A-Za-z]?\d?$")  # as people write it: files are in small letters
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d$")

_FILE_NAME = "The alt text is a file name. Say what the picture shows."
_LIKE_A_FILE = "The alt text is written like a file name, with hyphens or underscores for spaces. Write plain words."
_STEM = "The alt text is the file name without its ending. Say what the picture shows."

_SUM = re.compile("[=∑∏∫√∞∂∇≤≥±]")  # of a formula that is not in TeX
_BULLETS = re.compile(r"[\s•◦‣⁃∙·▪▫■□●○◆◇❖➢\u25a0-\u25ff]+")

book: RuleBook[TextCheck] = RuleBook("A text that is none")
_rule = book.rule


@_rule("space-alt", Severity.ERROR, Harm.UNSAID, "WCAG 1.1.1, F30; ACT 23a2a8")
def _space(text: Text) -> str | None:
    """White space, a dash, dots, quotes, bullets or boxes."""
    if text.comparable and not _BULLETS.fullmatch(text.comparable):
        return None
    if EMOTICON.fullmatch(text.collapsed):  # which the rule on emoji finds
        return None
    if not text.collapsed:
        return 'The alt text is blank. Describe the picture, or write alt="" if it is decoration.'
    return 'Symbols alone say nothing of the picture. Describe it in words, or write alt="" if it is decoration.'


@_rule("filename-ext", Severity.ERROR, Harm.NOISE, "WCAG 1.1.1, F30")
def _file_name_with_extension(text: Text) -> str | None:
    """The text ends like a picture's file, `sunset.jpg`, `[sunset.jpg]` or `sunset_jpg`, or is the name of another
    file or a place in it, `index.html#top`.
    """
    if _GLUED_ENDING.fullmatch(text.collapsed):
        return _FILE_NAME
    if "." not in text.raw:
        return None
    name = _BRACKETS.sub(r"\1", text.collapsed)
    if not (_PICTURE_FILE.search(name) or _OTHER_FILE.match(name)):
        return None
    return _FILE_NAME


@_rule("url-or-path", Severity.ERROR, Harm.NOISE, "WCAG 1.1.1, F30")
def _address(text: Text) -> str | None:
    """The text is an address or a path, such as `../img/map.png`, or `figures/map7` for the file `map7.png`.

    `NASA/JPL` and `and/or` are not.
    """
    folder, _, name = text.collapsed.rpartition("/")
    is_path = bool(folder) and text.file_name is not None and name == text.file_name.rpartition(".")[0]
    if " " in text.collapsed or not (is_path or _ADDRESS.match(text.collapsed) or _PATH.match(text.collapsed)):
        return None
    return "The alt text is an address, like a file name. Say what the picture shows, or where the link goes."


@_rule("camera-name", Severity.ERROR, Harm.NOISE, "WCAG 1.1.1, F30")
def _camera_name(text: Text) -> str | None:
    """A name that a camera, a phone, a stock agency or a program gave: `IMG_2041`, `Screenshot 2024-05-01`,
    `shutterstock_1203948576`, `ChatGPT Image May 1, 2025, 12_30_11 PM`.

    It is told by its form: a long number, a date with a time as programs write it. `WWDC2024`, `Gemini 2.5` and
    "Group 3" are let pass.
    """
    if not is_default_name(text.collapsed):
        return None
    return "The alt text is a file name that a device or a program gave. Say what the picture shows."


@_rule("placeholder", Severity.ERROR, Harm.NOISE, "WCAG 1.1.1, F30, F39")
def _placeholder(text: Text) -> str | None:
    """`TODO`, `alt text`, `untitled`, "Card image cap", "Awaiting product image": a field that was never filled in.

    So are leftovers of software: `{{ product.title }}`, `%s`, `[object Object]`, "translation missing: en.alt".
    `{JSON} logo`, "50 % off" and formulas in TeX are let pass.
    """
    words = text.words
    if text.comparable in words.placeholders or (
        text.spaced not in words.vague and _STOCK_PHRASE.fullmatch(text.spaced)
    ):
        return "The alt text is a placeholder that was never filled in. Say what the picture shows."
    if is_leftover(text.collapsed):
        return "The alt text is code that a program left instead of a text: mend the template. Say what is shown."
    return None


@_rule("vague-word", Severity.ERROR, Harm.NOISE, "WCAG 1.1.1, F30")
def _vague_word(text: Text) -> str | None:
    """The whole text is a word like `image`, `photo` or `logo`, with a number or without: "Figure 3".

    Inside a text such words are fine: `W3C logo`.
    """
    numbered_kind = _NUMBERED.fullmatch(text.comparable)
    kind = numbered_kind[1] if numbered_kind is not None else text.comparable
    if text.spaced not in text.words.vague and kind not in text.words.vague:
        return None
    return (
        f"“{text.collapsed}” is generic: it says what kind of thing it is, not what it shows. Name what is to be seen."
    )


@_rule("machine-description", Severity.WARNING, Harm.NOISE, "WCAG 1.1.1; ATAG 2.0, B.2.3.2")
def _machine_description(text: Text) -> str | None:
    """A text that a machine wrote and nobody read: "Description automatically generated", "May be an image of",
    "No photo description available", "Image result for", an assistant's "Sure! Here is".

    The notes of office programs, social networks, search engines and assistants are known in nine languages.
    """
    if not is_machine_description(text.collapsed, text.comparable):
        return None
    return "A machine wrote this text, and nobody has read it since. Say what the picture shows, or what it is for."


@_rule("digits-only", Severity.WARNING, Harm.NOISE, "WCAG 1.1.1, F30")
def _digits_only(text: Text) -> str | None:
    """A number like `0001` or `48213`.

    Short numbers and years are let pass.
    """
    number = text.collapsed
    # A short number may be a price, a score or a page; four digits may be a year.
    if not (number.isascii() and number.isdigit()) or len(number) < 3 or _YEAR.match(number):
        return None
    if len(number) == 3 and number[0] != "0":
        return None
    return "The alt text is a number, as a file or a database has it. Say what the picture shows."


@_rule("dimensions", Severity.WARNING, Harm.NOISE, "WCAG 1.1.1, F30")
def _dimensions(text: Text) -> str | None:
    """`480x590` as the whole text, or joined to a word as in `hero-300x200`."""
    if not (_DIMENSIONS_ALONE.match(text.collapsed) or _DIMENSIONS_GLUED.search(text.collapsed)):
        return None
    return "The alt text gives a size in pixels, as a file name does. Say what the picture shows."


@_rule("cms-code", Severity.WARNING, Harm.NOISE, "WCAG 1.1.1, F30")
def _code(text: Text) -> str | None:
    """A hash, a UUID or a code of many letters and digits in turn."""
    token = text.collapsed
    if " " in token or not token.isascii() or not (_UUID.match(token) or _looks_random(token) or _double_hyphen(token)):
        return None
    return "The alt text is a code or hash that a system made up as a file name. Say what the picture shows."


def _looks_random(token: str) -> bool:
    """Whether letters and digits alternate as in no word: product names ("PlayStation5") switch once or twice."""
    return bool(_TOKEN.match(token)) and len(_LETTER_DIGIT_SWITCH.findall(token)) >= 4


def _double_hyphen(token: str) -> bool:
    before, hyphens, after = token.partition("--")
    return bool(hyphens and before.strip("-") and after.strip("-"))


@_rule("many-delims", Severity.WARNING, Harm.NOISE, "WCAG 1.1.1, F30")
def _many_delimiters(text: Text) -> str | None:
    """Hyphens or underscores for spaces: `my_new_hero_final`.

    So are two words of which one names a kind of file, `import_icon`, `img-shadow`, or that people would not write so,
    `Audio_Results`, `map_2b`. `forget-me-nots`, "mirror-image" and formulas in TeX are let pass.
    """
    if _WITH_KIND.fullmatch(text.collapsed):
        return _LIKE_A_FILE
    number = len(_DELIMITER.findall(text.collapsed))
    if number < 3 or text.collapsed.count(" ") > 1 or is_formula(text.collapsed) or _SUM.search(text.collapsed):
        return None
    # "forget-me-nots", "state-of-the-art": three hyphens between words are English.
    if number == 3 and "_" not in text.collapsed and not any(char.isdigit() for char in text.collapsed):
        return _LIKE_A_FILE if _is_row_of_words(text) else None
    if re.fullmatch(r"[\d\s()+-]*", text.collapsed):  # a telephone number
        return None
    return _LIKE_A_FILE


def _is_row_of_words(text: Text) -> bool:
    """Whether hyphens join words that no phrase holds together, "Copy-setup-main-window": no small word is among them,
    and those behind the first begin with small letters.
    """
    first, *others = text.collapsed.split("-")
    if " " in text.collapsed or len(first) < 3 or not all(len(word) > 2 and word.islower() for word in others):
        return False
    return not any(small_words(language).intersection([first.lower(), *others]) for language in LANGUAGES)


def numbered(stem: str) -> bool:
    """Whether the name of a file, its ending left out, has a number among its words."""
    return _NUMBER_OF_A_FILE.search(stem) is not None


@_rule("filename-stem", Severity.WARNING, Harm.NOISE, "WCAG 1.1.1, F30")
def _file_name_stem(text: Text) -> str | None:
    """The text is the file's name without its ending, such as `red_shirt_02`, or without what names a size of it:
    `red-shirt` of `red-shirt-small.jpg`; or with its kind: "Image menu" of `menu.png`.

    A single plain word is let pass: `nyhavn.jpg` may well show Nyhavn; `latinBaseline`, as programmers spell, is not.
    So are words for which the file is named, unless they keep its number: "add line 24" from `add_line_24.png`; the
    number of a callout (`9.png`); a model that is written otherwise than its file ("Rock64" from `rock64.jpg`); and
    what stands beside the picture as text.
    """
    if text.file_name is None:
        return None
    stem = text.file_name.rsplit(".", 1)[0]
    gallery = _GALLERY.fullmatch(stem)
    if gallery is not None and text.comparable == gallery[1].replace("_", " "):
        return _STEM
    kind, _, rest = text.collapsed.partition(" ")
    if rest == stem and kind.lower() in _KINDS:
        return _STEM
    # A single plain word ("Nyhavn") may be the right text and the file named after it.
    if not (_NAMED_BY_A_MACHINE.search(stem) or (text.collapsed == stem and _CAMEL_CASE.match(stem))):
        return None
    if text.collapsed.lower() in _less_of_it(stem.lower()):
        return _STEM
    # So may plain words, unless they keep a number of the file: "add line 24" from add_line_24.png.
    spaced = numbered(stem) and _WORD_BREAK.sub(" ", comparable(stem))
    if text.comparable != comparable(stem) and _WORD_BREAK.sub(" ", text.comparable) != spaced:
        return None
    if _CALLOUT.match(text.comparable) or (_MODEL.match(text.collapsed) and text.collapsed != stem):
        return None
    return _STEM


def _less_of_it(stem: str) -> Iterator[str]:
    """The names of other files of the picture, of two words at least: `down-arrow` of `down-arrow-dark-small`."""
    while (less := _OF_A_VARIANT.sub("", stem)) != stem and _DELIMITER.search(less):
        yield less
        stem = less
