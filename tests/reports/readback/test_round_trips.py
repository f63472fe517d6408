"""What real spreadsheet programs have left, and what is read from it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from core.errors import UsageError
from reports.readback.read import Level, read_sheet

ROUND_TRIPS = Path(__file__).resolve().parents[4] / "shared" / "handoff" / "roundtrip"
FOLDERS = ("by-hand", "de-DE", "en-US")

pytestmark = pytest.mark.skipif(not ROUND_TRIPS.is_dir(), reason="the collection of round trips is not beside the code")


@cache
def expected(folder):
    path = ROUND_TRIPS / folder / "expected.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def texts(sheet):
    return [(row.row_id, row.new_alt) for row in sheet.rows]


EDITED = [
    (folder, name)
    for folder in FOLDERS
    for name, rows in expected(folder).items()
    if isinstance(rows, list) and "verdict" in rows[0]
]


@pytest.mark.parametrize(("folder", "name"), EDITED)
def test_each_row_is_read_as_expected(folder, name):
    sheet = read_sheet(ROUND_TRIPS / folder / name)
    read = {row.place.number: row for row in sheet.rows}
    remarks = {remark.place.number: remark for remark in sheet.remarks}
    for row in expected(folder)[name]:
        number, (level, _, why) = row["row"], row["verdict"].partition(": ")
        found = read.get(number)
        if level == "skip":
            assert found is None
            assert number not in remarks
        elif level == "error":
            assert found is None
            assert remarks[number].level is Level.ERROR
            assert why.split(",")[0].split(" (")[0].replace("TRUE/FALSE", "TRUE or FALSE") in remarks[number].message
        else:
            assert found is not None
            assert (found.row_id, found.new_alt) == (row["row_id"], row["read"])
            assert (number in remarks) == (level == "warning")
    assert len(read) + len(remarks) > 20


@pytest.mark.parametrize("name", [name for name, rows in expected("by-hand").items() if isinstance(rows, list)])
def test_separators_and_encodings(name):
    sheet = read_sheet(ROUND_TRIPS / "by-hand" / name)
    wanted = expected("by-hand")[name]
    assert [(row.place.number, row.row_id, row.new_alt) for row in sheet.rows] == [
        (row["row"], row["row_id"], row["new_alt"]) for row in wanted
    ]
    assert bool(sheet.notes) == ("cp1252" in name)
    assert not sheet.remarks


@pytest.mark.parametrize("folder", ["de-DE", "en-US"])
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_moved_hidden_deleted_and_renamed(folder, suffix):
    wanted = expected(folder)["10-reordered-messy.*"]["read"]
    sheet = read_sheet(ROUND_TRIPS / folder / f"10-reordered-messy.{suffix}")
    assert texts(sheet) == [(row["row_id"], row["new_alt"]) for row in wanted]
    assert [remark.level for remark in sheet.remarks] == [Level.WARNING]  # the note below
    assert sheet.silent


@pytest.mark.parametrize("folder", ["de-DE", "en-US"])
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_suggestions_that_were_copied(folder, suffix):
    sheet = read_sheet(ROUND_TRIPS / folder / f"11-suggestions-copied-and-sorted.{suffix}")
    assert len(sheet.rows) == expected(folder)["11-suggestions-copied-and-sorted.*"]["rows"]
    assert all(row.new_alt == row.suggested_alt for row in sheet.rows)


@pytest.mark.parametrize("folder", ["de-DE", "en-US"])
def test_opened_and_saved_says_nothing(folder):
    sheet = read_sheet(ROUND_TRIPS / folder / "01-opened-and-saved.csv")
    assert (sheet.rows, sheet.remarks) == ([], [])
    assert sheet.silent == 45


def test_one_row_twice():
    wanted = expected("by-hand")["26-one-row-id-two-texts.csv"]
    rows = read_sheet(ROUND_TRIPS / "by-hand" / "26-one-row-id-two-texts.csv").rows
    twice = [row for row in rows if row.row_id == wanted["row_id"]]
    assert [row.place.number for row in twice] == wanted["rows"]
    assert len({row.new_alt for row in twice}) == 2


def test_short_and_long_rows():
    wanted = expected("by-hand")["27-short-and-long-rows.csv"]["read"]
    sheet = read_sheet(ROUND_TRIPS / "by-hand" / "27-short-and-long-rows.csv")
    assert [row.new_alt for row in sheet.rows] == [text for _, text in wanted]
    assert [(remark.place.number, "no row_id" in remark.message) for remark in sheet.remarks] == [(6, True)]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("by-hand/28-no-new_alt-column.csv", r"row 1: there is no column new_alt.*row_id, page_url, pages"),
        ("by-hand/30-empty.csv", "is empty"),
        ("de-DE/08-edited.ods", r"is a sheet of LibreOffice \(\.ods\): save it as XLSX or CSV"),
    ],
)
def test_files_that_are_refused(name, message):
    with pytest.raises(UsageError, match=message):
        read_sheet(ROUND_TRIPS / name)


def test_a_header_alone_is_nothing_to_do():
    sheet = read_sheet(ROUND_TRIPS / "by-hand" / "31-header-only.csv")
    assert (sheet.rows, sheet.silent, sheet.remarks) == ([], 0, [])


def test_a_workbook_that_is_called_csv():
    assert read_sheet(ROUND_TRIPS / "by-hand" / "32-xlsx-named.csv").rows
