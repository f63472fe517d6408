"""The review in Chromium: with keys alone, at 390 pixels, judged by axe, and when something goes wrong."""

from __future__ import annotations

import io
import re
from importlib.resources import files

import pytest
from PIL import Image
from sqlalchemy import update

from core.records import Context, DecisionState
from reports.overview.site_line import SiteLine
from reports.overview.write import write_overview
from reports.report_options import ReportOptions
from reports.review.filters import Filter
from store import models
from store.deciding import Choice, Seen, decide
from store.decisions import journal
from store.engine import connect, reading, writing
from store.trend import points
from store.trends import Trends, moments_of
from tests.captioning.chromium import CHROMIUM
from tests.reports.review_server import served
from tests.reports.scene import REPEATS, caption, dog_by_builtin, many_rows, small_site
from tests.store.test_trend_points import START, crawl
from tests.storefill import MISSING, SHOP, SITE_ID, occurrence, store_visits, visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"),
]


EXPECTED = re.compile("status of 40[49]|CONNECTION_REFUSED")  # what some of the tests are about


@pytest.fixture(scope="module")
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def store(sqlite_url):
    engine = connect(sqlite_url)
    yield engine
    engine.dispose()


def with_pictures(engine):
    """Real thumbnails, so that no picture is broken."""
    buffer = io.BytesIO()
    Image.new("RGB", (160, 120), "teal").save(buffer, "WEBP")
    with writing(engine) as session:
        session.execute(update(models.Asset).values(thumbnail=buffer.getvalue()))


