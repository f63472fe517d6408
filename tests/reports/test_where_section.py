"""Templates, folders and pages with most to mend; what stands on the most visited pages."""

from __future__ import annotations

import csv
from contextlib import closing

import pytest
from lxml import html

from core.records import Classification, Finding, Judgement, Severity
from reports.html.sections.where import folder_of
from reports.report_options import ReportOptions
from reports.traffic import Traffic
from reports.write import write_report
from tests.reports.scene import TOO_LONG
from tests.storefill import MISSING, OK, SHOP, SITE, occurrence, store_visits, visit

TEMPLATE = Judgement(
    Classification.MISSING,
    findings=(*MISSING.findings, Finding("repeated-on-every-page", Severity.REVIEW, "On every page.")),
)


def site(engine):
    logo = (occurrence("logo.png"), TEMPLATE)
    store_visits(
        engine,
        visit("", logo, title="Home"),
        visit("shop/", logo, (occurrence("a.jpg"), MISSING), title="Shop"),
        visit("shop/cup", logo, (occurrence("cup.jpg"), MISSING), (occurrence("b.jpg"), MISSING), title="Cup"),
        visit("about", (occurrence("c.jpg", alt="A cat"), OK), title="About"),
    )


def tables(files):
    front = html.parse(str(files.index))
    found = {}
    for table in front.xpath("//section[@id='where']//table"):
        rows = [[" ".join(cell.text_content().split()) for cell in row] for row in table.xpath(".//tbody/tr")]
        found[table.xpath("string(caption)")] = rows
    return found, " ".join(front.xpath("string(//section[@id='where'])").split()), front


def test_where_there_is_most_to_mend(engine, tmp_path):
    site(engine)
    found, said, front = tables(write_report(engine, SHOP, tmp_path, ReportOptions()))
    assert found == {
        "Templates: on most pages, mended once": [["logo.png no alt text", "3", "3"]],
        "Folders with most to mend": [[f"{SITE}/shop/ 100 %", "5", "5"], [f"{SITE}/ 50 %", "1", "2"]],
        "Pages with something to mend, those with most first": [
            [f"Cup http://{SITE}/shop/cup", "3", "3"],
            [f"Shop http://{SITE}/shop/", "2", "2"],
            [f"Home http://{SITE}/", "1", "1"],
        ],
    }
    assert "Visits" not in said
    assert front.xpath("//section[@id='where']//table[1]//a/@href") == ["index.html#row-1"]


def test_visits_are_those_of_the_file(engine, tmp_path):
    site(engine)
    with closing(Traffic("column “Clicks” of Pages.csv")) as traffic:
        traffic.add(f"https://www.{SITE}/shop/cup/", 100)
        traffic.add(f"http://{SITE}/", 1000)
        traffic.add("/about", 10)
        traffic.add("/gone", 7)
        files = write_report(engine, SHOP, tmp_path, ReportOptions(files=("pages",)), traffic=traffic)
    found, said, front = tables(files)
    steps = front.xpath("//section[@id='todo']//li[h3='Begin with the most visited pages']//a/text()")
    assert steps == ["logo.png (1,100 visits)", "b.jpg (100 visits)", "cup.jpg (100 visits)"]
    assert found["On the most visited pages"] == [
        ["logo.png no alt text", "1,100", "3", "3"],
        ["b.jpg no alt text", "100", "1", "1"],
        ["cup.jpg no alt text", "100", "1", "1"],
    ]
    assert [row[:2] for row in found["Pages with something to mend, the most visited first"]] == [
        [f"Home http://{SITE}/", "1,000"],
        [f"Cup http://{SITE}/shop/cup", "100"],
        [f"Shop http://{SITE}/shop/", "–"],
    ]
    assert (
        "column “Clicks” of Pages.csv, as they stand there: 1,110 of 1,117 are of pages of this crawl (3 of 4" in said
    )
    assert "1 of the addresses is no page of this crawl; 1 page with something to mend is not in the file." in said
    assert "/gone (7)" in said
    with files.file("pages").path.open(encoding="utf-8-sig", newline="") as file:
        assert [row["visits"] for row in csv.DictReader(file)] == ["1000", "10", "", "100"]


def test_a_row_of_many_has_each_page_once(engine, tmp_path):
    logos = [(occurrence(f"{n}.png", alt="Logo", key=str(n)), TOO_LONG) for n in range(3)]
    store_visits(engine, visit("a", *logos), visit("b", *logos))
    with closing(Traffic("")) as traffic:
        traffic.add("/a", 5)
        traffic.add("/b", 2)
        files = write_report(engine, SHOP, tmp_path, ReportOptions(), traffic=traffic)
    assert tables(files)[0]["On the most visited pages"] == [["0.png “Logo”", "7", "6", "2"]]


def test_nothing_to_mend(engine, tmp_path):
    store_visits(engine, visit("", (occurrence("c.jpg", alt="A cat"), OK)))
    found, said, _ = tables(write_report(engine, SHOP, tmp_path, ReportOptions()))
    assert (found, said) == ({}, "Where there is most to mend Nowhere.")


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("http://a.test/", ("a.test/", False)),
        ("http://a.test/shop/", ("a.test/shop/", True)),
        ("http://a.test/shop", ("a.test/shop/", True)),
        ("http://a.test:80/shop/cups/one.html?x=/y/", ("a.test:80/shop/", False)),
    ],
)
def test_folder(url, folder):
    assert folder_of(url) == folder
