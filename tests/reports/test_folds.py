"""Rows of one cause: one fault of a template is one row where people look, and every row where programs read."""

from __future__ import annotations

import csv
import random
from dataclasses import replace

import pytest
from lxml import html

from core.records import Classification, Context, Finding, Judgement, Severity
from reports.folds import MENDED_ALIKE, cause, folds
from reports.report_options import ReportOptions
from reports.row import row_of
from reports.write import write_report
from rules.judge import all_rules
from store.engine import reading, writing
from store.report import occurrence_groups
from tests.reports.scene import caption
from tests.reports.test_view import GROUP
from tests.storefill import MISSING, SHOP, SITE, SITE_ID, occurrence, store_visits, visit

TITLE = Judgement(Classification.OK, findings=(Finding("alt-equals-title", Severity.REVIEW, "Drop the title."),))
VAGUE = Judgement(Classification.SUSPICIOUS, findings=(Finding("vague-word", Severity.ERROR, "Name what is seen."),))
PAGES = 12


def in_link(name, target, alt):
    context = Context(link_url=f"http://{SITE}/{target}")
    return occurrence(name, alt=alt, accessible_name=alt, interactive="link", sole_content=True, context=context)


def navigation(engine):
    """Twelve pages, each with two linked arrows that lead elsewhere, and a picture of its own."""
    store_visits(
        engine,
        *(
            visit(
                f"p{n:02}",
                (in_link(f"n{n}.png", f"p{n + 1}", "Next"), TITLE),
                (replace(in_link(f"m{n}.png", f"q{n + 1}", "Next"), key="below"), TITLE),
                (in_link("arrow.png", f"p{n - 1}", "arrow"), VAGUE),
                (occurrence(f"own{n}.png", alt="picture", accessible_name="picture"), VAGUE),
                (occurrence(f"missing{n}.png"), MISSING),
                title=f"Page {n}",
            )
            for n in range(PAGES)
        ),
    )


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_one_fault_of_a_template_is_one_row(engine, tmp_path):
    navigation(engine)
    files = write_report(engine, SHOP, tmp_path, ReportOptions())
    editors = read(tmp_path / "editors.csv")
    assert len(editors) == files.rows == 2 + 2 * PAGES
    by_alt = {row["current_alt"]: row for row in editors if row["current_alt"] in {"Next", "arrow"}}
    assert (by_alt["Next"]["rows"], by_alt["Next"]["pages"]) == (str(2 * PAGES), str(PAGES))
    assert (by_alt["arrow"]["rows"], by_alt["arrow"]["pages"]) == (str(PAGES), str(PAGES))
    assert {row["rows"] for row in editors if row["current_alt"] in {"picture", ""}} == {"1"}

    every = read(tmp_path / "rows.csv")
    assert len(every) == 5 * PAGES
    assert {row["shown_as"] for row in every} == {row["row_id"] for row in editors}
    assert sum(row["shown_as"] == by_alt["Next"]["row_id"] for row in every) == 2 * PAGES
    assert sum(int(row["places"]) for row in every) == 5 * PAGES


def test_all_pages_of_it_can_be_reached(engine, tmp_path):
    navigation(engine)
    write_report(engine, SHOP, tmp_path, ReportOptions())
    report = html.parse(str(tmp_path / "index.html"))
    (shown,) = report.xpath("//article[.//q[.='Next']]")
    assert "One cause: 24 rows" in shown.text_content()
    assert "On 12 pages, 24 times in all" in shown.text_content()
    (all_pages,) = set(shown.xpath(".//a[starts-with(@href, 'places-')]/@href"))
    page = html.parse(str(tmp_path / all_pages))
    assert page.xpath("string(//h1)") == "“Next”"  # of several pictures
    listed = page.xpath("//ol/li")
    assert [item.xpath("string(a/@href)") for item in listed] == [f"http://{SITE}/p{n:02}" for n in range(PAGES)]
    assert all("2 places" in item.text_content() for item in listed)


