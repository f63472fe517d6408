"""Keywords of pictures in their places, by a text model that is told what the places say. Nobody checks them."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.errors import AltAuditError
from core.languages import UNDETERMINED
from core.text import comparable, letters, shorten, shown_line, storable
from store.engine import reading, writing
from store.keywords import Keywords, described, save_keywords
from suggestions.captions.languages import is_surely_in, surely_of
from suggestions.captions.translating import ADDRESS
from suggestions.evidence.witnesses import heading_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Engine

    from store.keywords import Described
    from suggestions.captions.translating import Made

SUGGESTIONS_AT_ONCE = 200  # in one piece
TEXTS_AT_ONCE = 16  # that a model is asked for together, and that go without when it breaks
PART_CHARS = 400  # of each thing that a place says
MAX_KEYWORDS = 10
KEYWORD_CHARS = 40
_SAID_CHARS = 2000  # of an answer that are read
_BETWEEN = re.compile(r"[,\n]")
_TOKEN = re.compile(r"<[^<>]*>|\[[A-Z]+\]")  # <extra_id_0>, </s>, [PAD]
_PATH = re.compile(r"\w\.\w+/")  # an address without a scheme: evil.example/now

log = logging.getLogger(__name__)


class Tagging(Protocol):
    """A tagger, as `inference.tagging.Tagger` is one."""

    @property
    def info(self) -> Made:
        """What it is."""
        ...

    def tag(self, texts: Sequence[str]) -> list[str]:
        """What it says of each English text: a list of keywords with commas, or whatever it may be."""
        ...


@dataclass(slots=True)
class KeywordSummary:
    """What the pass did."""

    suggestions: int = 0  # looked at
    known: int = 0  # of those: have keywords of what is said today
    tagged: int = 0  # of those: have keywords now
    empty: int = 0  # of those: the model said none that would do
    failed: int = 0  # of those: the model broke on them, so they are as they were
    why_failed: str = ""  # the first time


def give_keywords(
    engine: Engine, tagger: Tagging, *, site_id: int | None = None, progress: Callable[[int], None] | None = None
) -> KeywordSummary:
    """Give the suggestions of one site or of all, whoever wrote them, the keywords of what their places say.

    Nothing is asked twice, and each piece is a transaction: cut short, the same call goes on. Where nothing English is
    said of the picture any more, its keywords go. Raises CaptionerError where the model cannot be loaded.
    """
    summary, last_id = KeywordSummary(), 0
    while True:
        with reading(engine) as session:
            some = described(session, after_id=last_id, limit=SUGGESTIONS_AT_ONCE, site_id=site_id)
        if not some:
            return summary
        texts = {one.suggestion_id: text_of(one) for one in some}
        inputs = {id_: _digest(tagger.info, text) for id_, text in texts.items() if text is not None}
        stale = [one.suggestion_id for one in some if inputs.get(one.suggestion_id) != one.inputs]
        said = _said(tagger, dict.fromkeys(text for id_ in stale if (text := texts[id_]) is not None), summary)
        given = [
            Keywords(id_, said[text] if text is not None else (), inputs.get(id_))
            for id_ in stale
            if (text := texts[id_]) is None or text in said
        ]
        if given:
            with writing(engine) as session:
                save_keywords(session, given)
        summary.suggestions += len(some)
        summary.known += len(inputs.keys() - stale)
        summary.tagged += sum(bool(one.words) for one in given)
        summary.empty += sum(one.inputs is not None and not one.words for one in given)
        summary.failed += len(stale) - len(given)
        last_id = some[-1].suggestion_id
        if progress is not None:
            progress(summary.suggestions)


def text_of(one: Described) -> str | None:
    """What is said of a picture, in one text; None where nothing is, or not in English, or it needs no text.

    A heading alone does not count: it stands over other pictures, too.
    """
    if one.silent or one.language not in {"en", UNDETERMINED}:
        return None
    here = one.contexts[:1]  # figcaption and product are the same in all places of a suggestion
    parts = [one.text, *(text for context in here for text in (context.figcaption, context.product)), *one.alts[:1]]
    if not any(parts):
        return None
    headings = {heading_of(context) for context in one.contexts}
    distinct: dict[str, str] = {}
    for part in (*parts, *(headings if len(headings) == 1 else ())):
        if part:
            distinct.setdefault(comparable(part), shorten(part, PART_CHARS).rstrip("."))
    text = ". ".join(distinct.values())
    is_english = is_surely_in(text, "en") if one.language == UNDETERMINED else surely_of(text) in {"en", UNDETERMINED}
    return text if is_english else None


def keywords_in(said: str) -> tuple[str, ...]:
    """The keywords of an answer, whatever a model may have said: ten short lines at most."""
    found: dict[str, str] = {}
    for piece in _BETWEEN.split(_TOKEN.sub(",", said[:_SAID_CHARS])):
        word = shown_line(storable(piece))
        if not letters(word) or "\ufffd" in word or len(word) > KEYWORD_CHARS:
            continue
        if not ADDRESS.search(word) and not _PATH.search(word):
            found.setdefault(comparable(word), word)
    return tuple(found.values())[:MAX_KEYWORDS]


def _said(tagger: Tagging, texts: Iterable[str], summary: KeywordSummary) -> dict[str, tuple[str, ...]]:
    """The keywords of these texts, but for those that the model broke on."""
    said: dict[str, tuple[str, ...]] = {}
    waiting = list(texts)
    for start in range(0, len(waiting), TEXTS_AT_ONCE):
        some = waiting[start : start + TEXTS_AT_ONCE]
        try:
            said |= dict(zip(some, map(keywords_in, tagger.tag(some)), strict=True))
        except AltAuditError:
            raise
        except Exception as error:
            # What a model breaks on costs these keywords, not the stage; another pass tries again.
            if not summary.why_failed:
                log.exception("no keywords for %d texts", len(some))
                summary.why_failed = f"{type(error).__name__}: {shorten(str(error), 120)}"
    return said


def _digest(made_by: Made, text: str) -> str:
    key = json.dumps([made_by.model, made_by.revision, text])
    return hashlib.sha256(key.encode()).hexdigest()[:16]
