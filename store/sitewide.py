"""What can only be seen of a whole site: one text on many pictures, many texts of one picture, templates, leftovers.

All is read from what stands on the site now, in a statement or two for each question. Texts are accessible
names, which are stored with their white space collapsed. They are compared with `lower`, which on SQLite folds
the case of ASCII letters only. Pictures are told apart by their bytes where those are known, else by address.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from core.records import NEEDS_TEXT, Classification, Severity
from core.site_facts import NamedPicture, ReplacedPicture
from store.agreement import agreements
from store.counts import current_on
from store.models import Asset, Finding, Image, Occurrence, Page
from store.pieces import pieces
from store.upsert import insert
from store.variants import is_counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sqlalchemy import Row, Subquery
    from sqlalchemy.orm import Session

ROWS_AT_ONCE = 1000  # of those that are read one after the other
_SPEAKS = (Classification.OK, Classification.SUSPICIOUS)
PICTURE = func.coalesce(-Image.asset_id, Image.id)
_REPEATING = ("alt-equals-text", "alt-equals-adjacent")  # the page says the text beside the picture, which needs none
_FOLDED = func.lower(Occurrence.accessible_name)
_LANG = func.coalesce(Occurrence.facts["lang_guessed"].as_string(), Occurrence.facts["lang"].as_string()).label("lang")
NAMED_PICTURE = (  # what `named_picture` reads beside the text
    Occurrence.id,
    PICTURE.label("picture"),
    Image.url,
    Asset.phash,
    Occurrence.facts["interactive"].as_string().label("interactive"),
    Occurrence.facts["sole_content"].as_boolean().label("sole_content"),
    Occurrence.context["link_url"].as_string().label("link_url"),
    _LANG,
    Occurrence.facts["lang_guessed"].as_string().is_not(None).label("lang_guessed"),
    Page.url.label("page_url"),
)


def _named(site_id: int) -> list[ColumnElement[bool]]:
    """Occurrences with a text to compare. One that is certainly wrong is not: its own finding says so.

    Nor is a part of an image map: its text says where that part leads, and nothing of the picture.
    """
    wrong = exists().where(Finding.occurrence_id == Occurrence.id, Finding.severity == Severity.ERROR)
    return [
        current_on(site_id),
        Occurrence.classification.in_(_SPEAKS),
        Occurrence.accessible_name.is_not(None),
        Occurrence.element != "area",
        or_(Occurrence.classification == Classification.OK, ~wrong),
    ]


class StoredSite:
    """A site of the store, as `core.site_facts.SiteFacts`: each question is a statement or two."""

    def __init__(self, session: Session, site_id: int) -> None:
        self._session = session
        self._site_id = site_id

    def shared_texts(self, at_least: int) -> Iterator[list[NamedPicture]]:
        """The occurrences of each text that stands on `at_least` different pictures or more."""
        pairs = self._pairs()
        shared = select(pairs.c.text).group_by(pairs.c.text).having(func.count() >= at_least)
        rows = self._session.execute(self._named_pictures().where(_FOLDED.in_(shared)).order_by(_FOLDED, Occurrence.id))
        for _, group in groupby(rows, key=attrgetter("folded")):
            yield [named_picture(row) for row in group]

    def texts_of_pictures(self) -> Iterator[list[NamedPicture]]:
        """The occurrences of each picture that has more than one text on the site, but those that repeat the page's."""
        repeats = exists().where(Finding.occurrence_id == Occurrence.id, Finding.rule.in_(_REPEATING))
        pairs = self._pairs()
        several = select(pairs.c.picture).group_by(pairs.c.picture).having(func.count() > 1)
        rows = self._session.execute(
            self._named_pictures().where(PICTURE.in_(several), ~repeats).order_by(PICTURE, Occurrence.id)
        )
        for _, group in groupby(rows, key=attrgetter("picture")):
            yield [named_picture(row) for row in group]

    def _pairs(self) -> Subquery:
        """Each text with each picture it stands for, once. (Postgres counts those sooner than distinct values.)"""
        return (
            select(_FOLDED.label("text"), PICTURE.label("picture"))
            .join(Image, Image.id == Occurrence.image_id)
            .where(*_named(self._site_id))
            .distinct()
            .subquery()
        )

    def named_pictures(self) -> Iterator[NamedPicture]:
        """Every occurrence with a text to compare."""
        return map(
            named_picture, self._session.execute(self._named_pictures().execution_options(yield_per=ROWS_AT_ONCE))
        )

    def _named_pictures(self) -> Any:
        # Not streamed: for a cursor, Postgres plans as if a tenth of the rows were wanted, and takes ten times as long.
        return (
            select(Occurrence.accessible_name, _FOLDED.label("folded"), *NAMED_PICTURE)
            .join(Image, Image.id == Occurrence.image_id)
            .join(Page, Page.id == Occurrence.page_id)
            .outerjoin(Asset, Asset.id == Image.asset_id)
            .where(*_named(self._site_id))
        )

    def texts_in_small_letters(self) -> Iterator[tuple[int, str, str]]:
        """(occurrence id, text, address of the image) where a text of several words has no capital."""
        name = Occurrence.accessible_name
        rows = self._session.execute(
            select(Occurrence.id, name, Image.url)
            .join(Image, Image.id == Occurrence.image_id)
            .where(*_named(self._site_id), name.like("% %"), name == func.lower(name))
            .order_by(Occurrence.id)
        )
        for row in rows:
            yield row.id, row.accessible_name, row.url

    def texts_in_quotes(self) -> Iterator[tuple[int, str]]:
        """(occurrence id, text) where a text stands in straight quotation marks as a whole."""
        name = Occurrence.accessible_name
        rows = self._session.execute(
            select(Occurrence.id, name)
            .where(*_named(self._site_id), or_(name.like('"%"'), name.like("'%'")))
            .order_by(Occurrence.id)
        )
        for row in rows:
            yield row.id, row.accessible_name

    def number_of_texts(self) -> int:
        """How many distinct texts there are on the site."""
        distinct = select(func.count(Occurrence.accessible_name.distinct())).where(*_named(self._site_id))
        return self._session.scalar(distinct) or 0

    def texts_by_language(self) -> Iterator[tuple[int, str, str]]:
        """(occurrence id, text, language tag) where a text has three words or more and its language is known."""
        name, lang = Occurrence.accessible_name, _LANG
        rows = self._session.execute(
            select(Occurrence.id, name, lang)
            .where(*_named(self._site_id), name.like("% % %"), lang.is_not(None))
            .order_by(Occurrence.id)
        )
        for row in rows:
            yield row.id, row.accessible_name, row.lang

    def pages_read(self) -> int:
        """How many pages of the site were read; variants of one page are one."""
        return (
            self._session.scalar(
                select(func.count()).select_from(Page).where(Page.site_id == self._site_id, is_counted())
            )
            or 0
        )

    def repeated(self, at_least: int) -> Iterator[tuple[int, int]]:
        """(occurrence id, pages) of what needs a text and stands on `at_least` pages or more.

        An occurrence's key is the same on every page where the same picture stands; sizes in names of files apart,
        which it does not tell from one another. Nor does it know the text, which a template gives all pages, and
        pages in several languages have each their own. Variants of one page are one.
        """
        faulty = (current_on(self._site_id), Occurrence.classification.in_(NEEDS_TEXT))
        pages = func.count(func.coalesce(Page.variant_of_id, Page.id).distinct())
        keys = (
            select(Occurrence.key, Occurrence.image_id, Occurrence.alt, pages.label("pages"))
            .join(Page, Page.id == Occurrence.page_id)
            .where(*faulty)
            .group_by(Occurrence.key, Occurrence.image_id, Occurrence.alt)
            .having(pages >= at_least)
            .cte("keys")
        )
        same = and_(
            keys.c.key == Occurrence.key,
            keys.c.image_id.is_not_distinct_from(Occurrence.image_id),
            keys.c.alt.is_not_distinct_from(Occurrence.alt),
        )
        for row in self._session.execute(select(Occurrence.id, keys.c.pages).join(keys, same).where(*faulty)):
            yield row.id, row.pages

    def agreements(self) -> Iterator[tuple[int, int, str, float]]:
        """(occurrence id, picture, text, share of other texts that it fits better than) where a model compared them."""
        return agreements(self._session, _named(self._site_id))

    def replaced(self) -> Iterator[ReplacedPicture]:
        """Occurrences that stand where another picture stood, with its alt text.

        They were first seen by the very crawl that no longer saw the other one. The only content of a link or
        button is left out: its text says what the link does, whatever the picture.
        """
        rows = self._session.execute(
            replacing()
            .where(*_named(self._site_id), func.lower(func.trim(_OLD.alt)) == func.lower(func.trim(Occurrence.alt)))
            .order_by(Occurrence.id, _OLD.id)
        )
        for row in rows:
            yield ReplacedPicture(row.id, row.old_alt, row.url, row.old_url, row.phash, row.old_phash)


