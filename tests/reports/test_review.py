"""The review as forms: what is shown, decided, refused and taken back, over real HTTP."""

from __future__ import annotations

import http.client
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from core.records import Context, DecisionState, SuggestionState
from reports.review.desk import Say, Scope
from reports.review.filters import Filter
from reports.review.heard import HeardView, heard_view
from reports.row import RowStatus
from store import models
from store.deciding import Choice, DecisionClashError, DecisionError, Seen, decide
from store.decisions import journal, undo
from store.engine import connect, reading, writing
from tests.reports.review_server import Visitor, served
from tests.reports.scene import TOO_LONG, caption, image, linked, many_rows, small_site
from tests.storefill import MISSING, OK, SHOP, SITE, SITE_ID, occurrence, store_visits, visit


@pytest.fixture
def store(sqlite_url):
    engine = connect(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def review(store, small_store):
    """(visitor, desk) of the small site."""
    shutil.copy(small_store, store.url.database)
    with served(store, SHOP) as (address, desk):
        yield Visitor(address), desk


@pytest.fixture(scope="module")
def unchanged(small_store, tmp_path_factory):
    """The same, for tests that decide nothing."""
    path = tmp_path_factory.mktemp("unchanged") / "small.db"
    shutil.copy(small_store, path)
    engine = connect(f"sqlite:///{path}")
    with served(engine, SHOP) as (address, desk):
        yield address, desk
    assert decisions(engine) == []
    engine.dispose()


@pytest.fixture
def reader(unchanged):
    """(visitor, desk) of the small site, in which nothing is decided."""
    address, desk = unchanged
    return Visitor(address), desk


def decisions(engine):
    with reading(engine) as session:
        return [(one.address.rpartition("/")[2], one.state, one.text, one.who) for one in journal(session, SITE_ID)]


def row_named(desk, name, **wanted):
    [row] = [row for row in desk.index.page(Filter(status="all", **wanted), 0, -1) if row.name == name]
    return row


def test_the_first_row_to_decide_is_shown_with_all_that_is_known_of_it(reader):
    visitor, _ = reader
    page = visitor.answer.page
    assert page.h1.get_text() == "missing.jpg"
    assert page.select_one("form.decide textarea").get_text().strip() == "a cat on a sofa"
    shown = visitor.answer.text
    for said in (
        "no alt attribute", "Add an alt attribute.", "On 2 pages", "Home", "About", "Our shop", "confidence 83 %",
        "from what the model saw", "15 of 125 characters",
    ):  # fmt: skip
        assert said in shown
    assert "2 of 7 rows decided: 4 of 10 places, 40 %" in shown
    read_aloud = page.select_one("[data-speak]")
    assert (read_aloud["data-before"], read_aloud["data-empty"]) == ("graphic, ", "")


def test_a_picture_in_a_link_is_read_aloud_as_one():
    row = SimpleNamespace(
        element="img", role="link", language="de", image=None,
        context=Context(link_url="https://example.com/sun_hats.html"),
    )  # fmt: skip
    assert heard_view(row) == HeardView("Link, Grafik, ", "Link, sun Unterstrich hats Punkt html")
    beside = SimpleNamespace(
        element="img",
        role="image",
        language="und",
        image=None,
        context=Context(link_url="https://x.test/", link_text="X"),
    )
    assert heard_view(beside) == HeardView("link, graphic, ", "")


def test_a_draft_is_approved_and_the_next_row_shown(review, store):
    visitor, desk = review
    row = row_named(desk, "missing.jpg")
    visitor.get(f"/row/{row.id}")
    after = visitor.press("use")
    assert (after.status, decisions(store)) == (
        200,
        [("missing.jpg", DecisionState.APPROVED, "a cat on a sofa", "Ada")],
    )
    assert row.id not in after.url
    assert "Approved: “a cat on a sofa” (missing.jpg)." in after.text
    assert "3 of 7 rows decided: 6 of 10 places" in after.text
    assert "missing.jpg" not in [one.name for one in desk.index.page(Filter(), 0, -1)]


@pytest.mark.parametrize(
    ("name", "do", "fields", "state", "text"),
    [
        ("missing.jpg", "use", {"text": "  A cat\r\nasleep "}, DecisionState.EDITED, "A cat asleep"),
        ("missing.jpg", "reject", {}, DecisionState.REJECTED, "a cat on a sofa"),
        ("missing.jpg", "decorative", {"text": "typed"}, DecisionState.DECORATIVE, ""),
        ("failed.jpg", "use", {"text": "A blue door"}, DecisionState.EDITED, "A blue door"),
        ("twice.jpg", "keep", {}, DecisionState.EDITED, "A dog"),
        ("approved.jpg", "reopen", {}, DecisionState.PENDING, None),
    ],
)
def test_what_a_button_says_is_stored(review, store, name, do, fields, state, text):
    visitor, desk = review
    visitor.get(f"/row/{row_named(desk, name).id}")
    assert visitor.press(do, **fields).status == 200
    assert decisions(store) == [(name, state, text, "Ada")]


def test_what_cannot_be_stored_is_said_and_what_was_typed_kept(reader):
    visitor, desk = reader
    visitor.get(f"/row/{row_named(desk, 'failed.jpg').id}")
    empty = visitor.press("use", text="  ")
    assert empty.status == 422
    assert "for a picture that needs none, say decorative" in empty.text
    long = visitor.press("use", text="long " * 500)
    assert long.status == 422
    assert long.page.textarea.get_text().strip().startswith("long long")


def test_steps_are_taken_back_one_after_the_other(review, store):
    visitor, desk = review
    names = [row.name for row in desk.index.page(Filter(), 0, -1)]
    for name in ("missing.jpg", "failed.jpg", "long.jpg"):
        visitor.get(f"/row/{row_named(desk, name).id}")
        visitor.press("decorative")
    assert "3 steps" in visitor.answer.text
    for name in ("long.jpg", "failed.jpg", "missing.jpg"):
        back = visitor.press("", "form[action^='/undo']")
        assert back.page.h1.get_text() == name
        assert "Taken back: Needs no text" in back.text
    assert [row.name for row in desk.index.page(Filter(), 0, -1)] == names
    assert visitor.press("", "form[action^='/undo']").status == 409
    with reading(store) as session:
        assert session.scalars(select(models.Suggestion.state).where(models.Suggestion.text == "a cat on a sofa")).one()


def test_what_others_took_back_already_is_no_step_and_keeps_no_other(review, store):
    visitor, desk = review
    for name in ("missing.jpg", "failed.jpg"):
        visitor.get(f"/row/{row_named(desk, name).id}")
        visitor.press("decorative")
    with writing(store) as session:
        undo(session, SITE_ID, who="Ben", decision_id=desk.steps.done[-1].decisions[0])
    assert "taken back already" in visitor.press("", "form[action^='/undo']").text
    visitor.get("/")
    assert "Taken back: Needs no text (missing.jpg)" in visitor.press("", "form[action^='/undo']").text


def test_what_somebody_else_decided_is_shown_beside_what_was_typed(review, store):
    visitor, desk = review
    row = row_named(desk, "missing.jpg")
    visitor.get(f"/row/{row.id}")
    other = Choice(row.image_id, row.context_key, DecisionState.EDITED, "Theirs", Seen("a cat on a sofa"))
    with writing(store) as session:
        assert isinstance(decide(session, SITE_ID, [other], who="Ben")[0], int)
    clash = visitor.press("use", text="Mine")
    assert clash.status == 409
    assert "Ben wrote the text" in clash.text
    assert "Theirs" in clash.text
    assert clash.page.textarea.get_text().strip() == "Mine"
    assert len(decisions(store)) == 1
    assert visitor.press("use").status == 200  # decided again, knowing theirs
    assert decisions(store)[-1] == ("missing.jpg", DecisionState.EDITED, "Mine", "Ada")


def test_a_drawing_in_the_page_cannot_be_decided_on_and_says_so(reader):
    visitor, desk = reader
    [drawing] = [row for row in desk.index.page(Filter(status="all"), 0, -1) if row.place is None]
    shown = visitor.get(f"/row/{drawing.id}")
    assert "write its text in the page" in shown.text
    assert shown.page.select_one("form.decide") is None
    with pytest.raises(DecisionError, match="without an address"):
        desk.decide(drawing.id, Say.USE, "A text", Scope.HERE, "")


def test_rules_judge_a_text_as_it_is_typed_and_by_a_button_without_scripts(reader):
    visitor, desk = reader
    row = row_named(desk, "missing.jpg")
    visitor.get(f"/row/{row.id}")
    checked = visitor.press("check", text="image of a cat")
    assert "redundant-prefix" in checked.text
    assert checked.page.textarea.get_text().strip() == "image of a cat"
    token = checked.page.select_one("[name=token]")["value"]
    part = visitor.post(f"/check/{row.id}", [("token", token), ("text", "cat.jpg " * 30)])
    assert "240" not in part.text
    assert "too-long" in part.text or "file" in part.text
    assert "239 of 125 characters" in part.text
    assert visitor.post(f"/check/{row.id}", [("token", token), ("text", "A cat asleep on a sofa")]).text.endswith(
        "No rule objects to this text here."
    )


FOUND = {
    "status=decided": {"logo.png", "approved.jpg"},
    "status=all&severity=warning": {"long.jpg"},
    "status=all&rule=repeats-text": {"twice.jpg"},
    "classification=missing&level=ready": {"missing.jpg"},
    "status=all&q=SHOP%3A+home": {"logo.png"},
    "status=all&q=failed.jpg": {"failed.jpg"},
    "status=all&q=About": {"missing.jpg", "logo.png", "approved.jpg", "svg in the page"},
    "status=all&language=de": set(),
    "status=nonsense": set(),
}


def test_filters_and_search_find_rows_and_count_them(reader):
    visitor, _ = reader
    for query, names in FOUND.items():
        listed = visitor.get(f"/list?{query}")
        assert {one.get_text() for one in listed.page.select(".dense .words > a")} == names, query
        assert f": {len(names)} rows" in listed.page.h1.get_text()
        if names:
            assert listed.page.select_one(".tabs [aria-current]").b.get_text() == str(len(names))
            assert visitor.get(f"/?{query}").page.h1.get_text() in names


def test_counts_are_those_of_the_rows_after_every_decision(review):
    visitor, desk = review
    for name, do in (("missing.jpg", "use"), ("failed.jpg", "decorative"), ("long.jpg", "decorative")):
        visitor.get(f"/row/{row_named(desk, name).id}")
        visitor.press(do)
        rows = desk.index.page(Filter(status="all"), 0, -1)
        tallies = desk.index.tallies(Filter(status="all"))
        assert tallies.found == (len(rows), sum(row.places for row in rows))
        for facet in ("status", "severity", "language"):
            counted = {value: sum(getattr(row, facet) == value for row in rows) for value in tallies.facets[facet]}
            assert {**tallies.facets[facet], "all": 0, "todo": 0} == {**counted, "all": 0, "todo": 0}
        searched = desk.index.tallies(Filter(status="all", q="jpg"))
        assert searched.found.rows == sum("jpg" in row.name for row in rows)


def two_roles(engine):
    """One picture by itself, beside another caption, in a link, and on a page in German; none has a text."""
    by_caption = occurrence("a.jpg", key="b", context=Context(figcaption="Another caption"))
    store_visits(
        engine,
        visit(
            "",
            (occurrence("a.jpg"), MISSING),
            (by_caption, MISSING),
            (linked("a.jpg", key="c"), MISSING),
            (occurrence("a.jpg", key="d", lang="de"), MISSING),
        ),
    )


@pytest.mark.parametrize(("scope", "number"), [(Scope.HERE, 1), (Scope.ROLE, 2), (Scope.PICTURE, 3)])
def test_a_text_goes_to_this_place_to_its_role_or_to_all_in_its_language(engine, scope, number):
    two_roles(engine)
    with served(engine, SHOP) as (address, desk):
        visitor = Visitor(address)
        row = next(row for row in desk.index.page(Filter(), 0, -1) if row.language == "und")
        shown = visitor.get(f"/row/{row.id}")
        offered = {one["value"] for one in shown.page.select("[name=scope]")}
        assert offered == {Scope.HERE, Scope.ROLE, Scope.PICTURE}
        visitor.press("use", text="A red house", scope=scope)
        assert [one[2] for one in decisions(engine)] == ["A red house"] * number
        visitor.press("", "form[action^='/undo']")
        assert len(desk.index.page(Filter(), 0, -1)) == 4


def test_where_there_is_no_draft_none_is_rejected(store):
    two_roles(store)
    with served(store, SHOP) as (_, desk):
        row = desk.rows_beside(desk.index.page(Filter(), 0, 1)[0].id)[0]
        with pytest.raises(DecisionError, match="no draft to reject"):
            desk.decide(row.id, Say.REJECT, "", Scope.PICTURE, row.seen)
        assert desk.steps.done == []


def test_many_rows_are_decided_at_once_after_their_number_was_shown_and_taken_back_in_one_step(engine):
    many_rows(engine, 230)
    with served(engine, SHOP) as (address, desk):
        visitor = Visitor(address)
        assert "Decide on all 230 rows" in visitor.get("/list").text
        assert "Rows 101 to 200" in visitor.get("/list?page=2").text
        shown = visitor.get("/bulk?q=i0001")
        assert "Decide on 10 rows at once" in shown.text
        done = visitor.press("text", "main form", text="A thing")
        assert "Decided on 10 rows at once." in done.text
        assert {one[2] for one in decisions(engine)} == {"A thing"}
        assert len(desk.index.page(Filter(), 0, -1)) == 220
        assert "There is nothing to decide" in visitor.get("/bulk?q=i0001&status=all").text
        visitor.press("", "form[action^='/undo']")
        assert len(desk.index.page(Filter(), 0, -1)) == 230


def test_a_bulk_leaves_alone_what_people_decided_and_asks_again_when_others_are_meant(review, store):
    visitor, desk = review
    shown = visitor.get("/bulk?status=all")
    assert "Decide on 4 rows at once" in shown.text
    assert "3 more rows left alone" in shown.text
    row = row_named(desk, "missing.jpg")
    theirs = Choice(row.image_id, row.context_key, DecisionState.REJECTED, None, Seen("a cat on a sofa"))
    with writing(store) as session:
        decide(session, SITE_ID, [theirs], who="Ben")
    again = visitor.press("decorative", "main form")
    assert again.status == 409
    assert "Somebody has decided meanwhile" in again.text
    assert "Decide on 3 rows at once" in again.text
    assert len(decisions(store)) == 1
    assert "Decided on 3 rows" in visitor.press("decorative", "main form").text
    with reading(store) as session:
        states = dict(session.execute(select(models.Image.url, models.Suggestion.state).join(models.Suggestion)).all())
    assert states[f"http://{SITE}/approved.jpg"] == SuggestionState.APPROVED
    assert states[f"http://{SITE}/missing.jpg"] == SuggestionState.REJECTED


def test_chosen_rows_alone_are_decided(review, store):
    visitor, desk = review
    ids = [row_named(desk, name).id for name in ("missing.jpg", "failed.jpg")]
    visitor.get(f"/bulk?chosen={ids[0]}&chosen={ids[1]}&status=all")
    visitor.press("approve", "main form")
    assert decisions(store) == [("missing.jpg", DecisionState.APPROVED, "a cat on a sofa", "Ada")]


def test_rows_of_one_cause_are_named_and_decided_together(store):
    same = [(occurrence(f"{n}.jpg", alt="Shop " * 40), TOO_LONG) for n in range(5)]
    store_visits(store, visit("", *same))
    with served(store, SHOP) as (address, desk):
        visitor = Visitor(address)
        link = visitor.answer.page.find("a", string="5 rows with this text and these findings")
        visitor.get(link["href"])
        visitor.get(visitor.answer.page.find("a", class_="button")["href"])
        visitor.press("text", "main form", text="Shop")
        assert len(decisions(store)) == 5
        assert desk.index.page(Filter(), 0, -1) == []
        assert "No row is left" in visitor.get("/").text


def test_of_two_people_who_decide_at_once_one_is_told(engine):
    store_visits(engine, visit("", (occurrence("a.jpg"), MISSING)))
    with served(engine, SHOP) as (_, one), served(engine, SHOP, who="Ben") as (_, other):
        [row] = one.index.page(Filter(), 0, -1)
        [version] = [row.seen for row in one.rows_beside(row.id)]
        together = threading.Barrier(2)

        def decide_as(desk, text):
            together.wait()
            try:
                return desk.decide(row.id, Say.USE, text, Scope.HERE, version)
            except DecisionClashError as error:
                return error

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(decide_as, (one, other), ("Mine", "Theirs")))
        assert sorted(isinstance(answer, DecisionClashError) for answer in answers) == [False, True]
        assert len(decisions(engine)) == 1


