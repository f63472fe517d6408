"""Images that could not be captioned, by reason, with the first few of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.failures import explain, host_lines
from core.records import QueueState, Stage
from core.text import counted
from reports.html.numbers import number
from reports.html.section import Section
from reports.texts import Link, bounded, link
from store.counts import counts
from store.failing_hosts import HostEnds, host_ends

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reports.html.sources import ReportSources
    from store.counts import FailureTally

_STAGES = {
    Stage.FETCH: "download",
    Stage.DECODE: "reading the file",
    Stage.GENERATE: "captioning",
    Stage.COMPOSE: "composing the text",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Failures with one code: what happened, what to do."""

    code: str
    stage: str
    number: str
    happened: str
    action: str


@dataclass(frozen=True, slots=True)
class Example:
    """One failed image, or one page that was not read."""

    address: Link
    code: str
    message: str
    page: Link | None  # that shows the image


@dataclass(frozen=True, slots=True)
class Failures:
    """Reasons, and the first few cases."""

    reasons: tuple[Reason, ...]
    examples: tuple[Example, ...]
    left: str | None  # how many cases are not named


def failed_images(sources: ReportSources) -> Failures:
    """The failed images of the site."""
    numbers = sources.read(counts)
    examples = tuple(
        Example(link(failure.url), failure.code, bounded(failure.message), link(failure.page_url))
        for failure in sources.failed_images
    )
    left = not_named(numbers.queue[QueueState.FAILED], len(examples), "image")
    ends = sources.read(host_ends) if numbers.failures else HostEnds()
    return Failures(tuple(_reasons(numbers.failures, ends)), examples, left)


def _reasons(failures: Iterable[FailureTally], ends: HostEnds) -> Iterator[Reason]:
    for tally in sorted(failures, key=lambda tally: (-tally.images, tally.name)):
        reason = explain(tally.code, tally.stage)
        of_hosts = [
            f"{line[0].upper()}{line[1:]}" for line in host_lines(tally.name, ends.failed[tally.name], ends.ended)
        ]
        action = " ".join((*of_hosts, reason.action))
        yield Reason(tally.code, _STAGES[tally.stage], number(tally.images), reason.happened, action)


def not_named(whole: int, shown: int, what: str) -> str | None:
    """Where the cases are that the report does not name."""
    return f"{counted(whole - shown, f'more {what}')} in failures.csv" if whole > shown else None


SECTION = Section("failures", "Failures", "sections/failures.html", failed_images)
