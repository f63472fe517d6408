"""Some of a site's own good texts, as samples of how texts are written there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from core.identity.urls import file_name
from core.languages import UNDETERMINED, primary_subtag
from core.text import letters
from store.models import Image, Occurrence, Page
from store.own_alts import is_good

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SAMPLES = 3
_MIN_CHARS, _MAX_CHARS = 15, 100
_MIN_WORDS = 3
_LOOKED_AT = 300
_PARTS = 3  # of a list of keywords, at least
_SEPARATOR = re.compile(r"[,;|/、，]")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_NO_WORD = re.compile(r"[\W\d_]+")


class SiteAlts:
    """Samples by site and language, each asked for once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], tuple[str, ...]] = {}

    def of(self, session: Session, site_id: int, language: str) -> tuple[str, ...]:
        """Texts of the site in a language (a primary subtag), SAMPLES at most."""
        key = (site_id, language)
        if key not in self._known:
            self._known[key] = good_alts(session, site_id, language)
        return self._known[key]


def good_alts(session: Session, site_id: int, language: str) -> tuple[str, ...]:
    """Texts that no rule finds fault with, each of one picture: no names of files, no lists of keywords."""
    rows = session.execute(
        select(
            Occurrence.alt,
            func.min(Image.url).label("url"),
            func.min(Occurrence.facts["lang"].as_string()).label("lang"),
        )
        .join(Page, Page.id == Occurrence.page_id)
        .join(Image, Image.id == Occurrence.image_id)
        .where(
            *is_good(site_id),
            func.length(Occurrence.alt).between(_MIN_CHARS, _MAX_CHARS),
        )
        .group_by(Occurrence.alt)
        .having(func.count(Occurrence.image_id.distinct()) == 1)
        .order_by(func.min(Occurrence.id))
        .limit(_LOOKED_AT)
    )
    texts: dict[str, str] = {}  # by their words: "Product image 12" is "Product image 13"
    for row in rows:
        if language in {UNDETERMINED, primary_subtag(row.lang)} and _is_sentence(row.alt, row.url):
            texts.setdefault(_NO_WORD.sub(" ", row.alt.casefold()), row.alt)
    found = list(texts.values())
    # From all over the site: texts that stand side by side are alike.
    return tuple(dict.fromkeys(found[at] for at in (0, len(found) // 2, -1))) if found else ()


def _is_sentence(alt: str, url: str) -> bool:
    name = letters((file_name(url) or "").rpartition(".")[0])
    if len(_SEPARATOR.split(alt)) >= _PARTS or letters(alt) in {name, letters(file_name(url) or "")}:
        return False
    return len(alt.split()) >= _MIN_WORDS or _UNSPACED.search(alt) is not None
