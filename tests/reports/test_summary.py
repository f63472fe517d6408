"""The audit on one sheet: its figures, its form on paper, and what strangers may write on it."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import pytest
from lxml import html
from playwright.sync_api import sync_playwright
from pydantic import ValidationError

from core.records import Classification, Finding, Judgement, Severity
from reports.html.environment import environment
from reports.html.numbers import breakdown
from reports.report_options import ReportOptions
from reports.summary.as_markdown import markdown
from reports.summary.view import ADDRESS_CHARS, TEXT_CHARS, Number, Summary, Thing
from reports.summary.words import Language, words_of
from reports.texts import Link
from reports.write import write_report
from store.engine import connect
from tests.reports.scene import small_site
from tests.reports.test_html_report import CHROMIUM, HOSTILE, hostile_site
from tests.store.test_diff import crawled
from tests.storefill import MISSING, OK, SHOP, occurrence, visit

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
NUMBERS = tuple(Number("1,234,567", "were fine, and need a text now") for _ in range(4))
FULL = Summary(
    words=words_of(Language.ENGLISH),
    brand="B" * 100,
    logo=f"data:image/png;base64,{base64.b64encode(PNG).decode()}",
    title="Tt " * 40,
    site="a-very-long-name-of-a-host.example.test:8080",
    crawled="29 September 2026, 21:58 UTC",
    number="1,234,567",
    text="things to mend, 123,456 of them in templates",
    places_text="In 1,234,567 of 12,345,678 image places on 123,456 pages: " + "1,234,567 without an alt text, " * 6,
    places=breakdown((name, "Wrongly empty", "", 7) for name in ("missing", "empty", "suspicious", "ok", "decorative")),
    since="29 September 2026, 21:58 UTC",
    changes=NUMBERS,
    decided=NUMBERS,
    things=(
        Thing(
            name="W" * ADDRESS_CHARS,
            verdict=f"Bad alt text: “{'W' * TEXT_CHARS}”",
            where="1,234,567 places on 123,456 pages: part of a template, mended once",
            decided="W" * TEXT_CHARS,
            page=Link("w" * ADDRESS_CHARS, "https://w.test/"),
            picture=None,
        ),
    )
    * 5,
)


def sheet(files):
    return html.parse(str(files.summary))


def said(node) -> str:
    return " ".join(node.xpath("string(//body)").split())


def test_it_says_what_the_report_says_without_a_word_of_machines(engine, tmp_path):
    small_site(engine)
    files = write_report(engine, SHOP, tmp_path, ReportOptions(brand="Brightwood & Co", title="Pictures of the shop"))
    front, one = said(html.parse(str(files.index))), said(sheet(files))
    assert "6 things to mend" in front
    assert one.startswith(
        "Pictures of the shop shop.test · 5 March 2026, 14:05 UTC Brightwood & Co 6 things to mend In 9"
    )
    assert "logo.png 3 places on 3 pages Wrongly empty Decided: “Shop: home page” http://shop.test/" in one
    assert not re.search(r"(?i)\b(model|machine|draft|caption|alt-audit)", one)
    assert sheet(files).xpath("//figure/img/@src")  # they go with the page
    assert not sheet(files).xpath("//img[not(starts-with(@src, 'data:'))]")
    text = (tmp_path / "summary.md").read_text("utf-8")
    assert text.startswith(
        "# Pictures of the shop: shop.test\n\nBrightwood \\& Co, 5 March 2026, 14:05 UTC\n\n**6 things"
    )
    assert (
        "1. **logo.png** (3 places on 3 pages). Wrongly empty. Decided: “Shop: home page”. <http://shop.test/>\n"
        in text
    )


def test_what_happened_since_the_last_crawl_and_what_became_of_texts(engine, tmp_path):
    crawled(engine, visit("", (occurrence("cup.jpg"), MISSING), (occurrence("pot.jpg", alt="A pot"), OK)))
    assert "Since" not in said(sheet(write_report(engine, SHOP, tmp_path, ReportOptions())))
    crawled(engine, visit("", (occurrence("cup.jpg", alt="A cup"), OK), (occurrence("jug.jpg"), MISSING)))
    files = write_report(engine, SHOP, tmp_path, ReportOptions())
    assert "1 mended 1 new, and in need of a text 0 were fine, and need a text now 1 gone from the site" in said(
        sheet(files)
    )
    assert "1 mended, 1 new, and in need of a text" in (tmp_path / "summary.md").read_text("utf-8")


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
def test_the_fullest_one_prints_on_one_sheet(tmp_path):
    page = tmp_path / "summary.html"
    page.write_text(environment().get_template("summary.html").render(view=FULL), "utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 390, "height": 800})
        tab.goto(page.as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        assert tab.evaluate("document.querySelector('header img').naturalWidth") == 1
        printed = tab.pdf(prefer_css_page_size=True)
        browser.close()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


def test_hostile_texts_stay_texts(engine, tmp_path):
    hostile_site(engine)
    files = write_report(engine, SHOP, tmp_path, ReportOptions(brand="<script>alert(1)</script>"))
    assert not sheet(files).xpath("//script | //iframe | //form | //*[@onerror or @onload]")
    for href in sheet(files).xpath("//@href"):
        assert href.startswith("http")
    text = (tmp_path / "summary.md").read_text("utf-8")
    assert not re.search(r"(?<!\\)<(?!https?://)", text)
    assert not any("\u202e" in one and one in text for one in HOSTILE)
    assert (
        list(markdown(replace(FULL, brand="[a](javascript:x)\n# b")))[2]
        == "\\[a\\](javascript:x) \\# b, 29 September 2026, 21:58 UTC\n"
    )


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("no.png", None, "cannot read"),
        ("logo.png", b"%PDF-1.7", "is no picture that browsers show"),
        ("logo.png", PNG + bytes(600_000), "has more than 500,000 bytes"),
    ],
)
def test_a_logo_that_is_none_is_said_before_the_crawl(tmp_path, name, content, problem):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValidationError, match=problem):
        ReportOptions(logo=path)


def test_a_logo_is_put_into_the_page(engine, tmp_path):
    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    crawled(engine, visit("", (occurrence("cup.jpg"), MISSING)))
    files = write_report(engine, SHOP, tmp_path / "out", ReportOptions(logo=tmp_path / "logo.svg", brand="Acme"))
    assert sheet(files).xpath("//header/img/@alt") == ["Acme"]
    assert sheet(files).xpath("//header/img/@src")[0].startswith("data:image/svg+xml;base64,")


SAID = {
    "en": ("Alternative texts of pictures", "2 things to mend", "In 3 of 4 image places on 2 pages: 2 w", "1 mended"),
    "de": ("Alternativtexte der Bilder", "2 Punkte sind zu", "An 3 von 4 Bildstellen auf 2 Seiten", "1 behoben"),
    "fr": ("Textes alternatifs des images", "2 points à corriger", "Soit 3 sur 4 emplacements", "1 corrigé"),
    "es": ("Textos alternativos", "2 puntos por corregir", "En 3 de 4 lugares con imagen", "1 corregido"),
}


@pytest.mark.parametrize("language", SAID)
def test_a_client_is_written_to_in_their_language(sqlite_url, tmp_path, language):
    engine = connect(sqlite_url)
    vague = Judgement(Classification.SUSPICIOUS, findings=(Finding("vague-word", Severity.ERROR, "Say what is seen."),))
    lamp, cup = occurrence("lamp.jpg"), (occurrence("cup.jpg"), MISSING)
    pot = occurrence("pot.jpg", alt="image", accessible_name="image")
    crawled(engine, visit("", (lamp, MISSING)))
    crawled(engine, visit("", (replace(lamp, alt="A lamp"), OK), cup, (pot, vague)), visit("b", cup))
    files = write_report(engine, SHOP, tmp_path, ReportOptions(language=language))
    engine.dispose()
    page = sheet(files).getroot()
    said = " ".join(page.body.text_content().split())
    written = files.summary.with_suffix(".md").read_text()
    assert page.get("lang") == language
    for text in SAID[language]:
        assert text in said
        assert text in written
    assert "{" not in said + written


def test_every_language_says_everything():
    catalogues = [words_of(language).texts for language in Language]
    for texts in catalogues:
        assert texts.keys() == catalogues[0].keys()
        assert len(texts["months"].split()) == 12
        for name, text in texts.items():
            first = catalogues[0][name]
            assert type(text) is type(first), name
            for one, other in zip(*([[text], [first]] if isinstance(text, str) else [text, first]), strict=True):
                assert set(re.findall(r"\{\w+\}", one)) == set(re.findall(r"\{\w+\}", other)), name
    assert [words_of(language).number(1234567) for language in Language] == [
        "1,234,567", "1.234.567", "1\u202f234\u202f567", "1.234.567",
    ]  # fmt: skip
