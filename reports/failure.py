"""An image that could not be captioned or a page that was not read, in words for people; made once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.failures import explain
from core.records import QueueState

if TYPE_CHECKING:
    from store.failures import ImageFailure, PageFailure


@dataclass(frozen=True, slots=True)
class FailureRow:
    """What was not covered, why, and what to do."""

    kind: str  # image or page
    url: str
    page_url: str  # a page that shows the image, or the page itself
    state: str
    stage: str  # of the captioning worker, or crawl
    code: str
    happened: str  # in general
    message: str  # here
    action: str


def image_failure(failure: ImageFailure) -> FailureRow:
    """What became of an image."""
    reason = explain(failure.code, failure.stage)
    return FailureRow(
        kind="image",
        url=failure.url,
        page_url=failure.page_url,
        state=QueueState.FAILED,
        stage=failure.stage,
        code=failure.code,
        happened=reason.happened,
        message=failure.message or reason.happened,
        action=reason.action,
    )


def page_failure(failure: PageFailure) -> FailureRow:
    """What became of a page."""
    reason = explain(failure.code)
    known = failure.status is None or str(failure.status) in reason.happened
    status = "" if known else f" (HTTP status {failure.status})"
    return FailureRow(
        kind="page",
        url=failure.url,
        page_url=failure.url,
        state=failure.state,
        stage="crawl",
        code=failure.code,
        happened=reason.happened,
        message=reason.happened + status,
        action=reason.action,
    )
