"""The stages as the command line runs them: with progress on stderr and a summary at the end."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from alt_audit.console import bar, say, table
from core.errors import AltAuditError, UsageError
from core.failures import explain
from core.records import Classification, QueueState
from core.text import counted
from store.address import parse_url, shown
from store.counts import counts, rule_tallies
from store.engine import reading, writing
from store.migrate import is_there, opened
from store.sites import MAX_SITES, crawled_sites

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from alt_audit.config import Settings
    from captioning.worker.metrics import Metrics
    from captioning.worker.results import Summary
    from crawler.run import CrawlSummary
    from inference.protocol import Captioner
    from reports.write import ReportFiles
    from store.counts import Counts
    from store.sites import Site

STORE_POLL_S = 2.0  # how often a worker looks whether the store is there

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CaptionRun:
    """What a captioning stage did, and with what."""

    summary: Summary
    model_note: str
    left: int = 0  # images that it leaves behind, since another worker holds them

    @property
    def is_whole(self) -> bool:
        """Whether no image is left that waits or is in work."""
        return not self.summary.interrupted and not self.left


def crawl(seeds: Sequence[str], settings: Settings, *, fresh: bool = False, listed: bool = False) -> CrawlSummary:
    """Crawl the site of the start URLs into the store; `listed` ones come from a file."""
    from crawler.failures import explained
    from crawler.run import crawl_site

    with opened(settings.database, create=True):
        pass  # says what is wrong with it before any page is fetched
    started = time.monotonic()
    with bar("Pages ", "pages") as update:
        result = crawl_site(
            seeds, settings.database, settings.crawl, settings.rules, fresh=fresh, listed=listed, progress=update
        )
    pages, failed, skipped = (
        result.counts.get("pages", 0),
        sum(number for name, number in result.counts.items() if name.startswith("failed/")),
        sum(number for name, number in result.counts.items() if name.startswith("skipped/")),
    )
    seconds = time.monotonic() - started
    again = " (went on where the last run stopped)" if result.resumed else ""
    unchanged = f" ({result.counts['unchanged']:,} unchanged)" if result.counts.get("unchanged") else ""
    say(
        f"Crawled {counted(pages, 'page')}{unchanged} in {seconds:.1f} s{again}; {failed:,} failed, "
        f"{counted(skipped, 'link')} left out."
    )
    for line in explained(result.counts):
        say(f"  {line}")
    for refusal in result.refusals:
        say(f"  {refusal}.")
    if result.networks:
        say(f"  A start URL names {' and '.join(result.networks)}: pages and images there may be fetched.")
    _say_rendered(result.counts)
    if result.limited:
        say(f"  Stopped at crawl.limit_pages ({settings.crawl.limit_pages}): what else the site has was not read.")
    if result.interrupted:
        say("Stopped before the end. All that was read is stored; the same command goes on from there.")
    else:
        judge_whole_site(settings, result.site, crawl_id=result.crawl_id)
    return result


def judge_whole_site(settings: Settings, site: Site, *, crawl_id: int | None = None) -> None:
    """Judge what no page alone can show: after a crawl, and when the pictures themselves are known."""
    from crawler.sitewide import judge_site

    with opened(settings.database) as engine, writing(engine) as session:
        judge_site(session, site.id, settings.rules, crawl_id=crawl_id)


def _say_rendered(counts: dict[str, int]) -> None:
    if not counts.get("rendered"):
        return
    say(f"  {counted(counts['rendered'], 'page was', 'pages were')} rendered in Chromium.")
    for name, what in (
        ("render_never_idle", "never stopped loading: what was there after some seconds was read"),
        ("render_scroll_limit", "grew on and on while they were scrolled: what had come by then was read"),
    ):
        if counts.get(name):
            say(f"  {name}: {counts[name]} of them {what}.")


@dataclass(frozen=True, slots=True)
class AuditRun:
    """What judging a stored site again changed."""

    site: str
    changed: bool
    before: dict[str, int]  # how often each class, then each rule, is found
    after: dict[str, int]


def audit(settings: Settings, *, site: str | None = None) -> AuditRun:
    """Judge a site again from the store, the last crawled one by default."""
    from crawler.rejudge import rejudge_site

    chosen = chosen_site(settings, site)
    started = time.monotonic()
    with opened(settings.database) as engine:
        with reading(engine) as session:
            before = _judgement_counts(session, chosen.id)
        with bar("Pages ", "pages") as update:
            result = rejudge_site(engine, chosen.id, settings.rules, progress=update)
        with reading(engine) as session:
            after = _judgement_counts(session, chosen.id)
    changed = result.occurrences + result.site_findings > 0
    say(
        f"Judged {counted(result.pages, 'page')} with images again in {time.monotonic() - started:.1f} s: "
        f"{counted(result.occurrences, 'place')} judged otherwise, {counted(result.site_findings, 'finding')} on the "
        "whole site changed."
    )
    return AuditRun(chosen.name, changed, before, after)


def _judgement_counts(session: Session, site_id: int) -> dict[str, int]:
    classes = counts(session, site_id).classifications
    rules = {tally.rule: tally.occurrences for tally in rule_tallies(session, site_id)}
    return {str(name): number for name, number in classes.items()} | rules


def caption(
    settings: Settings,
    *,
    watch: bool = False,
    retry_failed: bool = False,
    code: str | None = None,
    recaption: bool = False,
    refresh: bool = False,
) -> CaptionRun | None:
    """Caption what the queue holds. None when there is nothing to do: no model is loaded for that.

    `retry_failed` also takes what failed, or what failed with one `code`; `recaption` what other models have
    captioned; `refresh` what is captioned, if it has changed since. Raises UsageError for a code that there is not.
    """
    from captioning.captioners.select import load_captioner
    from captioning.worker.worker import caption_key
    from store import captions, queue

    if watch:
        _await_store(settings.database)
    with opened(settings.database) as engine:
        with reading(engine) as session:
            failed = _failed_with(session, code) if retry_failed else 0
            looked_at = counts(session).queue[QueueState.CAPTIONED] if refresh or recaption else 0
            waiting = queue.waiting(session)
            undrafted = captions.needs_drafts(session)
        if retry_failed and not failed:
            say("No image has failed." if code is None else f"No image is failed with {code} now.")
        if not (waiting or undrafted or failed or looked_at or watch):
            say("No image waits for a caption.")
            return None
        # Nothing goes back into the queue for a model that cannot be had.
        captioner = load_captioner(settings.caption, say)
        with writing(engine) as session:
            if failed:
                stage, _, reason = (code or "").partition("/")
                requeued = queue.retry_failed(session, *((stage, reason) if code is not None else ()))
                say(f"{counted(requeued, 'failed image is', 'failed images are')} back in the queue.")
            if refresh:
                again = counted(queue.requeue_captioned(session), "captioned image is", "captioned images are")
                say(f"{again} looked at for changes.")
            if recaption:
                others = captions.requeue_others(session, caption_key(captioner))
                again = counted(
                    others, "image that another model captioned is", "images that other models captioned are"
                )
                say(f"{again} back in the queue.")
            waiting = queue.waiting(session)
        return _work(engine, captioner, waiting, settings, watch=watch)


def _await_store(database: str) -> None:
    """Wait for the crawl that makes the store: workers may be started before it."""
    if is_there(database):
        return
    say(f"There is no audit in {shown(parse_url(database))} yet: waiting for a crawl to begin one.")
    while not is_there(database):
        time.sleep(STORE_POLL_S)


def _failed_with(session: Session, code: str | None) -> int:
    """How many images have failed, with one code or in all. Raises UsageError for a code that there never was."""
    from store import queue

    failures = {tally.name: tally.images for tally in counts(session).failures}
    if code is None:
        return sum(failures.values())
    if code not in failures and not queue.ever_failed(session, *code.partition("/")[::2]):
        there = ", ".join(f"{name} ({number})" for name, number in failures.items())
        raise UsageError(
            f"no image has failed with {code!r}. "
            + (f"The codes there are: {there}" if there else "No image has failed at all.")
        )
    return failures.get(code, 0)


def _work(engine: Engine, captioner: Captioner, waiting: int, settings: Settings, *, watch: bool) -> CaptionRun:
    from captioning.captioners.select import load_captioner
    from captioning.worker.metrics import serving
    from captioning.worker.worker import Worker

    options = settings.caption
    load = partial(load_captioner, options, log.debug)
    started = time.monotonic()
    with bar("Images", "images") as update:

        def progress(metrics: Metrics) -> None:
            done = metrics.summary.done
            known = None if watch and done > waiting else max(waiting, done)  # what comes later is not known
            update(done, known, " ".join(f"{name} {n}" for name, n in metrics.depths().items()))

        worker = Worker(engine, captioner, options, load=load, rules=settings.rules, progress=progress)
        with serving(worker.metrics, options.metrics_host, options.metrics_port) as address:
            if address is not None:
                say(f"Metrics: {address}")
            failure = None
            try:
                asyncio.run(worker.run(watch=watch))
            except AltAuditError as error:
                failure = error  # what was done, and paid for, until then is said first
    summary = worker.summary
    seconds = time.monotonic() - started
    say(
        f"Captioned {counted(summary.captioned, 'image')} in {seconds:.1f} s ({summary.abstained:,} abstained, "
        f"{summary.reused:,} had the same bytes as another); {summary.failed.total():,} failed."
    )
    for reason, number in sorted(summary.failed.items()):
        stage, _, code = reason.partition("/")
        say(f"  {reason}: {number:,} ({explain(code, stage).happened.removesuffix('.')})")
    if summary.failed:
        may_pass = sum(n for reason, n in summary.failed.items() if explain(*reason.split("/")[::-1]).again)
        say(
            "  failures.csv of the report says what to do about each; 'alt-audit caption --retry-failed' tries them "
            f"again{f' ({may_pass:,} of them may pass)' if may_pass else ''}."
        )
    if captioner.usage is not None:
        say(f"The endpoint counted {captioner.usage}.")
    if failure is not None:
        say("All that was done is stored; what was not waits in the queue.")
        raise failure
    if summary.interrupted:
        stopped = "Stopped" if watch else "Stopped before the end"
        say(f"{stopped}. All that was done is stored; the same command goes on from there.")
    left = 0 if summary.interrupted else _say_leased(engine, options.lease_s)
    return CaptionRun(summary, captioner.info.description, left)


def estimate(settings: Settings) -> None:
    """Print what captioning the queue would take. Claims nothing."""
    from captioning.captioners.select import load_captioner
    from captioning.estimate import estimate as measure
    from store import queue

    with opened(settings.database) as engine, reading(engine) as session:
        waiting = queue.waiting(session)
    if not waiting:
        say("No image waits for a caption.")
        return
    captioner = load_captioner(settings.caption, say)
    found = measure(captioner, waiting, settings.caption)
    rows: list[tuple[str, object]] = [
        ("Pictures (same bytes at two addresses are one)", f"at most {waiting}"),
        ("Pictures a second, downloads not counted", f"{found.per_second:.3g}"),
        ("Minutes", f"{found.seconds / 60:.1f}"),
    ]
    if captioner.usage is not None:
        unknown = "the endpoint does not count" if found.input_tokens is None else None
        rows += [
            ("Tokens sent", unknown or found.input_tokens),
            ("Tokens answered", unknown or found.output_tokens),
            ("Cost", "unknown" if found.cost_usd is None else f"${found.cost_usd:.2f}"),
        ]
        say(f"The endpoint counted {captioner.usage} for this estimate.")
        if found.cost_usd is None and not unknown:
            say("For the cost, set caption.endpoint.usd_per_million_input and usd_per_million_output.")
    table("Estimate", rows)


def _say_leased(engine: Engine, lease_s: float) -> int:
    from store import queue

    with reading(engine) as session:
        leased = queue.leased(session)
    if leased:
        say(
            f"{counted(leased, 'image is', 'images are')} held by another worker and not done here. If that one has "
            f"died, run the same command again after {lease_s:g} s (caption.lease_s): they are free then."
        )
    return leased


def report(
    settings: Settings,
    *,
    site: str | None = None,
    out: Path | None = None,
    include_pending: bool = False,
    model_note: str | None = None,
    elapsed_s: float | None = None,
) -> ReportFiles:
    """Write the report of a site, the last crawled one by default."""
    from reports.write import write_report

    chosen = chosen_site(settings, site)
    with opened(settings.database) as engine:
        return write_report(
            engine,
            chosen,
            out or settings.out / folder_name(chosen.name),
            settings.report,
            include_pending=include_pending,
            model_note=model_note,
            elapsed_s=elapsed_s,
        )


def chosen_site(settings: Settings, site: str | None) -> Site:
    """The site that was asked for, or else crawled last. Raises UsageError when the store has no such site."""
    with opened(settings.database) as engine, reading(engine) as session:
        sites = crawled_sites(session)
        database = shown(engine.url)
    if not sites:
        raise UsageError(f"nothing was crawled into {database} yet: run 'alt-audit crawl URL' first")
    if site is None:
        return sites[0]
    for known in sites:
        if known.name == site:
            return known
    more = f", and {len(sites) - MAX_SITES} more" if len(sites) > MAX_SITES else ""
    names = ", ".join(known.name for known in sites[:MAX_SITES])
    raise UsageError(f"{site} was not crawled into {database}. It holds {names}{more}.")


def folder_name(site: str) -> str:
    """A site's name as a folder: no port separator, which Windows refuses."""
    return "".join(char if char.isalnum() or char in ".-" else "_" for char in site)


