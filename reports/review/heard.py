"""How a row is heard: what a screen reader says before its text, and without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.utterance import Setting, opening, said

if TYPE_CHECKING:
    from reports.row import Row

_CONTROLS = {"input": "button", "area": "link"}


@dataclass(frozen=True, slots=True)
class HeardView:
    """For the button that reads aloud what is in the field."""

    before: str  # a text: "link, graphic, "
    empty: str  # in place of an empty one; '': nothing is said


def heard_view(row: Row) -> HeardView:
    """What is said of the row in the language of its place."""
    setting = _setting(row)
    return HeardView(opening(setting, row.language), said("", setting, row.language).aloud)


def _setting(row: Row) -> Setting:
    own, context = _CONTROLS.get(row.element), row.context
    target = context.link_url or context.link_href
    alone = row.role if row.role in {"link", "button"} else None
    around = "link" if target else "button" if context.link_text else None
    return Setting(
        control=own or alone or around,
        alone=own is not None or alone is not None,
        graphic=own is None,
        file=row.image.url if row.image is not None else None,
        target=target,
    )
