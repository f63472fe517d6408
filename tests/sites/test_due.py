"""When a site is due: by its plan and its last run, whatever the clock did meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alt_audit.jobs.site_run import _grown
from alt_audit.sites.due import due_at, goes_on, wait_after
from alt_audit.sites.plan import SitePlan
from core.records import RunState, Step
from store.runs import RunRecord

DAILY = SitePlan(name="a", urls=("https://a.test/",), cron="0 3 * * *")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


def run(started: str, state: RunState = RunState.DONE, **values) -> RunRecord:
    begun = at(started)
    return RunRecord(1, 1, begun, begun, begun + timedelta(hours=1), state, **values)


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, "01-10T12:00", "01-10T12:00"),  # never run: at once
        ("01-10T03:00:05", "01-10T12:00", "01-11T03:00"),
        ("01-10T03:00:05", "01-11T03:00", "01-11T03:00"),
        ("01-01T03:00:05", "01-10T12:00", "01-02T03:00"),  # nine were missed: due, and once
        ("01-10T12:00", "01-10T12:01", "01-11T03:00"),  # which is what was caught up counts from
        ("01-10T02:59:59", "01-10T03:00", "01-10T03:00"),
    ],
)
def test_a_site_is_due_at_the_first_time_after_its_last_run_began(last, now, due):
    record = run(last) if last is not None else None
    assert due_at(DAILY, record, at(now)) == at(due)


def test_nobody_waits_for_a_site_that_is_paused_or_has_no_hours():
    for changes in ({"paused": True}, {"cron": None}):
        assert due_at(DAILY.model_copy(update=changes), None, at("01-10T12:00")) is None


def test_one_that_fails_is_left_alone_twice_as_long_each_time_and_a_day_at_most():
    ended = at("01-10T04:00")
    waits = [due_at(DAILY, run("01-10T03:00", RunState.FAILED, attempt=n), ended) - ended for n in (1, 2, 3, 7, 8, 99)]
    assert waits == [timedelta(minutes=minutes) for minutes in (15, 30, 60, 960, 1440, 1440)]
    assert wait_after(5000) == timedelta(days=1)


@pytest.mark.parametrize("state", [RunState.STOPPED, RunState.RUNNING])
def test_one_that_was_stopped_or_whose_process_died_is_due_at_once(state):
    assert due_at(DAILY, run("01-10T03:00", state), at("01-10T03:10")) == at("01-10T03:00")


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        (None, "01-10T05:00", False),
        (run("01-10T03:00", RunState.FAILED, step=Step.CAPTION, crawl_id=7), "01-10T05:00", True),
        (run("01-10T03:00", RunState.RUNNING, step=Step.REPORT, crawl_id=7), "01-10T05:00", True),
        (run("01-10T03:00", RunState.FAILED, step=Step.CAPTION, crawl_id=7), "01-11T03:00", False),  # due again anyway
        (run("01-10T03:00", RunState.FAILED, step=Step.CRAWL), "01-10T05:00", False),
        (run("01-10T03:00", RunState.DONE, step=Step.REPORT, crawl_id=7), "01-10T05:00", False),
    ],
)
def test_a_run_goes_on_after_the_crawl_of_one_that_was_cut_short(last, now, expected):
    assert goes_on(DAILY, last, at(now)) is expected
    by_hand = DAILY.model_copy(update={"cron": None})
    assert goes_on(by_hand, last, at("01-12T03:00")) is False


def test_a_site_that_grows_tenfold_is_told_of():
    assert list(_grown(0, 5000)) == list(_grown(1150, 11_499)) == []
    [warning] = _grown(1150, 12_000)
    assert warning.startswith("12,000 images, 10 times the 1,150 of the last run")
