"""One row as the HTML report shows it: a row in, a frozen view out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.languages import UNDETERMINED
from core.records import ALT_ELEMENTS, QueueState, SuggestionSource, SuggestionState
from core.text import comparable, counted
from reports.html.corrected import corrected
from reports.html.labels import CLASSIFICATION_LABELS
from reports.html.numbers import number
from reports.html.rule_page import entry
from reports.picture_words import hints
from reports.row import STATUS_LABELS, AltState, Author, RowStatus
from reports.texts import Link, bounded, image_name, link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.records import Finding
    from reports.row import Row
    from store.report_records import ImageFacts


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
    SuggestionSource.STANDING: "the text that stands there, mended",
    SuggestionSource.NAMED: "its aria-label or title",
    SuggestionSource.ELSEWHERE: "what the site says of it elsewhere",
    SuggestionSource.PATTERN: "how the site's other texts are made",
    SuggestionSource.CAPTION: "what the model saw",
    SuggestionSource.LINK: "the link's text or target",
    SuggestionSource.FIGCAPTION: "the caption below the picture",
    SuggestionSource.PRODUCT: "the product's name",
    SuggestionSource.HEADING: "the heading of the picture",
    SuggestionSource.LABEL: "the text behind the picture",
    SuggestionSource.PHRASE: "what a sentence beside it names",
    SuggestionSource.TERM: "the head of its row",
    SuggestionSource.TITLE: "the title of the page",
    SuggestionSource.BEFORE: "the sentence before the picture",
    SuggestionSource.AFTER: "the sentence behind the picture",
    SuggestionSource.CLASS: "what a classifier sees",
    SuggestionSource.FILE_NAME: "the name of the file",
    SuggestionSource.DIALOG: "the title of the window, read in the picture",
    SuggestionSource.READ: "the words on the picture",
}


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
    href: str | None  # where the rule is explained
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
    carried: bool  # a person decided so on another place of the same picture
    note: str
    hints: tuple[str, ...]  # what the picture seems to be


@dataclass(frozen=True, slots=True)
class RowView:
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
    language: str | None  # of the place and its texts, where it is known
    classification: str
    alt: AltView
    findings: tuple[FindingView, ...]
    suggestion: SuggestionView
    places: str
    rows: str | None  # how many rows of one cause it stands for
    all_pages: str | None  # file that lists all pages
    first_page: Link
    heading: str | None  # nearest before the picture
    more_pages: tuple[Link, ...]
    pages_left: str | None  # how many are not named
    context: tuple[tuple[str, Link], ...]  # (label, text)
    selector: str
    html: str
    corrected: str | None  # with the text that is proposed or decided


def row_view(
    row: Row,
    position: int,
    *,
    has_thumbnail: bool,
    rows: int = 1,
    all_pages: str | None = None,
    alike: Sequence[str] = (),
    alike_left: int = 0,
) -> RowView:
    """The row at `position`, counted from 1, which stands for `rows` of one cause, its pages listed in `all_pages`.

    `alike` are addresses of pictures that look like its own.
    """
    image = row.image
    picture = image.asset if image is not None else None
    pages_left = row.pages - 1 - len(row.more_pages)
    return RowView(
        number=number(position),
        anchor=f"row-{position}",
        row_id=row.id,
        name=row.name,
        image=_image_link(image),
        thumbnail=f"thumbnails/{picture.sha256}.webp" if picture and has_thumbnail else None,
        no_thumbnail=_no_thumbnail(image),
        picture=_picture_facts(image),
        look_alikes=tuple(link(url, image_name(url)) for url in alike),
        look_alikes_left=counted(alike_left, "more picture") if alike_left else None,
        element=row.element,
        language=row.language if row.language != UNDETERMINED else None,
        classification=CLASSIFICATION_LABELS[row.classification][0],
        alt=_alt_view(row),
        findings=tuple(_finding_view(finding) for finding in row.findings),
        suggestion=_suggestion_view(row),
        places=_places(row),
        rows=counted(rows, "row") if rows > 1 else None,
        all_pages=all_pages,
        first_page=link(row.first_page.url, row.first_page.title),
        heading=bounded(row.context.heading) if row.context.heading else None,
        more_pages=tuple(link(page.url, page.title) for page in row.more_pages),
        pages_left=counted(pages_left, "more page") if pages_left else None,
        context=_context(row),
        selector=bounded(row.selector),
        html=bounded(row.html, 2 * 300),
        corrected=corrected(row),
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
    if image is None or image.asset is None:
        return None
    picture = image.asset
    facts = f"{number(picture.width)} × {number(picture.height)} px, {picture.format.upper()}"
    return ", ".join([facts, *(warning.replace("_", " ") for warning in picture.warnings)])


def _alt_view(row: Row) -> AltView:
    if row.alt is None:
        label = "no alt attribute" if row.element in ALT_ELEMENTS else "no text alternative"
        return AltView(row.alt_state, label, None, None)
    if row.alt_state is AltState.EMPTY:
        return AltView(row.alt_state, 'alt=""', None, "empty: screen readers skip the picture")
    remark = None if comparable(row.alt) else "no letter or digit in it"
    return AltView(row.alt_state, "alt text", bounded(row.alt), remark)


def _finding_view(finding: Finding) -> FindingView:
    return FindingView(finding.rule, entry(finding.rule), finding.severity, finding.message)


def _suggestion_view(row: Row) -> SuggestionView:
    text, drafted = row.suggested, row.status is RowStatus.DRAFTED
    badge = row.suggestion_state if text is not None else None
    source = row.source if text and row.author is Author.MACHINE else None
    return SuggestionView(
        status=row.status,
        heading=STATUS_LABELS[row.status][0],
        text=bounded(text) if text is not None else None,
        badge=_BADGES[badge] if badge is not None else None,
        machine_draft=drafted,
        confidence=f"{100 * row.confidence:.0f} %" if row.confidence is not None else None,
        source=_SOURCES.get(source) if source is not None else None,
        needs_human=row.needs_human,
        carried=row.carried,
        note="" if drafted and not row.needs_human else row.note,  # the badge says it
        hints=hints(row),
    )


def _places(row: Row) -> str:
    times = f", {number(row.occurrences)} times in all" if row.occurrences > row.pages else ""
    if row.pages == 1:
        return f"On 1 page{times}:"
    return f"On {number(row.pages)} pages{times}, such as"


def _context(row: Row) -> tuple[tuple[str, Link], ...]:
    context = row.context
    target = Link(bounded(context.link_text), None) if context.link_text else None
    texts = (
        ("Caption on the page", context.figcaption and Link(bounded(context.figcaption), None)),
        ("Product", context.product and Link(bounded(context.product), None)),
        ("Links to", context.link_url and link(context.link_url)),
        ("Text of the link", target),
    )
    return tuple((label, text) for label, text in texts if isinstance(text, Link))
