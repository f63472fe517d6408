"""Rules on texts that repeat what is said beside the image, or what the image before it says.

What stands beside it is compared as checkers do (axe-core image-redundant-alt, IBM img_alt_redundant): without case,
white space, and punctuation at the edges.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.records import Severity
from core.text import comparable
from rules.base import RuleBook

if TYPE_CHECKING:
    from core.records import Occurrence
    from rules.base import AdjacentCheck, OccurrenceCheck

_NUMBERING = re.compile(r":nth-(?:of-type|child)\(\d+\)")
_TABLE_CELL = re.compile(r"(?:^| )t[dh]\b")

book: RuleBook[OccurrenceCheck] = RuleBook(
    "A text that repeats", "Compared without case, white space, and punctuation at the ends."
)
_rule = book.rule
adjacent: RuleBook[AdjacentCheck] = RuleBook(book.heading)


def _same(text: str | None, other: str | None) -> bool:
    """Whether two texts say the same. The lengths are compared first, since nearly all differ."""
    if not text or not other or abs(len(text) - len(other)) > 20:
        return False
    compared = comparable(text)
    return bool(compared) and compared == comparable(other)


@_rule("alt-equals-text", Severity.WARNING, "WCAG 1.1.1, H2; axe image-redundant-alt")
def _equals_text(occurrence: Occurrence) -> str | None:
    """The text is also that of the link or button around the image, of its caption, or of the whole paragraph, list
    item or table cell it stands in.
    """
    name, context = occurrence.accessible_name, occurrence.context
    if not name:
        return None
    if _same(name, context.link_text):
        return f'The text repeats the {occurrence.interactive}\'s own, so it is said twice. Write alt="".'
    if _same(occurrence.alt, context.figcaption):
        return "The alt text repeats the caption. Say what the picture shows that the caption does not."
    if _same(name, context.passage):
        return 'The text repeats what stands beside the picture. Write alt="", or say what only the picture shows.'
    return None


@_rule("alt-equals-adjacent", Severity.WARNING, "WCAG 1.1.1, H2")
def _equals_adjacent_link(occurrence: Occurrence) -> str | None:
    """A linked picture has the text and the target of the link beside it."""
    if not _same(occurrence.accessible_name, occurrence.context.beside_link):
        return None
    return 'The link beside this one has the same text and target. Make one link of both, and write alt="".'


@_rule("alt-equals-heading", Severity.REVIEW, "WCAG 1.1.1, H2")
def _equals_heading(occurrence: Occurrence) -> str | None:
    """The text is that of the heading above."""
    if occurrence.sole_content or not _same(occurrence.alt, occurrence.context.heading):
        return None
    return "The alt text repeats the heading. Check whether it says what the picture shows."


@_rule("alt-equals-title", Severity.REVIEW, "HTML, the title attribute")
def _equals_title(occurrence: Occurrence) -> str | None:
    """`title` says the same as `alt`."""
    if not _same(occurrence.alt, occurrence.title):
        return None
    return "The title attribute repeats the alt text, and some screen readers say both. Drop the title."


@adjacent.rule("dup-adjacent", Severity.WARNING, "WCAG 1.1.1")
def _same_as_before(occurrence: Occurrence, before: Occurrence) -> str | None:
    """The image before it, in the same place of the page and under the same heading, has the same text.

    The first of a row is let pass, and so are marks in the cells of a table.
    """
    if before.hidden is not None or not _same(occurrence.accessible_name, before.accessible_name):
        return None
    here, there = occurrence.context, before.context
    if (here.surrounding, here.heading) != (there.surrounding, there.heading):
        return None
    if _TABLE_CELL.search(occurrence.selector):  # marks in the cells of a table say the same of different things
        return None
    if _NUMBERING.sub("", occurrence.selector) != _NUMBERING.sub("", before.selector):
        return None
    return 'The adjacent image has the same text. Say what differs, or silence one of them with alt="".'
