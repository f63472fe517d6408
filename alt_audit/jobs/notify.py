"""The people concerned are told what changed on the sites, once: what each destination knows is in the store.

A message is noted once its service has taken it. So one that hangs or refuses is told the next time, and only a process
that is killed between the two says something twice.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from alt_audit.jobs.events import NotTold, Told
from alt_audit.jobs.plans import planned_in
from alt_audit.notifying.deliver import LIMIT_S, deliver
from alt_audit.notifying.gather import changes
from alt_audit.notifying.message import Message, SiteNews, compose, trial
from alt_audit.notifying.options import Digest, News
from alt_audit.sites.folders import folder_name
from core.errors import AltAuditError, SiteBusyError, UsageError
from core.records import RunState
from core.text import storable
from store.engine import reading, writing
from store.migrate import opened
from store.notices import ended_runs, note_told, notices, warnings_of
from store.site_lock import telling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from alt_audit.config import Settings
    from alt_audit.jobs.events import OnEvent
    from alt_audit.jobs.plans import PlannedSite
    from alt_audit.sites.plan import SitePlan
    from store.models import Notice
    from store.notices import EndedRuns

RETRY_AFTER = timedelta(minutes=10)  # a service that failed is left alone meanwhile
BUSY_S = 60.0  # waited for another process that tells people


@dataclass(slots=True)
class _Told:
    """One site for one destination: what there is to say, and what is noted once that is said."""

    site_id: int
    news: SiteNews
    note: dict[str, Any] = field(default_factory=dict)


def notify(settings: Settings, on_event: OnEvent, *, again: bool = False, limit_s: float = LIMIT_S) -> bool:
    """Tell each destination what it does not know yet; returns whether all were told.

    One that could not be told is left alone for a while, but `again`. Raises SiteBusyError while another process tells
    people, and StoreError.
    """
    if not settings.notify.destinations:
        return True
    with opened(settings.database) as engine, _alone(engine):
        messages = _Messages(engine, settings, on_event, datetime.now(UTC), limit_s)
        messages.refuse_unknown()
        told = [messages.to(name, again=again) for name in settings.notify.destinations]
        return all(told)


def notify_beside(settings: Settings, on_event: OnEvent) -> None:
    """As `notify`, for those whose own work is not to fail for it: what goes wrong is told as an event."""
    try:
        notify(settings, on_event)
    except AltAuditError as error:
        on_event(NotTold(None, str(error)))
    except Exception as error:
        on_event(NotTold(None, f"it broke down ({type(error).__name__})"))


def preview(settings: Settings) -> list[tuple[str, Message]]:
    """What `notify` would send now, with the names of the destinations."""
    with opened(settings.database) as engine:
        messages = _Messages(engine, settings, lambda _: None, datetime.now(UTC), LIMIT_S)
        return [
            (name, compose([told.news for told in some]))
            for name in settings.notify.destinations
            for some in messages.waiting(name)[0]
        ]


def send_trial(settings: Settings, name: str) -> str | None:
    """Send a test message to a destination; returns why it was not taken. Raises UsageError when there is none such."""
    address = settings.notify.destinations.get(name)
    if address is None:
        known = ", ".join(settings.notify.destinations) or "none yet"
        raise UsageError(f"notify.destinations has no {name!r}: it has {known}")
    return deliver(name, address, trial(name))


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Be the only one who tells people, once the one who is at it has ended."""
    until = time.monotonic() + BUSY_S
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(telling(engine))
                break
            except SiteBusyError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)
        yield


