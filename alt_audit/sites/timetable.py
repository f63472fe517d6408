"""When a cron expression is due, in its own time zone. Pure.

APScheduler reads the fields and finds the times. Two of its readings are not those of cron, and are mended here: it
counts weekdays from Monday, and it wants day and weekday to fit both where cron takes either. A time that the clocks
skip is due as long after midnight as ever, and one that they show twice is due once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from core.errors import UsageError

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger

_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_EXAMPLE = "'0 3 * * 1' is Mondays at 3:00, '30 2 * * *' every night at 2:30"


class Timetable:
    """The times of a cron expression."""

    def __init__(self, trigger: BaseTrigger, zone: ZoneInfo) -> None:
        self._trigger, self._zone = trigger, zone

    def next_after(self, moment: datetime) -> datetime | None:
        """The first time after a moment, in UTC; None when there is none any more."""
        wall: datetime | None = moment.astimezone(self._zone).replace(tzinfo=UTC)
        while wall is not None:
            wall = self._trigger.get_next_fire_time(None, wall + timedelta(microseconds=1))
            if wall is not None:
                at = wall.replace(tzinfo=self._zone).astimezone(UTC)
                if at > moment:
                    return at
        return None


@lru_cache(maxsize=4096)
def timetable(cron: str, timezone: str) -> Timetable:
    """The times of five fields: minute, hour, day, month, weekday.

    Raises ValueError, which says what is wrong, for an expression that is none or a time zone that nobody knows, and
    UsageError without the extra that reads it.
    """
    zone = _zone(timezone)
    fields = cron.split()
    if len(fields) != 5:
        raise ValueError(f"cron {cron!r} has {len(fields)} fields, and needs five: {_EXAMPLE}")
    try:
        from apscheduler.triggers.combining import OrTrigger
        from apscheduler.triggers.cron import CronTrigger
    except ImportError:
        raise UsageError("times need APScheduler: pip install 'alt-audit[schedule]'") from None
    minute, hour, day, month, weekday = fields
    try:
        weekdays = _weekdays(weekday.lower())
        either = not day.startswith("*") and not weekday.startswith("*")
        pairs = [(day, "*"), ("*", weekdays)] if either else [(day, weekdays)]
        triggers = [
            CronTrigger(minute=minute, hour=hour, day=one, month=month, day_of_week=other, timezone=UTC)
            for one, other in pairs
        ]
    except ValueError as error:
        raise ValueError(f"cron {cron!r}: {error}. {_EXAMPLE}") from None
    return Timetable(OrTrigger(triggers) if either else triggers[0], zone)


def check_times(cron: str, timezone: str, now: datetime) -> None:
    """Raise ValueError for times that are none, or never come (30 February)."""
    if timetable(cron, timezone).next_after(now) is None:
        raise ValueError(f"cron {cron!r} is never due")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError; a folder, a name that leads out
        pass
    except KeyError:
        pass
    near = get_close_matches(name, available_timezones(), n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}?" if near else "Take one such as Europe/Berlin or UTC."
    raise ValueError(f"there is no time zone {name!r}. {hint}")


def _weekdays(field: str) -> str:
    """The weekdays of a field by name: numbers go from Sunday, 0 or 7, in cron."""
    days: set[int] = set()
    for part in field.split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if slash and not (step.isdecimal() and int(step)):
            raise ValueError(f"{part!r} is no step of weekdays")
        start, end = (0, 6) if span == "*" else (_weekday(first), _weekday(last if dash else first))
        if slash and not dash:
            end = 6
        if dash and end == 0 < start:
            end = 7
        if start > end:
            raise ValueError(f"{part!r} goes backwards: write it as two, with a comma")
        days |= {day % 7 for day in range(start, end + 1, int(step or 1))}
    return ",".join(_WEEKDAYS[day] for day in sorted(days))


def _weekday(name: str) -> int:
    if name in _WEEKDAYS:
        return _WEEKDAYS.index(name)
    if name.isdecimal() and int(name) <= 7:
        return int(name)
    raise ValueError(f"{name!r} is no weekday: 0 to 7 (Sunday is both), or sun to sat")