def test_a_draft_that_is_not_shown_does_not_stand_in_the_way(store):
    """A place that has a good text by now keeps the draft of before, which nobody is shown."""
    store_visits(store, visit("", (occurrence("a.jpg"), MISSING)))
    with writing(store) as session:
        caption(session, "a.jpg", "a cat")
    repeats = replace(OK, findings=TOO_LONG.findings)
    store_visits(store, visit("", (occurrence("a.jpg", alt="A dog"), repeats)))
    with served(store, SHOP) as (address, _):
        visitor = Visitor(address)
        assert visitor.answer.page.textarea.get_text().strip() == "A dog"
        visitor.press("use", text="A dog asleep")
        assert decisions(store) == [("a.jpg", DecisionState.EDITED, "A dog asleep", "Ada")]
        visitor.press("", "form[action^='/undo']")
        visitor.get("/bulk")
        assert "Decided on 1 row at once." in visitor.press("text", "main form", text="A dog").text


def test_what_others_decide_and_take_back_is_seen_without_a_new_start(review, store):
    visitor, desk = review
    row = row_named(desk, "missing.jpg")
    theirs = Choice(row.image_id, row.context_key, DecisionState.APPROVED, None, Seen("a cat on a sofa"))
    with writing(store) as session:
        decide(session, SITE_ID, [theirs], who="Ben")
    assert "3 of 7 rows decided" in visitor.get("/list").text


