from __future__ import annotations

import re
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import html

import reports
from core.records import Classification, Context, Finding, Judgement, PageFailed, Severity
from core.text import shown as cleaned
from crawler.page.parse import parse_page
from reports.html.environment import environment
from reports.report_options import ReportOptions
from reports.write import write_report
from rules.judge import judge
from store import models
from store.crawls import begin_crawl
from store.engine import connect, writing
from store.pages import write_visits
from store.sites import ensure_site
from tests.reports.scene import WEBP, caption, many_rows, small_site
from tests.storefill import MISSING, SHOP, SITE, SITE_ID, occurrence, store_visits, visit

CHROMIUM = shutil.which("chromium")
TEMPLATES = Path(reports.__file__).parent / "templates"
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</title></style></code><script>alert(1)</script>",
    "{{ 1234 * 4321 }}{% raw %}",
    "javascript:alert(1)",
    "\u202egnp.exe\u2066",
    "<!--",
    "]]>",
    "&lt;b&gt;",
    "a" * 5000,
    "W" * 400,
    "=cmd|' /C calc'!A0",
    "\ufffd\u200b\u00a0",
]


def page(path):
    return html.fromstring(path.read_bytes().decode())


def text(element):
    return " ".join(element.text_content().split())


def number(element):
    return int(element.text_content().replace(",", ""))


def hostile_site(engine):
    """Every text and address of the store is an attack."""
    visits = []
    for n, attack in enumerate(HOSTILE):
        places = occurrence(
            f"{n}.jpg", element=f"i{n}", selector=attack, html=attack, alt=attack, title=attack,
            fetch_url=f"javascript:alert({n})", image_url=attack[:1000] + str(n),
            context=Context(attack, attack, attack, "javascript:alert(1)", attack, attack),
        )  # fmt: skip
        judgement = Judgement(
            Classification.SUSPICIOUS, reason=attack, findings=(Finding(attack[:200], Severity.ERROR, attack),)
        )
        visits.append(visit(f"{n}", (places, judgement), title=attack))
    visits.append(PageFailed(f"http://{SITE}/<script>", 1, "<script>alert(1)</script>"))
    visits.append(PageFailed("javascript:alert(1)", 1, "timeout"))
    store_visits(engine, *visits)
    with writing(engine) as session:
        for row in session.query(models.Image).order_by(models.Image.id):
            row.state, row.stage, row.code, row.message = "failed", "fetch", "<b>", HOSTILE[row.id % len(HOSTILE)]
        session.query(models.Crawl).one().stats = {"<script>alert(1)</script>": 3, "deep": {"<b>": 1}, "text": "<b>"}


