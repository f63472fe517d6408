"""Sheets that people and strangers may hand in."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from core.errors import UsageError
from core.sheets import workbook as book
from core.sheets.workbook import CellKind
from reports.files.csv_writer import spreadsheet_cell
from reports.readback.read import Level, read_sheet
from reports.readback.wishes import as_typed
from reports.readback.words import Word, word_of

ID = "75118a1c14c2-43330724a383021f-en-9f86d081m"
HEADER = ["row_id", "suggested_alt", "new_alt", "decision", "seen"]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def saved(tmp_path, content, name="editors.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return path


def sheet_of(tmp_path, *rows, header=HEADER):
    file = io.StringIO(newline="")
    csv.writer(file).writerows([header, *rows])
    return read_sheet(saved(tmp_path, file.getvalue()))


def workbook(tmp_path, body, *, name="editors.xlsx", more=()):
    """A workbook of one sheet, with this as its rows."""
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets><sheet name="A" r:id="a"/></sheets></workbook>',
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels", '<Relationships><Relationship Id="a" Target="s.xml"/></Relationships>'
        )
        file.writestr("xl/s.xml", f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>')
        for part, content in more:
            file.writestr(part, content)
    return path


def cells(*texts):
    return "<row>" + "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts) + "</row>"


TEXTS = {
    "a formula": ("=1+1", "=1+1"),
    "guarded": ("'=1+1", "=1+1"),
    "lines": ("two\r\nlines", "two lines"),
    "spaces": ("\u00a0 a  cat\u200b ", "a cat"),
    "emoji": ("🫖 a pot", "🫖 a pot"),
    "a family": ("👨‍👩‍👧 at home", "👨‍👩‍👧 at home"),
    "Hebrew": ("\u200fחתול ‎3", "\u200fחתול ‎3"),
    "markup": ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    "long": ("word " * 20_000, ("word " * 20_000).strip()),
    "a question": ("Who is it?", "Who is it?"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_taken_as_they_were_typed(tmp_path, name):
    typed, read = TEXTS[name]
    [row] = sheet_of(tmp_path, [ID, "", typed, "", ""]).rows
    assert (row.new_alt, row.word) == (read, None)


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "a\nb", "\x00nul", "\ud83d lone", "🫖", "'=x", "\u202eabc", "x" * 40_000]
)
def test_a_suggestion_comes_back_as_it_went(tmp_path, text):
    [row] = sheet_of(tmp_path, [ID, spreadsheet_cell(text), "", "approve", ""]).rows
    assert row.suggested_alt == as_typed(text)


def test_decisions(tmp_path):
    words = ["Approve", " EDIT.", "ablehnen", "Décoratif", "omitir", "", "perhaps"]
    sheet = sheet_of(tmp_path, *([ID, "", "", word, "abcdefgh"] for word in words))
    assert [row.word for row in sheet.rows] == [Word.APPROVE, Word.EDIT, Word.REJECT, Word.DECORATIVE]
    assert {row.seen for row in sheet.rows} == {"abcdefgh"}
    assert sheet.silent == 2
    [remark] = sheet.remarks
    assert (remark.place.number, remark.level) == (8, Level.ERROR)
    assert remark.message == "'perhaps' is no decision. Write approve, edit, reject, decorative or skip."


def test_every_word_is_one_decision():
    assert all(word_of(word) is word for word in Word)
    assert word_of("ÜBERSPRINGEN") is Word.SKIP


def test_rows_are_numbered_as_the_program_does(tmp_path):
    content = f"""﻿Our texts\n\nRow ID;New ALT\n\n"{ID}";"of
two lines"\n"{ID}";"a cat"\n;\n"{ID}";"a "b" c"\n"{ID}";"never closed\n{ID};x\n"""
    sheet = read_sheet(saved(tmp_path, content))
    assert [(row.place.number, row.new_alt) for row in sheet.rows] == [(5, "of two lines"), (6, "a cat")]
    assert [(remark.place.number, remark.message) for remark in sheet.remarks] == [
        (8, "cannot be read: ';' expected after '\"'"),
        (9, "cannot be read: a quotation mark is opened and not closed"),
    ]


def test_cells_of_a_workbook_say_what_they_are(tmp_path):
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="[$-407]d. mmm"/>'
        '<numFmt numFmtId="165" formatCode="0 &quot;days&quot;"/></numFmts><cellXfs><xf numFmtId="0"/>'
        '<xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>'
    )
    body = (
        '<row r="3"><c r="B3"><v>7</v></c><c s="1"><v>7</v></c><c s="2"><v>7</v></c><c s="3"><v>7</v></c>'
        '<c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c t="str"><f>A1</f><v>x</v></c><c s="1"/>'
        '<c t="inlineStr"><is><t>a_x000D_b_x005F_x0041_</t></is></c></row>'
    )
    path = workbook(tmp_path, body, more=[("xl/styles.xml", styles)])
    [(number, [first, *found])] = book.Workbook(path).cells("xl/s.xml")
    kinds = CellKind
    assert (number, first.text) == (3, "")
    assert [cell.kind for cell in found] == [
        kinds.NUMBER, kinds.DATE, kinds.DATE, kinds.NUMBER, kinds.TRUTH, kinds.ERROR, kinds.FORMULA, kinds.TEXT,
        kinds.TEXT,
    ]  # fmt: skip
    assert found[-1].text == "a\rb_x0041_"


@pytest.mark.computes(20)
@pytest.mark.slow
def test_a_million_empty_rows_are_no_rows(tmp_path):
    header, last = cells(*HEADER), cells(ID, "", "a cat")
    path = workbook(tmp_path, header + "<row/>" * 999_998 + last)
    [row] = read_sheet(path).rows
    assert (row.place.number, row.new_alt) == (1_000_000, "a cat")


def test_workbooks_that_are_refused(tmp_path, monkeypatch):
    body = cells(*HEADER)
    with pytest.raises(UsageError, match="holds macros: save it as XLSX"):
        read_sheet(workbook(tmp_path, body, name="a.xlsm", more=[("xl/vbaProject.bin", b"x")]))
    monkeypatch.setattr(book, "MAX_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(UsageError, match=r"more than 1,000,000 bytes when it is unpacked"):
        read_sheet(workbook(tmp_path, body + " " * 1_000_000))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, r"is an old Excel workbook \(.xls\), or has a password: save it as XLSX"),
        (b"PK\x03\x04" + b"x" * 600, "is a damaged workbook"),
        (b"\x89PNG\r\n\x1a\n" + b"\0\1" * 600, "is none of our sheets"),
        ("Name,Price\nCup,3\n", r"no column row_id in its first 10 rows.*'Name', 'Price'"),
        ("\n" * 12 + "row_id,new_alt\n", "is none of our sheets"),
        ("row_id,new_alt,New Alt\n", r"row 1: there are two columns new_alt \('New Alt' is one\)"),
        ("row_id,Alternative\n", r"there is no column new_alt: name it so again. The columns are row_id, Alternative."),
        (" \n", "is empty"),
    ],
)
def test_files_that_are_none_of_ours(tmp_path, content, message):
    with pytest.raises(UsageError, match=message):
        read_sheet(saved(tmp_path, content))
    with pytest.raises(UsageError, match="cannot read"):
        read_sheet(tmp_path / "nothing.xlsx")
