"""What is said of many sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from alt_audit.console.terminal import say, stdout
from core.records import RunState
from core.text import counted, shorten, shown_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from alt_audit.jobs.events import SiteEnded
    from alt_audit.jobs.plans import ImportedPlans
    from alt_audit.jobs.site_status import SiteStatus

MAX_REASON = 500  # characters of why a site fails
MAX_NAMED = 3  # sites, of which a destination was not told
MAX_NAME = 18  # columns of its name in a table
_TITLES = ("Site", "Last crawl", "Pages", "Good alt", "Trend", "Run", "Next (UTC)")
_RIGHT = (False, False, True, True, True, False, False)


def say_imported(file: Path, done: ImportedPlans) -> None:
    """Say what became of the sites of a file."""
    for line in done.faults:
        say(f"{file}, {line}")
    for line in done.warnings:
        say(f"{file}, {line}.")
    say(f"{file}: {len(done.added):,} added, {len(done.changed):,} changed, {len(done.same):,} as before.")
    if done.paused:
        say(f"Paused, since the file does not name them: {', '.join(done.paused)}.")


def say_ended(event: SiteEnded) -> None:
    """Say how the run of a site ended, and what is to be looked at."""
    if event.state is None:
        say(f"{event.site}: nothing to do any more; another process has done it, or is at it.")
        return
    if event.state is RunState.DONE:
        say(f"{event.site}: done in {_span(event.seconds)}.")
    else:
        again = f" It is due again {_time(event.again_at)} UTC." if event.again_at is not None else ""
        log = f" Log: {event.log}." if event.log is not None else ""
        reason = shorten(event.error or "", MAX_REASON).rstrip(".")
        say(f"{event.site}: {event.state} after {_span(event.seconds)}: {reason}.{again}{log}")
    for warning in event.warnings:
        say(f"{event.site}: {warning}.")


def print_statuses(sites: Sequence[SiteStatus]) -> None:
    """Print a line for each site, and below them why some fail, what is to be looked at, and who was not told."""
    rows = [_TITLES, *map(_cells, sites)]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    widths[0] = min(widths[0], MAX_NAME)
    lines = ("  ".join(map(_padded, row, widths, _RIGHT)).rstrip() for row in rows)
    stdout.print("\n".join(lines), markup=False)
    for site in sites:
        since = ""
        if site.failing_since is not None:
            since = f"failing since {_time(site.failing_since)} ({counted(site.attempts, 'try', 'tries')}): "
        log = f" (log: {site.log})" if site.log is not None else ""
        if site.error is not None:
            stdout.print(shown_line(f"{site.name}: {since}{shorten(site.error, MAX_REASON)}{log}"), markup=False)
        for warning in site.warnings:
            stdout.print(shown_line(f"{site.name}: {warning}"), markup=False)
    for (destination, why), names in _not_told(sites).items():
        more = f" and {counted(len(names) - MAX_NAMED, 'more site')}" if len(names) > MAX_NAMED else ""
        about = f"{', '.join(names[:MAX_NAMED])}{more}"
        reason = shorten(why, MAX_REASON).rstrip(".")
        stdout.print(shown_line(f"{destination} was not told of {about}, and is the next time: {reason}"), markup=False)


def _not_told(sites: Sequence[SiteStatus]) -> dict[tuple[str, str], list[str]]:
    """(destination, why) -> the sites that something is still to be told of."""
    found: dict[tuple[str, str], list[str]] = {}
    for site in sites:
        for told in site.not_told.items():
            found.setdefault(told, []).append(site.name)
    return found


def _padded(cell: str, width: int, right: bool) -> str:
    if right or cell.isascii():
        cell = cell[:width]
        return cell.rjust(width) if right else cell.ljust(width)
    return set_cell_size(cell, width)


def _cells(site: SiteStatus) -> tuple[str, ...]:
    coverage = site.coverage.now if site.coverage is not None else None
    return (
        shown_line(site.name),
        _time(site.crawl.at) if site.crawl is not None else "never",
        f"{site.crawl.pages:,}" if site.crawl is not None else "",
        f"{coverage:.1%}" if coverage is not None else "",
        _trend(site),
        str(site.last or (site.crawl.state if site.crawl is not None else "")),
        _time(site.due_at) if site.when == "later" and site.due_at is not None else str(site.when),
    )


def _trend(site: SiteStatus) -> str:
    """Percentage points against the crawl before, in brackets where that went by other rules or settings."""
    coverage = site.coverage
    if coverage is None or coverage.now is None or coverage.before is None:
        return ""
    points = f"{100 * (coverage.now - coverage.before):+.1f}"
    return points if coverage.comparable else f"({points})"


def _time(moment: datetime) -> str:
    return f"{moment:%y-%m-%d %H:%M}"


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
