"""The corrected markup of a row, and the button that copies it."""

from __future__ import annotations

import pytest
from lxml import html
from playwright.sync_api import sync_playwright
from sqlalchemy import update

from core.start_tag import is_whole, start_tag
from crawler.page.parse import parse_page
from reports.report_options import ReportOptions
from reports.write import write_report
from store import models
from store.engine import connect, writing
from tests.reports.scene import small_site
from tests.reports.test_html_report import CHROMIUM
from tests.storefill import SHOP


@pytest.fixture
def engine(sqlite_url):
    made = connect(sqlite_url)
    yield made
    made.dispose()


@pytest.mark.parametrize(
    ("attributes", "whole"),
    [
        ([("src", "a.jpg?b=1&c=2"), ("alt", 'A 3" pipe'), ("ismap", "")], True),
        ([("src", "a" * 119)], True),
        ([("src", "a" * 120)], False),  # may be longer
        ([(f"data-{n}", "") for n in range(30)], False),  # there may be more
        ([("src", "a.jpg"), ("onerror", "alert(1)")], False),
        ([(f"data-{n}", "a" * 100) for n in range(4)], False),
    ],
)
def test_a_tag_is_whole_where_nothing_of_it_was_cut(attributes, whole):
    assert is_whole(start_tag("img", attributes)) is whole


@pytest.mark.parametrize(
    "kept",
    ['<img alt="A 3" pipe">', '<img src="a?b=1&c=2">', "<img src=a>", '<img src="a"', "", "text", '<img src="a"><p>'],
)
def test_a_tag_that_was_kept_otherwise_is_not(kept):
    assert not is_whole(kept)


def test_what_a_page_writes_into_an_attribute_stays_there():
    page = parse_page("http://shop.test/", b"""<img src="/a.jpg" title='x" onerror="alert(1)'>""")
    [place] = page.occurrences
    assert place.html == '<img src="/a.jpg" title="x&quot; onerror=&quot;alert(1)">'
    assert is_whole(place.html)


def corrections(folder) -> dict[str, str]:
    """The text to copy, by the name of the row."""
    page = html.parse(str(folder / "index.html"))
    return {
        row.xpath("string(.//h4)"): row.xpath("string(.//dt[.='Corrected']/../dd/code)")
        for row in page.xpath("//article[contains(@class, 'row')]")
    }


def give_markup(engine, **markup: str) -> None:
    with writing(engine) as session:
        for name, tag in markup.items():
            images = models.Image.url.contains(f"/{name}.")
            of_it = models.Occurrence.image_id.in_(session.query(models.Image.id).where(images))
            session.execute(update(models.Occurrence).where(of_it).values(html=tag))


def test_texts_that_are_proposed_or_decided_stand_in_the_markup(engine, tmp_path):
    small_site(engine)
    give_markup(
        engine,
        missing='<img class="hero" src="/missing.jpg">',
        approved=f'<img src="/{"a" * 130}.jpg">',
        logo='<img alt="" src="/logo.png">',
    )
    write_report(engine, SHOP, tmp_path, ReportOptions())
    assert corrections(tmp_path) == {
        "missing.jpg": '<img alt="a cat on a sofa" class="hero" src="/missing.jpg">',
        "approved.jpg": 'alt="a red house"',  # the tag was cut
        "failed.jpg": "",
        "svg in the page": "",
        "logo.png": '<img alt="Shop: home page" src="/logo.png">',
        "long.jpg": "",
        "twice.jpg": "",
    }


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
def test_a_button_copies_it(engine, tmp_path):
    small_site(engine)
    give_markup(engine, missing='<img src="/missing.jpg?a=1&amp;b=2">')
    files = write_report(engine, SHOP, tmp_path, ReportOptions())
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for scripts in (True, False):
            tab = browser.new_context(java_script_enabled=scripts, viewport={"width": 390, "height": 800}).new_page()
            tab.on("console", lambda message: complaints.append(message.text))
            tab.goto(files.index.as_uri())
            row = tab.locator("article", has_text="missing.jpg").first
            row.locator("summary").click()
            markup, button = row.locator("dd code").nth(2), row.locator("button")
            assert markup.inner_text() == '<img alt="a cat on a sofa" src="/missing.jpg?a=1&amp;b=2">'
            assert button.is_visible() is scripts
            if scripts:
                button.focus()
                tab.keyboard.press("Enter")
                tab.get_by_role("status").get_by_text("Copied").wait_for(state="attached")
                assert tab.evaluate("getSelection().toString()") == markup.inner_text()
                tab.keyboard.press("Control+c")
        browser.close()
    assert complaints == []
