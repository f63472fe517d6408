"""An Excel workbook for people who decide: pictures, a list of decisions, and every cell a text."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, UnidentifiedImageError

from core.text import shown
from reports.files.csv_writer import CELL_CHARS
from reports.folds import Fold
from reports.readback.words import Word
from reports.texts import is_web_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from reports.report_options import ReportOptions
    from reports.row import Row

SHEET_ROWS = 1_048_576
THUMBNAIL_PX = 96
_HEADER_ROW, _ROW_POINTS = 0, 76  # as high as a thumbnail: 96 pixels are 72 points
_TEXT = 49  # the format @: what is typed is not made into numbers, dates or formulas
_LINE = "#d5dbe1"  # the colour of lines between cells
_LINKS = 65_000  # in all, since they stay in memory; Excel takes 65,530 of a sheet
_LINK_CHARS = 2_000
_UNWRITABLE = str.maketrans("\ufffe\uffff", "\ufffd\ufffd")  # no XML holds them
# What a program would make of a text by itself.
_OPTIONS = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False,
}  # fmt: skip
_CREATED = datetime(1980, 1, 1, tzinfo=UTC)  # the same report gives the same bytes


def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec("xlsxwriter") is not None


class Column(NamedTuple):
    """A column of the workbook."""

    heading: str
    text: Callable[[Fold], str]
    note: str = ""  # shown at the heading
    width: float = 0  # characters; 0: out of sight, until a person unfolds it
    links: bool = False  # it holds addresses to follow
    is_theirs: bool = False  # an editor writes here


@dataclass(frozen=True, slots=True)
class XlsxWriter:
    """A workbook with a sheet that says how to use it, and one row for each fold on those that follow."""

    name: str
    file_name: str
    title: str
    help: str
    how_to: tuple[str, ...]  # lines of the first sheet; those that end in a colon are headings
    columns: tuple[Column, ...]  # the first is that of the pictures
    decision: str  # heading of the column with the list
    sheet_rows: int = SHEET_ROWS
    extra: bool = False
    record: type[Fold] = field(default=Fold, init=False)

    @property
    def headings(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.heading for column in self.columns)

    def wants(self, _: Fold) -> bool:
        """Each gets a row."""
        return True

    @contextmanager
    def opened(self, folder: Path, options: ReportOptions) -> Iterator[Callable[[Fold], None]]:
        """The file, open; the thumbnails of a row are in the folder when it is written."""
        from xlsxwriter import Workbook
        from xlsxwriter.exceptions import FileCreateError

        book = Workbook(str(folder / self.file_name), {**_OPTIONS, "tmpdir": str(folder)})
        book.set_properties({"created": _CREATED})
        sheets = _Sheets(self, book, folder / "thumbnails", options.workbook_thumbnails)
        yield sheets.write
        sheets.finish()
        try:
            book.close()
        except FileCreateError as error:
            raise error.__cause__ or error.__context__ or OSError(str(error)) from None


class _Sheets:
    """The sheets of an open workbook."""

    def __init__(self, writer: XlsxWriter, book: Workbook, thumbnails: Path, pictures: int) -> None:
        self._writer = writer
        self._book = book
        self._folder = thumbnails
        self._pictures = pictures  # that may still be shown
        self._known: dict[str, bytes | None] = {}  # thumbnails, by digest
        text = {"num_format": _TEXT, "valign": "top", "font_size": 10, "bottom": 1, "bottom_color": _LINE}
        wrapped = text | {"text_wrap": True}
        folded, in_sight = book.add_format(text), book.add_format(wrapped)
        theirs = book.add_format(wrapped | {"bg_color": "#fff8dc", "left": 1, "left_color": _LINE})
        self._styles = [
            theirs if column.is_theirs else in_sight if column.width else folded for column in writer.columns
        ]
        self._link = book.add_format(wrapped | {"font_color": "#0645ad", "underline": 1})
        self._head = book.add_format(text | {"bold": True, "bg_color": "#e8edf2"})
        self._explain(book.add_worksheet("How to use"))
        self._number = 0
        self._sheet, self._row, self._links = self._begin(), 0, 0

    def _explain(self, sheet: Worksheet) -> None:
        wrapped = self._book.add_format({"text_wrap": True, "valign": "top", "num_format": _TEXT})
        bold = self._book.add_format({"bold": True, "font_size": 13, "num_format": _TEXT})
        sheet.set_column(0, 0, 110)
        sheet.hide_gridlines(2)
        _fit_to_paper(sheet)
        for number, line in enumerate(self._writer.how_to):
            sheet.write_string(number, 0, line, bold if line.endswith(":") else wrapped)

    def _begin(self) -> Worksheet:
        """A new sheet with its headings."""
        self._number += 1
        sheet = self._book.add_worksheet(f"Texts {self._number}" if self._number > 1 else "Texts")
        sheet.outline_settings(symbols_right=False)
        for place, (column, style) in enumerate(zip(self._writer.columns, self._styles, strict=True)):
            if column.width:
                sheet.set_column(place, place, column.width, style)
            else:
                sheet.set_column(place, place, 12, style, {"level": 1, "hidden": True})
        sheet.set_default_row(_ROW_POINTS)  # by itself, a row would take memory until the end
        sheet.set_row(_HEADER_ROW, 20)
        for place, column in enumerate(self._writer.columns):
            sheet.write_string(_HEADER_ROW, place, column.heading, self._head)
            if column.note:
                sheet.write_comment(_HEADER_ROW, place, column.note, {"x_scale": 2, "author": ""})
        sheet.freeze_panes(1, 1)
        _fit_to_paper(sheet)
        sheet.repeat_rows(_HEADER_ROW)
        place, words = self._writer.headings.index(self._writer.decision), [str(word) for word in Word]
        choice = {
            "validate": "list", "source": words, "error_title": "Decision",
            "error_message": f"One of: {', '.join(words)}.",
        }  # fmt: skip
        sheet.data_validation(1, place, self._writer.sheet_rows - 1, place, choice)
        return sheet

    def write(self, fold: Fold) -> None:
        """Write one row."""
        if self._row == self._writer.sheet_rows - 1:
            self._end()
            self._sheet, self._row = self._begin(), 0
        self._row += 1
        for place, (column, style) in enumerate(zip(self._writer.columns, self._styles, strict=True)):
            text = column.text(fold)
            if not text:
                continue
            text = shown(text[: CELL_CHARS - 1])
            text = text if text.isascii() else text.translate(_UNWRITABLE)
            if column.links and self._links < _LINKS and len(text) <= _LINK_CHARS and is_web_address(text):
                self._links += 1
                self._sheet.write_url(self._row, place, text, self._link, string=text)
            else:
                self._sheet.write_string(self._row, place, text, style)
        self._show(fold.row)

    def _show(self, row: Row) -> None:
        """Put the picture into the first column, in which it moves with its row."""
        if row.digest is None or not self._pictures:
            return
        if row.digest not in self._known:
            self._known[row.digest] = _small_jpeg(self._folder / f"{row.digest}.webp")
        jpeg = self._known[row.digest]
        if jpeg is not None:
            self._pictures -= 1
            place = {
                "image_data": BytesIO(jpeg),
                "x_offset": 3,
                "y_offset": 3,
                "object_position": 1,
                "decorative": True,
            }
            self._sheet.insert_image(self._row, 0, "thumbnail.jpg", place)

    def _end(self) -> None:
        self._sheet.autofilter(_HEADER_ROW, 0, self._row, len(self._writer.columns) - 1)

    def finish(self) -> None:
        """End the last sheet."""
        self._end()


def _fit_to_paper(sheet: Worksheet) -> None:
    """Printed, it is as wide as A4 is, turned."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _small_jpeg(path: Path) -> bytes | None:
    """A thumbnail of the report as every spreadsheet program shows it; None where there is none."""
    try:
        with Image.open(path) as picture:
            picture.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
            rgba = picture.convert("RGBA")
    except (OSError, UnidentifiedImageError):
        return None
    ground = Image.new("RGBA", rgba.size, "white")
    ground.alpha_composite(rgba)
    file = BytesIO()
    ground.convert("RGB").save(file, "JPEG", quality=80)
    return file.getvalue()
