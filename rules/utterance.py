"""What a screen reader says where it comes to an image, in words. Pure.

No two of them say the same, and people set them up in ways of their own. What all have in common is said here: the kind
of thing first ("link, graphic"), then its name, nothing for alt="". Where a text is missing they differ: JAWS and
VoiceOver read the file's name, NVDA with Chrome says that the graphic has no label, and in a link both help themselves
to the end of its address (NVDA, nvdaHelper/vbufBackends/gecko_ia2). The voice speaks the language of whoever listens;
here it is taken for that of the text, English where there are no words of it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.identity.urls import file_name
from core.languages import primary_subtag
from core.records import ImageKind
from core.text import collapse
from rules.aria import IMAGE_ROLES, PRESENTATIONAL

if TYPE_CHECKING:
    from core.records import Occurrence

_UNHEARD = frozenset({ImageKind.BACKGROUND, ImageKind.POSTER})
_CONTROLS = {ImageKind.INPUT: "button", ImageKind.AREA: "link"}
_WITH_PATHS = frozenset({"http", "https", "file", ""})
MAX_NAME_CHARS = 120  # of a file or an address; what is longer was made by a program


class Heard(StrEnum):
    """What an utterance is made of."""

    TEXT = "text"  # the name that the page gives the image
    FILE_NAME = "file_name"  # there is none: its file's
    ADDRESS = "address"  # nor has the link around it one: the end of where that leads
    UNNAMED = "unnamed"  # nothing says anything
    SILENT = "silent"  # nothing is said of it


@dataclass(frozen=True, slots=True)
class Utterance:
    """What is said in one place; `text` is '' where nothing is."""

    text: str  # as one reads it: "graphic, IMG_2041.jpg"
    aloud: str  # as it sounds: "graphic, IMG underscore 2041 dot jpg"
    heard: Heard
    instead: str = ""  # what other screen readers say there


@dataclass(frozen=True, slots=True)
class Setting:
    """What decides, beside its text, how an image is announced."""

    control: str | None = None  # 'link' or 'button' that it stands in, or is
    alone: bool = False  # it is all there is in that
    graphic: bool = True  # it is announced as one; image buttons and parts of image maps are not
    file: str | None = None  # address of the picture
    target: str | None = None  # address that the link leads to


@dataclass(frozen=True, slots=True)
class _Words:
    graphic: str
    link: str
    button: str
    unlabelled: str
    underscore: str
    dot: str
    digits: list[str]


def utterance(occurrence: Occurrence, language: str | None = None) -> Utterance:
    """What is said of an image on a page, in `language` (a tag) or else in that of its place."""
    unheard = occurrence.kind in _UNHEARD or occurrence.role in PRESENTATIONAL
    if occurrence.hidden is not None or unheard:
        return _SILENCE
    drawn = occurrence.kind is ImageKind.SVG and occurrence.role not in IMAGE_ROLES
    name = occurrence.accessible_name
    if name is None and (drawn or (occurrence.alt is not None and occurrence.conflict is None)):
        name = ""
    control = _CONTROLS.get(occurrence.kind)
    setting = Setting(
        control=control or occurrence.interactive,
        alone=occurrence.sole_content or control is not None,
        graphic=control is None,
        file=occurrence.address or occurrence.src,
        target=occurrence.context.link_url or occurrence.context.link_href or occurrence.href,
    )
    return said(name, setting, language or occurrence.language)


def said(name: str | None, setting: Setting, language: str | None) -> Utterance:
    """What is said of an image with this name in such a setting: '' is alt="", None that nothing names it."""
    words = _words(language)
    if name is not None and collapse(name):
        text = opening(setting, language) + collapse(name)
        return Utterance(text, text, Heard.TEXT)
    silent = name is not None
    if setting.control is None:
        return _SILENCE if silent else _by_file(setting, words)
    if not setting.alone:
        return _SILENCE  # the link or button has a text of its own, which is read
    before = [getattr(words, setting.control)]
    if not silent and setting.graphic:
        before.append(words.unlabelled)
    if setting.control == "link" and (end := _end_of(setting.target)):
        return _spelt(before, end, Heard.ADDRESS, words)
    if not silent and (file := _file_of(setting.file)):
        return _spelt(before, file, Heard.FILE_NAME, words)
    bare = ", ".join(before)
    return Utterance(bare, bare, Heard.UNNAMED)


def opening(setting: Setting, language: str | None) -> str:
    """What is said before the name: "link, graphic, "."""
    words = _words(language)
    parts = [getattr(words, setting.control)] if setting.control else []
    parts += [words.graphic] if setting.graphic else []
    return "".join(f"{part}, " for part in parts)


def with_digits_spelt(text: str, language: str | None) -> str:
    """The text with a word for each digit, for voices that have no sign for them."""
    digits = _words(language).digits
    return collapse(re.sub(r"\d", lambda found: f" {digits[int(found[0])]} ", text))


def _by_file(setting: Setting, words: _Words) -> Utterance:
    file = _file_of(setting.file)
    if not file:
        return Utterance(words.unlabelled, words.unlabelled, Heard.UNNAMED, instead=words.graphic)
    by_file = _spelt([words.graphic], file, Heard.FILE_NAME, words)
    return Utterance(by_file.text, by_file.aloud, Heard.FILE_NAME, instead=words.unlabelled)


def _spelt(before: list[str], name: str, heard: Heard, words: _Words) -> Utterance:
    aloud = collapse(name.replace("_", f" {words.underscore} ").replace(".", f" {words.dot} "))
    return Utterance(", ".join([*before, name]), ", ".join([*before, aloud]), heard)


def _file_of(address: str | None) -> str:
    return collapse(file_name(address) or "")[:MAX_NAME_CHARS] if address else ""


def _end_of(address: str | None) -> str:
    """The last part of an address: of its path, else its host, else all of it (#top)."""
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        last = _file_of(parts.path.rstrip("/")) if parts.scheme in _WITH_PATHS else ""
        return (last or parts.hostname or collapse(address))[:MAX_NAME_CHARS]
    except ValueError:
        return ""


@cache
def _of(language: str) -> _Words:
    return _Words(**tomllib.loads((files("rules") / "utterance.toml").read_text("utf-8"))[language])


def _words(language: str | None) -> _Words:
    primary = primary_subtag(language)
    return _of(primary if primary in LANGUAGES else "en")


LANGUAGES = frozenset({"en", "de", "fr", "es"})
_SILENCE = Utterance("", "", Heard.SILENT)
