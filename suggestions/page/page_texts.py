"""What a page says of a picture, as texts that could stand for it, each with where it comes from. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from core.identity.urls import file_name
from core.languages import primary_subtag
from core.records import SuggestionSource
from core.text import collapse, comparable
from rules.words import small_words, words_for
from suggestions.captions.describe import tidy, without_opening, without_prefix
from suggestions.evidence.picture_text import banner, dialog_title, label
from suggestions.evidence.witnesses import heading_of, meant
from suggestions.page.permalinks import without_mark
from suggestions.page.phrases import phrases
from suggestions.page.titles import parts_of
from suggestions.word_lists import word_list, worded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.records import Context, Occurrence
    from suggestions.evidence.picture_text import PictureText

MAX_WORDS = 20
_SHORT_LINE = 3  # words
_SHORTEST = 3  # letters of a word in a file's name that the page does not have
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+(?=[A-Z\"“(À-Þ])|(?<=[。！？])")
_NUMBERING = re.compile(
    r"^(?:figure|fig|figura|abbildung|abb|bild|image|picture|photo|illustration|screenshot|obr|rys|afbeelding|図|图|圖|그림)"
    r"\.?\s*(?:(?:(?:\d+[a-z]?|[A-Z]{1,4})[.\-–])*\d+[a-z]?[.:)\-–—]*(?:\s+|$)|:\s*)"
    r"|^(?:\d+[.\-–])+(?:\d+[.:)]?)?(?:\s+|$)|^\d+[:)]\s+",
    re.I,
)
_SIZE = re.compile(r"^\d+px-")  # of a thumbnail in a wiki
_DRAWING = re.compile(r"\.(?:svg|tiff?|pdf|djvu|xcf|webm|webp)$", re.I)  # which it is of: "22px-Redo.svg.png"
_MARKS = re.compile(
    r"\[(?:\*|\u2191|\^|edit|src|#)\]\s*|^(?:step|schritt|étape|paso|passo|stap|krok)\s*\d+\s*[:.–—-]\s*", re.I
)
# What prose has not: "In [3]:", a call, an assignment, a message of a program, an address.
_PROGRAM = re.compile(
    r"\[\d{0,4}\]:|\w\([^()]{0,80}[=,][^()]{0,80}\)|\w\(\)|[{}]|;\s*$|[=!<>+-]=|->|=>|::|<[a-z/]|https?:"
    r"|\b(?:Traceback|WARNING|ERROR|DEBUG|INFO|import|def|lambda|None|True|False|pass|return)\b(?=\s*(?:[:(]|\w+\s*$|$))"
)
_APOSTROPHE = re.compile(r"(?<=\w)’(?=\w)")
# What a file's name ends with that tells one file of a picture from another.
_VERSIONS = frozenset(
    "small medium large big tiny thumb thumbs thumbnail mini full crop cropped copy final new old tmp temp ex web hi lo"
    " low high res hires lowres original orig edited resized scaled".split()
)
_FILLING = re.compile(r"\blorem ipsum\b|\bdolor sit amet\b")
_LEADING = " ([“\"'„«"
_EDGES = " \t\n.,:;-–—*•|/"
_JOINED = re.compile(r"(?<=[a-z])(?=[A-Z])|[\W_]+")
_CODE = re.compile(r"\d{3,}|[a-z]\d+[a-z]|^(?:img|dsc|image|screenshot|figure|fig|pic|photo|untitled)?[\W_]*\d*$", re.I)


@dataclass(frozen=True, slots=True)
class PageText:
    """A text of the page, or of the file's name, for a picture."""

    text: str
    source: SuggestionSource


