"""What a job tells of itself while it runs. Whoever calls it decides whether and how that is shown."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from alt_audit.jobs.plans import ImportedPlans
    from alt_audit.jobs.verify import Compared
    from captioning.worker.results import Summary
    from core.records import RunState, Step
    from crawler.inputs.base import BadLine
    from crawler.inputs.store_import import ImportSummary
    from crawler.rejudge import Rejudged
    from crawler.run import CrawlSummary
    from suggestions.keywords import KeywordSummary


class Work(StrEnum):
    """What takes its time, and has progress."""

    PAGES = "pages"  # read, or judged again
    IMAGES = "images"  # captioned
    IMPORT = "import"  # images taken from a file
    DRAFTS = "drafts"  # contexts for which texts are drafted
    TEXTS = "texts"  # pictures that their texts are compared with
    KEYWORDS = "keywords"  # suggestions that are given keywords
    ROWS = "rows"  # read for the review
    FILES = "files"  # pictures that are fetched into, or looked at in, a folder


class Requeue(StrEnum):
    """Why images are put back into the queue."""

    FAILED = "failed"
    REFRESH = "refresh"  # they may have changed
    OTHER_MODEL = "other_model"  # another one captioned them
    AGAIN = "again"  # their captions are to be given anew
    ANALYSE = "analyse"  # an analyser has not looked at them
    MOVED = "moved"  # they stand in another place than the one that a model was told of


@dataclass(frozen=True, slots=True)
class Event:
    """Anything that a job tells."""


OnEvent = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class WorkStarted(Event):
    work: Work


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """So far `done` of `known`, which is None while nobody can know; `note` says more of how it goes."""

    work: Work
    done: int
    known: int | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class WorkEnded(Event):
    """Also told when the work failed."""

    work: Work


@dataclass(frozen=True, slots=True)
class StepBegun(Event):
    """A run has come to this step."""

    step: Step


@dataclass(frozen=True, slots=True)
class PlansRead(Event):
    """A file of sites was taken over."""

    path: Path
    done: ImportedPlans


@dataclass(frozen=True, slots=True)
class LookFailed(Event):
    """What is due, or what a file of sites holds, could not be found out; it is tried again."""

    error: str


@dataclass(frozen=True, slots=True)
class OverviewWritten(Event):
    """The page of all sites shows what runs have come to."""

    path: Path


@dataclass(frozen=True, slots=True)
class OverviewFailed(Event):
    """The page of all sites could not be written; the one before stays, and the runs go on."""

    error: str


@dataclass(frozen=True, slots=True)
class SiteStarted(Event):
    """A run of a site has begun, in a process of its own."""

    site: str


@dataclass(frozen=True, slots=True)
class NothingDue(Event):
    """No planned site is due now."""


@dataclass(frozen=True, slots=True)
class SiteEnded(Event):
    """A run of a site has ended; `state` is None where there was nothing to do, since another process has done it."""

    site: str
    state: RunState | None
    seconds: float
    error: str | None = None
    warnings: Sequence[str] = ()
    log: Path | None = None  # what its process has said
    again_at: datetime | None = None  # when it is due next


@dataclass(frozen=True, slots=True)
class CaptioningEnded(Event):
    """A captioning worker of a cluster has ended by itself, and is not started again."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class NodeLost(Event):
    """A node of a cluster went away; what it was at is done by others."""

    address: str


@dataclass(frozen=True, slots=True)
class Told(Event):
    """A destination was told what changed on sites."""

    destination: str
    sites: Sequence[str]


@dataclass(frozen=True, slots=True)
class NotTold(Event):
    """A destination could not be told; it is the next time. `destination` is None where nobody could be told."""

    destination: str | None
    error: str


@dataclass(frozen=True, slots=True)
class Evaluating(Event):
    """So many texts are hidden on so many pages, and will be drafted again."""

    texts: int
    pages: int


@dataclass(frozen=True, slots=True)
class SchemeAssumed(Event):
    """A start URL was given without http:// or https://."""

    given: str
    taken: str


@dataclass(frozen=True, slots=True)
class ListRead(Event):
    """The pages of a list are known."""

    path: Path
    pages: int
    repeated: int
    column: str | None  # of a table, where the addresses were found


@dataclass(frozen=True, slots=True)
class SeveralHosts(Event):
    """The pages of a list are of several hosts: each its own site, unless all are of the `site` that was named."""

    hosts: int
    site: str | None


@dataclass(frozen=True, slots=True)
class SeveralDomains(Event):
    """The start URLs are of several registered domains, and no site was named: each is a site of its own."""

    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinesUnusable(Event):
    """Some lines of a file cannot be used; `examples` are the first of them."""

    path: Path
    number: int
    examples: Sequence[BadLine]


@dataclass(frozen=True, slots=True)
class CertificatesIgnored(Event):
    """Whatever certificate an https server has is taken."""


@dataclass(frozen=True, slots=True)
class BrowserUnconfined(Event):
    """Pages are rendered by a Chromium without its sandbox, since it is root's."""


@dataclass(frozen=True, slots=True)
class PagesCrawled(Event):
    summary: CrawlSummary
    seconds: float
    limit_pages: int | None


@dataclass(frozen=True, slots=True)
class PagesImported(Event):
    path: Path
    result: ImportSummary


@dataclass(frozen=True, slots=True)
class SiteJudged(Event):
    result: Rejudged
    seconds: float


@dataclass(frozen=True, slots=True)
class StoreAwaited(Event):
    """There is no store yet, and the worker waits for the crawl that makes it. Secrets in the address are hidden."""

    database: str


@dataclass(frozen=True, slots=True)
class NothingFailed(Event):
    """No image has failed, or none with the code that was asked for."""

    code: str | None


@dataclass(frozen=True, slots=True)
class NothingToCaption(Event):
    pass


@dataclass(frozen=True, slots=True)
class CredentialsUnused(Event):
    """Credentials are given for the crawl, and nobody has said which pictures they are for."""


@dataclass(frozen=True, slots=True)
class CaptionerNote(Event):
    """Which captioner was chosen and why, or what is fetched for it."""

    text: str


@dataclass(frozen=True, slots=True)
class Requeued(Event):
    reason: Requeue
    images: int


@dataclass(frozen=True, slots=True)
class MetricsServed(Event):
    address: str


@dataclass(frozen=True, slots=True)
class ImagesCaptioned(Event):
    """The worker has ended. `usage` is what an endpoint counted; `failed` says that an error ended it."""

    summary: Summary
    seconds: float
    usage: str | None
    knows: str  # the only pictures that the captioner captions; '' where it captions any
    watched: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class ImagesHeld(Event):
    """Images that another worker holds; if it has died, they are free after `lease_s` seconds."""

    images: int
    lease_s: float


@dataclass(frozen=True, slots=True)
class TextsCompared(Event):
    """A model has compared texts with their pictures."""

    done: Compared
    seconds: float


@dataclass(frozen=True, slots=True)
class KeywordsGiven(Event):
    """A text model has written keywords of what the places say."""

    done: KeywordSummary
    model: str
    seconds: float


@contextmanager
def work_on(work: Work, on_event: OnEvent) -> Iterator[Callable[..., None]]:
    """Tell of the begin, progress and end of some work; yields what takes (done, known or None, note)."""
    on_event(WorkStarted(work))

    def update(done: int, known: int | None, note: str = "") -> None:
        on_event(Progress(work, done, known, note))

    try:
        yield update
    finally:
        on_event(WorkEnded(work))
