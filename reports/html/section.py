"""What a part of the front page is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.html.sources import ReportSources


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the front page: what it says, and the template that lays it out."""

    anchor: str  # the id of its element
    title: str | None  # in the navigation; None: it is not listed there
    template: str
    view: Callable[[ReportSources], object]  # a frozen value; the template knows it as `view`