def page_texts(place: Occurrence, page_title: str | None, read: PictureText | None = None) -> Iterator[PageText]:
    """The texts that could stand for the picture in this place, without an order; some of them `read` in it."""
    context = place.context
    heading = heading_of(context)
    title = None
    # A heading that says something is nearer to the picture than the title of its page.
    if page_title and (not heading or says_nothing(_clean(heading, place.language))):
        title = _about(page_title, place)
    for source, text in (
        (SuggestionSource.PRODUCT, context.product),
        (SuggestionSource.FIGCAPTION, _first(context.figcaption)),
        (SuggestionSource.LABEL, _first(context.label)),
        (SuggestionSource.HEADING, heading),
        (SuggestionSource.TERM, context.term),
        (SuggestionSource.TITLE, title),
        (SuggestionSource.BEFORE, _as_prose(_last(context.before), place.language)),
        (SuggestionSource.AFTER, _as_prose(_first(context.after), place.language)),
    ):
        cleaned = _clean(text, place.language)
        if cleaned and not says_nothing(cleaned):
            yield PageText(cleaned, source)
    for name in (heading, title, context.term):
        if named := _with_noun(_clean(name, place.language), context):
            yield PageText(named, SuggestionSource.PHRASE)
    for text in (
        _named_last(context.before),
        _named_first(context.label or context.after),
        _named_first(context.figcaption),
        *phrases(context, primary_subtag(place.language)),
    ):
        if text:
            yield PageText(text, SuggestionSource.PHRASE)
    if read is not None:
        yield from _in_picture(read, place, _clean(heading, place.language))
    if spelled := _as_spelled(file_words(place), place, page_title):
        yield PageText(spelled, SuggestionSource.FILE_NAME)


def _in_picture(read: PictureText, place: Occurrence, heading: str) -> Iterator[PageText]:
    """The words of a button or banner; the title of a dialog, with the heading where one title has several pictures."""
    if (title := dialog_title(read)) is not None:
        language = primary_subtag(place.language)
        named = title if _ends_in_noun().search(title) else worded("dialog", language, name=title)
        yield PageText(named, SuggestionSource.DIALOG)
        of_heading = meant(heading)
        if heading and not says_nothing(heading) and not (of_heading <= meant(named) or meant(title) <= of_heading):
            yield PageText(f"{named}, {heading}", SuggestionSource.DIALOG)
    if text := label(read) or banner(read):
        yield PageText(tidy(text), SuggestionSource.READ)


def stem_of(place: Occurrence) -> str:
    """The name of the picture's file without its ending."""
    stem = (file_name(place.image_url or "") or "").rpartition(".")[0]
    return _DRAWING.sub("", _SIZE.sub("", stem))


def file_words(place: Occurrence) -> list[str]:
    """The words in the name of a picture's file, small; none in a name that a machine gave."""
    stem = stem_of(place)
    if not stem or _CODE.search(stem):
        stem = re.sub(r"\d+", " ", stem)
    words = [word for word in _JOINED.sub(" ", stem).casefold().split() if len(word) > 1 and not word.isdigit()]
    while len(words) > 1 and words[-1] in _VERSIONS:
        words.pop()
    return words


def _clean(text: str | None, language: str | None) -> str:
    """A text without its number, marks and what says no more than that there is a picture."""
    if not text:
        return ""
    text = _unnumbered(text).strip(_EDGES)
    text = without_prefix(without_opening(text), words_for(language))
    return tidy(text, finished=True) if len(text.split()) <= MAX_WORDS and any(map(str.isalpha, text)) else ""


def _unnumbered(text: str) -> str:
    return _NUMBERING.sub("", _MARKS.sub("", without_mark(collapse(text))))


def says_nothing(text: str) -> bool:
    """Whether a text is a heading that any page may have, nothing but nouns of parts ("Toolbar button"), or of those
    that fill a template until there is one.
    """
    said = comparable(text)
    return said in _general() or _parts().issuperset(said.split()) or _FILLING.search(said) is not None


def says_what_to_do(text: str) -> bool:
    """Whether a text tells what to do with a picture ("Click to enlarge"), in any language that is known."""
    said = text.casefold()
    return any(act in said for act in _acts())


@cache
def _acts() -> frozenset[str]:
    return frozenset(act.casefold() for acts in word_list("page_texts")["acts"].values() for act in acts)


@cache
def _general() -> frozenset[str]:
    return frozenset(comparable(word) for words in word_list("page_texts")["general"].values() for word in words)


@cache
def _parts() -> frozenset[str]:
    return frozenset(comparable(word) for words in word_list("page_texts")["parts"].values() for word in words)


def _about(page_title: str, place: Occurrence) -> str:
    """The part of a title that the file's name or the heading knows, else the first: a site may put its name there."""
    known = meant(" ".join((*file_words(place), heading_of(place.context) or "")))
    return max(parts_of(page_title), key=lambda part: len(meant(part) & known))


