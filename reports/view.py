"""What the report's front page says, computed: counts, shares, order, labels and links.

The templates only lay it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.failures import explain
from core.records import NEEDS_TEXT, Classification, PageState, QueueState, Stage
from core.text import counted
from reports.advice import Step, steps
from reports.figures import Breakdown, breakdown, date, duration, number, share
from reports.rows import CLASSIFICATION_LABELS
from reports.status import STATUS_LABELS
from reports.texts import Link, bounded, link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reports.paging import RowsView
    from reports.totals import Totals
    from store.counts import CaptionSource, Counts, CrawlFacts, FailureTally, RuleTally
    from store.failures import ImageFailure, PageFailure
    from store.folding import Folding

_QUEUE_LABELS = {
    QueueState.CAPTIONED: ("Captioned", "The model has looked at the picture."),
    QueueState.PENDING: ("Waiting", "Not looked at yet."),
    QueueState.LEASED: ("In work", "A worker is looking at it now."),
    QueueState.FAILED: ("Failed", "Could not be captioned; see Failures."),
    QueueState.SKIPPED: ("Not needed", "No place on the site needs a text for it."),
}
_CRAWL_STATES = {
    "finished": "finished",
    "running": "still running: the figures will change",
    "interrupted": "cut short: pages are missing here",
    "failed": "failed: pages are missing here",
}
SKIPPED = {
    "has_alt": "has a text already",
    "decorative": "is rightly silent",
    "ignored": "is not shown to people (tracking pixels, hidden images)",
    "vanished": "stands on no page any more",
}
_STAGES = {
    Stage.FETCH: "download",
    Stage.DECODE: "reading the file",
    Stage.GENERATE: "captioning",
    Stage.COMPOSE: "composing the text",
}


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything the front page is computed from."""

    site: str
    crawl: CrawlFacts
    counts: Counts
    rules: Sequence[RuleTally]
    folding: Folding  # of all places
    folding_to_do: Folding  # of those that need a text
    captions: Sequence[CaptionSource]
    skipped: Sequence[tuple[str, int]]
    pages: Sequence[tuple[PageState, str | None, int]]
    failed_images: Sequence[ImageFailure]  # the first few
    failed_pages: Sequence[PageFailure]  # the first few
    failures: int  # lines of failures.csv
    model_note: str | None  # licence and origin of the model, in a sentence
    elapsed_s: float | None  # of the whole run
    rows_per_page: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what it says."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class FoldStep:
    """How many are left after one step of folding places into pictures."""

    label: str
    explanation: str
    all_places: str
    to_do: str  # of the places that need a text


@dataclass(frozen=True, slots=True)
class Download:
    """One of the CSV files."""

    file: str
    title: str
    rows: str
    explanation: str


@dataclass(frozen=True, slots=True)
class RuleView:
    """How often a rule is broken; `width` is its bar, 100 for the most frequent."""

    rule: str
    severity: str
    example: str
    occurrences: str
    images: str
    width: float


@dataclass(frozen=True, slots=True)
class FailureView:
    """Failures with one code: what happened, what to do."""

    code: str
    stage: str
    number: str
    happened: str
    action: str


@dataclass(frozen=True, slots=True)
class ExampleView:
    """One failed image, or one page that was not read."""

    address: Link
    code: str
    message: str
    page: Link | None  # that shows the image


@dataclass(frozen=True, slots=True)
class ModelView:
    """A model and how much of what the store holds is its work."""

    model: str
    revision: str
    pictures: str
    abstained: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """The whole front page; every field is used by the templates, and they use nothing else."""

    site: str
    facts: tuple[Fact, ...]
    headline_number: str
    headline: str
    steps: tuple[Step, ...]
    downloads: tuple[Download, ...]
    places: Breakdown
    rows_by_status: Breakdown
    folding: tuple[FoldStep, ...]
    queue: Breakdown
    skipped: tuple[Fact, ...]
    rules: tuple[RuleView, ...]
    models: tuple[ModelView, ...]
    abstentions: str | None
    model_note: str | None
    image_failures: tuple[FailureView, ...]
    failed_images: tuple[ExampleView, ...]
    failed_images_left: str | None
    page_failures: tuple[FailureView, ...]
    failed_pages: tuple[ExampleView, ...]
    failed_pages_left: str | None
    crawl_counts: tuple[Fact, ...]
    rows: RowsView


def report_view(sources: Sources, totals: Totals, rows: RowsView) -> ReportView:
    """The front page. `totals` are those of all rows, `rows` the first page of them."""
    counts = sources.counts
    places = counts.occurrences
    needy = sum(counts.classifications[name] for name in NEEDS_TEXT)
    failed = counts.queue[QueueState.FAILED]
    missed = sum(pages for state, _, pages in sources.pages if state in {PageState.FAILED, PageState.SKIPPED})
    return ReportView(
        site=sources.site,
        facts=tuple(_facts(sources)),
        headline_number=number(needy),
        headline=f"of {counted(places, 'image place')} on {counted(counts.pages, 'page')} "
        f"{'needs' if needy == 1 else 'need'} an alt text",
        steps=steps(totals, sources.crawl.state, failed, sources.rows_per_page),
        downloads=_downloads(totals, sources.failures),
        places=breakdown((c, *CLASSIFICATION_LABELS[c], counts.classifications[c]) for c in _ORDER),
        rows_by_status=breakdown((s, *STATUS_LABELS[s], totals.statuses[s]) for s in STATUS_LABELS),
        folding=tuple(_folding(sources.folding, sources.folding_to_do)),
        queue=breakdown((q, *_QUEUE_LABELS[q], counts.queue[q]) for q in _QUEUE_LABELS),
        skipped=tuple(Fact(SKIPPED.get(code, code), number(n)) for code, n in sources.skipped),
        rules=_rules(sources.rules),
        models=tuple(
            ModelView(
                source.model,
                source.revision,
                number(source.pictures),
                f"{number(source.abstained)} ({share(source.abstained, source.pictures)})",
            )
            for source in sources.captions
        ),
        abstentions=_abstentions(sources.captions),
        model_note=sources.model_note,
        image_failures=tuple(_image_failures(counts.failures)),
        failed_images=tuple(_failed_image(failure) for failure in sources.failed_images),
        failed_images_left=_left(failed, len(sources.failed_images), "image"),
        page_failures=tuple(_page_failures(sources.pages)),
        failed_pages=tuple(_failed_page(failure) for failure in sources.failed_pages),
        failed_pages_left=_left(missed, len(sources.failed_pages), "page"),
        crawl_counts=tuple(_crawl_counts(sources.crawl.stats)),
        rows=rows,
    )


