"""Where a link leads, in words. Pure.

An address is trusted as far as it says something to a visitor. What it leaves open, a person looks at: how a name is
spelled, another site's host, a part of a page. https://www.w3.org/WAI/tutorials/images/functional/
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from core.records import SuggestionReason
from core.text import collapse, comparable
from rules.words import words_for
from suggestions.links.addresses import bare_host, is_home_elsewhere, is_own, path_parts, plain_queries, words_of
from suggestions.links.networks import on_a_network
from suggestions.page.spelling import as_written
from suggestions.page.titles import name_of_target, site_name
from suggestions.word_lists import links, worded

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from urllib.parse import SplitResult

_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?)$", re.I)
_SCRIPT = re.compile(r"\.(?:php\d?|aspx?|jspx?|cgi|pl|do|action|cfm|dll|exe)$|^cgi-bin$", re.I)
_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_][a-z]{2})?$", re.I)
_PAGE_NAMES = frozenset({"page", "paged", "seite", "pagina", "pg", "strona", "página", "sida", "side"})
_PAGE = re.compile(r"(?:page|seite|pagina|strona)[-_]?(\d{1,4})$", re.I)
_TOP = frozenset({"top", "page-top", "pagetop", "totop", "to-top", "back-to-top", "oben", "haut", "arriba"})
_BOX = re.compile(r"modal|dialog|lightbox|popup|overlay", re.I)
_DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-Z])")
_FLAG = re.compile(r"\b(?:flag|language|lang|flagge|flaggen?|drapeau|bandiera|bandera|locale)s?\b")
_FORWARD = re.compile(
    r"\b(?:right|next|forward|rechts|weiter|suivante?|siguiente|derecha|droite|destra|avanti|direita|prawo)\b"
)
_BACKWARD = re.compile(
    r"\b(?:left|prev|previous|back|links|zurueck|precedente?|anterior|izquierda|gauche|sinistra|indietro|esquerda|lewo|vorige)\b"
)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a link is for. Without a text it shows the picture larger: what it shows is what the link is for."""

    text: str | None
    reason: SuggestionReason | None = None  # why a person is to look at the text
    is_page: bool = False  # some page of the site or of another: of a product, it may be that of the picture


def link_purpose(
    url: str,
    page_titles: Sequence[str],
    language: str,
    hosts: Collection[str] = (),
    *,
    target_title: str | None = None,
    seen: str = "",
) -> Purpose | None:
    """What a link to `url` is for, in `language` (a primary subtag); None where nothing tells.

    `hosts` are the site's own, `target_title` is the title of the page that it leads to, and `seen` what the picture's
    caption and file name say, in small letters.
    """
    try:
        address = urlsplit(url)
    except ValueError:  # a bracket in the host that opens no IPv6 address
        return None
    if address.scheme not in {"http", "https"}:
        same_page = url.startswith("#")
        return _of_fragment(address.fragment, language) if same_page else _of_scheme(address, language)
    parts = path_parts(address.path)
    if address.fragment and not parts and not address.query:
        return _of_fragment(address.fragment, language)
    if not hosts or not is_own(address.hostname, hosts):
        known = on_a_network(address, site_name(page_titles), language)
        if known is not None:
            return Purpose(*known) if known[0] else None
        if is_home_elsewhere(url, hosts):
            return Purpose(bare_host(address.hostname), SuggestionReason.REVIEW)
    if parts and _PICTURE_FILE.search(parts[-1]):
        return Purpose(None)
    query = plain_queries(address.query)
    return (
        _of_language(parts, query, language, seen, site_name(page_titles) or address.netloc)
        or _of_list(parts, query, language, seen)
        or _of_page(address, parts, query, page_titles, language, hosts, target_title)
    )


def _of_scheme(address: SplitResult, language: str) -> Purpose | None:
    name = collapse(unquote(address.path))[:80]
    if address.scheme == "mailto":
        return Purpose(worded("mail", language, name=name) if name else worded("share_by_mail", language))
    if address.scheme in {"tel", "callto"} and name:
        return Purpose(worded("call", language, name=name))
    if address.scheme in {"sms", "smsto"} and name:
        return Purpose(worded("text_message", language, name=name))
    return None


def _of_fragment(fragment: str, language: str) -> Purpose | None:
    """A part of the page; without a text where its name is that of a box that shows more of what the picture shows."""
    if fragment.lower() in _TOP:
        return Purpose(worded("top", language))
    if _BOX.search(fragment):
        return Purpose(None)
    words = words_of(unquote(fragment))
    is_code = words is not None and " " not in words and any(map(str.isdigit, words))  # "item3"
    return Purpose(words, SuggestionReason.ADDRESS) if words and not is_code and fragment[0] not in "/!:" else None


