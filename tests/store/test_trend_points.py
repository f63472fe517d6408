"""How sites fare over crawls: fix rate, time to live, findings, and what other rules must not bend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.records import Classification, Outcome
from reports.html.sparkline import sparkline
from reports.overview.totals import rule_totals, totals
from store.crawl_facts import CRAWLS, CrawlFigures
from store.fixes import half_of
from store.trend import Fate, points
from store.trends import Trends, moments_of

START = datetime(2026, 3, 2, 3, tzinfo=UTC)
DAY = timedelta(days=1)


def crawl(id_: int, day: int, good: int, bad: int, rules: str = "r1", **found: int) -> CrawlFigures:
    places = {Classification.OK: good, Classification.MISSING: bad, Classification.DECORATIVE: 9}
    findings = {rule.replace("_", "-"): {"error": number} for rule, number in found.items()}
    return CrawlFigures(id_, START + day * DAY, {"limit_pages": None}, rules, places, findings=findings)


def test_decided_texts_count_from_the_crawl_that_saw_them():
    crawls = [crawl(3, 0, 1, 9), crawl(5, 7, 4, 6), crawl(8, 14, 5, 5)]
    fates = [
        Fate(START + DAY, ((5, START + 7 * DAY, Outcome.LIVE),)),
        Fate(START + 3 * DAY, ((5, START + 7 * DAY, Outcome.LIVE), (8, START + 14 * DAY, Outcome.REGRESSED))),
        # Crawl 7 is not among them: what it saw counts for the next.
        Fate(START + 4 * DAY, ((7, START + 10 * DAY, Outcome.LIVE),)),
        Fate(START + 8 * DAY, ((8, START + 14 * DAY, Outcome.CHANGED),)),
        Fate(START + 20 * DAY),
    ]
    first, second, third = points(crawls, fates)
    assert (first.decided, first.live, first.went_live) == (0, 0, ())
    assert (second.decided, second.live, half_of(second.went_live)) == (3, 2, 5 * 86_400)
    assert (third.decided, third.live, half_of(third.went_live)) == (4, 2, 6 * 86_400)
    assert first.as_json()["fix_rate"] is None
    assert third.as_json()["fix_rate"] == 0.5
    assert [fate.is_live for fate in fates] == [True, False, True, False, False]


def test_new_sites_and_other_rules_do_not_bend_the_change_of_all():
    steady = points([crawl(1, 0, 50, 50, missing_attr=50), crawl(4, 1, 60, 40, missing_attr=40)], ())
    judged_otherwise = points([crawl(2, 0, 90, 10, vague=3), crawl(5, 1, 10, 90, "r2", vague=90)], ())
    new = points([crawl(3, 1, 0, 100)], ())
    moments = moments_of(point.figures.finished_at for own in (steady, judged_otherwise, new) for point in own)
    trends = Trends(moments, {1: steady, 2: judged_otherwise, 3: new}, {})
    before, now = totals(trends)
    assert (before.sites, before.coverage, before.change, before.errors) == (2, 0.7, None, 53)
    assert (now.sites, now.new, now.otherwise, now.errors) == (3, 1, 1, 130)
    assert now.coverage == 70 / 300
    assert round(now.change, 6) == 0.1
    assert [(one.rule, one.places, one.change) for one in rule_totals(trends)] == [
        ("vague", 90, 0), ("missing-attr", 40, -10),
    ]  # fmt: skip


def test_one_looks_back_by_days_weeks_or_months():
    assert len(moments_of([START, START + timedelta(hours=2), START + DAY])) == 2
    assert len(moments_of(START + n * DAY for n in range(CRAWLS + 1))) == 4  # weeks
    months = moments_of(START + n * DAY for n in range(1200))
    assert len(months) == CRAWLS
    assert months[-1] == START + 1199 * DAY


def test_a_line_breaks_where_numbers_do_not_compare_and_says_so():
    line = sparkline([0.5, 0.4, None, 0.8], [False, False, False, True], "{:.0%}".format, least=0.2)
    assert len(line.lines) == 2
    assert line.label == "3 crawls: 50% to 80%, lowest 40%; other rules or limits 1 time"
    assert sparkline([0.5], [False], "{:.0%}".format, least=0.2) is None
