"""Workbooks as spreadsheet programs write them: the parts of each kind that a reader can stumble over."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def letters(place: int) -> str:
    """The name of a column, from 0."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


def workbook(path: Path, *, inline: bool = False, dtd: str = "", **sheets: dict[int, list[str]]) -> Path:
    """A workbook of sheets of numbered rows; blank cells are left out, as programs do.

    Texts are shared, in a rich form with their pronunciation, or `inline`; figures are numbers.
    """
    shared: list[str] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        names = "".join(
            f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>'
            for number, name in enumerate(sheets, 1)
        )
        file.writestr(
            "xl/workbook.xml",
            f'{dtd}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{names}</sheets></workbook>',
        )
        parts = "".join(
            f'<Relationship Id="rId{number}" Target="{"/xl/" if number % 2 else ""}worksheets/s{number}.xml"/>'
            for number in range(1, len(sheets) + 1)
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{parts}</Relationships>',
        )
        for number, rows in enumerate(sheets.values(), 1):
            body = ""
            for line, cells in rows.items():
                body += f'<row r="{line}">'
                for place, text in enumerate(cells):
                    at = f"{letters(place)}{line}"
                    if text.isdigit():
                        body += f'<c r="{at}"><v>{text}</v></c>'
                    elif text and inline:
                        body += f'<c r="{at}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
                    elif text:
                        shared.append(text)
                        body += f'<c r="{at}" t="s"><v>{len(shared) - 1}</v></c>'
                body += "</row>"
            file.writestr(
                f"xl/worksheets/s{number}.xml", f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'
            )
        items = "".join(
            f"<si><r><t>{escape(text[:3])}</t></r><r><t>{escape(text[3:])}</t></r><rPh><t>?</t></rPh></si>"
            for text in shared
        )
        file.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{items}</sst>')
    return path