def read_counts(settings: Settings, site: Site | None = None) -> Counts:
    """The numbers of `status`."""
    with opened(settings.database) as engine, reading(engine) as session:
        return counts(session, site.id if site is not None else None)


def print_counts(title: str, numbers: Counts) -> None:
    """The numbers of `status` for people."""
    shown = numbers.classifications
    queue = numbers.queue
    rows: list[tuple[str, object]] = [
        ("Pages read", numbers.pages),
        ("Places with an image", numbers.occurrences),
        ("  alt text missing", shown[Classification.MISSING]),
        ("  alt text empty where one is needed", shown[Classification.EMPTY]),
        ("  alt text suspicious", shown[Classification.SUSPICIOUS]),
        ("  alt text fine", shown[Classification.OK]),
        ("  decoration, rightly silent", shown[Classification.DECORATIVE]),
        ("  ignored (hidden, tracking pixels)", shown[Classification.IGNORED]),
        ("Distinct image addresses", numbers.images),
        ("  captioned", queue[QueueState.CAPTIONED]),
        ("  failed", queue[QueueState.FAILED]),
        ("  waiting", queue[QueueState.PENDING] + queue[QueueState.LEASED]),
        ("  skipped: need no caption", queue[QueueState.SKIPPED]),
        ("Distinct pictures looked at", numbers.assets),
        ("Suggestions", sum(numbers.suggestions.values())),
    ]
    rows += [(f"  {state}", number) for state, number in numbers.suggestions.items() if number]
    rows += [(f"Failed: {tally.name}", tally.images) for tally in numbers.failures]
    table(title, rows)
