"""Rules on what comes from a template of the site."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.identity.urls import file_name
from core.records import Severity
from rules.base import RuleBook
from rules.harm import Harm
from rules.site.base import HEADING
from rules.text.not_a_text import numbered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.site_facts import SiteFacts
    from rules.site.base import SiteCheck

TEMPLATE_PAGES = 5
TEMPLATE_SHARE = 0.5  # of the pages read
FILLED_IN_TEXTS = 10  # that are names of files: fewer may be files that were named after their texts
FILLED_IN_SHARE = 0.5  # of the texts in small letters
_DELIMITERS = re.compile(r"[\s_-]+")

book: RuleBook[SiteCheck] = RuleBook(HEADING)
_rule = book.rule


@_rule("filled-in", Severity.WARNING, Harm.NOISE, "WCAG 1.1.1, F30")
def _names_of_files_in_words(site: SiteFacts) -> Iterator[tuple[int, str]]:
    """The text is the file's name with spaces, "ws print" from `ws-print.png`, and so are ten others of the site or
    more: a program filled them in.

    AsciiDoctor does so, and some content systems. They must also be half of the texts that have no capital; a text with
    one, and a site with a few such texts, is let pass: there the file may be named after the text. What keeps the
    file's number breaks filename-stem.
    """
    names: dict[str, list[int]] = {}
    others: set[str] = set()
    for occurrence_id, text, url in site.texts_in_small_letters():
        stem = (file_name(url) or "").rpartition(".")[0]
        if stem != text and _DELIMITERS.sub(" ", stem) == text:
            names.setdefault(stem, []).append(occurrence_id)
        else:
            others.add(text)
    if len(names) < FILLED_IN_TEXTS or len(names) < FILLED_IN_SHARE * (len(names) + len(others)):
        return
    for stem, occurrence_ids in names.items():
        if numbered(stem):
            continue
        for occurrence_id in occurrence_ids:
            yield (
                occurrence_id,
                f"This is the name of the file in words, as {len(names)} texts of this site are: a program filled them "
                "in. Say what the picture shows.",
            )


@_rule("in-quotes", Severity.REVIEW, Harm.NOISE, "HTML, alt attribute is plain text; advice: mend the template")
def _put_into_quotes(site: SiteFacts) -> Iterator[tuple[int, str]]:
    """The text stands in quotation marks, `"The main window"`, and so do most of the site, ten at least: a program put
    them there, as QDoc does.
    """
    quoted = [(id_, text) for id_, text in site.texts_in_quotes() if text[0] not in text[1:-1] and text[1:-1].strip()]
    number = len({text for _, text in quoted})
    if number < FILLED_IN_TEXTS or number <= FILLED_IN_SHARE * site.number_of_texts():
        return
    for occurrence_id, _ in quoted:
        yield (
            occurrence_id,
            f"The text stands in quotation marks, as {number} texts of this site do: a program put them there.",
        )


@_rule("repeated-on-every-page", Severity.REVIEW, Harm.TEMPLATE, "WCAG 1.1.1; advice: mend the template")
def _in_a_template(site: SiteFacts) -> Iterator[tuple[int, str]]:
    """What needs a text stands on at least half of the pages, and on five, with the same text or none: it comes from a
    template, and is mended once.

    Look for it first.
    """
    pages = site.pages_read()
    for occurrence_id, number in site.repeated(max(TEMPLATE_PAGES, int(pages * TEMPLATE_SHARE))):
        yield (
            occurrence_id,
            f"This lacks a good text on {number} of {pages} pages, so it is part of a template: mend it there, once.",
        )
