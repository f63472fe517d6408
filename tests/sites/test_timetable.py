"""Cron expressions, as cron reads them, over changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alt_audit.sites.timetable import check_times, timetable


def times(cron: str, start: str, number: int = 3, zone: str = "UTC") -> list[str]:
    """The next times after a moment, in UTC."""
    moment: datetime | None = datetime.fromisoformat(start).replace(tzinfo=UTC)
    found = []
    for _ in range(number):
        moment = timetable(cron, zone).next_after(moment)
        assert moment is not None
        found.append(moment.strftime("%a %d %b %H:%M"))
    return found


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 3 * * 1", ["Mon 05 Jan 03:00", "Mon 12 Jan 03:00", "Mon 19 Jan 03:00"]),  # a Monday, whatever the library
        ("0 3 * * 0", ["Sun 04 Jan 03:00", "Sun 11 Jan 03:00", "Sun 18 Jan 03:00"]),
        ("0 3 * * 7", ["Sun 04 Jan 03:00", "Sun 11 Jan 03:00", "Sun 18 Jan 03:00"]),
        ("0 3 * * fri-sun", ["Fri 02 Jan 03:00", "Sat 03 Jan 03:00", "Sun 04 Jan 03:00"]),
        ("0 3 * * MON,5", ["Fri 02 Jan 03:00", "Mon 05 Jan 03:00", "Fri 09 Jan 03:00"]),
        ("0 3 * * */3", ["Sat 03 Jan 03:00", "Sun 04 Jan 03:00", "Wed 07 Jan 03:00"]),
        ("0 3 * * 2/2", ["Sat 03 Jan 03:00", "Tue 06 Jan 03:00", "Thu 08 Jan 03:00"]),
        ("0 3 10 * 1", ["Mon 05 Jan 03:00", "Sat 10 Jan 03:00", "Mon 12 Jan 03:00"]),  # either of the two
        ("*/30 0 * * *", ["Fri 02 Jan 00:00", "Fri 02 Jan 00:30", "Sat 03 Jan 00:00"]),
        ("0 0 29 2 *", ["Tue 29 Feb 00:00", "Sun 29 Feb 00:00", "Fri 29 Feb 00:00"]),
    ],
)
def test_fields_mean_what_they_mean_to_cron(cron, expected):
    assert times(cron, "2026-01-01T12:00") == expected


def test_a_time_that_the_clocks_skip_is_due_and_one_that_they_show_twice_is_due_once():
    berlin = "Europe/Berlin"
    assert times("30 2 * * *", "2026-03-28T12:00", 2, berlin) == ["Sun 29 Mar 01:30", "Mon 30 Mar 00:30"]
    assert times("30 2 * * *", "2026-10-24T12:00", 3, berlin) == [
        "Sun 25 Oct 00:30",
        "Mon 26 Oct 01:30",
        "Tue 27 Oct 01:30",
    ]
    assert times("30 2 * * *", "2026-10-25T01:10", 1, berlin) == ["Mon 26 Oct 01:30"]  # in the hour that comes again
    assert times("0 * * * *", "2026-10-24T23:30", 3, berlin) == [
        "Sun 25 Oct 00:00",
        "Sun 25 Oct 02:00",
        "Sun 25 Oct 03:00",
    ]


@pytest.mark.parametrize(
    ("cron", "zone", "message"),
    [
        ("* * * *", "UTC", "has 4 fields, and needs five"),
        ("", "UTC", "has 0 fields"),
        ("61 3 * * *", "UTC", "higher than the maximum value"),
        ("0 3 * * 8", "UTC", "'8' is no weekday: 0 to 7"),
        ("0 3 * * sat-mon", "UTC", "goes backwards"),
        ("0 3 * * 1/0", "UTC", "no step of weekdays"),
        ("a b c d e", "UTC", "no weekday"),
        ("0 0 30 2 *", "UTC", "is never due"),
        ("0 3 * * *", "Europe/Berln", "no time zone 'Europe/Berln'. Did you mean 'Europe/Berlin'?"),
        ("0 3 * * *", "../../etc/passwd", "no time zone"),
        ("0 3 * * *", "", "no time zone"),
    ],
)
def test_what_is_wrong_is_said(cron, zone, message):
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        check_times(cron, zone, datetime(2026, 1, 1, tzinfo=UTC))
