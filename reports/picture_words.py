"""What the analysers said of a picture, in words for people. Nothing here is a text for the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reports.row import Row

_KINDS = {
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
    return found if found in _KINDS else ""


def keywords(row: Row) -> tuple[str, ...]:
    """What a classifier sees in a photograph or a cut-out, and the colour of a cut-out: likely, not checked."""
    said = _said(row)
    names = [str(one["name"]) for one in said.get("classes", ()) if one["chance"] >= _LIKELY]
    return (*names, *([str(said["colour"])] if "colour" in said else [])) if kind(row) in _OF_THINGS else ()


def hints(row: Row) -> tuple[str, ...]:
    """For whoever writes the text."""
    found = kind(row)
    if not found:
        return ()
    classes = [str(one["name"]) for one in _said(row).get("classes", ())] if found in _OF_THINGS else []
    colour = _said(row).get("colour")
    return (
        _KINDS[found],
        *([f"possibly: {' or '.join(classes)}"] if classes else []),
        *([f"mostly {colour}"] if colour else []),
    )


def _said(row: Row) -> dict[str, Any]:
    asset = row.image.asset if row.image is not None else None
    return asset.analyses.get("kind", {}) if asset is not None else {}
