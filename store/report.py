"""What the report reads: everything of one site, streamed, so that no crawl is ever held in memory.

The unit is the occurrence group: the occurrences that stand on the site now and have the same image, context
key, alt text and classification. One decision of an editor settles all of them. The database groups and
sorts; details are then read for a few hundred groups at a time.
"""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, Subquery, bindparam, case, func, or_, select

from core.languages import primary_subtag
from core.records import (
    NEEDS_TEXT,
    Classification,
    Context,
    Finding,
    QueueState,
    Severity,
    Stage,
    SuggestionOrigin,
    SuggestionReason,
    SuggestionSource,
    SuggestionState,
    Witness,
    functional_role,
)
from store import models
from store.analyses import newest_analyses
from store.captions import is_caption
from store.counts import current_on
from store.decided_places import lacks_decided
from store.decisions_match import IMAGE_ROLE
from store.former_pictures import decided_on_others
from store.report_records import (
    CaptionFacts,
    FetchedAsset,
    GroupKey,
    ImageFacts,
    OccurrenceGroup,
    PageName,
    SuggestionFacts,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Sequence

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

CHUNK = 500  # groups whose details are read together
MORE_PAGES = 5  # pages named for a group beside its first
DATA_URL_CHARS = 100  # read of a data: address, which may hold the whole picture; its start names the type

_PAGE_COLUMNS = tuple(f"page_{n}" for n in range(1, MORE_PAGES + 2))
_page_ids = attrgetter(*_PAGE_COLUMNS)
_SEVERITIES = tuple(Severity)  # worst first
# In the order in which they are reported.
CLASSIFICATIONS = (*NEEDS_TEXT, Classification.OK, Classification.DECORATIVE, Classification.IGNORED)


def _grouped(site_id: int, *, sample_pages: bool, only: ColumnElement[bool] | None = None) -> Subquery:
    """One row a group: its key, first occurrence, numbers, and up to six of its pages as columns."""
    table = models.Occurrence
    columns = (table.image_id, table.context_key, table.alt, table.classification)
    nth_page = func.dense_rank().over(partition_by=columns, order_by=table.page_id).label("nth_page")
    current = (
        select(table.id, table.page_id, *columns, *([nth_page] if sample_pages else []))
        .where(current_on(site_id, few=only is not None), *([only] if only is not None else []))
        .subquery()
    )
    key = [current.c[column.key] for column in columns]
    extra = []
    if sample_pages:
        extra = [
            func.count().label("occurrences"),
            func.max(current.c.nth_page).label("pages"),
            *(
                func.max(case((current.c.nth_page == n, current.c.page_id))).label(column)
                for n, column in enumerate(_PAGE_COLUMNS, 1)
            ),
        ]
    return select(func.min(current.c.id).label("first_id"), *key, *extra).group_by(*key).subquery()


def _to_act_on(site_id: int, *, sample_pages: bool, only: ColumnElement[bool] | None = None) -> Subquery:
    """The groups that `occurrence_groups` yields, with the rank of the worst finding (0 is an error)."""
    groups = _grouped(site_id, sample_pages=sample_pages, only=only)
    ranks = {severity: rank for rank, severity in enumerate(_SEVERITIES)}
    # A look into the index for each group, rather than a join: right after a crawl Postgres has no statistics
    # yet, takes the groups for a handful and joins them in a nested loop (100 s instead of 3 s for 40,000).
    worst = (
        select(func.min(case(ranks, value=models.Finding.severity)))
        .where(models.Finding.occurrence_id == groups.c.first_id)
        .scalar_subquery()
    )
    ranked = select(groups, worst.label("worst")).subquery()
    # One that needs a text while no rule says why is left to a person.
    rank = func.coalesce(ranked.c.worst, ranks[Severity.REVIEW]).label("rank")
    asked = (
        ranked.c.classification.in_(NEEDS_TEXT),
        ranked.c.worst.is_not(None),
        lacks_decided(site_id, ranked.c.first_id),
    )
    return select(ranked, rank).where(or_(*asked)).subquery()


def count_groups(session: Session, site_id: int) -> dict[Severity, int]:
    """How many groups `occurrence_groups` yields, by severity of their worst finding."""
    groups = _to_act_on(site_id, sample_pages=False)
    rows = session.execute(select(groups.c.rank, func.count().label("number")).group_by(groups.c.rank))
    numbers = {row.rank: row.number for row in rows}
    return {severity: numbers.get(rank, 0) for rank, severity in enumerate(_SEVERITIES)}


def occurrence_groups(
    session: Session, site_id: int, *, images: Collection[int] | None = None, drawings: Collection[str] | None = None
) -> Generator[OccurrenceGroup, None, None]:
    """The groups to act on: those that need a text, break a rule, or have another text than a person decided.

    Worst severity first, then by classification, then the most pages first; ties are broken by image address
    and context key, so two runs over the same store give the same order. Those of these images alone, if they are
    named, or of the pictures without an address that have the context keys `drawings`; both no more than
    `store.pieces` allows. Whoever stops early closes it, since it holds a cursor.
    """
    some = "images" if images is not None else "drawings" if drawings is not None else None
    named = {"images": sorted(images or ()), "drawings": sorted(drawings or ())}
    with session.execute(_statement(site_id, some), {some: named[some]} if some is not None else {}) as rows:
        for chunk in rows.partitions():
            yield from _with_details(session, site_id, chunk)


@lru_cache(maxsize=16)  # to write it down costs more than to run it for one picture
def _statement(site_id: int, some: str | None) -> Select[Any]:
    """The groups in their order; `some` names the parameter that says which alone are asked for."""
    table = models.Occurrence
    only = {
        "images": table.image_id.in_(bindparam("images", expanding=True)),
        "drawings": table.image_id.is_(None) & table.context_key.in_(bindparam("drawings", expanding=True)),
    }
    groups = _to_act_on(site_id, sample_pages=True, only=only[some] if some is not None else None)
    order = {name: n for n, name in enumerate(CLASSIFICATIONS)}
    return (
        select(groups)
        .outerjoin(models.Image, models.Image.id == groups.c.image_id)
        .order_by(
            groups.c.rank,
            case(order, value=groups.c.classification, else_=len(order)),
            groups.c.pages.desc(),
            models.Image.url.is_(None),  # last, where the databases differ on their own
            models.Image.url,
            groups.c.context_key,
            groups.c.first_id,
        )
        .execution_options(yield_per=CHUNK)
    )


def texts_of_many_pictures(session: Session, site_id: int, at_least: int) -> set[str]:
    """The alt texts that stand on so many images of the site."""
    table = models.Occurrence
    texts = session.scalars(
        select(table.alt)
        .where(current_on(site_id), table.alt != "")
        .group_by(table.alt)
        .having(func.count(table.image_id.distinct()) >= at_least)
    )
    return {text for text in texts if text is not None}


def places_of_images(
    session: Session, site_id: int, images: Collection[int | None]
) -> Generator[tuple[GroupKey, PageName], None, None]:
    """The group and the page of each occurrence of these images; None is those without an address."""
    table, page = models.Occurrence, models.Page
    known = [image for image in images if image is not None]
    without = [table.image_id.is_(None)] if len(known) < len(images) else []
    with session.execute(
        select(table.image_id, table.context_key, table.alt, table.classification, page.url, page.title)
        .join(page, page.id == table.page_id)
        .where(current_on(site_id, few=True), or_(table.image_id.in_(known), *without), table.alt != "")
        .execution_options(yield_per=CHUNK)
    ) as rows:
        for image_id, context_key, alt, classification, url, title in rows:
            yield GroupKey(image_id, context_key, alt, classification), PageName(url, title)


def _with_details(session: Session, site_id: int, groups: Sequence[Row[Any]]) -> Iterator[OccurrenceGroup]:
    first_ids = [group.first_id for group in groups]
    image_ids = {group.image_id for group in groups if group.image_id is not None}
    firsts = {
        row.id: row
        for row in session.execute(
            select(
                models.Occurrence.id,
                models.Occurrence.page_id,
                models.Occurrence.element,
                models.Occurrence.reason,
                models.Occurrence.selector,
                models.Occurrence.html,
                models.Occurrence.context,
                models.Occurrence.facts["lang"].as_string().label("lang"),
                models.Occurrence.facts["interactive"].as_string().label("interactive"),
                models.Occurrence.facts["sole_content"].as_boolean().label("sole_content"),
            ).where(models.Occurrence.id.in_(first_ids))
        )
    }
    findings = _findings(session, first_ids)
    images = _images(session, image_ids)
    captions = _captions(session, image_ids)
    suggestions = _suggestions(session, site_id, {(group.image_id, group.context_key) for group in groups})
    former = decided_on_others(session, site_id, image_ids)
    page_ids = {group.first_id: _sampled(group, firsts[group.first_id].page_id) for group in groups}
    pages = _pages(session, {page_id for ids in page_ids.values() for page_id in ids})
    for group in groups:
        first = firsts[group.first_id]
        first_page, *more_pages = (pages[page_id] for page_id in page_ids[group.first_id])
        analysis_id, suggestion = suggestions.get((group.image_id, group.context_key), (None, None))
        classification = Classification(group.classification)
        if suggestion is not None and suggestion.is_draft and classification not in NEEDS_TEXT:
            suggestion = None  # it is for other places of the picture: here stands a text
        known = captions.get(group.image_id, {})
        yield OccurrenceGroup(
            key=GroupKey(group.image_id, group.context_key, group.alt, group.classification),
            image=images.get(group.image_id),
            context_key=group.context_key,
            language=primary_subtag(first.lang),
            element=first.element,
            alt=group.alt,
            classification=classification,
            reason=first.reason,
            severity=_SEVERITIES[group.rank],
            findings=tuple(findings.get(group.first_id, ())),
            occurrences=group.occurrences,
            pages=group.pages,
            first_page=first_page,
            more_pages=tuple(more_pages),
            selector=first.selector,
            html=first.html,
            context=Context(**first.context),
            suggestion=suggestion,
            caption=known.get(analysis_id) or next(iter(known.values()), None),
            former_text=former.get((group.image_id, group.context_key)),
            role=functional_role(first.interactive, bool(first.sole_content)) or IMAGE_ROLE,
        )


def _sampled(group: Row[Any], first_page: int) -> list[int]:
    """Ids of the page of the first occurrence and up to MORE_PAGES others."""
    others = [page_id for page_id in _page_ids(group) if page_id is not None and page_id != first_page]
    return [first_page, *others[:MORE_PAGES]]


def _pages(session: Session, page_ids: Collection[int]) -> dict[int, PageName]:
    rows = session.execute(
        select(models.Page.id, models.Page.url, models.Page.title).where(models.Page.id.in_(page_ids))
    )
    return {row.id: PageName(row.url, row.title) for row in rows}


def _findings(session: Session, occurrence_ids: Collection[int]) -> dict[int, list[Finding]]:
    table = models.Finding
    by_occurrence: dict[int, list[Finding]] = {}
    for row in session.execute(
        select(table.occurrence_id, table.rule, table.severity, table.message)
        .where(table.occurrence_id.in_(occurrence_ids))
        .order_by(table.id)
    ):
        finding = Finding(row.rule, Severity(row.severity), row.message)
        by_occurrence.setdefault(row.occurrence_id, []).append(finding)
    for broken in by_occurrence.values():
        broken.sort(key=lambda finding: _SEVERITIES.index(finding.severity))
    return by_occurrence


def _images(session: Session, image_ids: Collection[int]) -> dict[int | None, ImageFacts]:
    image, asset = models.Image, models.Asset
    said = newest_analyses(session, image_ids)
    fetch_url = case(
        (image.fetch_url.startswith("data:"), func.substr(image.fetch_url, 1, DATA_URL_CHARS)),
        else_=image.fetch_url,
    ).label("fetch_url")
    rows = session.execute(
        select(
            image.id, image.url, fetch_url, image.state, image.stage, image.code, image.message,
            asset.id.label("asset_id"), asset.sha256, asset.format, asset.width, asset.height, asset.warnings,
        )
        .outerjoin(asset, asset.id == image.asset_id)
        .where(image.id.in_(image_ids))
    )  # fmt: skip
    return {
        row.id: ImageFacts(
            url=row.url,
            fetch_url=row.fetch_url,
            state=QueueState(row.state),
            stage=Stage(row.stage) if row.stage else None,
            code=row.code,
            message=row.message,
            asset=FetchedAsset(
                row.sha256, row.format, row.width, row.height, tuple(row.warnings), row.asset_id, said.get(row.id, {})
            )
            if row.sha256
            else None,
        )
        for row in rows
    }


def _captions(session: Session, image_ids: Collection[int]) -> dict[int | None, dict[int | None, CaptionFacts]]:
    """What was said of each image, by the id of the analysis, newest first."""
    table = models.Analysis
    by_image: dict[int | None, dict[int | None, CaptionFacts]] = {}
    for row in session.execute(
        select(models.Image.id.label("image_id"), table.id, table.data)
        .join(table, table.asset_id == models.Image.asset_id)
        .where(models.Image.id.in_(image_ids), is_caption())
        .order_by(table.created_at.desc(), table.id.desc())
    ):
        facts = CaptionFacts(row.data["model"], row.data["revision"], row.data["text"], row.data["confidence"])
        by_image.setdefault(row.image_id, {})[row.id] = facts
    return by_image


def _suggestions(
    session: Session, site_id: int, places: Collection[tuple[int | None, str]]
) -> dict[tuple[int | None, str], tuple[int | None, SuggestionFacts]]:
    """(analysis id, suggestion) by (image id, context key), of these."""
    table = models.Suggestion
    rows = session.execute(
        select(table.image_id, table.context_key, table.analysis_id, table.text, table.state, table.origin,
               table.source, table.needs_human, table.reason, table.carried, table.confidence, table.witnesses,
               table.keywords)
        .where(table.site_id == site_id, table.image_id.in_({image_id for image_id, _ in places} - {None}))
    )  # fmt: skip
    by_place: dict[tuple[int | None, str], tuple[int | None, SuggestionFacts]] = {}
    for row in rows:
        if (row.image_id, row.context_key) not in places:
            continue
        state, origin = SuggestionState(row.state), SuggestionOrigin(row.origin)
        facts = SuggestionFacts(
            text=row.text,
            state=state,
            origin=origin,
            source=SuggestionSource(row.source),
            needs_human=row.needs_human,
            reason=SuggestionReason(row.reason) if row.reason else None,
            carried=row.carried,
            confidence=row.confidence,
            witnesses=tuple(map(Witness, row.witnesses)),
            keywords=tuple(row.keywords),
        )
        by_place[row.image_id, row.context_key] = row.analysis_id, facts
    return by_place


def thumbnails(session: Session, digests: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """(sha256, WebP bytes) of these pictures."""
    table = models.Asset
    for row in session.execute(
        select(table.sha256, table.thumbnail).where(table.sha256.in_(digests)).order_by(table.sha256)
    ):
        yield row.sha256, row.thumbnail
