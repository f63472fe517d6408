"""What the report is told of a site: plain records, which store.report reads and a test can make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from core.records import SuggestionOrigin, SuggestionState
from store.decisions_match import IMAGE_ROLE

if TYPE_CHECKING:
    from core.records import (
        Classification,
        Context,
        Finding,
        QueueState,
        Severity,
        Stage,
        SuggestionReason,
        SuggestionSource,
        Witness,
    )


@dataclass(frozen=True, slots=True)
class PageName:
    """A page as people know it."""

    url: str
    title: str | None


@dataclass(frozen=True, slots=True)
class FetchedAsset:
    """What is known of the decoded picture; its thumbnail is read apart."""

    sha256: str
    format: str
    width: int  # pixels, upright
    height: int
    warnings: tuple[str, ...]
    asset_id: int
    analyses: dict[str, dict[str, Any]] = field(default_factory=dict)  # what analysers said of it, by their names


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """One image of the queue. stage, code and message are set when it failed; code also when skipped."""

    url: str
    fetch_url: str  # of a data: address only the start
    state: QueueState
    stage: Stage | None
    code: str | None
    message: str | None
    asset: FetchedAsset | None


@dataclass(frozen=True, slots=True)
class CaptionFacts:
    """What a model said of the picture; text None is an abstention."""

    model: str
    revision: str
    text: str | None
    confidence: float | None


@dataclass(frozen=True, slots=True)
class SuggestionFacts:
    """The alt text proposed; text None: there is nothing to propose."""

    text: str | None
    state: SuggestionState
    origin: SuggestionOrigin
    source: SuggestionSource
    needs_human: bool
    reason: SuggestionReason | None = None  # why there is no text, or why a person is needed
    carried: bool = False  # its decision was made on another place of the same picture
    confidence: float | None = None  # 0 to 1: of a draft from the page, that it will do; of another, its captioner's
    witnesses: tuple[Witness, ...] = ()  # what else says a text of the page
    keywords: tuple[str, ...] = ()  # of the places, as a text model has them; nobody checked them

    @property
    def is_draft(self) -> bool:
        """Whether a machine proposes it, and nobody has said anything of it."""
        return self.state is SuggestionState.PENDING and self.origin is SuggestionOrigin.MODEL


class GroupKey(NamedTuple):
    """What the occurrences of a group have in common."""

    image_id: int | None
    context_key: str
    alt: str | None
    classification: str


@dataclass(frozen=True, slots=True)
class OccurrenceGroup:
    """Occurrences that one decision settles. Place, findings and context are those of the first of them."""

    key: GroupKey
    image: ImageFacts | None  # None where the picture has no address, e.g. an inline svg
    context_key: str
    language: str  # of the place: a primary subtag, 'und' when it is not known
    element: str
    alt: str | None
    classification: Classification
    reason: str | None
    severity: Severity  # of the worst finding
    findings: tuple[Finding, ...]
    occurrences: int
    pages: int
    first_page: PageName
    more_pages: tuple[PageName, ...]  # the next of them, a few
    selector: str
    html: str
    context: Context
    suggestion: SuggestionFacts | None
    caption: CaptionFacts | None  # the one the suggestion was made from, else the newest of the picture
    former_text: str | None = None  # decided on the picture that was at this address before
    role: str = IMAGE_ROLE  # or link or button, where the picture is all there is in one
