"""editors.xlsx: what an editor gets in Excel, and what comes back."""

from __future__ import annotations

import io
import runpy
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image
from sqlalchemy import update

from core.sheets.workbook import CellKind, Workbook
from reports.files import editors
from reports.files.editors import CSV, WORKBOOK
from reports.folds import Fold
from reports.readback.columns import column_of
from reports.readback.read import read_sheet
from reports.report_options import ReportOptions
from reports.row import row_of
from reports.write import write_report
from store import models
from store.engine import connect, writing
from tests.reports.scene import small_site
from tests.reports.test_view import suggestion
from tests.storefill import SHOP

MAIN = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
CALC = Path(__file__).parent / "readback" / "type_in_calc.py"
# What an editor may type, and what a spreadsheet program likes to make of it.
TYPED = [
    "A grey cat", "=Katze", "1/2", "007", "1E+10", "12:30", "TRUE", "- dash", "+49 30", "@home", "日本の急須 🫖",
    "Tasse \"Größe L\"; 0,3 l", "'quoted'", "_x0041_ under", "<b>bold</b>", "x" * 1990,
]  # fmt: skip
WILD = [
    '=HYPERLINK("http://evil.test")',
    "a\nb",
    "tab\there",
    "\u202eabc\uffff",
    "_x000D_",
    "🫖",
    "x" * 100_000,
    "javascript:alert(1)",
]


def folds(texts):
    """A row for each text: it is what is suggested and what stands there; some pages are no address to follow."""
    for number, text in enumerate(texts):
        row = row_of(replace(suggestion(text=text), alt=text))
        name = f"{row.id.split('-')[0]}-{number:016x}-en-00000000m"
        page = replace(row.first_page, url=text if number % 2 else row.first_page.url)
        yield Fold(number + 1, replace(row, id=name, first_page=page), 1)


def written(folder, texts, writer=WORKBOOK, **options):
    with writer.opened(folder, ReportOptions(**options)) as write:
        for fold in folds(texts):
            write(fold)
    return folder / writer.file_name


def part(path, name):
    with zipfile.ZipFile(path) as file:
        return etree.fromstring(file.read(name))


def cells(path, sheet="Texts"):
    book = Workbook(path)
    [name] = [part for title, part in book.sheets if title == sheet]
    rows = [row for _, row in book.cells(name)]
    book.close()
    return rows


def test_columns_are_in_sight_or_folded_and_all_are_texts(tmp_path):
    path = written(tmp_path, ["A cat", "A dog"])
    sheet = part(path, "xl/worksheets/sheet2.xml")
    columns = sheet.xpath("//m:col", namespaces=MAIN)
    hidden = [column for column in columns if column.get("hidden")]
    assert len(columns) - len(hidden) == 8
    assert {column.get("outlineLevel") for column in hidden} == {"1"}
    styles = part(path, "xl/styles.xml").xpath("//m:cellXfs/m:xf/@numFmtId", namespaces=MAIN)
    used = {*sheet.xpath("//m:col/@style", namespaces=MAIN), *sheet.xpath("//m:c/@s", namespaces=MAIN)}
    assert {styles[int(style)] for style in used} == {"49"}  # @
    assert not sheet.xpath("//m:c[not(@s)]", namespaces=MAIN)
    assert sheet.xpath("string(//m:pane/@state)", namespaces=MAIN) == "frozen"
    assert sheet.xpath("string(//m:autoFilter/@ref)", namespaces=MAIN) == "A1:AA3"
    assert (
        sheet.xpath("string(//m:dataValidation/m:formula1)", namespaces=MAIN) == '"approve,edit,reject,decorative,skip"'
    )
    assert sheet.xpath("string(//m:dataValidation/@sqref)", namespaces=MAIN) == "G2:G1048576"
    assert len(part(path, "xl/comments1.xml").xpath("//m:comment", namespaces=MAIN)) == 8


def test_nothing_that_a_row_has_is_lost():
    shown = {column_of(heading) or heading for heading in WORKBOOK.headings}
    assert shown - {"Picture", "What is wrong", "Note"} == set(CSV.headings) - {"problems", "note"}


def test_texts_of_strangers_are_texts(tmp_path):
    path = written(tmp_path, WILD)
    header, *rows = cells(path)
    places = {cell.text: place for place, cell in enumerate(header)}
    assert {cell.kind for row in rows for cell in row} == {CellKind.TEXT}
    for text, row in zip(WILD, rows, strict=True):
        safe = text.replace("\u202e", "\ufffd").replace("\uffff", "\ufffd")[:32_766]
        assert row[places["Suggested alt"]].text == row[places["Current alt"]].text == safe
    with zipfile.ZipFile(path) as file:
        links = file.read("xl/worksheets/_rels/sheet2.xml.rels").decode()
    pages = [fold.row.first_page.url for fold in folds(WILD[::2])]
    assert links.count('hyperlink" Target=') == sum(links.count(f'Target="{page}"') for page in set(pages)) == 4


