"""The search of the report, from the disk in Chromium."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import sync_playwright

from reports.html import search
from reports.report_options import ReportOptions
from reports.write import write_report
from store.engine import connect
from tests.reports.scene import many_rows, small_site
from tests.reports.test_html_report import CHROMIUM, hostile_site, page
from tests.storefill import SHOP

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def engine(sqlite_url):
    made = connect(sqlite_url)
    yield made
    made.dispose()


@pytest.fixture
def opened(browser):
    """A page of Chromium; whatever it complains of fails the test."""
    tab = browser.new_page(viewport={"width": 390, "height": 800})
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("dialog", lambda dialog: complaints.append(dialog.message))
    yield tab
    tab.close()
    assert [one for one in complaints if "ERR_FILE_NOT_FOUND" not in one] == []


def said(tab) -> str:
    return tab.locator("#said").inner_text()


def test_rows_are_found_by_words_and_filters_and_lead_to_their_place(engine, tmp_path, opened):
    small_site(engine)
    files = write_report(engine, SHOP, tmp_path, ReportOptions(rows_per_page=3))
    opened.goto(files.index.as_uri())
    opened.locator("nav a", has_text="Search").click()
    opened.locator("#said", has_text="7 of 7 rows").wait_for()
    opened.get_by_label("Words in").fill("CAT missing")
    assert said(opened) == "1 of 7 rows"
    found = opened.locator("#found li")
    assert "Suggested a cat on a sofa" in found.inner_text().replace("“", "").replace("”", "")
    opened.get_by_label("Words in").fill("")
    opened.get_by_label("Rule").select_option("missing-attr")
    assert said(opened) == "4 of 7 rows"
    opened.get_by_label("Order").select_option("name")
    assert found.locator("a").all_inner_texts() == ["approved.jpg", "failed.jpg", "missing.jpg", "svg in the page"]
    assert found.evaluate_all("items => items.every(item => item.scrollWidth <= item.clientWidth)")
    found.locator("a").first.click()
    opened.wait_for_load_state()
    target = opened.evaluate("location.hash.slice(1)")
    assert "approved.jpg" in opened.locator(f"#{target}").inner_text()


def test_a_total_of_the_front_page_leads_to_its_rows(engine, tmp_path, opened):
    small_site(engine)
    files = write_report(engine, SHOP, tmp_path, ReportOptions())
    for link in page(files.index).xpath("//section[@id='figures']//a"):
        opened.goto(f"{tmp_path.as_uri()}/{link.get('href')}")
        opened.locator("#said", has_text=f"{link.text} of 7 rows").wait_for()


def test_nothing_of_the_site_runs_or_steers(engine, tmp_path, opened):
    hostile_site(engine)
    write_report(engine, SHOP, tmp_path, ReportOptions())
    opened.goto(f"{tmp_path.as_uri()}/search.html")
    opened.locator("#said", has_text=re.compile(r"^(\d+) of \1 rows$")).wait_for()
    assert opened.locator("#found script, #found svg, #found [onerror]").count() == 0
    assert "\u202e" not in opened.locator("#found").inner_text()


def test_the_index_comes_in_pieces_and_old_ones_go(engine, tmp_path, opened, monkeypatch):
    monkeypatch.setattr(search, "PIECE_BYTES", 4_000)
    many_rows(engine, 130)
    write_report(engine, SHOP, tmp_path, ReportOptions(rows_per_page=50))
    pieces = sorted(tmp_path.glob("search-*.js"))
    assert len(pieces) > 3
    assert max(piece.stat().st_size for piece in pieces) < 5_000
    rows = [row for piece in pieces for row in json.loads(piece.read_text()[len("altAuditRows(") : -3])]
    assert [row[0] for row in rows] == list(range(1, 131))
    opened.goto(f"{tmp_path.as_uri()}/search.html")
    opened.locator("#said", has_text="130 of 130 rows").wait_for()
    assert opened.locator("#found li").count() == 100
    opened.locator("#more").click()
    assert opened.locator("#found li").count() == 130
    monkeypatch.undo()
    write_report(engine, SHOP, tmp_path, ReportOptions())
    assert [piece.name for piece in tmp_path.glob("search-*.js")] == ["search-001.js"]
    (tmp_path / "search-001.js").unlink()
    opened.goto(f"{tmp_path.as_uri()}/search.html")
    opened.locator("#said", has_text="copy the whole folder of the report").wait_for()
