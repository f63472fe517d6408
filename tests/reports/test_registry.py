from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from lxml import html

from reports import registry
from reports.report_options import ReportOptions
from reports.write import write_report
from store.engine import connect
from tests.reports.scene import small_site
from tests.storefill import SHOP, SITE

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")

FILE = re.compile(r"`(\w+\.(?:html|csv|jsonl?|sarif|md|xlsx))`(?=.*\|.*\|)")  # in the first column of a table

NEW_WRITER = """
from reports.files.csv_writer import CsvWriter
from reports.row import Row

WRITERS = (
    CsvWriter(
        record=Row,
        name="shop",
        title="For the shop",
        help="Texts that people stand behind.",
        columns=(("src", lambda row: row.image_url), ("alt", lambda row: row.suggested or "")),
        wanted=lambda row: row.publishable,
        raw=True,
    ),
)
"""


def test_writers_have_names_and_files_of_their_own():
    writers = registry.all_writers()
    assert {"editors.csv", "rows.csv", "import.csv", "failures.csv", "changes.csv"} <= {
        writer.file_name for writer in writers if not writer.extra
    }
    assert {"pages", "places", "jsonl", "sarif", "issues", "trend"} == {
        writer.name for writer in writers if writer.extra
    }
    assert len({writer.name for writer in writers}) == len(writers)
    for writer in writers:
        assert len(set(writer.headings)) == len(writer.headings)
        assert writer.help.endswith(".")


def test_the_readme_names_every_file_and_no_other():
    in_table = [name for line in README.splitlines() if line.startswith("| `") for name in FILE.findall(line)]
    assert sorted(in_table) == sorted(
        [
            "index.html",
            "rules.html",
            "search.html",
            "summary.html",
            "summary.md",
            *(one.file_name for one in registry.all_writers()),
        ]
    )


@pytest.fixture
def one_more_folder(tmp_path, monkeypatch):
    """A folder of writers with one module in it."""
    folder = tmp_path / "more_writers"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "shop.py").write_text(NEW_WRITER)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "FOLDERS", (*registry.FOLDERS, "more_writers"))
    registry.all_writers.cache_clear()
    yield
    registry.all_writers.cache_clear()
    for name in ("more_writers", "more_writers.shop"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("one_more_folder")
def test_a_new_file_takes_one_module(sqlite_url, tmp_path):
    engine = connect(sqlite_url)
    small_site(engine)
    files = write_report(engine, SHOP, tmp_path / "out", ReportOptions())
    engine.dispose()
    new = files.file("shop")
    assert (new.path, new.rows) == (tmp_path / "out" / "shop.csv", 2)
    assert new.path.read_text().splitlines() == [
        "src,alt",
        f"http://{SITE}/approved.jpg,a red house",
        f"http://{SITE}/logo.png,Shop: home page",
    ]
    front = html.parse(str(files.index))
    assert front.xpath("//section[@id='files']//a/@href") == [
        "summary.html",
        "summary.md",
        *(file.path.name for file in files.files),
    ]
    assert "For the shop." in front.xpath("string(//section[@id='files'])")
