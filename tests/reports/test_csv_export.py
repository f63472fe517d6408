from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.records import Classification, PageState, Stage, SuggestionState
from core.text import shown
from reports.failure import image_failure, page_failure
from reports.files import csv_writer as export
from reports.files import editors, failures, importers
from reports.folds import Fold
from reports.readback.words import suggestion_cell
from reports.report_options import ReportOptions, Separator
from reports.row import row_of
from reports.row_id import row_id, seen
from reports.write import write_report
from store.engine import connect, writing
from store.failures import ImageFailure, PageFailure
from tests.reports.scene import caption, small_site
from tests.reports.test_view import GROUP, suggestion
from tests.storefill import MISSING, SHOP, SITE, occurrence, store_visits, visit

EDITORS, [IMPORT], [FAILURES] = editors.CSV, importers.WRITERS, failures.WRITERS

# What no database stores is not in the store's texts either.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\u00a0=1",
    "＝1",
    "'=1",
    "=cmd|' /C calc'!A0",
]


def read(path, encoding="utf-8-sig"):
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_shown_as_text(text):
    assert export.neutralise(text) == "'" + text
    assert export.restore(export.neutralise(text)) == text


@pytest.mark.parametrize("text", ["", "A cat", "it's", "'quoted'", "1-2", "a=b", " a", "–", "é"])
def test_other_texts_are_left_alone(text):
    assert export.neutralise(text) == text
    assert export.restore(text) == text


@given(st.one_of(TEXT, st.builds(str.__add__, st.sampled_from(FORMULAS), TEXT)))
def test_what_goes_in_comes_out(text):
    file = io.StringIO(newline="")
    csv.writer(file).writerow([export.neutralise(text), "next"])
    file.seek(0)
    [[cell, following]] = csv.reader(file)
    assert (export.restore(cell), following) == (text, "next")
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    assert cell[:1] not in {"\t", "\r", "\n"}


@given(alt=st.none() | TEXT, suggested=TEXT, heading=TEXT, selector=TEXT)
def test_a_row_survives_the_file(alt, suggested, heading, selector):
    group = replace(suggestion(text=suggested), alt=alt, selector=selector)
    group = replace(group, context=replace(group.context, heading=heading))
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(EDITORS.headings)
    writer.writerow(EDITORS.cells(Fold(1, row_of(group), 1)))
    file.seek(0)
    [row] = csv.DictReader(file)
    back = {column: export.restore(cell) for column, cell in row.items()}
    assert back["current_alt"] == shown(alt or "")
    assert back["alt_state"] == ("missing" if alt is None else "text" if alt else "empty")
    assert [back[name] for name in ("suggested_alt", "heading", "selector")] == [
        *map(shown, (suggestion_cell(suggested), heading, selector))
    ]
    assert back["new_alt"] == ""


def test_no_cell_is_longer_than_excel_takes():
    row = EDITORS.cells(Fold(1, row_of(replace(GROUP, alt="=" * 100_000)), 1))
    assert max(map(len, row)) == export.CELL_CHARS == 32_767


def test_headings_are_a_contract():
    assert EDITORS.headings == (
        "row_id", "page_url", "pages", "image_url", "alt_state", "current_alt", "classification", "problems", "rules",
        "suggested_alt", "new_alt", "suggestion_state", "suggestion_by", "confidence", "needs_human", "heading",
        "link_target", "selector", "note", "language", "carried", "rows", "kind", "hints",
        "decision", "seen",
    )  # fmt: skip
    assert IMPORT.headings == ("image_url", "page_url", "alt_text", "context_key", "state")
    assert FAILURES.headings == ("kind", "url", "page_url", "state", "stage", "code", "message", "what_to_do")


def test_a_message_from_the_web_is_no_formula():
    image = ImageFailure("http://a.test/x.jpg", Stage.FETCH, "http_404", "=cmd", "http://a.test/")
    page = PageFailure("http://a.test/p", PageState.FAILED, "http_404", 404)
    assert "'=cmd" in FAILURES.cells(image_failure(image))
    assert FAILURES.cells(page_failure(page))[6] == "There is nothing at this address (HTTP 404)."
    assert "(HTTP status 200)" in FAILURES.cells(page_failure(replace(page, code="not_html", status=200)))[6]