def _with_noun(name: str, context: Context) -> str | None:
    """A name with the noun that the page gives it: "Split Clip dialog", or "HTTP Request control panel" from a line
    "Control Panel" right before the picture.
    """
    if not name or _ends_in_noun().search(name):
        return None
    line = (context.before or "").strip(_EDGES)
    is_sentence = (context.before or "").rstrip().endswith((".", "!", "?", ":"))  # "Press the button."
    if not is_sentence and len(line.split()) <= _SHORT_LINE and _ends_in_noun().search(line):
        return f"{name} {line.lower()}"
    said = " . ".join(
        filter(None, (context.before, context.label, context.after, context.figcaption, context.surrounding))
    )
    nouns = "|".join(map(re.escape, word_list("page_texts")["nouns"]["en"]))
    found = re.search(rf"(?<!\w){re.escape(name)}[\"”’]?\s+({nouns})(?!\w)", said, re.I)
    return f"{name} {found[1].lower()}" if found else None


@cache
def _ends_in_noun() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, word_list('page_texts')['nouns']['en']))})$", re.I)


def _first(text: str | None) -> str | None:
    return _SENTENCE.split(_unnumbered(text), maxsplit=1)[0] if text else None


def _last(text: str | None) -> str | None:
    if not text:
        return None
    parts = [part for part in _SENTENCE.split(text) if part.strip()]
    return parts[-1] if parts else None


def _as_prose(text: str | None, language: str | None) -> str | None:
    """A sentence that stands by itself; None for one that goes on from another, or says what to do, and for code."""
    if not text or _PROGRAM.search(text):
        return None
    goes_on = _joining(primary_subtag(language)).match(_unnumbered(text).lstrip(_LEADING))
    return None if goes_on else text


@cache
def _joining(language: str) -> re.Pattern[str]:
    lists = word_list("page_texts")["joining"]
    words = "|".join(map(re.escape, lists.get(language, lists["en"])))
    return re.compile(rf"(?:{words})" + ("" if language == "ja" else r"(?!\w)"), re.I)


@cache
def _named() -> re.Pattern[str]:
    nouns = "|".join(map(re.escape, word_list("page_texts")["nouns"]["en"]))
    small = "|".join(map(re.escape, sorted(small_words("en") | set(word_list("page_texts")["verbs"]["en"]))))
    name = rf"(?!(?i:{small})\b)[\w+&/'’-][\w+&/.'’-]{{0,30}}"
    return re.compile(rf"\b(?:the|a|an|this)\s+[\"“”‘’]?((?:{name}\s+){{1,4}}?)[\"“”‘’]?\s*({nouns})\b", re.I)


def _named_all(text: str | None) -> list[str]:
    found = _named().findall(text or "")
    named = ((collapse(name).strip("\"“”‘’'"), noun) for name, noun in found)
    return [f"{name} {noun}" for name, noun in named if any(map(str.isupper, name)) and _is_name(name)]


def _is_name(text: str) -> bool:
    """Whether what stands before a noun is a name: no mere noun again, and no quotation mark that is not closed."""
    marks = sum(text.count(mark) for mark in '"“”‘’') - len(_APOSTROPHE.findall(text))
    return marks % 2 == 0 and _ends_in_noun().fullmatch(collapse(text)) is None


def _named_last(text: str | None) -> str | None:
    found = _named_all(text)
    return tidy(found[-1]) if found else None


def _named_first(text: str | None) -> str | None:
    found = _named_all(text)
    return tidy(found[0]) if found else None


def _as_spelled(words: list[str], place: Occurrence, page_title: str | None) -> str:
    """The words of the file's name, each as the page writes it where it does; '' where one is a code ("sb", "id2")."""
    spelled = spellings(place, page_title)
    if any(len(word) < _SHORTEST and word.isascii() and word not in spelled for word in words):
        return ""
    return tidy(" ".join(spelled.get(word, word) for word in words))


def spellings(place: Occurrence, page_title: str | None) -> dict[str, str]:
    """The words that the page has near a picture, by their small letters."""
    context: Context = place.context
    said = " ".join(
        part
        for part in (
            page_title, context.heading, context.figcaption, context.before, context.label, context.after,
            context.term, context.passage, context.surrounding,
        )
        if part
    )  # fmt: skip
    spelled: dict[str, str] = {}
    for word in re.findall(r"[^\W_]+(?:[’'-][^\W_]+)*", said):
        spelled.setdefault(word.casefold(), word)
    return spelled
