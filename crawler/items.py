"""What the spider hands to the pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.records import PageVisit


@dataclass(frozen=True, slots=True)
class Visits:
    """Pages that were done with together, without a request of their own."""

    visits: tuple[PageVisit, ...]


@dataclass(frozen=True, slots=True)
class SitemapLinks:
    """(url, depth) pairs for the frontier that were found elsewhere than on a page."""

    queued: tuple[tuple[str, int], ...]
