"""Rules on what comes from a template of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.records import Severity
from rules.base import RuleBook
from rules.site.base import HEADING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.site_facts import SiteFacts
    from rules.site.base import SiteCheck

TEMPLATE_PAGES = 5
TEMPLATE_SHARE = 0.5  # of the pages read

book: RuleBook[SiteCheck] = RuleBook(HEADING)
_rule = book.rule


@_rule("repeated-on-every-page", Severity.REVIEW, "WCAG 1.1.1; advice: mend the template")
def _in_a_template(site: SiteFacts) -> Iterator[tuple[int, str]]:
    """What needs a text stands on at least half of the pages, and on five: it comes from a template, and is mended
    once.

    Look for it first.
    """
    pages = site.pages_read()
    for occurrence_id, number in site.repeated(max(TEMPLATE_PAGES, int(pages * TEMPLATE_SHARE))):
        yield (
            occurrence_id,
            f"This lacks a good text on {number} of {pages} pages, so it is part of a template: mend it there, once.",
        )
