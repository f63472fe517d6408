"""What the pages of the review show: rows and numbers in, frozen values for the templates out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from core.languages import UNDETERMINED
from core.records import DecisionState
from core.text import counted
from reports.html.numbers import date, number, share
from reports.html.row_view import row_view
from reports.review.desk import Scope, others
from reports.review.filters import FACETS, LABELS, NAMES, Filter
from reports.review.heard import heard_view
from reports.row import STATUS_LABELS, RowStatus
from reports.texts import SHOWN_CHARS, Link, bounded, is_web_address, link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.records import Finding
    from reports.html.row_view import RowView
    from reports.review.heard import HeardView
    from reports.review.index import Listed, Number, Tallies
    from reports.row import Row
    from store.decisions import Decision

ROLES = {"image": "a picture", "link": "a link", "button": "a button"}
_TABS = ("todo", *RowStatus, "all")
_STATES = {
    DecisionState.PENDING: "opened it again",
    DecisionState.APPROVED: "approved it",
    DecisionState.EDITED: "wrote the text",
    DecisionState.REJECTED: "rejected the draft",
    DecisionState.DECORATIVE: "said that it needs no text",
}


@dataclass(frozen=True, slots=True)
class Option:
    """A value of a filter, with how many rows it would find."""

    value: str
    label: str
    count: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter with its values."""

    name: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class FilterView:
    """What the head of every page says: which rows, how many, and how far the work is."""

    q: str
    tabs: tuple[Option, ...]
    facets: tuple[Facet, ...]
    narrowed: bool  # by more than the status
    hidden: tuple[tuple[str, str], ...]  # of the form: what it has no field for
    clear: str
    found: str
    progress: str
    done_places: int
    all_places: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A row in a list."""

    id: str
    href: str
    name: str
    thumbnail: str | None
    now: str | None
    now_label: str  # in place of a text
    suggested: str | None
    status: str
    status_label: str
    severity: str
    places: str
    page: str
    language: str | None
    decidable: bool
    take: str | None  # its text, for other places of the picture
    current: bool


@dataclass(frozen=True, slots=True)
class ScopeView:
    """Where a decision holds."""

    value: str
    label: str
    count: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of a text."""

    findings: tuple[Finding, ...] | None  # None: not asked yet
    characters: int
    limit: int


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What was decided, by whom and when."""

    who: str
    did: str
    when: str
    text: str | None


@dataclass(frozen=True, slots=True)
class ItemView:
    """One row, large."""

    row: RowView
    version: str
    text: str  # of the field
    language: str | None
    heard: HeardView
    standing: bool  # there is a text that can be kept
    proposed: bool  # there is one that can be rejected
    decided: bool
    decidable: bool
    role: str
    pages: tuple[Link, ...]
    context: tuple[tuple[str, str], ...]
    scopes: tuple[ScopeView, ...]
    beside: tuple[Entry, ...]  # other rows of the picture


def filter_view(wanted: Filter, path: str, tallies: Tallies, progress: tuple[Number, Number]) -> FilterView:
    """The filters on a page at `path`."""
    done, whole = progress
    status = tallies.facets["status"]
    tabs = tuple(
        Option(
            one,
            LABELS["status"][one],
            number(status.get(one, 0)),
            _href(path, wanted, status=one),
            one == wanted.status,
        )
        for one in _TABS
        if status.get(one) or one in {"todo", "all", wanted.status}
    )
    facets = [_facet(name, wanted, path, tallies.facets[name]) for name in FACETS if name != "status"]
    facets.append(_facet("rule", wanted, path, tallies.rules))
    narrowed = any(getattr(wanted, facet.name) is not None for facet in facets) or wanted.cause is not None
    return FilterView(
        q=wanted.q,
        tabs=tabs,
        facets=tuple(facet for facet in facets if len(facet.options) > 1),
        narrowed=narrowed,
        hidden=tuple((name, value) for name, value in (("status", wanted.status), ("cause", wanted.cause)) if value),
        clear=_href(path, Filter(status=wanted.status)),
        found=f"{counted(tallies.found.rows, 'row')} in {counted(tallies.found.places, 'place')}",
        progress=(
            f"{number(done.rows)} of {counted(whole.rows, 'row')} decided: {number(done.places)} of "
            f"{counted(whole.places, 'place')}, {share(done.places, whole.places)}"
        ),
        done_places=done.places,
        all_places=max(1, whole.places),
    )


def _facet(name: str, wanted: Filter, path: str, counts: dict[str, int]) -> Facet:
    chosen = getattr(wanted, name)
    labels = LABELS.get(name, {})
    values = dict.fromkeys([*(one for one in labels if one in counts), *sorted(counts)])
    if chosen is not None:
        values.setdefault(chosen)
    every = Option("", "Any", "", _href(path, wanted, **{name: None}), chosen is None)
    return Facet(
        name,
        NAMES[name],
        (
            every,
            *(
                Option(one or "-", labels.get(one, one), number(counts.get(one, 0)), "", one == chosen)
                for one in values
            ),
        ),
    )


def _href(path: str, wanted: Filter, **changes: str | None) -> str:
    query = wanted.query(**changes)
    return f"{path}?{query}" if query else path


def row_href(row_id: str, wanted: Filter) -> str:
    """The page of a row, among those of a filter."""
    return _href(f"/row/{quote(row_id, safe='')}", wanted)


def entry(row: Listed, wanted: Filter, current: str | None = None) -> Entry:
    """A row in a list."""
    return Entry(
        id=row.id,
        href=row_href(row.id, wanted),
        name=row.name,
        thumbnail=f"/thumbnails/{row.digest}.webp" if row.digest else None,
        now=row.alt or None,
        now_label="no alt text" if row.alt is None else 'alt=""',
        suggested=bounded(row.suggested) if row.suggested is not None else None,
        status=row.status,
        status_label=STATUS_LABELS[RowStatus(row.status)][0],
        severity=row.severity,
        places=counted(row.places, "place"),
        page=bounded(row.page, 80),
        language=row.language if row.language != UNDETERMINED else None,
        decidable=row.place is not None,
        take=row.suggested or (row.alt if row.alt and len(row.alt) <= SHOWN_CHARS else None),
        current=row.id == current,
    )


def item_view(row: Row, rows: Sequence[Row], position: int, beside: Sequence[Entry], text: str | None) -> ItemView:
    """One row, large; `rows` are all of its picture, `text` what a person has typed, if they have."""
    shown = row_view(row, position, has_thumbnail=True)
    if text is None:
        text = row.suggested if row.suggested is not None else row.alt or ""
    return ItemView(
        row=shown,
        version=row.seen,
        text=text,
        language=shown.language,
        heard=heard_view(row),
        standing=bool((row.alt or "").strip()) and row.alt != row.suggested,
        proposed=row.status is RowStatus.DRAFTED,
        decided=row.status in {RowStatus.DECIDED, RowStatus.REJECTED},
        decidable=row.key.image_id is not None,
        role=ROLES[row.role],
        pages=tuple(_place(page.url, page.title, row.context.heading) for page in (row.first_page, *row.more_pages)),
        context=_context(row),
        scopes=_scopes(rows, row) if row.key.image_id is not None else (),
        beside=tuple(beside),
    )


def _place(url: str, title: str | None, heading: str | None) -> Link:
    """A link to a page that goes to the heading above the picture, where the browser finds it (text fragments)."""
    shown = link(url, title)
    if shown.href is None or not heading or "#" in shown.href:
        return shown
    return Link(shown.text, f"{shown.href}#:~:text={quote(heading[:100], safe='').replace('-', '%2D')}")


def _context(row: Row) -> tuple[tuple[str, str], ...]:
    context = row.context
    target = context.link_url if context.link_url and is_web_address(context.link_url) else context.link_href
    texts = {
        "Heading": context.heading,
        "Caption": context.figcaption,
        "Product": context.product,
        "Links to": target,
        "Text of the link": context.link_text,
        "Before it": context.before,
        "Behind it": context.label or context.after,
        "In the text": context.passage or (None if context.before or context.after else context.surrounding),
    }
    return tuple((label, bounded(text)) for label, text in texts.items() if text)


def _scopes(rows: Sequence[Row], row: Row) -> tuple[ScopeView, ...]:
    """Where a decision can hold; nothing to choose where the picture stands in one context alone."""
    scopes, known = [ScopeView(Scope.HERE, "This context", counted(row.occurrences, "place"))], 0
    labels = {Scope.ROLE: f"All places where it is {ROLES[row.role]}", Scope.PICTURE: "All places of this picture"}
    for scope, label in labels.items():
        more = others(rows, row, scope)
        if len(more) > known:
            known = len(more)
            places = row.occurrences + sum(other.occurrences for other in more)
            scopes.append(ScopeView(scope, label, counted(places, "place")))
    return tuple(scopes) if len(scopes) > 1 else ()


def decision_view(decision: Decision | None) -> DecisionView | None:
    """What was decided, in words."""
    if decision is None:
        return None
    who = decision.who or "somebody, before names were kept"
    return DecisionView(who, _STATES.get(decision.state, decision.state), date(decision.at), decision.text)
