"""One occurrence group as the report shows it. Pure: a store record in, a frozen view out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import Classification, QueueState, Severity, SuggestionState
from core.text import comparable, counted
from reports.figures import number
from reports.status import STATUS_LABELS, RowStatus, alt_state, author, confidence, needs_human, note, status
from reports.texts import Link, bounded, image_name, link, row_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.records import Finding
    from store.report import ImageFacts, OccurrenceGroup

ALT_ATTRIBUTE = frozenset({"img", "input", "area"})  # elements that HTML gives an alt attribute


_BADGES = {
    SuggestionState.PENDING: "to be checked",
    SuggestionState.APPROVED: "approved",
    SuggestionState.EDITED: "edited",
    SuggestionState.REJECTED: "rejected",
    SuggestionState.DECORATIVE: "needs no text",
    SuggestionState.LIVE: "live on the site",
    SuggestionState.REGRESSED: "was live, is gone again",
}
_SOURCES = {
    "caption": "what the model saw",
    "link": "the link's text or target",
    "figcaption": "the caption below the picture",
    "product": "the product's name",
    "heading": "the heading above the picture",
}
CLASSIFICATION_LABELS = {
    Classification.MISSING: ("No alt text", "Needs a text and has none."),
    Classification.EMPTY: ("Wrongly empty", 'alt="" although the picture says something.'),
    Classification.SUSPICIOUS: ("Bad alt text", "Has a text that breaks a rule."),
    Classification.OK: ("Good", "Has a text, and no rule objects."),
    Classification.DECORATIVE: ("Decorative", "Rightly silent."),
    Classification.IGNORED: ("Ignored", "Not shown to people: tracking pixels, hidden images."),
}


def row_name(group: OccurrenceGroup) -> str:
    """What the row is called."""
    return image_name(group.image.url) if group.image is not None else f"{group.element} in the page"


@dataclass(frozen=True, slots=True)
class AltView:
    """The alt text that stands on the site now; missing, empty and text are never mixed up."""

    state: str  # missing, empty or text
    label: str
    text: str | None  # when the state is text
    note: str | None


@dataclass(frozen=True, slots=True)
class FindingView:
    """A rule that is broken."""

    rule: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class SuggestionView:
    """What the report proposes for a row."""

    status: str  # names the colour
    heading: str
    text: str | None
    badge: str | None  # state of a text
    machine_draft: bool
    confidence: str | None
    source: str | None
    needs_human: bool
    note: str


@dataclass(frozen=True, slots=True)
class GroupView:
    """One row."""

    number: str
    anchor: str
    row_id: str
    name: str
    image: Link | None
    thumbnail: str | None  # path from the report's folder
    no_thumbnail: str  # said in place of one
    picture: str | None  # size and format
    look_alikes: tuple[Link, ...]  # other pictures that may be copies of this one
    look_alikes_left: str | None  # how many are not named
    element: str
    classification: str
    alt: AltView
    findings: tuple[FindingView, ...]
    suggestion: SuggestionView
    places: str
    first_page: Link
    heading: str | None  # nearest before the picture
    more_pages: tuple[Link, ...]
    pages_left: str | None  # how many are not named
    context: tuple[tuple[str, Link], ...]  # (label, text)
    selector: str
    html: str


def group_view(
    group: OccurrenceGroup,
    position: int,
    *,
    has_thumbnail: bool,
    alike: Sequence[str] = (),
    alike_left: int = 0,
) -> GroupView:
    """The row at `position`, counted from 1. `alike` are addresses of pictures that look like its own."""
    image = group.image
    picture = image.picture if image is not None else None
    pages_left = group.pages - 1 - len(group.more_pages)
    return GroupView(
        number=number(position),
        anchor=f"row-{position}",
        row_id=row_id(image.url if image else None, group.context_key),
        name=row_name(group),
        image=_image_link(image),
        thumbnail=f"thumbnails/{picture.sha256}.webp" if picture and has_thumbnail else None,
        no_thumbnail=_no_thumbnail(image),
        picture=_picture_facts(image),
        look_alikes=tuple(link(url, image_name(url)) for url in alike),
        look_alikes_left=counted(alike_left, "more picture") if alike_left else None,
        element=group.element,
        classification=CLASSIFICATION_LABELS[group.classification][0],
        alt=_alt_view(group),
        findings=tuple(_finding_view(finding) for finding in group.findings),
        suggestion=_suggestion_view(group),
        places=_places(group),
        first_page=link(group.first_page.url, group.first_page.title),
        heading=bounded(group.context.heading) if group.context.heading else None,
        more_pages=tuple(link(page.url, page.title) for page in group.more_pages),
        pages_left=counted(pages_left, "more page") if pages_left else None,
        context=_context(group),
        selector=bounded(group.selector),
        html=bounded(group.html, 2 * 300),
    )


def _image_link(image: ImageFacts | None) -> Link | None:
    if image is None:
        return None
    if image.fetch_url.startswith("data:"):
        return Link(f"{image.fetch_url.partition(',')[0]},…", None)
    return Link(bounded(image.url), link(image.fetch_url).href)


def _no_thumbnail(image: ImageFacts | None) -> str:
    if image is None:
        return "drawn in the page"
    if image.state is QueueState.FAILED:
        return "could not be loaded"
    return "not loaded yet" if image.state in {QueueState.PENDING, QueueState.LEASED} else "not loaded"


def _picture_facts(image: ImageFacts | None) -> str | None:
    if image is None or image.picture is None:
        return None
    picture = image.picture
    facts = f"{number(picture.width)} × {number(picture.height)} px, {picture.format.upper()}"
    return ", ".join([facts, *(warning.replace("_", " ") for warning in picture.warnings)])


def _alt_view(group: OccurrenceGroup) -> AltView:
    state = alt_state(group.alt)
    if group.alt is None:
        label = "no alt attribute" if group.element in ALT_ATTRIBUTE else "no text alternative"
        return AltView(state, label, None, None)
    if not group.alt:
        return AltView(state, 'alt=""', None, "empty: screen readers skip the picture")
    remark = None if comparable(group.alt) else "no letter or digit in it"
    return AltView(state, "alt text", bounded(group.alt), remark)


def _finding_view(finding: Finding) -> FindingView:
    return FindingView(finding.rule, finding.severity, finding.message)


def _suggestion_view(group: OccurrenceGroup) -> SuggestionView:
    found, suggestion = status(group), group.suggestion
    text = suggestion.text if suggestion is not None else None
    sure = confidence(group)
    machine = author(group) == "machine"
    return SuggestionView(
        status=found,
        heading=STATUS_LABELS[found][0],
        text=bounded(text) if text is not None else None,
        badge=_BADGES[suggestion.state] if suggestion is not None and text is not None else None,
        machine_draft=found is RowStatus.DRAFTED,
        confidence=f"{100 * sure:.0f} %" if sure is not None else None,
        source=_SOURCES.get(suggestion.source) if suggestion is not None and machine and text else None,
        needs_human=needs_human(group),
        note="" if found is RowStatus.DRAFTED else note(group),  # the badge says it
    )


def _places(group: OccurrenceGroup) -> str:
    times = f", {number(group.occurrences)} times in all" if group.occurrences > group.pages else ""
    if group.pages == 1:
        return f"On 1 page{times}:"
    return f"On {number(group.pages)} pages{times}, such as"


def _context(group: OccurrenceGroup) -> tuple[tuple[str, Link], ...]:
    context = group.context
    target = Link(bounded(context.link_text), None) if context.link_text else None
    found = (
        ("Caption on the page", context.figcaption and Link(bounded(context.figcaption), None)),
        ("Product", context.product and Link(bounded(context.product), None)),
        ("Links to", context.link_url and link(context.link_url)),
        ("Text of the link", target),
    )
    return tuple((label, text) for label, text in found if isinstance(text, Link))


SEVERITY_LABELS = {
    Severity.ERROR: ("Errors", "Certain: people who cannot see the picture miss something."),
    Severity.WARNING: ("Warnings", "Likely wrong: have a look."),
    Severity.REVIEW: ("To review", "Only a person can tell whether this is right."),
}