_OLD, _OLD_IMAGE, _OLD_ASSET = aliased(Occurrence), aliased(Image), aliased(Asset)
_GONE = aliased(Occurrence)


def replacing() -> Any:
    """Occurrences that stand where another picture stood, with what that one had."""
    return (
        select(
            Occurrence.id, _OLD.alt.label("old_alt"), Image.url, _OLD_IMAGE.url.label("old_url"), Asset.phash,
            _OLD_ASSET.phash.label("old_phash"),
        )
        .join(
            _OLD,
            and_(
                _OLD.page_id == Occurrence.page_id,
                _OLD.selector == Occurrence.selector,
                _OLD.vanished_crawl_id == Occurrence.first_crawl_id,
            ),
        )
        .join(Image, Image.id == Occurrence.image_id)
        .join(_OLD_IMAGE, _OLD_IMAGE.id == _OLD.image_id)
        .outerjoin(Asset, Asset.id == Image.asset_id)
        .outerjoin(_OLD_ASSET, _OLD_ASSET.id == _OLD_IMAGE.asset_id)
        .where(
            # Few pages lose a text between two crawls; on all others each place would be compared with each.
            Occurrence.page_id.in_(
                select(_GONE.page_id).where(_GONE.vanished_crawl_id.is_not(None), _GONE.alt.is_not(None))
            ),
            _OLD.alt.is_not(None),
            Image.id != _OLD_IMAGE.id,
            or_(Image.asset_id.is_(None), Image.asset_id.is_distinct_from(_OLD_IMAGE.asset_id)),
            ~Occurrence.facts["sole_content"].as_boolean(),
        )
    )  # fmt: skip