def test_what_is_typed_comes_back(tmp_path):
    path = tmp_path / "editors.xlsx"
    answers = iter(TYPED)
    columns = [column._replace(text=lambda _: next(answers)) if column.heading == "New alt" else column
               for column in WORKBOOK.columns]  # fmt: skip
    written(tmp_path, TYPED, replace(WORKBOOK, columns=tuple(columns)))
    sheet = read_sheet(path)
    assert [row.new_alt for row in sheet.rows] == TYPED
    assert {(row.place.sheet, row.suggested_alt == row.new_alt) for row in sheet.rows} == {("Texts", True)}
    assert {row.seen for row in sheet.rows} != {None}


def test_sheets_are_divided_at_the_limit(tmp_path):
    path = written(tmp_path, list("abcdefg"), replace(WORKBOOK, sheet_rows=4))
    assert [len(cells(path, name)) for name in ("Texts", "Texts 2", "Texts 3")] == [4, 4, 2]
    assert part(path, "xl/worksheets/sheet4.xml").xpath("string(//m:autoFilter/@ref)", namespaces=MAIN) == "A1:AA2"
    assert read_sheet(path).silent == 7


@pytest.fixture
def pictured(sqlite_url, tmp_path):
    """A report of a site whose pictures have thumbnails, one of them no picture."""
    engine = connect(sqlite_url)
    small_site(engine)
    file = io.BytesIO()
    Image.new("RGBA", (320, 200), (200, 30, 30, 128)).save(file, "WEBP")
    with writing(engine) as session:
        session.execute(update(models.Asset).where(models.Asset.id > 1).values(thumbnail=file.getvalue()))

    def write(name="out", **options):
        return write_report(engine, SHOP, tmp_path / name, ReportOptions(**options)).file("workbook").path

    yield write
    engine.dispose()


def test_rows_show_their_pictures(pictured):
    path = pictured(rows_per_page=2)
    anchors = part(path, "xl/drawings/drawing1.xml")
    assert len(anchors) == 3
    assert {anchor.get("editAs") for anchor in anchors} == {None}  # moves and is sized with its cells
    with zipfile.ZipFile(path) as file:
        [name] = [name for name in file.namelist() if name.startswith("xl/media/")]
        picture = Image.open(io.BytesIO(file.read(name)))
    assert (picture.format, picture.size) == ("JPEG", (96, 60))
    assert len(part(pictured("fewer", workbook_thumbnails=1), "xl/drawings/drawing1.xml")) == 1
    assert path.read_bytes() == pictured("again", rows_per_page=3).read_bytes()
    assert not list(path.parent.glob("tmp*"))  # in which rows lie while the file is made


def test_without_the_extra_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    module = runpy.run_path(editors.__file__)
    assert [writer.file_name for writer in module["WRITERS"]] == ["editors.csv"]
    assert 'pip install "alt-audit[xlsx]"' in module["LEFT_OUT"][0]
    assert editors.LEFT_OUT == ()


@pytest.fixture(scope="module")
def python_with_uno():
    """The machine's own Python, if it can speak to LibreOffice."""
    python = "/usr/bin/python3"
    if shutil.which("soffice") is None or not Path(python).exists():
        pytest.skip("LibreOffice is not installed (apt-get install libreoffice-calc python3-uno)")
    if subprocess.run([python, "-c", "import uno"], capture_output=True, check=False).returncode:
        pytest.skip("Python cannot speak to LibreOffice (apt-get install python3-uno)")
    return python


@pytest.mark.parametrize("language", ["de-DE", "en-US"])
def test_a_round_trip_through_libreoffice(tmp_path, language, python_with_uno):
    """Loaded, typed into as a person types, sorted and saved: every text comes back as it was typed."""
    written(tmp_path, ["A draft"] * len(TYPED))
    (tmp_path / "typed.txt").write_text("\x1f".join(TYPED), "utf-8")
    done = subprocess.run([python_with_uno, str(CALC), str(tmp_path), language], capture_output=True, timeout=240)
    assert done.returncode == 0, done.stderr.decode()
    sheet = read_sheet(tmp_path / "saved.xlsx")
    read = {row.row_id: row.new_alt for row in sheet.rows}
    names = [fold.row.id for fold in folds(TYPED)]
    assert [read[name] for name in names] == TYPED
    assert [row.row_id for row in sheet.rows] == names[::-1]  # it was sorted
    assert {row.word for row in sheet.rows} == {"edit"}
    as_text = read_sheet(tmp_path / "saved-Texts.csv")
    assert {row.row_id: row.new_alt for row in as_text.rows} == read