def _of_language(parts: list[str], query: dict[str, str], language: str, seen: str, name: str) -> Purpose | None:
    """A site's front page in a language, which is called what it calls itself."""
    asked = next((query[key] for key in ("lang", "language", "locale", "hl") if key in query), None)
    if (asked is None and len(parts) != 1) or (asked is not None and len(query) > 1):
        return None
    code = _LANGUAGE.match(asked or parts[0])
    called = links()["languages"].get(code[1].lower()) if code else None
    if called is None or code is None:
        return None
    if asked is None and code[1].lower() == language:
        return Purpose(worded("home", language, name=name))
    sure = asked is not None or _FLAG.search(seen) or called.casefold() in seen
    return Purpose(called, None if sure else SuggestionReason.ADDRESS)


def _of_list(parts: list[str], query: dict[str, str], language: str, seen: str) -> Purpose | None:
    """A page of a list of several: the next or the one before where an arrow says so."""
    number = next((query[key] for key in query if key in _PAGE_NAMES), None)
    if number is None and parts:
        if len(parts) > 1 and parts[-2].lower() in _PAGE_NAMES:
            number = parts[-1]
        elif found := _PAGE.match(parts[-1]):
            number = found[1]
    if number is None or not number.isdecimal():
        return None
    forward, backward = _FORWARD.search(seen), _BACKWARD.search(seen)
    if bool(forward) != bool(backward):
        return Purpose(worded("next_page" if forward else "previous_page", language))
    return Purpose(worded("page", language, name=number))


def _of_page(
    address: SplitResult,
    parts: list[str],
    query: dict[str, str],
    page_titles: Sequence[str],
    language: str,
    hosts: Collection[str],
    target_title: str | None,
) -> Purpose | None:
    if not parts and not query:
        return Purpose(worded("home", language, name=site_name(page_titles) or address.netloc))
    last = parts[-1] if parts else ""
    slug, reason = _slug(last, language)
    if target_title is not None and (name := name_of_target(target_title, page_titles, slug)):
        return Purpose(name, is_page=True)
    by_script = any(map(_SCRIPT.search, parts)) or any(part.lower() == "cgi-bin" for part in parts)
    if slug is None or (query and (by_script or not parts or not _is_known(slug))) or "cgi-bin" in parts:
        return None
    kind = last.rpartition(".")[2].lower() if "." in last else ""
    if kind in links()["files"]["names"]:
        return Purpose(f"{slug} ({kind.upper()})", SuggestionReason.ADDRESS)
    return Purpose(slug, reason if is_own(address.hostname, hosts) else SuggestionReason.ADDRESS, is_page=True)


def _is_known(slug: str) -> bool:
    """Whether words of an address name a page whatever it is asked for: "search", "red kettle"."""
    return " " in slug or any(slug in pages for pages in links()["pages"].values())


@cache
def _in_addresses(language: str) -> dict[str, str]:
    """The pages of a language by how addresses spell them: "ueber uns" and "uber uns" for "Über uns"."""
    pages = links()["pages"].get(language, []) if language != "en" else []
    return {_folded(form): page for page in pages for form in (page, page.translate(_DIGRAPHS))}


def _folded(text: str) -> str:
    """In small letters without accents, hyphens as spaces."""
    letters = unicodedata.normalize("NFKD", comparable(text).replace("-", " "))
    return "".join(sign for sign in letters if not unicodedata.combining(sign))


def _slug(part: str, language: str) -> tuple[str | None, SuggestionReason | None]:
    """The last part of an address in words, and whether a person is to look at how they are spelled."""
    stem = re.sub(r"\.\w{1,5}$", "", part)
    parted = _CAMEL.sub(" ", stem)
    words = words_of(parted)
    if words is None or comparable(words) in words_for(language).vague.union(links()["nothing"]["words"]):
        return None, None
    if (page := _in_addresses(language).get(_folded(words))) is not None:
        return page, None
    for page in links()["pages"]["en"]:
        if comparable(page) == comparable(words):
            return page, None if language not in links()["spelled"]["languages"] else SuggestionReason.ADDRESS
    if parted != stem:
        words = words.lower()
    words = as_written(words)
    spelled = words.isascii() and language in links()["spelled"]["languages"]
    plain = not any(map(str.isdigit, words)) and parted == stem and (" " in words or not words.isascii())
    return words, None if plain and not spelled else SuggestionReason.ADDRESS