def test_lists_of_an_older_report_are_removed(engine, tmp_path):
    navigation(engine)
    (tmp_path / "places-999.html").write_text("old")
    write_report(engine, SHOP, tmp_path, ReportOptions())
    assert not (tmp_path / "places-999.html").exists()
    assert list(tmp_path.glob("places-*.html"))


def test_a_decided_text_of_its_own_makes_a_row_of_its_own(engine, tmp_path):
    navigation(engine)
    with writing(engine) as session:
        caption(session, "n3.png", "A lighthouse", state="approved")
    write_report(engine, SHOP, tmp_path, ReportOptions())
    rows = sorted(int(row["rows"]) for row in read(tmp_path / "editors.csv") if row["current_alt"] == "Next")
    assert rows == [1, 2 * PAGES - 1]


@pytest.mark.parametrize(("pictures", "rows"), [(19, 19), (20, 1)])
def test_a_text_on_very_many_pictures_comes_from_a_program(engine, tmp_path, pictures, rows):
    judged = [(occurrence(f"score{n}.png", alt="[Score]", accessible_name="[Score]"), VAGUE) for n in range(pictures)]
    store_visits(engine, visit("a", *judged), visit("b", *judged[:3]))
    files = write_report(engine, SHOP, tmp_path, ReportOptions())
    assert files.rows == rows
    # It is one cause, and each picture needs a text of its own.
    assert len(read(tmp_path / "editors.csv")) == len(read(tmp_path / "rows.csv")) == pictures


def test_the_rules_that_are_mended_alike_exist():
    assert {rule.id for rule in all_rules()} >= MENDED_ALIKE


ROW = row_of(replace(GROUP, alt="Next", findings=TITLE.findings))


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"id": "x", "context_key": "d" * 16, "selector": "p > img", "occurrences": 7}, True),
        ({"image": None, "html": "<svg/>"}, True),  # another picture
        ({"alt": "next"}, False),
        ({"suggested": "Another"}, False),
        ({"classification": Classification.SUSPICIOUS}, False),
        ({"language": "de"}, False),
        ({"findings": (*TITLE.findings, *VAGUE.findings)}, False),
        ({"findings": (replace(TITLE.findings[0], message="Drop the title, please."),)}, True),
    ],
)
def test_what_rows_of_one_cause_have_in_common(changes, same):
    assert (cause(replace(ROW, **changes)) == cause(ROW)) is same


def test_rows_that_stand_for_themselves():
    assert cause(replace(ROW, alt=None)) is None
    assert cause(replace(ROW, alt=" ")) is None
    assert cause(replace(ROW, findings=())) is None
    vague = replace(ROW, findings=VAGUE.findings)
    assert cause(vague) == cause(replace(vague, context_key="d" * 16)) is not None
    other = replace(vague, image=replace(vague.image, url="http://a.test/other.jpg", asset=None))
    assert cause(vague) != cause(other)


def test_folds_come_with_the_rows_on_most_pages_first():
    with folds() as found:
        for n, pages in enumerate(random.Random(5).sample(range(1, 50), 20)):
            row = replace(ROW, id=str(n), alt=f"text {n}", pages=pages)
            assert found.add(replace(row, key=GROUP.key._replace(image_id=n))) == str(n)
        numbers = [fold.row.pages for fold in found]
        assert numbers == sorted(numbers, reverse=True)
        assert found.by_severity()[ROW.severity] == 20


def test_the_numbers_are_those_of_the_store(engine):
    navigation(engine)
    with reading(engine) as session, folds() as found:
        groups = list(occurrence_groups(session, SITE_ID))
        for group in groups:
            found.add(row_of(group))
        found.read_pages(session, SITE_ID)
        shown = list(found)
        assert sum(fold.rows for fold in shown) == len(groups)
        assert sum(fold.row.occurrences for fold in shown) == sum(group.occurrences for group in groups)