def test_editors_file(engine, tmp_path):
    small_site(engine)
    files = write_report(engine, SHOP, tmp_path, ReportOptions())
    raw = files.file("editors").path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == raw.count(b"\n") == files.rows + 1 == 8
    rows = read(files.file("editors").path)
    assert tuple(rows[0]) == EDITORS.headings
    by_name = {row["image_url"].rpartition("/")[2]: row for row in rows}
    missing = by_name["missing.jpg"]
    assert missing["row_id"] == row_id(
        missing["image_url"], missing["row_id"].split("-", 1)[1].rsplit("-", 1)[0], None, Classification.MISSING
    )
    assert (missing["alt_state"], missing["pages"], missing["page_url"]) == ("missing", "2", f"http://{SITE}/")
    assert (missing["suggested_alt"], missing["suggestion_state"]) == ("a cat on a sofa", "pending")
    assert (missing["suggestion_by"], missing["confidence"], missing["needs_human"]) == ("machine", "0.83", "no")
    assert (missing["problems"], missing["rules"]) == ("Add an alt attribute.", "missing-attr")
    logo = by_name["logo.png"]
    assert (logo["alt_state"], logo["current_alt"], logo["suggestion_by"]) == ("empty", "", "human")
    assert (logo["suggested_alt"], logo["link_target"]) == ("Shop: home page", f"http://{SITE}/")
    assert by_name["long.jpg"]["alt_state"] == "text"
    assert (by_name["long.jpg"]["suggestion_state"], by_name["long.jpg"]["needs_human"]) == ("", "yes")
    assert "nothing at this address" in by_name["failed.jpg"]["note"]
    assert {row["new_alt"] + row["decision"] for row in rows} == {""}
    assert all(re.fullmatch("[a-p]{8}", row["seen"]) for row in rows)
    decided = replace(suggestion().suggestion, text="Shop: home page", state="edited")
    assert missing["seen"] != logo["seen"] == seen(decided)
    assert not any(";" in row["note"] + row["hints"] + row["problems"] for row in rows)


@pytest.mark.parametrize("separator", list(Separator))
def test_every_cell_is_in_quotes_and_people_choose_what_stands_between(sqlite_url, tmp_path, separator):
    engine = connect(sqlite_url)
    small_site(engine)
    files = write_report(engine, SHOP, tmp_path, ReportOptions(csv_separator=separator))
    engine.dispose()
    for name in ("editors", "rows", "failures"):
        first = files.file(name).path.read_text("utf-8-sig").splitlines()[0]
        assert first.split(separator) == [f'"{cell.strip(chr(34))}"' for cell in first.split(separator)]
        assert first.count(separator) > 4
    assert files.file("import").path.read_text().startswith("image_url,page_url,")


def test_importers_get_what_people_stand_behind(engine, tmp_path):
    small_site(engine)
    files = write_report(engine, SHOP, tmp_path, ReportOptions())
    raw = files.file("import").path.read_bytes()
    assert raw.startswith(b"image_url,page_url,alt_text,context_key,state\r\n")
    rows = read(files.file("import").path, "utf-8")
    assert [(row["alt_text"], row["state"]) for row in rows] == [
        ("a red house", "approved"),
        ("Shop: home page", "edited"),
    ]
    assert files.file("import").rows == 2


def test_drafts_go_to_importers_only_when_asked_for(engine, tmp_path):
    small_site(engine)
    files = write_report(engine, SHOP, tmp_path, ReportOptions(), include_pending=True)
    assert {row["alt_text"] for row in read(files.file("import").path, "utf-8")} == {
        "a cat on a sofa",
        "a red house",
        "Shop: home page",
    }


def test_importers_get_texts_as_they_are(engine, tmp_path):
    store_visits(engine, visit("a", (occurrence("x.jpg"), MISSING)))
    with writing(engine) as session:
        caption(session, "x.jpg", '=1 "quoted", \nélan', origin="human", state=SuggestionState.EDITED)
    files = write_report(engine, SHOP, tmp_path, ReportOptions())
    assert [row["alt_text"] for row in read(files.file("import").path, "utf-8")] == ['=1 "quoted", \nélan']
    assert [row["suggested_alt"] for row in read(files.file("editors").path)] == ['\'=1 "quoted", \nélan']


def test_failures_file(engine, tmp_path):
    small_site(engine)
    files = write_report(engine, SHOP, tmp_path, ReportOptions(examples=0))
    rows = read(files.file("failures").path)
    assert files.file("failures").path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert [(row["kind"], row["state"], row["stage"], row["code"]) for row in rows] == [
        ("image", "failed", "fetch", "http_404"),
        ("page", "failed", "crawl", "http_404"),
        ("page", "skipped", "crawl", "robots"),
    ]
    assert all(row["message"] and row["what_to_do"] for row in rows)
    assert files.file("failures").rows == 3