def test_who_decides_has_a_name(store):
    small_site(store)
    with pytest.raises(DecisionError, match="name of the person is empty"), served(store, SHOP, who=" "):
        pass


def test_a_version_that_is_not_the_one_shown_is_a_clash(reader):
    _, desk = reader
    with pytest.raises(DecisionClashError):
        desk.decide(row_named(desk, "missing.jpg").id, Say.USE, "A text", Scope.HERE, "stale")


# Who may speak to it


def test_without_the_secret_nothing_is_told(reader):
    visitor, _ = reader
    for path in ("/", "/list", "/assets/review.js", "/?secret=wrong"):
        host, port = visitor.address.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port))
        connection.request("GET", path)
        answer = connection.getresponse()
        assert (answer.status, b"alt-audit review" in answer.read()) == (403, True)
        connection.close()


def test_a_name_of_strangers_that_leads_here_is_refused(reader):
    visitor, _ = reader
    host, port = visitor.address.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port))
    connection.request("GET", f"/?secret={visitor.secret}", headers={"Host": "evil.test"})
    assert connection.getresponse().status == 400
    connection.close()


def test_a_form_without_its_token_writes_nothing(reader):
    visitor, desk = reader
    row = row_named(desk, "missing.jpg")
    for token in ("", visitor.secret):
        refused = visitor.post(f"/row/{row.id}", [("token", token), ("do", "use"), ("text", "x"), ("version", "")])
        assert refused.status == 403


