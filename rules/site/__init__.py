"""Rules on a whole site: what no page alone can show.

A warning makes an occurrence that was `ok` suspicious; when its reason is gone, so is the finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.site import agreement, languages, pictures, templates

if TYPE_CHECKING:
    from rules.base import Rule
    from rules.site.base import SiteCheck


def site_rules() -> tuple[Rule[SiteCheck], ...]:
    """Every rule on a whole site, in the order in which they are judged and reported."""
    return (*pictures.book.rules, *templates.book.rules, *languages.book.rules, *agreement.book.rules)
