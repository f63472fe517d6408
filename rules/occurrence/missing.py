"""Rules on images that have no name where they need one, or contradict themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.records import IMG_ELEMENTS, ImageKind, Severity
from core.text import collapse, comparable
from rules.aria import IMAGE_ROLES, PRESENTATIONAL
from rules.base import RuleBook
from rules.harm import Harm

if TYPE_CHECKING:
    from core.records import Occurrence
    from rules.base import OccurrenceCheck

_SHOWN_BY_OTHERS = frozenset({ImageKind.BACKGROUND, ImageKind.POSTER})
_CONTROLS = frozenset({ImageKind.INPUT, ImageKind.AREA})
_WHERE = {
    ImageKind.IMG: "Add an alt attribute that says what the picture shows or, in a link, where it leads.",
    ImageKind.INPUT: "Add an alt attribute that says what the button does.",
    ImageKind.AREA: "Add an alt attribute that says where this part of the map leads.",
    ImageKind.SVG: "Add a title child or an aria-label that says what the drawing shows.",
}

book: RuleBook[OccurrenceCheck] = RuleBook("No text")
_rule = book.rule


@_rule("missing-attr", Severity.ERROR, Harm.UNSAID, "WCAG 1.1.1, H37, F65; ACT 23a2a8")
def _missing(occurrence: Occurrence) -> str | None:
    """Nothing names the image: a screen reader reads its file name or nothing, and a search engine learns nothing.

    Add an `alt` attribute; write `alt=""` if the picture is decoration.
    """
    if occurrence.accessible_name or occurrence.alt is not None or occurrence.kind in _SHOWN_BY_OTHERS:
        return None
    if occurrence.role in PRESENTATIONAL or (occurrence.kind is ImageKind.SVG and occurrence.role not in IMAGE_ROLES):
        return None
    advice = _WHERE.get(occurrence.kind, "Add an aria-label that says what the picture shows.")
    if occurrence.kind is ImageKind.IMG and occurrence.context.link_text:
        advice = f'If the text in the {occurrence.interactive} says all, write alt="", else what the picture adds.'
    return f"Nothing names this image. {advice}"


@_rule("link-only-empty", Severity.ERROR, Harm.NOWHERE, "WCAG 2.4.4, H30, F89; ACT c487ae")
def _empty_in_link(occurrence: Occurrence) -> str | None:
    """The picture is all there is in a link or button and has no text, so nobody who cannot see it knows where it
    leads.

    Its alt text serves as the text of the link: "Cat & Comet home", not "logo". Text out of sight, a `title` or an
    `aria-label` on the link names it too; white space and text hidden from everyone do not.
    """
    if not occurrence.sole_content or occurrence.kind in _CONTROLS | _SHOWN_BY_OTHERS:
        return None
    # Other ways of hiding are undone by scripts, and the name comes back with the picture.
    silenced = occurrence.hidden == "aria-hidden"
    if (occurrence.accessible_name and not silenced) or (occurrence.hidden is not None and not silenced):
        return None
    where = "leads" if occurrence.interactive == "link" else "does"
    return f"The picture is all there is in this {occurrence.interactive}, so its text must say where it {where}."


@_rule("control-empty", Severity.ERROR, Harm.NOWHERE, "WCAG 1.1.1, H36, H24; ACT 59796f")
def _empty_control(occurrence: Occurrence) -> str | None:
    """`alt=""` on an image button or on an area of an image map.

    Those do something, so they are never decoration.
    """
    if occurrence.kind not in _CONTROLS or occurrence.alt != "" or occurrence.accessible_name:
        return None
    return "An image button or a part of an image map is never decoration: its alt text must say what it does."


@_rule("null-alt-title", Severity.ERROR, Harm.MIXED, "WCAG 1.1.1, H67")
def _empty_alt_with_title(occurrence: Occurrence) -> str | None:
    """`alt=""` says decoration, a `title` says something: one of them is wrong."""
    if occurrence.element not in IMG_ELEMENTS or occurrence.alt is None or collapse(occurrence.alt):
        return None
    if not comparable(occurrence.title or ""):
        return None
    return 'alt="" says decoration, which conflicts with the title attribute: move the title into alt, or drop it.'


@_rule(
    "role-conflict", Severity.WARNING, Harm.MIXED, "WAI-ARIA 1.2, presentational roles conflict resolution; ACT 46ca7f"
)
def _role_conflict(occurrence: Occurrence) -> str | None:
    """`alt=""` or `role=none` says decoration, and `tabindex`, a global attribute such as `aria-label` or
    `aria-describedby`, or another role says the contrary: browsers announce the image after all.
    """
    if occurrence.conflict is None:
        return None
    silent = "role=none" if occurrence.alt != "" else 'alt=""'
    return (
        f"{silent} says decoration, which conflicts with {occurrence.conflict}, so the image is announced after all. "
        f"Drop one of them."
    )


@_rule("title-only", Severity.WARNING, Harm.UNSAID, "HTML, requirements for providing text to act as an alternative")
def _title_only(occurrence: Occurrence) -> str | None:
    """Only a `title` names the image.

    Screen readers use it as a last resort; touch screens and search engines do not.
    """
    if not occurrence.needs_alt_attribute or not occurrence.title or collapse(occurrence.alt or ""):
        return None
    if occurrence.element in IMG_ELEMENTS and occurrence.alt is not None:  # null-alt-title says it
        return None
    if comparable(occurrence.title) != comparable(occurrence.accessible_name or ""):
        return None
    return (
        "The accessible name comes from a title attribute alone, which search engines and touch screens do not use. "
        "Add alt."
    )


@_rule("decor-with-alt", Severity.WARNING, Harm.UNSAID, "WCAG 1.1.1, F39")
def _decoration_with_text(occurrence: Occurrence) -> str | None:
    """`role=none` or `role=presentation` silences an image that has a text."""
    if occurrence.role not in PRESENTATIONAL or not comparable(occurrence.alt or ""):
        return None
    return (
        f'role={occurrence.role} silences this image, which conflicts with its alt text: drop the role, or use alt="".'
    )


@_rule("empty-alt", Severity.REVIEW, Harm.UNSAID, "HTML, requirements for providing text to act as an alternative")
def _empty_where_it_informs(occurrence: Occurrence) -> str | None:
    """`alt=""` on a picture that has a caption or belongs to a product.

    It may be right; such pictures are rarely decoration.
    """
    if occurrence.element not in IMG_ELEMENTS or occurrence.alt != "" or occurrence.accessible_name:
        return None
    if occurrence.context.figcaption:
        return (
            'alt="" says decoration, yet the picture has a caption. Check whether it shows more than the caption says.'
        )
    if occurrence.context.product and occurrence.interactive is None:
        return 'alt="" says decoration, yet the picture belongs to a product. Check whether it shows what is on offer.'
    return None


@_rule("css-background", Severity.REVIEW, Harm.UNSAID, "WCAG 1.1.1, F3")
def _background(occurrence: Occurrence) -> str | None:
    """A CSS background that seems to inform: all there is in a link or button, or in a labelled part without a
    text.

    Other backgrounds are taken for decoration.
    """
    if occurrence.kind is not ImageKind.BACKGROUND:
        return None
    if occurrence.sole_content:
        return f"Nothing but a CSS background stands in this {occurrence.interactive}. Write into it what it is for."
    if occurrence.accessible_name and not occurrence.context.own_text:
        return "A CSS background seems to inform here, where browsers do not announce it. Use img, or role=img."
    return None
