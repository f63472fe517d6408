"""What a place says in favour of a text that would be wrong elsewhere: the name beside it, what its link leads to.

The rules on a text see no more than the text and the file's name. `rules.judge` asks here whether what they find holds
where the text stands; only then, since most texts are fine.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from core.identity.urls import file_name
from core.text import collapse, comparable
from rules.occurrence.credit_lines import is_credit
from rules.text.quality import EMOJI
from rules.words import words_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.records import Occurrence

_CLASS_OF_EMOJI = re.compile(
    r"\sclass=\"[^\"]*(?<![a-z])(?:tw|wp-)?(?:emojis?|emoticons?|emotes?|smiley|smilie)(?![a-z])", re.I
)
_PATH_OF_EMOJI = re.compile(
    r"(?:^|[/._-])(?:tw|noto-?)?(?:emojis?|emoticons?|emotes?|smileys?|smilies)(?=[/._-])", re.I
)
_NAME_OF_EMOJI = re.compile(r":[\w+-]+:$|[^\w\s]{1,4}$|[^\w\s]{1,2}[a-z0-9][^\w\s]?$", re.I)  # ":heart:", ":-)", ":D"
_CODE_POINTS = re.compile(r"(?:emoji_?)?u?((?:[0-9a-f]{4,5})(?:[-_][0-9a-f]{4,5})*)$", re.I)
_CLASS_OF_FORMULA = re.compile(
    r"\sclass=\"(?:[^\"]*[\s_-])?(?:math|tex|latex|equation|formula|mwe-math)(?=[\s\"_-])", re.I
)
_PATH_OF_FORMULA = re.compile(r"/(?:math|latex|tex|equations?|formula[es]?|mathtex|mimetex)/", re.I)
_JOINERS = frozenset("\ufe0f\u200d")
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?)$", re.I)
_WORDS_OF_A_FILE = re.compile(r"[\W_]+")
_OF_PROGRAMS = frozenset({"null", "undefined", "nan", "n/a", "alternative"})
_BRACKETED = re.compile(r"[\[({<].*[\])}>]$")


def is_excused(rule_id: str, text: str, occurrence: Occurrence) -> bool:
    """Whether the place of a text makes right what a rule on texts finds in it."""
    excuse = _EXCUSES.get(rule_id)
    if excuse is not None and excuse(text, occurrence):
        return True
    return rule_id in _OF_CHARACTERS and stands_for_a_character(text, occurrence)


def stands_for_a_character(text: str, occurrence: Occurrence) -> bool:
    """Whether it is an emoji drawn as a picture, whose text is that very character or its name between colons."""
    text = collapse(text)
    if len(text) > 50 or not (EMOJI.match(text) or _NAME_OF_EMOJI.match(text)):
        return False
    address = occurrence.image_url or ""
    return bool(
        _CLASS_OF_EMOJI.search(occurrence.html)
        or _PATH_OF_EMOJI.search(address)
        or _code_points(file_name(address) or "") == _characters(text)
    )


def is_picture_of_formula(occurrence: Occurrence) -> bool:
    """Whether a program that sets formulas made the picture: its class or its folder says so (Sphinx, MediaWiki)."""
    return bool(_CLASS_OF_FORMULA.search(occurrence.html) or _PATH_OF_FORMULA.search(occurrence.image_url or ""))


def _code_points(name: str) -> list[str]:
    """The characters that the name of a file spells as numbers: `1f600.svg`, `emoji_u1f1eb_1f1f7.png`."""
    found = _CODE_POINTS.match(name.rpartition(".")[0])
    if found is None:
        return ["none"]
    numbers = (int(number, 16) for number in re.split("[-_]", found[1]))
    return _characters("".join(chr(number) for number in numbers if number <= 0x10FFFF))


def _characters(text: str) -> list[str]:
    return [char for char in text if char not in _JOINERS]


def _stands_beside(text: str, occurrence: Occurrence) -> bool:
    """Whether the text is a name that stands beside the picture: in a heading, a caption, a sentence."""
    context, name = occurrence.context, comparable(text)
    beside = (
        context.heading, context.passage, context.figcaption, context.link_text, context.beside_link, context.product,
        context.surrounding,
    )  # fmt: skip
    whole = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return bool(name) and any(whole.search(comparable(said)) for said in beside if said)


def _is_the_letters(text: str, occurrence: Occurrence) -> bool:
    """Whether a picture shows letters: it is a formula, or its file is named so (`n.png`); of several, it stands among
    text (`fi.png`).
    """
    if is_picture_of_formula(occurrence):
        return True
    name = (file_name(occurrence.image_url or occurrence.src or "") or "").rpartition(".")[0]
    among_text = len(text) == 1 or bool(occurrence.context.passage)
    return occurrence.interactive is None and among_text and comparable(name) == comparable(text)


def _names_its_target(text: str, occurrence: Occurrence) -> bool:
    """Whether a link is named as what it leads to: "Drawing" to `drawing.html`; a picture is no such target."""
    target = occurrence.context.link_url or occurrence.href  # of a file that is checked, addresses stay as written
    if occurrence.functional != "link" or not target:
        return False
    try:
        path = urlsplit(target).path.rstrip("/")
    except ValueError:
        return False
    last = unquote(path.rpartition("/")[2])
    if _PICTURE_FILE.search(last):
        return False
    words = _WORDS_OF_A_FILE.sub(" ", last.rpartition(".")[0] or last)
    own, named = comparable(text), comparable(words)
    return own == named or (bool(own) and named.endswith(f" {own}"))  # `class.Button.html`


def _is_an_option(text: str, occurrence: Occurrence) -> bool:
    """Whether a word such as "none" is a choice: so the file or the brackets of its author say, or what is beside."""
    name = comparable(text)
    if " " in name and name == comparable(occurrence.context.heading or ""):  # "[Name of the author]" is what it shows
        return True
    if name not in words_for(occurrence.language).options:
        return False
    if _BRACKETED.match(collapse(text)):
        return True
    words = comparable(_WORDS_OF_A_FILE.sub(" ", (file_name(occurrence.image_url or "") or "").rpartition(".")[0]))
    if words != name and name in words.split():  # "arrow-none"; a file "blank" is a spacer
        return True
    # What is chosen with a button is named so: the one without an arrow is "None".
    chosen = occurrence.functional == "button" and name not in _OF_PROGRAMS
    return chosen or (occurrence.functional is not None and occurrence.kind == "area")


def _is_credit(text: str, _occurrence: Occurrence) -> bool:
    """Whether "Foto:" begins a credit, for which credit-only has a word: without it, the rest says no more."""
    return re.search("[:：©]", text) is not None and is_credit(collapse(text))


_EXCUSES: dict[str, Callable[[str, Occurrence], bool]] = {
    "filename-stem": _stands_beside,
    "many-delims": _stands_beside,
    "vague-word": _names_its_target,
    "placeholder": _is_an_option,
    "redundant-prefix": _is_credit,
    "too-short": _is_the_letters,
}
_OF_CHARACTERS = frozenset({"emoji", "filename-stem", "many-delims", "space-alt", "too-short", "cms-code"})
