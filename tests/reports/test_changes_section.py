"""What happened since the crawl before, in the report and in changes.csv."""

from __future__ import annotations

import csv

from lxml import html

from reports.report_options import ReportOptions
from reports.write import write_report
from tests.store.test_diff import crawled
from tests.storefill import MISSING, OK, SHOP, occurrence, visit


def page(alt: str | None, *more: str) -> tuple:
    cup = (occurrence("cup.jpg", alt=alt, accessible_name=alt), OK if alt else MISSING)
    others = ((occurrence(name, alt="A pot", accessible_name="A pot"), OK) for name in more)
    return (cup, *others)


def test_changes_are_named_in_the_report_and_in_a_file(engine, tmp_path):
    crawled(engine, visit("", *page("A cup", "pot.jpg")), visit("b", *page(None)))
    first = write_report(engine, SHOP, tmp_path / "first", ReportOptions())
    assert first.file("changes").rows == 0
    section = html.parse(str(first.index)).xpath("//section[@id='changes']")[0]
    assert "This is the first crawl" in section.text_content()

    crawled(engine, visit("", *page(None)), visit("b", *page("A blue cup", "<b>.jpg")))
    files = write_report(engine, SHOP, tmp_path / "second", ReportOptions())
    with files.file("changes").path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert {line["change"]: (line["alt_before"], line["alt_after"], line["needs_text"]) for line in lines} == {
        "regressed": ("A cup", "", "yes"),
        "fixed": ("", "A blue cup", "no"),
        "vanished": ("A pot", "", "no"),
        "new": ("", "A pot", "no"),
    }
    section = html.parse(str(files.index)).xpath("//section[@id='changes']")[0]
    said = " ".join(section.text_content().split())
    assert "3 places then, 1 gone, 1 new, 0 back: 3 now. 1 fixed, 1 regressed; 0 of the new need a text." in said
    regressed = section.xpath(".//details[@class='change-regressed']")[0]
    assert regressed.get("open") is not None
    assert [" ".join(cell.text_content().split()) for cell in regressed.xpath(".//tbody//td")] == [
        "“A cup” (good)",
        "no alt text to mend",
        "http://shop.test/",
    ]


def test_only_the_first_changes_of_a_kind_are_named(engine, tmp_path):
    crawled(engine, visit("", *page("A cup")))
    crawled(engine, visit("", *page("A cup", *(f"{n}.jpg" for n in range(9)))))
    files = write_report(engine, SHOP, tmp_path, ReportOptions(examples=4))
    new = html.parse(str(files.index)).xpath("//details[@class='change-new']")[0]
    assert len(new.xpath(".//tbody/tr")) == 4
    assert "5 more changes in changes.csv" in new.text_content()
    assert files.file("changes").rows == 9
