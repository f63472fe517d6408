"""Reading a stored site back as the records that rules judge, and storing what they say of it now."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, func, select, update

from core.records import Classification, Finding, Judgement, PageFacts, Severity
from store import models
from store.models import Image, Occurrence, Page
from store.occurrences import COLUMNS, record
from store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as the last crawl that read it left it, with what still stands on it."""

    id: int
    facts: PageFacts  # without its links: no rule reads them
    occurrence_ids: tuple[int, ...]  # of the facts' occurrences, in order
    judgements: tuple[Judgement, ...]  # as stored: findings of rules on the whole site included


def count_pages(session: Session, site_id: int) -> int:
    """How many pages of a site the store knows, read or not."""
    return session.scalar(select(func.count()).select_from(Page).where(Page.site_id == site_id)) or 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Some pages of a site, in the order of their ids."""

    pages: tuple[StoredPage, ...]  # those with an image
    looked_at: int
    last_id: int


def next_pages(session: Session, site_id: int, after_id: int, limit: int) -> Batch | None:
    """The `limit` pages of a site that follow the one with `after_id`; None when there are no more.

    The rows of the pages are locked until the transaction ends. A page that another transaction has locked
    is passed over: a crawl is storing it, judged by the rules of now. (On SQLite, who writes is alone.)
    """
    pages = session.execute(
        select(Page.id, Page.url, Page.title, Page.lang, Page.robots)
        .where(Page.site_id == site_id, Page.id > after_id)
        .order_by(Page.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not pages:
        return None
    return Batch(_stored(session, pages), len(pages), pages[-1].id)


def read_pages(session: Session, site_id: int, *, url: str | None = None, limit: int) -> tuple[StoredPage, ...]:
    """Pages of a site on which an image stands now, by address, `limit` at most; with `url` the one that has it."""
    shown = exists().where(Occurrence.page_id == Page.id, Occurrence.vanished_crawl_id.is_(None))
    pages = session.execute(
        select(Page.id, Page.url, Page.title, Page.lang, Page.robots)
        .where(
            Page.site_id == site_id, shown, *([Page.url == url] if url is not None else [Page.variant_of_id.is_(None)])
        )
        .order_by(Page.url)
        .limit(limit)
    ).all()
    by_id = {page.id: page for page in _stored(session, pages)}
    return tuple(by_id[page.id] for page in pages)


def _stored(session: Session, pages: Sequence[Any]) -> tuple[StoredPage, ...]:
    """Those of the pages with an image, by id."""
    here = Occurrence.page_id.in_([page.id for page in pages]) & Occurrence.vanished_crawl_id.is_(None)
    findings: dict[int, list[Finding]] = {}
    for occurrence_id, rule, severity, message in session.execute(
        select(models.Finding.occurrence_id, models.Finding.rule, models.Finding.severity, models.Finding.message)
        .join(Occurrence, Occurrence.id == models.Finding.occurrence_id)
        .where(here)
        .order_by(models.Finding.id)
    ):
        findings.setdefault(occurrence_id, []).append(Finding(rule, Severity(severity), message))
    rows = session.execute(
        select(
            Occurrence.id,
            Occurrence.page_id,
            *(getattr(Occurrence, name) for name in COLUMNS),
            Occurrence.facts,
            Occurrence.context,
            Occurrence.classification,
            Occurrence.reason,
            Image.url.label("image_url"),
            Image.fetch_url,
        )
        .outerjoin(Image, Image.id == Occurrence.image_id)
        .where(here)
        .order_by(Occurrence.page_id, Occurrence.position, Occurrence.id)
    )
    by_id = {page.id: page for page in pages}
    stored = []
    for page_id, group in groupby(rows, key=lambda row: row.page_id):
        occurrences = list(group)
        page = by_id[page_id]
        facts = PageFacts(
            url=page.url,
            title=page.title,
            lang=page.lang,
            robots=tuple(page.robots),
            links=(),
            occurrences=tuple(map(record, occurrences)),
        )
        judgements = tuple(
            Judgement(Classification(row.classification), row.reason, tuple(findings.get(row.id, ())))
            for row in occurrences
        )
        stored.append(StoredPage(page_id, facts, tuple(row.id for row in occurrences), judgements))
    return tuple(stored)


def store_judgements(
    session: Session, judgements: Sequence[tuple[int, Judgement]], keep_rules: Collection[str]
) -> None:
    """Replace what is stored of occurrences, by id, but for the findings of `keep_rules`."""
    if not judgements:
        return
    session.connection().execute(
        update(Occurrence)
        .where(Occurrence.id == bindparam("occurrence"))
        .values(classification=bindparam("new_classification"), reason=bindparam("new_reason")),
        [
            {"occurrence": id_, "new_classification": judgement.classification, "new_reason": judgement.reason}
            for id_, judgement in judgements
        ],
    )
    session.connection().execute(
        delete(models.Finding).where(
            models.Finding.occurrence_id == bindparam("occurrence"),
            *(models.Finding.rule != rule for rule in keep_rules),
        ),
        [{"occurrence": id_} for id_, _ in judgements],
    )
    rows = [
        {"occurrence_id": id_, "rule": finding.rule, "severity": finding.severity, "message": finding.message}
        for id_, judgement in judgements
        for finding in judgement.findings
    ]
    if rows:
        session.execute(insert(session, models.Finding), rows)