@pytest.fixture
def opened(chromium):
    """A function that opens a review; whatever the console says, or is asked for elsewhere, fails the test."""
    wrong: list[str] = []
    contexts = []

    def open_page(address, path="", **options):
        own = address.partition("/?")[0]
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: None if EXPECTED.search(message.text) else wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(own) else wrong.append(asked.url))
        page.goto(address)
        if path:
            page.goto(f"{own}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def press(page, key):
    """Press a key that goes to another row, and wait for it."""
    shown = page.locator("form.decide").get_attribute("data-decide")
    page.keyboard.press(key)
    page.locator(f"form.decide:not([data-decide='{shown}']), #end-heading").first.wait_for()


def states(engine):
    with reading(engine) as session:
        return [(one.state, one.text) for one in journal(session, SITE_ID)]


def heard(page, text):
    """What a voice is given to say of this text."""
    page.locator("#text").fill(text)
    page.evaluate("""() => {
        window.spoken = null;
        speechSynthesis.getVoices = () => [{ localService: true, lang: "en-GB" }];
        window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
        speechSynthesis.speak = (words) => { window.spoken = words.text; };
    }""")
    page.locator("[data-speak]").click()
    return page.evaluate("window.spoken")


@pytest.mark.parametrize("number", [12, pytest.param(200, marks=pytest.mark.slow)])
def test_with_keys_alone_every_decision_lands(store, opened, number):
    many_rows(store, number)
    with writing(store) as session:
        for n in range(0, number, 2):
            caption(session, f"i{n:05}.jpg", f"Thing {n}")
    with_pictures(store)
    with served(store, SHOP) as (address, desk):
        page = opened(address)
        for n in range(number):
            press(page, "d" if n % 2 else "x" if n % 4 else "a")
        page.locator("#end-heading").wait_for()
        wanted = [
            (DecisionState.DECORATIVE, "") if n % 2
            else (DecisionState.REJECTED if n % 4 else DecisionState.APPROVED, f"Thing {n}")
            for n in range(number)
        ]  # fmt: skip
        assert states(store) == wanted
        assert len(desk.index.page(Filter(status="decided"), 0, -1)) == len(
            [one for one in wanted if one[0] != "rejected"]
        )


def test_arrows_go_letters_decide_and_neither_does_in_the_field(store, opened):
    small_site(store)
    with_pictures(store)
    with served(store, SHOP) as (address, _):
        page = opened(address)
        first = page.locator("h1").inner_text()
        press(page, "ArrowRight")
        press(page, "ArrowLeft")
        assert page.locator("h1").inner_text() == first
        assert page.evaluate("document.activeElement.id") == "row-name"  # screen readers go on from there
        page.keyboard.press("e")
        page.keyboard.type(" ad asleep, aux")
        field = page.locator("#text")
        assert field.input_value() == "a cat on a sofa ad asleep, aux"
        assert states(store) == []
        assert heard(page, "A dog\n asleep") == "graphic, A dog asleep"
        assert heard(page, " ") is None
        page.locator("#status", has_text="Nothing is said of it").wait_for()
        field.fill("image of a cat")
        page.locator("#verdict code", has_text="redundant-prefix").wait_for()
        assert page.locator("[data-count]").inner_text() == "14"
        page.keyboard.press("Escape")
        press(page, "ArrowRight")
        press(page, "ArrowLeft")
        assert field.input_value() == "image of a cat"  # it was typed and is not stored
        page.keyboard.press("e")
        field.fill("A cat asleep")
        press(page, "Control+Enter")
        assert states(store) == [(DecisionState.EDITED, "A cat asleep")]
        assert page.locator("#status").inner_text() == "Saved: “A cat asleep” (missing.jpg)."
        press(page, "u")
        assert states(store)[-1][0] == DecisionState.UNDONE
        assert page.locator("h1").inner_text() == "missing.jpg"
        assert field.input_value() == "a cat on a sofa"
        page.keyboard.press("l")
        page.locator("#list-heading").wait_for()
        page.go_back()
        page.locator("form.decide").wait_for()


def test_the_text_of_another_place_is_taken_over(store, opened):
    by_itself = occurrence("a.jpg", key="b", alt="A red house by the sea", context=Context(figcaption="Here we live"))
    store_visits(store, visit("", (occurrence("a.jpg"), MISSING), (by_itself, REPEATS)))
    with served(store, SHOP) as (address, _):
        page = opened(address)
        page.get_by_role("button", name="Take this text").click()
        press(page, "Control+Enter")
        assert states(store) == [(DecisionState.EDITED, "A red house by the sea")]


def test_keys_that_are_switched_off_do_nothing(store, opened):
    small_site(store)
    with served(store, SHOP) as (address, _):
        page = opened(address, "/keys")
        page.get_by_label("Keys do something").uncheck()
        page.get_by_role("button", name="Keep these keys").click()
        page.get_by_label("Keys do something").and_(page.locator(":not(:checked)")).wait_for()
        page.goto(page.url.partition("/keys")[0])
        for key in ("d", "x", "a", "ArrowRight"):
            page.keyboard.press(key)
        assert page.locator("h1").inner_text() == "missing.jpg"
        assert states(store) == []


def test_a_clash_and_a_review_that_has_ended_keep_what_was_typed(store, opened):
    small_site(store)
    with_pictures(store)
    with served(store, SHOP) as (address, desk):
        page = opened(address)
        [row] = [row for row in desk.index.page(Filter(), 0, -1) if row.name == "missing.jpg"]
        theirs = Choice(row.image_id, row.context_key, DecisionState.EDITED, "Theirs", Seen("a cat on a sofa"))
        with writing(store) as session:
            decide(session, SITE_ID, [theirs], who="Ben")
        page.locator("#text").fill("Mine")
        page.keyboard.press("Control+Enter")
        page.locator(".clash", has_text="Ben wrote the text").wait_for()
        assert page.locator("#text").input_value() == "Mine"
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.locator(".problem", has_text="still running").first.wait_for()
    assert page.locator("#text").input_value() == "Mine"
    assert states(store) == [(DecisionState.EDITED, "Theirs")]


@pytest.mark.parametrize("javascript", [True, False])
def test_a_range_is_chosen_and_decided_on_at_once(store, opened, javascript):
    many_rows(store, 9)
    with served(store, SHOP) as (address, _):
        page = opened(address, "/list", java_script_enabled=javascript)
        boxes = page.locator("[name=chosen]")
        boxes.nth(1).click()
        boxes.nth(3).click(modifiers=["Shift"])
        page.get_by_role("button", name="Decide on the chosen rows").click()
        number = 3 if javascript else 2
        page.locator("h1", has_text=f"Decide on {number} rows at once").wait_for()
        page.get_by_role("button", name=f"None of the {number} rows needs a text").click()
        page.locator(".said", has_text=f"Decided on {number} rows at once.").wait_for()
        assert states(store) == [(DecisionState.DECORATIVE, "")] * number


def test_without_scripts_a_row_is_decided_by_its_buttons(store, opened):
    small_site(store)
    with served(store, SHOP) as (address, _):
        page = opened(address, java_script_enabled=False)
        assert not page.locator("[data-speak]").is_visible()
        page.locator("#text").fill("image of a cat")
        page.get_by_role("button", name="Check the text").click()
        page.locator("#verdict code", has_text="redundant-prefix").wait_for()
        page.get_by_role("button", name="Use this text").click()
        page.locator(".said", has_text="Saved: “image of a cat”").wait_for()
        assert states(store) == [(DecisionState.EDITED, "image of a cat")]


def test_where_the_model_looked_opens_beside_the_suggestion_with_a_key(store, opened):
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed: pip install --group dev")
    small_site(store)
    with_pictures(store)
    with writing(store) as session:
        dog_by_builtin(session, "missing.jpg", "A black dog is running through the grass.")
    with served(store, SHOP) as (address, _):
        page = opened(address, viewport={"width": 390, "height": 844})
        page.keyboard.press("w")
        page.locator(".why .looked img").last.wait_for()
        assert page.locator(".why figcaption").all_inner_texts()[2].startswith("dog ")
        page.wait_for_function("[...document.querySelectorAll('.looked img')].every((one) => one.naturalWidth === 160)")
        page.evaluate((files(axe) / "axe.min.js").read_text("utf-8"))
        assert page.evaluate("axe.run()")["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.keyboard.press("w")
        assert not page.locator(".looked").is_visible()
        press(page, "a")
        assert states(store) == [(DecisionState.APPROVED, "a cat on a sofa")]


PATHS = ("/", "/row/{id}", "/list?status=all", "/bulk", "/keys", "/?end=1", "/?status=nonsense", "/row/none")
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 4


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(store, opened, width, scheme):
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed: pip install --group dev")
    rules = (files(axe) / "axe.min.js").read_text("utf-8")
    small_site(store)
    context = Context(heading=LONG, figcaption=LONG, link_url=f"http://shop.test/{LONG}", passage=LONG)
    store_visits(store, visit(LONG, (occurrence(f"{LONG}.jpg", context=context), MISSING), title=LONG))
    with writing(store) as session:
        caption(session, f"{LONG}.jpg", LONG)
    with_pictures(store)
    with served(store, SHOP) as (address, desk):
        page = opened(address, viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce")
        [long] = [row for row in desk.index.page(Filter(), 0, -1) if row.suggested == LONG]
        for path in PATHS:
            page.goto(f"{address.partition('/?')[0]}{path.format(id=long.id)}")
            if page.locator("summary").count():
                page.locator("summary").first.click()
            page.evaluate(rules)
            found = page.evaluate("axe.run()")["violations"]
            assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_buttons_are_large_enough_for_fingers(store, opened):
    small_site(store)
    with served(store, SHOP) as (address, _):
        page = opened(address, viewport={"width": 390, "height": 844}, has_touch=True)
        for box in [one.bounding_box() for one in page.locator("form.decide .buttons button:visible").all()]:
            assert box["height"] >= 44
            assert box["width"] >= 44
        page.get_by_role("button", name="Needs no text").tap()
        page.locator(".said", has_text="Needs no text").wait_for()


def test_the_page_of_all_sites_sorts_and_axe_finds_nothing(chromium, tmp_path):
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed: pip install --group dev")
    rise = points([crawl(1, 0, 50, 50, missing_attr=50), crawl(3, 1, 60, 40, missing_attr=40)], ())
    fall = points([crawl(2, 0, 90, 10, vague=10), crawl(4, 1, 80, 20, "r2", vague=20)], ())
    (tmp_path / LONG).mkdir()
    (tmp_path / LONG / "index.html").touch()
    made = {LONG: rise, "<i>b</i>.test": fall, "never.test": ()}
    sites = [
        SiteLine(name, name, name == LONG, None, found, (), 3, "due", error=LONG, failing_since=START)
        for name, found in made.items()
    ]
    moments = moments_of(point.figures.finished_at for point in rise)
    trends = Trends(moments, {1: rise, 2: fall}, {})
    write_overview(sites, trends, tmp_path, ReportOptions())
    page = chromium.new_page(viewport={"width": 1280, "height": 844})
    page.goto((tmp_path / "index.html").as_uri())
    names = page.locator("#sites tbody th")
    for first in ("<i>b</i>.test", LONG):
        page.locator("#sites .sort", has_text="Good alt").click()
        assert [name[:9] for name in names.all_inner_texts()][::2] == [first[:9], "never.tes"]
    page.evaluate((files(axe) / "axe.min.js").read_text("utf-8"))
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("axe.run()")["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.fill("#words", "never")
    assert page.locator("#sites tbody th:visible").all_inner_texts() == ["never.test"]
    assert page.locator("#said").inner_text() == "1 of 3 sites"
    page.close()