def test_a_body_larger_than_any_form_is_refused(reader):
    visitor, _ = reader
    host, port = visitor.address.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port))
    connection.putrequest("POST", f"/undo?secret={visitor.secret}")
    connection.putheader("Content-Length", str(1 << 30))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_every_answer_forbids_scripts_and_addresses_of_others(reader):
    visitor, desk = reader
    digest = next(row.digest for row in desk.index.page(Filter(), 0, -1) if row.digest)
    for path in ("/", "/list", "/keys", "/row/none", f"/thumbnails/{digest}.webp", "/assets/review.css", "/nothing"):
        answer = visitor.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for one in answer.page.select("script, style, [style], [onclick]"):
            assert one.get("src") == "/assets/review.js"


def test_an_unknown_row_picture_or_decision_is_said(reader):
    visitor, desk = reader
    assert "no such row" in visitor.get("/row/none").text
    assert visitor.get("/thumbnails/none.webp").status == 404
    visitor.get(f"/row/{row_named(desk, 'missing.jpg').id}")
    assert visitor.press("nonsense").status == 400


# Keys


def test_keys_are_changed_switched_off_and_set_back(reader):
    visitor, _ = reader
    page = visitor.answer.page
    assert page.select_one("button.main")["data-key"] == "a"
    visitor.get("/keys")
    fields = [(one["name"], one["value"]) for one in visitor.answer.page.select("main input[name]")]
    changed = [(name, "y" if name == "use" else value) for name, value in fields]
    visitor.post("/keys", changed)
    assert visitor.get("/").page.select_one("button.main")["data-key"] == "y"
    visitor.post("/keys", [pair for pair in changed if pair[0] != "on"])
    assert visitor.get("/").page.select("[data-key]") == []
    assert "Keys are switched off" in visitor.answer.text
    visitor.post("/keys", [*changed, ("do", "defaults")])
    assert visitor.get("/").page.select_one("button.main")["data-key"] == "a"