_ORDER = (*NEEDS_TEXT, Classification.OK, Classification.DECORATIVE, Classification.IGNORED)


def _facts(sources: Sources) -> Iterator[Fact]:
    crawl = sources.crawl
    yield Fact("Crawled", date(crawl.started_at))
    yield Fact("Crawl", _CRAWL_STATES.get(crawl.state, crawl.state))
    if crawl.finished_at is not None:
        yield Fact("Crawl took", duration((crawl.finished_at - crawl.started_at).total_seconds()))
    if sources.elapsed_s is not None:
        yield Fact("Whole run took", duration(sources.elapsed_s))
    yield Fact("Pages read", number(sources.counts.pages))
    yield Fact("Images", number(sources.counts.images))


def _downloads(totals: Totals, failures: int) -> tuple[Download, ...]:
    return (
        Download(
            "editors.csv",
            "For editors",
            counted(totals.rows, "row"),
            "Every row below with its problem and suggestion, to open in a spreadsheet. "
            "Your own text goes into the column new_alt.",
        ),
        Download(
            "import.csv",
            "For the CMS",
            counted(totals.importable, "row"),
            "The texts that a person approved, ready to be put on the site; drafts only with --include-pending.",
        ),
        Download(
            "failures.csv",
            "What was not covered",
            counted(failures, "row"),
            "Every failed image and every page that was not read, with the reason.",
        ),
    )


_FOLDING = (
    ("occurrences", "Places where an image stands", "Alt text belongs to each of them."),
    ("with_address", "Places with a picture to fetch", "The others have no address: most are drawn in the page."),
    ("addresses", "Addresses as written", "Places that write the same address are counted once."),
    ("images", "Images", "Addresses that differ only in size, quality, format or a cache mark are one image."),
    ("fetched", "Images fetched so far", "Only what needs a text is fetched; the rest waits, failed or needs none."),
    ("pictures", "Pictures", "Images whose files are the same to the byte are one picture: the model looks once."),
    ("looks", "Pictures that look different", "A hint only: look-alikes keep a text each. A row's details name them."),
)


def _folding(everything: Folding, to_do: Folding) -> Iterator[FoldStep]:
    for name, label, explanation in _FOLDING:
        yield FoldStep(label, explanation, number(getattr(everything, name)), number(getattr(to_do, name)))


def _rules(rules: Sequence[RuleTally]) -> tuple[RuleView, ...]:
    most = max((rule.occurrences for rule in rules), default=1)
    return tuple(
        RuleView(
            rule=rule.rule,
            severity=rule.severity,
            example=bounded(rule.example),
            occurrences=number(rule.occurrences),
            images=number(rule.images),
            width=round(100 * rule.occurrences / most, 3),
        )
        for rule in rules
    )


def _abstentions(captions: Sequence[CaptionSource]) -> str | None:
    abstained = sum(source.abstained for source in captions)
    if not abstained:
        return None
    return (
        f"Of {counted(abstained, 'picture')} the model said nothing, because it was not sure enough. "
        "That is meant: a wrong text is worse than none. Such a place gets its text from what stands around "
        "it (a link, a caption, a product's name), or has no suggestion and is yours to write."
    )


def _image_failures(failures: Iterable[FailureTally]) -> Iterator[FailureView]:
    for tally in sorted(failures, key=lambda tally: (-tally.images, tally.name)):
        reason = explain(tally.code, tally.stage)
        yield FailureView(tally.code, _STAGES[tally.stage], number(tally.images), reason.happened, reason.action)


def _page_failures(pages: Sequence[tuple[PageState, str | None, int]]) -> Iterator[FailureView]:
    for wanted in (PageState.FAILED, PageState.SKIPPED):
        for state, code, found in pages:
            if state is not wanted:
                continue
            reason = explain(code or "")
            yield FailureView(code or "", state, number(found), reason.happened, reason.action)


def _failed_image(failure: ImageFailure) -> ExampleView:
    message = failure.message or explain(failure.code, failure.stage).happened
    return ExampleView(link(failure.url), failure.code, bounded(message), link(failure.page_url))


def _failed_page(failure: PageFailure) -> ExampleView:
    return ExampleView(link(failure.url), failure.code, explain(failure.code).happened, None)


def _left(whole: int, shown: int, what: str) -> str | None:
    return f"{counted(whole - shown, f'more {what}')} in failures.csv" if whole > shown else None


def _crawl_counts(stats: dict[str, Any], prefix: str = "") -> Iterator[Fact]:
    for name, value in sorted(stats.items()):
        label = f"{prefix}{name.replace('_', ' ').replace('/', ': ')}"
        if isinstance(value, dict):
            yield from _crawl_counts(value, f"{label}: ")
        elif isinstance(value, int) and not isinstance(value, bool):
            yield Fact(label, number(value))
