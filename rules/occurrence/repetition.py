"""Rules on texts that repeat what is said beside the image, or what the image before it says.

What stands beside it is compared as checkers do (axe-core image-redundant-alt, IBM img_alt_redundant): without case,
white space, and punctuation at the edges.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.records import ImageKind, Severity
from core.text import comparable
from rules.base import RuleBook
from rules.harm import Harm
from rules.occurrence.excused import is_picture_of_formula, stands_for_a_character
from rules.text.leftovers import is_formula

if TYPE_CHECKING:
    from core.records import Occurrence
    from rules.base import AdjacentCheck, OccurrenceCheck

_NUMBERING = re.compile(r":nth-(?:of-type|child)\(\d+\)")
_TAG = re.compile(r"[^:.#\[]*")
_INLINE = frozenset("a abbr b bdi bdo cite em font i label mark picture q s small span strong sub sup u".split())
# "Figure 3.1. ", "Рисунок 4.9. ", "図 2 ": what publishing programs put before a caption, in any language.
_LABEL = re.compile(
    r"[^\W\d_]{1,15}(?:\.?\s*(?:(?:\d+|[A-Z])[.‑–-])*\d+\s*[.:)–—-](?!\d)\s*|(?:\.\s*\d+|\s*(?:\d+|[A-Z])[.‑–-]\d+)\s)"
)
# What a passage may say beyond the name that it repeats: "Search Alt+F7", "Search (F7)".
_REST_CHARS = 20
_KEYS = re.compile(r"(?!\w)(?:\([^)]*\)|[^\w\s]|[A-Z\d][\w+-]*|\s)+")
_TABLE_CELL = re.compile(r"(?:^| )t[dh]\b")
_HEADING_MORE_CHARS = 60  # of a number, and what stands in brackets
_HEADING_NUMBER = re.compile(r"^(?:[^\W\d_]+ )?(?:\d+|[A-Z])(?:\.\d+)*[.):]?\s+(?=\S)|^(?:\d+\.)+\s*")
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)$")
# What programs make of straight quotation marks in the text of a page, but not in its attributes; and the hyphen that
# stands for a space in the name of a file.
_TYPEWRITTEN = str.maketrans(dict.fromkeys("‘’‚‛", "'") | dict.fromkeys("“”„«»", '"') | dict.fromkeys("–—‑-", " "))
_ARTICLE = re.compile(r"(?:the|an?|la|les?|der|die|das|eine?|el|los|las|una?|il|lo|gli|het|een)\s+(?=\S)|l'(?=\S)")
# What an icon is called: "Icon of a bin", "Symbol für Suche", "l'icône de l'accueil", "home icon", "ホームアイコン".
_ICON = (
    r"(?:icon|symbol|pictogram|piktogramm|icône|symbole|pictogramme|[ií]cono|símbolo|pictograma|icona|simbolo|pittogramma"
    r"|icoon|symbool|ícone|ikona|ikonka|piktogram|アイコン|記号)"
)
_ICON_OF = re.compile(rf"(?:[^\W\d_]{{1,3}}['’ ])?{_ICON}(?: [^\W\d_]{{1,4}}){{0,2}}[ '’:–-]+")
_OWN_ICON = re.compile(rf"[ –-]?{_ICON}")

book: RuleBook[OccurrenceCheck] = RuleBook(
    "A text that repeats", "Compared without case, white space, and punctuation at the ends."
)
_rule = book.rule
adjacent: RuleBook[AdjacentCheck] = RuleBook(book.heading)


def _same(text: str | None, other: str | None) -> bool:
    """Whether two texts say the same. The lengths are compared first, since nearly all differ."""
    if not text or not other or abs(len(text) - len(other)) > 20:
        return False
    compared, beside = comparable(text), comparable(other)
    if not compared or len(compared) != len(beside):
        return False
    return compared == beside or compared.translate(_TYPEWRITTEN) == beside.translate(_TYPEWRITTEN)


def _same_title(text: str | None, other: str | None) -> bool:
    """Whether two titles say the same, the articles that they begin with left out."""
    if not text or not other or abs(len(text) - len(other)) > _REST_CHARS:
        return False
    if _same(text, other):
        return True
    return _same(*(_ARTICLE.sub("", comparable(each)) for each in (text, other)))


def _says_icon(text: str | None, other: str | None) -> bool:
    """Whether a text says what another does, and that it is an icon of it."""
    if not text or not other or not 0 < len(text) - len(other) <= _REST_CHARS:
        return False
    more, less = comparable(text), comparable(other)
    if len(less) < 2 or len(more) <= len(less):
        return False
    if more.endswith(less) and _ICON_OF.fullmatch(more[: -len(less)]):
        return True
    return more.startswith(less) and _OWN_ICON.fullmatch(more[len(less) :]) is not None


def _repeats(text: str | None, other: str | None) -> bool:
    """Whether a text says what another does, an icon of it or not."""
    return _same(text, other) or _says_icon(text, other)


def _says_caption(alt: str | None, caption: str | None) -> bool:
    """Whether an alt text says what the caption says, its number left out."""
    if not alt or not caption:
        return False
    return _same_title(alt, caption) or _same_title(alt, _without_label(caption))


def repeats_caption(occurrence: Occurrence) -> bool:
    """Whether the alt text says what the caption of its figure says.

    Below a picture, "Figure 2.2: Status bar" is its caption, whatever element that is.
    """
    alt, context = occurrence.alt, occurrence.context
    return _says_caption(alt, context.figcaption) or _same(alt, _without_label(context.surrounding))


def _without_label(caption: str | None) -> str | None:
    """What a caption says behind its number; None where it has none."""
    label = _LABEL.match(caption) if caption else None
    return caption[label.end() :] if caption and label else None


def _begins(name: str, passage: str | None) -> bool:
    """Whether a passage says the name first, then no more than keys or a number. A letter or a number is no name."""
    if not passage or not 0 < len(passage) - len(name) <= _REST_CHARS or not passage.startswith(name):
        return False
    first = comparable(name)
    return len(first) > 2 and not first.isdigit() and _KEYS.fullmatch(passage, len(name)) is not None


def _heads(name: str, text: str | None, *, fold: bool = False) -> bool:
    """Whether a text says a name first, and then something of its own: a card with a title below its picture.

    `fold`: whatever the case.
    """
    beginning = text[: len(name)] if text else ""
    if not text or not (beginning == name or (fold and beginning.casefold() == name.casefold())):
        return False
    if len(comparable(name)) < 2:
        return False
    rest = text[len(name) :]
    following = rest.lstrip()[:1]  # without a space, where elements touch
    return (following.isdigit() and rest[0] == " ") or following != following.lower()


def _is_label(name: str, passage: str | None) -> bool:
    """Whether a passage names what it describes: "viridis: from purple to yellow"."""
    label, colon, _ = (passage or "").partition(":")
    return bool(colon) and _same(name, label)


def _says_its_block(occurrence: Occurrence) -> bool:
    """Whether the block around a picture says what the picture does, and nothing else. A heading has its own rule."""
    alt, context = occurrence.alt, occurrence.context
    return occurrence.interactive is None and _repeats(alt, context.surrounding) and not _same(alt, context.heading)


@_rule("alt-equals-text", Severity.WARNING, Harm.TWICE, "WCAG 1.1.1, H2; axe image-redundant-alt")
def _equals_text(occurrence: Occurrence) -> str | None:
    """The text is also that of the link or button around the image, or its title, of its caption, or of the whole
    paragraph, list item, table cell or row, or other block it stands in, to which keys may be added, "Search Alt+F7",
    or what that names before it describes it, "viridis: purple to yellow". An icon of it is no more: "Symbol für Suche"
    beside "Suche".
    """
    name, context = occurrence.accessible_name, occurrence.context
    if not name:
        return None
    if _repeats(name, context.link_text) or _heads(name, context.link_text):
        return f'The text repeats the {occurrence.interactive}\'s own, so it is said twice. Write alt="".'
    if repeats_caption(occurrence):
        return "The alt text repeats the caption. Say what the picture shows that the caption does not."
    if _says_its_block(occurrence) or any(says(name, context.passage) for says in (_repeats, _begins, _is_label)):
        return 'The text repeats what stands beside the picture. Write alt="", or say what only the picture shows.'
    return None


@_rule("alt-equals-adjacent", Severity.WARNING, Harm.TWICE, "WCAG 1.1.1, H2")
def _equals_adjacent_link(occurrence: Occurrence) -> str | None:
    """A linked picture has the text and the target of the link beside it."""
    if not _same(occurrence.accessible_name, occurrence.context.beside_link):
        return None
    return 'The link beside this one has the same text and target. Make one link of both, and write alt="".'


@_rule("alt-equals-heading", Severity.REVIEW, Harm.TWICE, "WCAG 1.1.1, H2")
def _equals_heading(occurrence: Occurrence) -> str | None:
    """The text is that of the heading above, its number and what stands in brackets behind it left out, or of the title
    with which the block around the picture begins.
    """
    alt, context = occurrence.alt, occurrence.context
    if not alt or occurrence.sole_content:
        return None
    if _is_heading(alt, context.heading):
        said = "heading"
    elif occurrence.interactive is None and _heads(alt, context.surrounding, fold=True):
        said = "title beside the picture"
    else:
        return None
    if _equals_text(occurrence) is not None:  # which says so already
        return None
    return f"The alt text repeats the {said}. Check whether it says what the picture shows."


def _is_heading(alt: str, heading: str | None) -> bool:
    if not heading or abs(len(heading) - len(alt)) > _HEADING_MORE_CHARS:
        return False
    if _same_title(alt, heading):
        return True
    plain = _HEADING_NUMBER.sub("", heading)
    return _same_title(alt, plain) or _same_title(alt, _IN_BRACKETS.sub("", plain))


@_rule("alt-equals-title", Severity.REVIEW, Harm.TWICE, "HTML, the title attribute")
def _equals_title(occurrence: Occurrence) -> str | None:
    """`title` says the same as `alt`.

    An emoji drawn as a picture is let pass: its title tells the eye what it is.
    """
    if not occurrence.alt or not _same(occurrence.alt, occurrence.title):
        return None
    if stands_for_a_character(occurrence.alt, occurrence):
        return None
    return "The title attribute repeats the alt text, and some screen readers say both. Drop the title."


def _right_again(occurrence: Occurrence, before: Occurrence) -> bool:
    """Whether the same text is right twice: the same target, character or formula, the same icon of another box."""
    if occurrence.kind is before.kind is ImageKind.AREA:
        return occurrence.href == before.href
    name = occurrence.accessible_name or ""
    if stands_for_a_character(name, occurrence) or is_formula(name) or is_picture_of_formula(occurrence):
        return True
    same_picture = (occurrence.image_url, occurrence.src) == (before.image_url, before.src)
    return same_picture and bool(occurrence.context.surrounding) and _box(occurrence) != _box(before)


def _box(occurrence: Occurrence) -> str:
    """The selector of the nearest block around an image."""
    steps = occurrence.selector.split(" > ")[:-1]
    while steps and _TAG.match(steps[-1])[0] in _INLINE:  # type: ignore[index]  # it matches everything
        steps.pop()
    return " > ".join(steps)


def _of_two_pictures(occurrence: Occurrence, before: Occurrence) -> bool:
    """Whether nothing tells two pictures in a table apart. Marks in its cells say the same of different things."""
    name = occurrence.accessible_name or ""
    return " " in name and occurrence.image_url != before.image_url and not occurrence.sole_content


@adjacent.rule("dup-adjacent", Severity.WARNING, Harm.TWICE, "WCAG 1.1.1")
def _same_as_before(occurrence: Occurrence, before: Occurrence) -> str | None:
    """The image before it, in the same place of the page and under the same heading, has the same text.

    The first of a row is let pass, and so are marks in the cells of a table (not two pictures with a text of several
    words), emoji drawn as pictures, formulas, one icon in several boxes of text, and parts of an image map that
    lead to one place.
    """
    if before.hidden is not None or not _same(occurrence.accessible_name, before.accessible_name):
        return None
    if _right_again(occurrence, before):
        return None
    here, there = occurrence.context, before.context
    if (here.surrounding, here.heading) != (there.surrounding, there.heading):
        return None
    if _TABLE_CELL.search(occurrence.selector) and not _of_two_pictures(occurrence, before):
        return None
    if _NUMBERING.sub("", occurrence.selector) != _NUMBERING.sub("", before.selector):
        return None
    return 'The adjacent image has the same text. Say what differs, or silence one of them with alt="".'