class _Messages:
    """What there is to tell everybody, as the store stands."""

    def __init__(self, engine: Engine, settings: Settings, on_event: OnEvent, now: datetime, limit_s: float) -> None:
        self._engine, self._settings, self._on_event = engine, settings, on_event
        self._now, self._limit_s = now, limit_s
        with reading(engine) as session:
            self._planned = planned_in(session)
            self._runs = ended_runs(session)

    def refuse_unknown(self) -> None:
        """Tell of names that plans give and that are no destinations."""
        known = self._settings.notify.destinations
        for one in self._planned:
            for name in one.plan.notify if one.plan is not None else ():
                if name not in known:
                    self._on_event(NotTold(name, f"{one.site.name} names it, and notify.destinations does not"))

    def to(self, name: str, *, again: bool) -> bool:
        """Tell one destination; returns whether it knows everything now."""
        with reading(self._engine) as session:
            tried = [each.tried_at for each in notices(session, name).values() if each.tried_at is not None]
        if tried and not again and max(tried) > self._now - RETRY_AFTER:
            return False
        messages, quiet = self.waiting(name)
        self._note(name, quiet)
        for some in messages:
            error = self._deliver(name, compose([told.news for told in some]))
            if error is not None:
                failed = {"tried_at": self._now, "error": storable(error)}
                self._note(name, [_Told(told.site_id, told.news, failed) for told in some])
                self._on_event(NotTold(name, error))
                return False  # what else it is to be told waits, too
            self._note(name, [replace(told, note=told.note | {"tried_at": None, "error": None}) for told in some])
            self._on_event(Told(name, [told.news.site for told in some]))
        return True

    def waiting(self, name: str) -> tuple[list[list[_Told]], list[_Told]]:
        """The messages to a destination, each of one site or several; and the sites of which nothing is to be said."""
        options = self._settings.notify
        with reading(self._engine) as session:
            known = notices(session, name)
            last = max((each.told_at for each in known.values() if each.told_at is not None), default=None)
            is_due = last is None or self._now - last >= options.digest.wait
            found = [
                self._of_site(session, one, one.plan, self._runs[one.site.id], known.get(one.site.id), is_due=is_due)
                for one in self._planned
                if one.plan is not None and name in one.plan.notify and one.site.id in self._runs
            ]
        news = [told for told in found if not told.news.is_quiet]
        quiet = [told for told in found if told.news.is_quiet and told.note]
        if options.digest is Digest.EACH or not news:
            return [[told] for told in news], quiet
        return [sorted(news, key=lambda told: told.news.broken is None)], quiet

    def _of_site(
        self,
        session: Session,
        one: PlannedSite,
        plan: SitePlan,
        runs: EndedRuns,
        notice: Notice | None,
        *,
        is_due: bool,
    ) -> _Told:
        options = self._settings.notify
        note: dict[str, Any] = {}
        news = SiteNews(one.site.name)
        done = runs.done
        if done is not None and is_due and (notice is None or done.id > (notice.run_id or 0)):
            base = done.crawl_id
            if done.crawl_id is not None:
                told = notice.crawl_id if notice is not None else None
                news, base = changes(session, one.site, options, told=told, crawl_id=done.crawl_id)
            if News.WARNING in options.events:
                before = warnings_of(session, notice.run_id) if notice is not None else ()
                news = replace(news, warnings=tuple(line for line in done.warnings if line not in before))
            note |= {"run_id": done.id, "crawl_id": base} | ({} if news.is_quiet else {"told_at": self._now})
        fails, knows = runs.newest.state is RunState.FAILED, notice is not None and notice.failing
        if fails != knows:
            note["failing"] = fails
        broken = runs.newest.error or "" if fails and not knows and News.BROKEN in options.events else None
        recovered = knows and not fails and News.RECOVERED in options.events
        return _Told(one.site.id, replace(news, broken=broken, recovered=recovered, report=self._link(one, plan)), note)

    def _link(self, one: PlannedSite, plan: SitePlan) -> str | None:
        own = plan.settings.report
        url = own.public_url if "public_url" in own.model_fields_set else self._settings.report.public_url
        return url.replace("{site}", folder_name(one.site.name)) if url is not None else None

    def _deliver(self, name: str, message: Message) -> str | None:
        try:
            return deliver(name, self._settings.notify.destinations[name], message, self._limit_s)
        except UsageError as error:  # a variable that is not set
            return str(error)

    def _note(self, name: str, told: Sequence[_Told]) -> None:
        if told:
            with writing(self._engine) as session:
                note_told(session, name, {each.site_id: each.note for each in told})