@pytest.mark.parametrize(("key", "said"), [("x", "have the same key"), ("ab", "a key is one letter")])
def test_keys_that_cannot_be_are_refused_with_what_to_do(reader, key, said):
    visitor, _ = reader
    visitor.get("/keys")
    fields = [(one["name"], one["value"]) for one in visitor.answer.page.select("main input[name]")]
    refused = visitor.post("/keys", [(name, key if name == "use" else value) for name, value in fields])
    assert refused.status == 422
    assert said in refused.text


# Texts of strangers

NASTY = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202etxt.exe\x1b[31m\n{{ 1234 * 4321 }}'


def test_texts_of_strangers_stay_texts(store):
    context = Context(heading=NASTY, figcaption=NASTY, link_url="javascript:alert(1)", link_text=NASTY, passage=NASTY)
    nasty = occurrence("a.jpg", alt=NASTY, context=context, html=NASTY, selector=NASTY)
    store_visits(store, visit("", (nasty, TOO_LONG), title=NASTY))
    with writing(store) as session:
        caption(session, "a.jpg", NASTY)
        session.execute(update(models.Suggestion).values(state="pending"))
        image(session, "a.jpg").url = f"http://{SITE}/a.jpg?{NASTY}"
    with served(store, SHOP, who=NASTY.replace("\x1b", "")) as (address, desk):
        visitor = Visitor(address)
        row = desk.index.page(Filter(), 0, -1)[0]
        for path in (f"/row/{row.id}", "/list", "/bulk", f"/list?q={'%22%3E%3Cscript%3E'}", "/keys", "/?end=1"):
            page = visitor.get(path).page
            assert [one["src"] for one in page.select("script")] == ["/assets/review.js"]
            assert not page.select("[onerror], a[href^=javascript]")
            assert "\u202e" not in str(page)
            assert "5332114" not in page.get_text()
        visitor.get(f"/row/{row.id}")
        visitor.press("use")
        assert decisions(store)[0][1:3] == (DecisionState.APPROVED, row.suggested)  # as it was proposed, sign by sign


def test_rows_that_nobody_has_decided_are_what_is_to_do(reader):
    _, desk = reader
    assert all(row.status != RowStatus.DECIDED for row in desk.index.page(Filter(), 0, -1))
