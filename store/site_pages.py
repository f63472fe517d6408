"""Every page of a site, with what stands on it, and every place of the rows to act on: streams, by address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import case, exists, func, or_, select
from sqlalchemy.orm import aliased

from core.records import NEEDS_TEXT, Classification, PageState
from store.counts import current_on
from store.decided_places import lacks_decided
from store.models import Crawl, Finding, Image, Occurrence, Page

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from store.report_records import GroupKey

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class SitePage:
    """A page that a crawl met. Places on a variant of another page that stand there, too, are counted there alone."""

    url: str
    title: str | None
    state: PageState
    failure: str | None  # code
    status: int | None  # HTTP status
    lang: str | None
    variant_of: str | None  # address of the page that it is a variant of
    first_crawl: int  # number of the crawl that met it first
    first_seen: datetime  # when that began
    last_crawl: int
    last_seen: datetime
    classifications: dict[Classification, int]  # places that stand there now; every member has a number
    left_out: int = 0  # places that need a text by their verdict, and for which nobody is to ask
    visits: int | None = None  # as another program counted them; None: not known

    @property
    def places(self) -> int:
        """Where an image stands."""
        return sum(self.classifications.values())

    @property
    def to_mend(self) -> int:
        """Places that need a text, or a better one."""
        return sum(self.classifications[verdict] for verdict in NEEDS_TEXT) - self.left_out


def site_pages(session: Session, site_id: int) -> Generator[SitePage, None, None]:
    """Every page of the site. Whoever stops early closes it, since it holds a cursor."""
    tally = (
        select(
            Occurrence.page_id,
            *(func.sum(case((Occurrence.classification == name, 1), else_=0)).label(name) for name in Classification),
        )
        .where(current_on(site_id))
        .group_by(Occurrence.page_id)
        .subquery()
    )
    root, first, last = aliased(Page), aliased(Crawl), aliased(Crawl)
    statement = (
        select(
            Page.url,
            Page.title,
            Page.state,
            Page.failure,
            Page.status,
            Page.lang,
            Page.first_crawl_id,
            Page.last_crawl_id,
            root.url.label("variant_of"),
            first.started_at.label("first_seen"),
            last.started_at.label("last_seen"),
            *(func.coalesce(tally.c[name], 0).label(name) for name in Classification),
        )
        .outerjoin(tally, tally.c.page_id == Page.id)
        .outerjoin(root, root.id == Page.variant_of_id)
        .join(first, first.id == Page.first_crawl_id)
        .join(last, last.id == Page.last_crawl_id)
        .where(Page.site_id == site_id)
        .order_by(Page.url)
        .execution_options(yield_per=CHUNK)
    )
    with session.execute(statement) as rows:
        for row in rows:
            yield SitePage(
                url=row.url,
                title=row.title,
                state=PageState(row.state),
                failure=row.failure,
                status=row.status,
                lang=row.lang,
                variant_of=row.variant_of,
                first_crawl=row.first_crawl_id,
                first_seen=row.first_seen,
                last_crawl=row.last_crawl_id,
                last_seen=row.last_seen,
                classifications={name: getattr(row, name) for name in Classification},
            )


@dataclass(frozen=True, slots=True)
class SitePlace:
    """One place of a row to act on."""

    page_url: str
    position: int  # among the images of its page, from 0
    selector: str
    image_url: str | None
    context_key: str
    alt: str | None
    classification: Classification


def page_addresses(session: Session, site_id: int) -> Generator[str, None, None]:
    """The address of every page of the site that was read."""
    own = Page.site_id == site_id, Page.state == PageState.FETCHED
    with session.scalars(select(Page.url).where(*own).execution_options(yield_per=CHUNK)) as urls:
        yield from urls


def site_places(session: Session, site_id: int) -> Generator[SitePlace, None, None]:
    """Every place of the groups that `store.report.occurrence_groups` yields. Closed by whoever stops early."""
    table = Occurrence
    first_id = func.min(table.id).over(
        partition_by=(table.image_id, table.context_key, table.alt, table.classification)
    )
    standing = (
        select(table.id, table.page_id, table.image_id, table.classification, first_id.label("first_id"))
        .where(current_on(site_id))
        .subquery()
    )
    # What a rule says of the first of a group it says of them all.
    faulty = exists().where(Finding.occurrence_id == standing.c.first_id)
    statement = (
        select(
            Page.url.label("page_url"), table.position, table.selector, Image.url.label("image_url"),
            table.context_key, table.alt, table.classification,
        )
        .select_from(standing)
        .join(table, table.id == standing.c.id)
        .join(Page, Page.id == standing.c.page_id)
        .outerjoin(Image, Image.id == standing.c.image_id)
        .where(or_(standing.c.classification.in_(NEEDS_TEXT), faulty, lacks_decided(site_id, standing.c.first_id)))
        .order_by(Page.url, table.position, table.id)
        .execution_options(yield_per=CHUNK)
    )  # fmt: skip
    with session.execute(statement) as rows:
        for row in rows:
            yield SitePlace(
                page_url=row.page_url,
                position=row.position,
                selector=row.selector,
                image_url=row.image_url,
                context_key=row.context_key,
                alt=row.alt,
                classification=Classification(row.classification),
            )


def group_pages(session: Session, site_id: int, key: GroupKey) -> Generator[str, None, None]:
    """The addresses of all pages on which a group of `store.report` stands. Closed by whoever stops early."""
    statement = (
        select(Page.url)
        .join(Occurrence, Occurrence.page_id == Page.id)
        .where(
            current_on(site_id, few=True),
            Occurrence.image_id.is_not_distinct_from(key.image_id),
            Occurrence.context_key == key.context_key,
            Occurrence.alt.is_not_distinct_from(key.alt),
            Occurrence.classification == key.classification,
        )
        .distinct()
        .order_by(Page.url)
        .execution_options(yield_per=CHUNK)
    )
    with session.scalars(statement) as urls:
        yield from urls
