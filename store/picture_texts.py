"""Pictures of a site with texts that people stand for: what a captioner may learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from core.languages import primary_subtag
from core.records import SuggestionState, functional_role
from store.decisions_match import IMAGE_ROLE
from store.models import Asset, Decision, Image, Occurrence, Page, Suggestion
from store.own_alts import is_good

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

# A person has written or approved the text, wherever it stands by now.
_STOOD_FOR = (SuggestionState.APPROVED, SuggestionState.EDITED, SuggestionState.LIVE, SuggestionState.REGRESSED)


@dataclass(frozen=True, slots=True)
class PictureText:
    """A text of a picture."""

    image_id: int
    url: str  # where its file is
    sha256: str | None  # of the file that the store knows
    text: str
    language: str  # a primary subtag
    decided: bool  # by a person in the review; else it stands on the site
    says_function: bool  # of a link or button, whose text says what that is for


def picture_texts(session: Session, site_id: int) -> Iterator[PictureText]:
    """The texts of a site's pictures: decided ones first, then what stands there and no rule finds fault with."""
    yield from _decided(session, site_id)
    yield from _standing(session, site_id)


def _decided(session: Session, site_id: int) -> Iterator[PictureText]:
    rows = session.execute(
        select(
            Image.id,
            func.coalesce(Image.asset_url, Image.fetch_url),
            Asset.sha256,
            Suggestion.text,
            Suggestion.language,
            Decision.role,
        )
        .join(Image, Image.id == Suggestion.image_id)
        .join(Decision, Decision.id == Suggestion.decision_id)
        .outerjoin(Asset, Asset.id == Image.asset_id)
        .where(Suggestion.site_id == site_id, Suggestion.state.in_(_STOOD_FOR), Suggestion.text != "")
        .order_by(Suggestion.id)
        .execution_options(yield_per=1000)
    )
    for image_id, url, sha256, text, language, role in rows:
        yield PictureText(image_id, url, sha256, text or "", language, decided=True, says_function=role != IMAGE_ROLE)


def _standing(session: Session, site_id: int) -> Iterator[PictureText]:
    lang = func.coalesce(Occurrence.facts["lang_guessed"].as_string(), Occurrence.facts["lang"].as_string())
    what = (
        Image.id,
        func.coalesce(Image.asset_url, Image.fetch_url).label("url"),
        Asset.sha256,
        Occurrence.alt,
        lang.label("lang"),
        Occurrence.facts["interactive"].as_string().label("interactive"),
        Occurrence.facts["sole_content"].as_boolean().label("sole_content"),
    )
    rows = session.execute(
        select(*what)
        .join(Page, Page.id == Occurrence.page_id)
        .join(Image, Image.id == Occurrence.image_id)
        .outerjoin(Asset, Asset.id == Image.asset_id)
        .where(*is_good(site_id))
        .group_by(*what)
        .order_by(Image.id, func.min(Occurrence.id))
        .execution_options(yield_per=1000)
    )
    for image_id, url, sha256, alt, language, interactive, sole_content in rows:
        if alt is not None and alt.strip():
            function = functional_role(interactive, bool(sole_content)) is not None
            yield PictureText(
                image_id, url, sha256, alt, primary_subtag(language), decided=False, says_function=function
            )
