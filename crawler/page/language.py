"""Which language a text is in: what the page declares or, where it declares none, a guess by its text and address.

A page that declares another one than its address names, as some generators say "en" of every page, is guessed, too.

A guess chooses word lists and keeps texts of several languages from being compared. It is marked as one wherever it is
kept (`Occurrence.lang_guessed`), no finding speaks of it, and no identity is made of it: it may be another one as soon
as the page says something else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from core.detector import identifier, subtag
from core.languages import primary_subtag
from core.text import collapse, shorten, storable
from crawler.page.accname import text_inside

if TYPE_CHECKING:
    from turbohtml import Element

    from crawler.page.document import Document

MAX_LANG_CHARS = 35  # the longest well-formed language tag in common use
MAX_GUESS_CHARS = 150  # of the text that a guess goes by: 94 of 100 are right, as with 400 of them
MAX_PARAGRAPHS = 40  # looked at for them
ENOUGH_LETTERS = 40
SURE = 0.6  # probability of a guess by the text alone
SURER = 0.95  # of English where the page's address names another language: the page is not translated
MAX_LANGUAGES = 3  # that a text is looked through for: terms and titles may be in another one

# What two letters in an address may name.
_LANGUAGES = frozenset(
    "af ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko "
    "lt lv mk ml mn mr ms my ne nl nn no pa pl ps pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh".split()
)
_READ_FIRST = ("p", "li", "dd", "td")  # whole sentences, then pieces
_TAG = re.compile(r"([a-z]{2})(?:[-_][a-z]{2,4})?$", re.I)
_IN_FILE_NAME = re.compile(r"[._-]([a-z]{2})(?:[-_][a-z]{2})?\.[a-z]{3,5}$", re.I)
_IN_QUERY = re.compile(r"(?:^|&)(?:lang|language|locale|hl)=([a-z]{2})(?:[-_][a-z]{2,4})?(?:&|$)", re.I)


class Languages:
    """The languages of one page's texts."""

    def __init__(self, document: Document, url: str) -> None:
        self._document = document
        self._url = url
        self._guess: str | Literal[False] | None = False  # not yet asked for
        self.declared = self._of_page()
        self._in_doubt = self.declared is None or self._is_contradicted(self.declared)

    def of(self, element: Element) -> tuple[str | None, str | None]:
        """The declared language of an element's texts, and the guessed one that is to be gone by instead, if any.

        Declared is the nearest lang attribute, else what the page says; '' is unknown. An element without a text is
        to get one, in the language of its page.
        """
        node = element.closest("[lang]")
        if node is not None and node != self._document.root:
            lang = node.attr("lang")
            return (shorten(lang, MAX_LANG_CHARS), None) if lang else (None, self.guess())
        return self.declared, self.guess() if self._in_doubt else None

    def guess(self) -> str | None:
        """The likeliest language of the page, as a primary subtag; None where it could be any."""
        if self._guess is False:
            guessed = guess(_sample(self._document.root), self._url)
            # What is declared is only wrong where both the text and the address say so.
            named = _named_by_address(self._url)
            self._guess = guessed if self.declared is None or guessed == named else None
        return self._guess or None

    def _of_page(self) -> str | None:
        """The page's own language: of its root or, where that has none, of a meta element (HTML, pragma-set)."""
        lang = self._document.root.attr("lang")
        if lang is None and "content-language" in self._document.lowered:
            metas = self._document.root.iter_elements("meta")
            named = (m for m in metas if (m.attr("http-equiv") or "").strip().lower() == "content-language")
            said = next((m.attr("content") or "" for m in named), "").strip()
            lang = said if said and "," not in said and " " not in said else None
        return shorten(lang, MAX_LANG_CHARS) or None if lang else None

    def _is_contradicted(self, declared: str) -> bool:
        """Whether the page's address names another language, as where a generator declares English for all pages."""
        named = _named_by_address(self._url)
        return named is not None and named != primary_subtag(declared)


def guess(text: str, url: str) -> str | None:
    """The likeliest language of a text on the page at an address."""
    named = _named_by_address(url)
    if sum(map(str.isalpha, text)) < ENOUGH_LETTERS:
        return named
    found = identifier().FindTopNMostFreqLangs(text=storable(text), num_langs=MAX_LANGUAGES)
    likely = {subtag(one.language): one for one in found if one.probability >= SURE and one.language != "und"}
    likeliest = max(likely, key=lambda tag: likely[tag].proportion, default=None)
    if named is not None and not (likeliest == "en" and likely["en"].probability >= SURER and named not in likely):
        return named
    return likeliest


def _named_by_address(url: str) -> str | None:
    """The language that a host, folder, file or parameter of an address names: `/de/`, `de.`, `index.de.html`."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    *folders, name = parts.path.split("/")
    labels = (parts.hostname or "").split(".")[:-2]
    told = [found[1] for part in reversed(folders) if (found := _TAG.match(part))]
    in_name, in_query = _IN_FILE_NAME.search(name), _IN_QUERY.search(parts.query)
    if in_name:
        told.insert(0, in_name[1])
    if in_query:
        told.insert(0, in_query[1])
    told += [found[1] for label in labels[:1] if (found := _TAG.match(label))]
    return next((tag for tag in map(str.lower, told) if tag in _LANGUAGES), None)


def _sample(root: Element) -> str:
    """Some of a page's text, sentences first: menus are in English on many a page that is not."""
    parts: list[str] = []
    length = 0
    for tag in _READ_FIRST:
        for count, element in enumerate(root.iter_elements(tag)):
            if length >= MAX_GUESS_CHARS or count == MAX_PARAGRAPHS:
                break
            part = text_inside(element, images=False, limit=MAX_GUESS_CHARS)
            parts.append(part)
            length += len(part)
    if length < ENOUGH_LETTERS:
        parts.append(text_inside(root, images=False, limit=MAX_GUESS_CHARS))
    return collapse(" ".join(parts))[:MAX_GUESS_CHARS]
