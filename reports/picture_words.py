"""What was said of a picture beside its texts, in words for people. Nothing here is a text for the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.text import comparable

if TYPE_CHECKING:
    from reports.row import Row

KINDS = {
    "photograph": "a photograph",
    "cutout": "a cut-out",
    "screenshot": "a screenshot",
    "icon": "an icon",
    "chart": "a chart",
    "diagram": "a diagram",
    "map": "a map",
    "banner": "a banner",
    "texture": "a texture",
}
_OF_THINGS = frozenset({"photograph", "cutout"})  # of which the classes of ImageNet are
_LIKELY = 0.5  # by eye, of forty such classes of cut-outs thirty were right


def kind(row: Row) -> str:
    """The kind of the picture, '' where it is not known."""
    found = str(_said(row).get("kind", ""))
    return found if found in KINDS else ""


def keywords(row: Row) -> tuple[str, ...]:
    """What a text model makes of what its place says, then what a classifier sees in it: nobody checked them.

    Of a photograph or a cut-out that is its likely classes, and the colour of a cut-out.
    """
    said = _said(row) if kind(row) in _OF_THINGS else {}
    names = [str(one["name"]) for one in said.get("classes", ()) if one["chance"] >= _LIKELY]
    colours = [str(said["colour"])] if "colour" in said else []
    distinct: dict[str, str] = {}
    for word in (*row.keywords, *names, *colours):
        distinct.setdefault(comparable(word), word)
    return tuple(distinct.values())


def hints(row: Row) -> tuple[str, ...]:
    """For whoever writes the text."""
    found = kind(row)
    if not found:
        return ()
    classes = [str(one["name"]) for one in _said(row).get("classes", ())] if found in _OF_THINGS else []
    colour = _said(row).get("colour")
    return (
        KINDS[found],
        *([f"possibly: {' or '.join(classes)}"] if classes else []),
        *([f"mostly {colour}"] if colour else []),
    )


def _said(row: Row) -> dict[str, Any]:
    asset = row.image.asset if row.image is not None else None
    return asset.analyses.get("kind", {}) if asset is not None else {}
