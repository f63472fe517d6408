"""The texts that may be handed over: one for each image in each language, whatever the places where it stands."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.cms.unmatched import Reason, Unmatched
from reports.row import RowStatus
from reports.rows import asked_for
from store.handover import KnownBy, known_by

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reports.ignoring import Ignoring
    from reports.row import Row


@dataclass(frozen=True, slots=True)
class Approved:
    """What a content system is to say of one image in one language."""

    row_id: str
    image_url: str
    language: str  # a primary subtag, 'und' when it is not known
    text: str  # '': the picture is decorative
    current: frozenset[str]  # what its places say now; '' also where they have no alt
    page_url: str
    product: str
    known: KnownBy

    @property
    def addresses(self) -> tuple[str, ...]:
        """All that it was seen under, the canonical one first."""
        return tuple(dict.fromkeys((self.image_url, *self.known.addresses)))

    @property
    def products(self) -> set[str]:
        """What its places say of the product that it is of: sku, gtin and the like, and the last part of the page."""
        slugs = {page.partition("?")[0].rstrip("/").rpartition("/")[2] for page in self.known.pages}
        return slugs | self.known.product_ids.keys()

    def unmatched(self, reason: Reason, detail: str = "") -> Unmatched:
        """The line that says why it is not handed over."""
        return Unmatched(reason, detail, self.image_url, self.text, self.page_url, self.product, self.row_id)


@dataclass(frozen=True, slots=True)
class _Decided:
    """As much of a row as is kept while the others are read."""

    row_id: str
    image_id: int
    image_url: str
    language: str
    text: str
    alt: str
    page_url: str
    product: str


def approved_texts(
    session: Session,
    site_id: int,
    ignored: Ignoring,
    *,
    include_pending: bool = False,
    language: str | None = None,
) -> tuple[list[Approved], list[Unmatched]]:
    """The texts, and why others are none: their picture has no address, or its places have several.

    A content system keeps a text for the picture, wherever it stands. So two places of an image whose texts differ
    leave it without one. `language` (a primary subtag) takes those in one alone.
    """
    decided: dict[tuple[int, str], list[_Decided]] = defaultdict(list)
    unmatched = []
    for row in asked_for(session, site_id, ignored, include_pending=include_pending):
        if not _is_wanted(row, include_pending=include_pending) or language not in {None, row.language}:
            continue
        one = _decided(row)
        if row.image is None or row.image_url.startswith("data:") or row.key.image_id is None:
            unmatched.append(_line(one, Reason.NO_ADDRESS))
        else:
            decided[one.image_id, one.language].append(one)
    known = known_by(session, site_id, sorted({image_id for image_id, _ in decided}))
    approved = []
    for (image_id, _), rows in decided.items():
        first, texts = rows[0], dict.fromkeys(one.text for one in rows)
        if len(texts) > 1:
            unmatched += [_line(one, Reason.SEVERAL_TEXTS, quoted([*texts])) for one in rows]
            continue
        current = frozenset(one.alt for one in rows)
        approved.append(
            Approved(
                first.row_id, first.image_url, first.language, first.text, current, first.page_url, first.product,
                known[image_id],
            )
        )  # fmt: skip
    return approved, unmatched


def quoted(texts: list[str]) -> str:
    """Texts in a sentence, so that a person sees where each begins and ends."""
    return ", ".join(f'"{text}"' for text in texts)


def _is_wanted(row: Row, *, include_pending: bool) -> bool:
    """Whether the site is to get the row's text; an empty one is a person's word, or a draft's, that it needs none."""
    decorative = row.suggested == "" and (
        row.status is RowStatus.DECIDED or (include_pending and row.status is RowStatus.DRAFTED)
    )
    return row.publishable or (decorative and row.alt != "")


def _decided(row: Row) -> _Decided:
    return _Decided(
        row.id, row.key.image_id or 0, row.image_url, row.language, row.suggested or "", row.alt or "",
        row.first_page.url, row.context.product or "",
    )  # fmt: skip


def _line(one: _Decided, reason: Reason, detail: str = "") -> Unmatched:
    return Unmatched(reason, detail, one.image_url, one.text, one.page_url, one.product, one.row_id)
