"""The rule on texts that do not fit their pictures, as a model says that compares the two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.records import Severity
from core.text import shorten
from rules.base import RuleBook
from rules.harm import Harm
from rules.site.base import HEADING, SHOWN_CHARS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.site_facts import SiteFacts
    from rules.site.base import SiteCheck

MISFIT = 0.5  # of the other texts: where a text fits better than no more than these, it may be another picture's
KNOWS = 0.7  # mean share of the site's texts, from which the model can be said to know such pictures
FEWEST_PICTURES = 20  # to tell that by

book: RuleBook[SiteCheck] = RuleBook(HEADING)
_rule = book.rule


@_rule("alt-mismatch", Severity.REVIEW, Harm.UNTRUE, "WCAG 1.1.1, F30")
def _fits_another_picture(site: SiteFacts) -> Iterator[tuple[int, str]]:
    """The text fits its picture no better than half of the other texts of the site do.

    Found after `alt-audit suggest --verify MODEL` alone, by a model that compares texts with pictures (CLIP, SigLIP).
    What it scores is on a scale of its own, so the text is compared with up to twelve other texts of the site on the
    same picture. Where such a model knows what the pictures of a site show, a text beats nearly all of the others;
    where the texts of the site beat less than seven of ten on average, or fewer than twenty pictures were compared,
    nothing is found. Links and buttons are left out: their texts say where they lead.
    """
    shares = {(picture, text): share for _, picture, text, share in site.agreements()}
    if len({picture for picture, _ in shares}) < FEWEST_PICTURES or sum(shares.values()) < KNOWS * len(shares):
        return
    for occurrence_id, _, text, share in site.agreements():
        if share <= MISFIT:
            yield (
                occurrence_id,
                f"A model finds that other texts of the site fit this picture as well as "
                f"“{shorten(text, SHOWN_CHARS)}” or better: look whether it is the text of another picture.",
            )