def named_picture(row: Row[Any]) -> NamedPicture:
    """The record of a row with NAMED_PICTURE and a text."""
    return NamedPicture(
        row.id,
        row.accessible_name,
        row.picture,
        row.url,
        row.phash,
        row.interactive,
        bool(row.sole_content),  # absent where an older version stored the place
        row.link_url,
        row.lang,
        row.page_url,
        bool(row.lang_guessed),
    )


def sites_showing(session: Session, image_ids: Collection[int]) -> list[int]:
    """The ids of the sites on whose pages any of these images stands."""
    found: set[int] = set()
    for ids in pieces(sorted(image_ids)):
        shown = Occurrence.image_id.in_(ids) & Occurrence.vanished_crawl_id.is_(None)
        found.update(session.scalars(select(Page.site_id).join(Occurrence).where(shown).distinct()))
    return sorted(found)


def store_findings(
    session: Session, site_id: int, rule: str, severity: Severity, messages: Iterable[tuple[int, str]]
) -> int:
    """Make (occurrence id, message) the findings of `rule` on the site, and no other. Returns how many changed."""
    found = session.execute(
        select(Finding.occurrence_id, Finding.message)
        .join(Occurrence, Occurrence.id == Finding.occurrence_id)
        .join(Page, Page.id == Occurrence.page_id)
        .where(Page.site_id == site_id, Finding.rule == rule)
    )
    stored = {occurrence_id: message for occurrence_id, message in found}  # noqa: C416 - rows, not pairs, to mypy
    wanted = dict(messages)
    rows = [
        {"occurrence_id": occurrence_id, "rule": rule, "severity": severity, "message": message}
        for occurrence_id, message in wanted.items()
        if stored.get(occurrence_id) != message
    ]
    if rows:
        statement = insert(session, Finding)
        statement = statement.on_conflict_do_update(
            index_elements=["occurrence_id", "rule"],
            set_={"severity": statement.excluded.severity, "message": statement.excluded.message},
        )
        session.execute(statement, rows)
    gone = [occurrence_id for occurrence_id in stored if occurrence_id not in wanted]
    for ids in pieces(gone):
        session.execute(delete(Finding).where(Finding.rule == rule, Finding.occurrence_id.in_(ids)))
    return len(rows) + len(gone)


@dataclass(frozen=True, slots=True)
class Reclassified:
    """An occurrence whose class changed, though nothing on its page did."""

    occurrence_id: int
    image_id: int | None
    alt: str | None
    before: Classification
    after: Classification


def reclassify(session: Session, site_id: int) -> list[Reclassified]:
    """Let the classes follow the findings: `ok` with a warning is suspicious, suspicious without one is `ok`."""
    doubtful = exists().where(
        Finding.occurrence_id == Occurrence.id, Finding.severity.in_([Severity.ERROR, Severity.WARNING])
    )
    return [
        *_move(session, site_id, Classification.OK, Classification.SUSPICIOUS, doubtful),
        *_move(session, site_id, Classification.SUSPICIOUS, Classification.OK, ~doubtful),
    ]


def _move(
    session: Session, site_id: int, before: Classification, after: Classification, where: ColumnElement[bool]
) -> Iterator[Reclassified]:
    rows = session.execute(
        update(Occurrence)
        .where(current_on(site_id), Occurrence.classification == before, where)
        .values(classification=after)
        .returning(Occurrence.id, Occurrence.image_id, Occurrence.alt)
        .execution_options(synchronize_session=False)
    )
    for id_, image_id, alt in rows:
        yield Reclassified(id_, image_id, alt, before, after)