@pytest.mark.parametrize("name", sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.*")))
def test_every_template_compiles(name):
    assert environment().get_template(name)


def test_the_front_page(engine, tmp_path):
    small_site(engine)
    files = write_report(engine, SHOP, tmp_path, ReportOptions(), model_note="Tiny model, MIT licence.", elapsed_s=125)
    front = page(files.index)
    assert front.get("lang") == "en"
    assert text(front.cssselect("h1")[0]) == SITE
    facts = text(front.cssselect(".facts")[0])
    for fact in ("5 March 2026, 14:05 UTC", "finished", "1 min 0 s", "2 min 5 s"):
        assert fact in facts
    assert text(front.cssselect("#headline")[0]) == "6 things to mend"
    assert [text(row) for row in front.cssselect("#rules tbody th code")] == [
        "missing-attr",
        "empty-in-link",
        "too-long",
        "repeats-text",
    ]
    captioning = text(front.cssselect("#captioning")[0])
    assert "tiny" in captioning
    assert "Tiny model, MIT licence." in captioning
    assert "Of 1 picture the model said nothing" in captioning
    assert "There is nothing at this address" in text(front.cssselect("#failures tbody")[0])
    assert [text(code) for code in front.cssselect("#pages tbody code")] == ["http_404", "robots"]
    assert [a.get("href") for a in front.cssselect("#files a")[2:]] == [file.path.name for file in files.files]
    assert (files.rows, files.html_pages, files.thumbnails) == (7, 1, 4)


def test_every_table_adds_up(engine, tmp_path):
    small_site(engine)
    front = page(write_report(engine, SHOP, tmp_path, ReportOptions()).index)
    tables = front.cssselect("table.parts")
    totals = [number(table.cssselect("tfoot .n")[0]) for table in tables]
    assert totals == [13, 7, 9]  # places, rows, images
    for table, total in zip(tables, totals, strict=True):
        assert sum(number(row.cssselect(".n")[0]) for row in table.cssselect("tbody tr")) == total
    assert len(front.cssselect("article.row")) == totals[1]


def row_of(front, name):
    return next(row for row in front.cssselect("article.row") if text(row.cssselect("h4")[0]) == name)


def test_rows_show_what_an_editor_needs(engine, tmp_path):
    small_site(engine)
    front = page(write_report(engine, SHOP, tmp_path, ReportOptions()).index)
    assert [section.get("id") for section in front.cssselect("#rows > section")] == ["error", "warning", "review"]
    missing = row_of(front, "missing.jpg")
    assert missing.cssselect("h4 a")[0].get("href") == f"http://{SITE}/missing.jpg"
    assert text(missing.cssselect(".alt")[0]) == "Now no alt attribute"
    assert text(missing.cssselect(".findings")[0]) == "Add an alt attribute. missing-attr"
    assert text(missing.cssselect(".where")[0]) == "On 2 pages, such as Home, below Our shop"
    suggestion = missing.cssselect(".suggestion")[0]
    assert text(suggestion.cssselect(".status")[0]) == "Machine draft to be checked"
    assert text(suggestion.cssselect("q")[0]) == "a cat on a sofa"
    assert [text(mark) for mark in suggestion.cssselect("li")] == [
        "ready to check",
        "confidence 83 %",
        "from what the model saw",
    ]
    [thumbnail] = missing.cssselect("img")
    assert (tmp_path / thumbnail.get("src")).read_bytes() == WEBP
    assert thumbnail.get("alt") == ""
    logo = row_of(front, "logo.png")
    assert text(logo.cssselect(".alt code")[0]) == 'alt=""'
    assert "Decided edited Shop: home page" in text(logo.cssselect(".suggestion")[0])
    failed = row_of(front, "failed.jpg")
    assert not failed.cssselect("img")
    assert text(failed.cssselect(".nothing")[0]) == "could not be loaded"
    assert "No suggestion" in text(row_of(front, "long.jpg").cssselect(".suggestion")[0])
    assert text(row_of(front, "svg in the page").cssselect(".alt")[0]) == "Now no text alternative"


def test_look_alikes_are_named_and_keep_their_own_rows(engine, tmp_path):
    names = [f"copy{n}.jpg" for n in range(6)]
    store_visits(engine, visit("", *((occurrence(name), MISSING) for name in names)))
    with writing(engine) as session:
        for name in names:
            caption(session, name, f"the picture {name}")
        for asset in session.query(models.Asset):
            asset.phash = "0f" * 8
    write_report(engine, SHOP, tmp_path, ReportOptions())
    front = page(tmp_path / "index.html")
    rows = front.xpath("//article[contains(@class, 'row')]")
    assert len(rows) == 6
    for row in rows:
        [said] = row.xpath(".//dt[.='Looks like']/following-sibling::dd")
        assert len(said.xpath(".//a")) == 3
        assert text(row.xpath(".//h4")[0]) not in {text(link) for link in said.xpath(".//a")}
        assert "and 2 more pictures" in text(said)
    [last] = front.xpath("//tr[starts-with(th, 'Pictures that look different')]")
    assert [number(cell) for cell in last.xpath("td")] == [1, 1]


def test_languages_and_carried_decisions_are_shown(sqlite_url, tmp_path):
    engine = connect(sqlite_url)
    store_visits(engine, visit("", (occurrence("haus.jpg", lang="de-AT"), MISSING), (occurrence("x.jpg"), MISSING)))
    with writing(engine) as session:
        caption(session, "haus.jpg", "Ein rotes Haus", state="approved")
        session.query(models.Suggestion).one().carried = True
    files = write_report(engine, SHOP, tmp_path, ReportOptions())
    engine.dispose()
    front = page(files.index)
    row = row_of(front, "haus.jpg")
    assert row.cssselect(".proposal q")[0].get("lang") == "de"
    assert text(row.cssselect(".kind abbr")[0]) == "de"
    assert text(row.cssselect(".marks .carried")[0]) == "carried over from another place of this picture"
    assert not row_of(front, "x.jpg").cssselect(".kind abbr, .carried")


def test_missing_empty_and_text_have_their_own_look(engine, tmp_path):
    small_site(engine)
    front = page(write_report(engine, SHOP, tmp_path, ReportOptions()).index)
    kinds = {text(row.cssselect("h4")[0]): row.cssselect(".alt")[0].get("class") for row in front.cssselect(".row")}
    assert kinds["missing.jpg"] == "alt alt-missing"
    assert kinds["logo.png"] == "alt alt-empty"
    assert kinds["long.jpg"] == "alt alt-text"


def test_nothing_to_act_on(engine, tmp_path):
    store_visits(engine, visit("a"))
    files = write_report(engine, SHOP, tmp_path, ReportOptions())
    front = page(files.index)
    assert files.rows == 0
    assert "Nothing to act on" in text(front.cssselect("#rows")[0])
    assert "Nothing." in text(front.cssselect("#todo")[0])


def test_rows_are_paginated(engine, tmp_path):
    many_rows(engine, 95)
    files = write_report(engine, SHOP, tmp_path, ReportOptions(rows_per_page=10))
    assert files.html_pages == 10
    names = ["index.html", *(f"images-{n:03}.html" for n in range(2, 11))]
    beside = ["rules.html", "search.html", "summary.html"]
    assert sorted(path.name for path in tmp_path.glob("*.html")) == sorted([*names, *beside])
    seen = []
    for before, name in pairwise([None, *names]):
        current = page(tmp_path / name)
        seen += [text(row) for row in current.cssselect("article h4")]
        previous = [a.get("href") for a in current.cssselect("a[rel=prev]")]
        assert set(previous) == ({f"{before}#rows"} if before else set())
        for anchor in current.cssselect(".pager a, .jumps a"):
            file, _, fragment = anchor.get("href").partition("#")
            assert page(tmp_path / file).get_element_by_id(fragment) is not None
        assert len({e.get("id") for e in current.cssselect("[id]")}) == len(current.cssselect("[id]"))
    assert seen == [f"i{n:05}.jpg" for n in range(95)]
    assert [text(e) for e in page(tmp_path / names[4]).cssselect(".pager")[0].cssselect("li")] == [
        "Page 1", "…", "Page 3", "Page 4", "Page 5", "Page 6", "Page 7", "…", "Page 10",
    ]  # fmt: skip


def test_hostile_texts_stay_texts(engine, tmp_path):
    hostile_site(engine)
    write_report(engine, SHOP, tmp_path, ReportOptions(rows_per_page=5), model_note="<script>alert(1)</script>")
    shown = ""
    for path in {*tmp_path.glob("*.html")} - {tmp_path / "search.html", tmp_path / "summary.html"}:  # see their tests
        current = page(path)
        assert {script.get("src") for script in current.cssselect("script")} <= {"copy.js"}
        assert not current.cssselect("script:not([src]), iframe, object, embed, base, link, form")
        for element in current.iter():
            assert not [name for name in element.attrib if name.startswith("on")]
            for name in ("href", "src"):
                target = element.get(name) or ""
                assert re.match(
                    r"https?://|#|images-\d+\.html|(?:index|search|rules|summary)\.html|copy\.js$|[a-z]+\.(?:csv|md|xlsx)$|$",
                    target,
                ), target
        shown += current.text_content()
    for attack in HOSTILE:
        assert cleaned(attack)[:200] in shown
    assert "5332114" not in shown


def test_the_report_loads_nothing_from_elsewhere(engine, tmp_path):
    small_site(engine)
    files = write_report(engine, SHOP, tmp_path, ReportOptions())
    source = files.index.read_text()
    assert not re.search(r"(?:src|srcset|poster)=\"(?!thumbnails/|copy\.js\")", source)
    assert "url(" not in source
    assert "@import" not in source
    assert "default-src 'none'" in source


def test_the_report_obeys_the_rules_it_reports_on(engine, tmp_path):
    small_site(engine)
    files = write_report(engine, SHOP, tmp_path, ReportOptions())
    facts = parse_page("http://report.test/", files.index.read_bytes())
    assert facts.lang == "en"
    assert facts.title == f"Alt texts of {SITE}"
    assert len(facts.occurrences) >= 4 + 2  # thumbnails and charts
    for occurrence_ in facts.occurrences:
        assert judge(occurrence_).findings == (), occurrence_
    front = page(files.index)
    levels = [int(heading.tag[1]) for heading in front.cssselect("h1, h2, h3, h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for table in front.cssselect("table"):
        assert table.cssselect("caption")
        assert all(cell.get("scope") in {"col", "row"} for cell in table.cssselect("th"))
    assert front.cssselect("a.skip")[0].get("href") == "#main"
    names = [nav.get("aria-label") for nav in front.cssselect("nav")]
    assert all(names)
    assert len(set(names)) == len(names)


def luminance(colour):
    colour = colour.lstrip("#")
    colour = "".join(c * 2 for c in colour) if len(colour) == 3 else colour
    channels = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        *((ink, paper) for ink in ("ink", "muted", "accent") for paper in ("page", "sheet", "soft")),
        *((kind, f"{kind}-soft") for kind in ("error", "warning", "review", "good")),
        *((kind, paper) for kind in ("error", "warning", "review", "good") for paper in ("page", "sheet")),
        ("warning", "soft"),
        ("on-mark", "mark"),
    ],
)
def test_texts_have_enough_contrast(scheme, ink, paper):
    """WCAG 1.4.3: 4.5 to 1."""
    rules = re.findall(r":root \{(.*?)\}", (TEMPLATES / "style.css").read_text(), re.S)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", rules[scheme]))
    lighter, darker = sorted((luminance(colours[ink]), luminance(colours[paper])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_an_unfinished_crawl_is_said_first(engine, tmp_path):
    with writing(engine) as session:
        crawl = begin_crawl(session, ensure_site(session, SITE).id, [f"http://{SITE}/"])
        write_visits(session, crawl.id, SITE_ID, [visit("", (occurrence("a.jpg"), MISSING))])
        session.get_one(models.Crawl, crawl.id).state = "interrupted"
    front = page(write_report(engine, SHOP, tmp_path, ReportOptions()).index)
    assert text(front.cssselect(".steps h3")[0]) == "Finish the crawl"
    assert "cut short" in text(front.cssselect(".facts")[0])


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_screen(sqlite_url, tmp_path, width):
    from playwright.sync_api import sync_playwright

    engine = connect(sqlite_url)
    hostile_site(engine)
    with writing(engine) as session:
        for row in session.query(models.Image).limit(3):
            row.state = "pending"
    write_report(engine, SHOP, tmp_path / "out", ReportOptions(rows_per_page=8))
    engine.dispose()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": width, "height": 900})
        said = []
        tab.on("console", lambda message: said.append(message.text))
        tab.on("dialog", lambda dialog: said.append(dialog.message))
        for name in ("index.html", "images-002.html"):
            tab.goto((tmp_path / "out" / name).as_uri())
            tab.evaluate("document.querySelectorAll('details').forEach(element => { element.open = true })")
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert said == []
        browser.close()
