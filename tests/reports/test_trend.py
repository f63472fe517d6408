"""How crawls compare: what each came to, and what moved the numbers without anybody at work."""

from __future__ import annotations

from dataclasses import replace

from lxml import html

from core.records import Classification, Finding, Judgement, Severity
from reports.report_options import ReportOptions
from reports.write import write_report
from store.crawl_facts import note_crawl
from store.engine import writing
from tests.store.test_diff import crawled
from tests.storefill import MISSING, OK, SHOP, SITE_ID, occurrence, visit

VAGUE = Judgement(Classification.SUSPICIOUS, findings=(Finding("vague-word", Severity.ERROR, "Name what is seen."),))
POT = replace(occurrence("pot.jpg", alt="Pot", accessible_name="Pot"))


def crawl(engine, *places, rules="r1", **settings) -> None:
    id_ = crawled(engine, visit("", *places))
    with writing(engine) as session:
        note_crawl(session, SITE_ID, id_, {"limit_pages": None} | settings, rules)


def section(files, name):
    return html.parse(str(files.index)).xpath(f"//section[@id='{name}']")[0]


def words(element) -> str:
    return " ".join(element.text_content().split())


def test_a_change_of_rules_or_limits_is_no_change_of_the_site(engine, tmp_path):
    cup = occurrence("cup.jpg")
    crawl(engine, (cup, MISSING), (POT, OK))
    first = write_report(engine, SHOP, tmp_path / "first", ReportOptions())
    assert "After the next crawl" in words(section(first, "trend"))
    new = occurrence("new.jpg")
    crawl(engine, (cup, MISSING), (POT, VAGUE), (new, MISSING), rules="r2", limit_pages=9)
    files = write_report(engine, SHOP, tmp_path / "second", ReportOptions())

    changes = section(files, "changes")
    assert "0 fixed, 0 regressed" in words(changes)
    assert "crawl.limit_pages was not set and is 9" in words(changes)
    assert "The rules, or the way they are set, were others then" in words(changes)
    (judged,) = changes.xpath(".//details[@class='change-judged_otherwise']")
    assert "“Pot” (good)“Pot” (bad alt text)" in words(judged)

    by_crawl, by_rule = section(files, "trend").xpath(".//tbody")
    rows = [[words(cell) for cell in row] for row in by_crawl]
    assert [row[1:] for row in rows] == [
        ["2", "1", "1", "50 %", "1", "0", "50.0 %"],
        ["3", "2", "3", "100 %", "2", "1", "0.0 %"],
    ]
    assert rows[1][0].endswith("other rules; other limit_pages")
    assert not rows[0][0].endswith("rules")
    assert [[words(cell) for cell in row][:4] for row in by_rule] == [
        ["missing-attr", "1", "1", "2"],
        ["vague-word", "0", "0", "1"],
    ]
    assert by_rule[0].xpath(".//svg/@aria-label") == ["2 crawls: 1 to 2; other rules or limits 1 time"]


def test_crawls_from_before_this_was_kept_have_no_figures(engine, tmp_path):
    crawled(engine, visit("", (POT, OK)))
    crawl(engine, (POT, OK))
    files = write_report(engine, SHOP, tmp_path, ReportOptions())
    assert "After the next crawl" in words(section(files, "trend"))
    assert section(files, "changes").xpath(".//p[@class='warning']") == []
