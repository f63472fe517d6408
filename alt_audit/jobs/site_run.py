"""A run of one planned site: crawl, caption, suggest, report; noted in the store step by step."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from alt_audit.jobs.credentials import with_credentials
from alt_audit.jobs.events import Event, OnEvent, PagesCrawled, StepBegun
from alt_audit.jobs.pages import PageSource, read_pages
from alt_audit.jobs.plans import planned_site
from alt_audit.jobs.run import check_models, finish_audit
from alt_audit.jobs.time_limit import limited
from alt_audit.sites.due import due_at, goes_on
from alt_audit.sites.plan import settings_of_site
from core.errors import AltAuditError, CrawlError, StoreError, UsageError
from core.records import NEEDS_TEXT, RunState, Step
from core.text import counted, storable
from store.counts import counts, images_shown
from store.engine import reading, writing
from store.migrate import opened
from store.runs import begin_run, figures_before, last_runs, newest_crawl, note_run
from store.site_lock import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from alt_audit.config import Settings
    from alt_audit.jobs.run import AuditResult
    from alt_audit.sites.plan import SitePlan
    from crawler.run import CrawlSummary
    from store.losses import Fall
    from store.runs import RunRecord
    from store.sites import Site

MANY_TIMES = 10  # as many images as the last time: a trap, or a relaunch
MAX_UNREAD = 3  # start URLs that could not be read, or that have moved, named among the warnings
MAX_ERROR_CHARS = 2000
STOPPED = "stopped; the next run goes on from there"


@dataclass(frozen=True, slots=True)
class SiteRun:
    """How a run ended that did not fail."""

    audit: AuditResult
    warnings: tuple[str, ...]


def run_site(
    settings: Settings, name: str, on_event: OnEvent, *, if_due: bool = False, accept_loss: bool = False
) -> SiteRun | None:
    """Do all that is planned for a site, now. None with `if_due` where it is not due any more.

    A run that was cut short, or failed, after its crawl goes on from there until the site is due again. `accept_loss`
    takes pages for gone although far fewer were read than are known. `settings` are the common ones.

    Twisted's reactor starts once, so a process calls it once. Raises UsageError when the site is not planned,
    SiteBusyError while another process runs it; and what the run failed with, KeyboardInterrupt and TimeLimitError
    included, once that is noted. A report is only written where the site was read, so the last good one stays.
    """
    with opened(settings.database) as engine:
        with reading(engine) as session:
            one = planned_site(session, name)
        if one.plan is None:
            raise UsageError(f"{name}: {one.fault}")
        with running(engine, one.site):
            now = datetime.now(UTC)
            with writing(engine) as session:
                last = last_runs(session, now, one.site.id).get(one.site.id)
                due = due_at(one.plan, last, now)
                if if_due and (due is None or due > now):
                    return None
                run = begin_run(
                    session,
                    one.site.id,
                    due_at=min(due or now, now),
                    now=now,
                    last=last,
                    after_crawl=not accept_loss and goes_on(one.plan, last, now),
                )
            with _ending(engine, run), limited(one.plan.max_hours):
                return _run(engine, run, one.site, one.plan, settings, on_event, accept_loss=accept_loss)


@contextmanager
def _ending(engine: Engine, run: RunRecord) -> Iterator[None]:
    """Note how the run ended; what was raised goes on."""
    state, error = RunState.FAILED, None
    try:
        yield
        state = RunState.DONE
    except KeyboardInterrupt:
        state, error = RunState.STOPPED, STOPPED
        raise
    except AltAuditError as problem:
        error = storable(str(problem))[:MAX_ERROR_CHARS]
        raise
    except BaseException as problem:  # whose words may hold anything
        error = f"broke down ({type(problem).__name__}); its log says where"
        raise
    finally:
        with suppress(StoreError):  # with a store that is gone, what was raised says more
            _note(engine, run, state=state, error=error, ended_at=datetime.now(UTC))


def _run(
    engine: Engine,
    run: RunRecord,
    site: Site,
    plan: SitePlan,
    settings: Settings,
    on_event: OnEvent,
    *,
    accept_loss: bool,
) -> SiteRun:
    started = time.monotonic()
    settings = settings_of_site(settings, plan)
    if accept_loss:
        crawl = settings.crawl.model_copy(update={"accept_loss": True})
        settings = settings.model_copy(update={"crawl": crawl})
    check_models(settings)
    settings = with_credentials(settings, on_event, plan.urls)
    crawled: list[CrawlSummary] = []

    def tell(event: Event) -> None:
        if isinstance(event, StepBegun):
            _note(engine, run, step=event.step)
        elif isinstance(event, PagesCrawled):
            crawled.append(event.summary)
        on_event(event)

    warnings = list(run.warnings)
    if run.step is Step.CRAWL:
        tell(StepBegun(Step.CRAWL))
        with _pages_of(plan, settings) as source:
            pages = read_pages(source, settings, tell)
        if pages.interrupted:
            raise KeyboardInterrupt
        unread = [line for summary in crawled for line in summary.failed_starts]
        for _, fall in (each for summary in crawled for each in summary.falls):
            raise CrawlError("\n".join([*unread[:1], _fallen(site, fall)]))
        moved = [_moved(plan, *each) for summary in crawled for each in summary.moved.items()]
        warnings += [*unread[:MAX_UNREAD], *moved[:MAX_UNREAD], *_note_crawled(engine, run)]
        _note(engine, run, warnings=warnings)
    audit = finish_audit([site], settings, tell, started=started)
    if audit.failure is not None:
        raise audit.failure
    if audit.captioned is not None and audit.captioned.summary.interrupted:
        raise KeyboardInterrupt
    if audit.captioned is not None and audit.captioned.left:
        warnings.append(f"{counted(audit.captioned.left, 'image')} left to another worker, which holds them")
    _note(engine, run, warnings=warnings)
    return SiteRun(audit, tuple(warnings))


@contextmanager
def _pages_of(plan: SitePlan, settings: Settings) -> Iterator[PageSource]:
    """Where the pages of a site come from; a list on the web is fetched."""
    from alt_audit.download import download
    from crawler.inputs.base import InputFile
    from crawler.inputs.kinds.lists import INPUT

    if plan.list_file is None:
        yield PageSource(plan.urls, site=plan.name)
    elif not plan.list_is_address:
        yield PageSource(files=[InputFile(INPUT, Path(plan.list_file))], site=plan.name)
    else:
        with TemporaryDirectory(prefix="alt-audit-list-") as folder:
            name = PurePosixPath(urlsplit(plan.list_file).path).name or "list"
            path = Path(folder) / f"list{PurePosixPath(name).suffix[:10]}"
            path.write_bytes(download(plan.list_file, settings.crawl)[1])
            yield PageSource(files=[InputFile(INPUT, path)], site=plan.name)


def _note_crawled(engine: Engine, run: RunRecord) -> list[str]:
    """Note what the site is now; returns what of it people should look at."""
    with writing(engine) as session:
        before = figures_before(session, run.site_id, run.id)
        numbers = counts(session, run.site_id)
        now: dict[str, Any] = {
            "pages": numbers.pages,
            "images": images_shown(session, run.site_id),
            "places": numbers.occurrences,
            "needing_text": sum(numbers.classifications[name] for name in NEEDS_TEXT),
        }
        note_run(session, run.id, counts=now, crawl_id=newest_crawl(session, run.site_id))
    return list(_grown(before.get("images", 0), now["images"]))


def _grown(before: int, now: int) -> Iterator[str]:
    if before and now >= MANY_TIMES * before:
        yield (
            f"{now:,} images, {now // before} times the {before:,} of the last run: look whether the crawl fell into a "
            "trap (crawl.exclude)"
        )


def _moved(plan: SitePlan, url: str, target: str) -> str:
    return (
        f"{url} leads to {target} for good now, and what stands there is read in its place. If the site has moved: "
        f"alt-audit sites edit '{plan.name}' {target}. If not, look who sends its visitors away"
    )


def _fallen(site: Site, fall: Fall) -> str:
    return (
        f"Of {counted(fall.known, 'page')} known before, {fall.read:,} {'was' if fall.read == 1 else 'were'} read: "
        "errors, a login, a bot check or maintenance may stand before the others. Nothing is taken for gone, and the "
        f"last report stays. If the site has shrunk so far: alt-audit sites run '{site.name}' --accept-loss"
    )


def _note(engine: Engine, run: RunRecord, **values: object) -> None:
    with writing(engine) as session:
        note_run(session, run.id, **values)
