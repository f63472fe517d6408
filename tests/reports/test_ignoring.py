"""What people do not want to be asked for: hidden, counted, listed, and back with another picture."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest
from lxml import html
from pydantic import ValidationError
from sqlalchemy import select

from core.records import Classification, DecisionState, Finding, Severity
from reports.ignore_entry import IgnoreEntry
from reports.ignoring import Ignoring
from reports.report_options import ReportOptions
from reports.review.desk import open_desk
from reports.review.filters import ALL, Filter
from reports.row import row_of
from reports.write import write_report
from rules.rule_options import RuleOptions
from store.deciding import Choice, Seen, decide
from store.engine import connect, reading, writing
from store.models import Suggestion
from store.report import occurrence_groups
from store.site_pages import group_pages
from tests.reports.scene import REPEATS, small_site
from tests.reports.test_view import GROUP, suggestion
from tests.storefill import MISSING, SHOP, SITE, SITE_ID, occurrence, store_visits, visit

TOO_LONG = Finding("too-long", Severity.WARNING, "Say it shorter.")
REVIEW = Finding("bytes-alt", Severity.REVIEW, "Look.")


def entry(**given: str) -> IgnoreEntry:
    return IgnoreEntry(reason="As agreed", **given)


def kept(row, *entries, pages=()):
    return Ignoring(entries, lambda _: pages).kept(row)


def written(engine, tmp_path, *entries):
    files = write_report(engine, SHOP, tmp_path, ReportOptions(ignore=entries))
    with files.file("rows").path.open(encoding="utf-8-sig", newline="") as file:
        names = [row["image_url"].rpartition("/")[2] for row in csv.DictReader(file)]
    front = html.parse(str(files.index))
    return names, " ".join(front.xpath("string(//section[@id='ignored'])").split()), front


def test_an_entry_hides_rows_and_is_listed_with_its_reason(engine, tmp_path):
    small_site(engine)
    names, said, front = written(
        engine,
        tmp_path,
        entry(image=f"http://{SITE}/missing.jpg"),
        entry(page=f"http://{SITE}/shop*"),
        entry(rule="emoji"),
    )
    assert names == ["approved.jpg", "", "logo.png"]  # decided rows, and the one that other entries are not about
    assert "4 rows are in no list of this report." in said
    assert f"image http://{SITE}/missing.jpgAs agreed Until the picture changes, with sha256:" in said
    assert "rule emojiAs agreed Fits nothing now: it may be taken out.00" in said
    headline = front.xpath("string(//p[@class='sub'])")
    assert "4 of them are ignored, each with a reason." in headline
    assert front.xpath("string(//span[@class='big'])") == "3"


def test_a_report_without_entries_says_nothing_of_them(sqlite_url, tmp_path):
    engine = connect(sqlite_url)
    small_site(engine)
    _, said, front = written(engine, tmp_path)
    assert (said, front.xpath("//section[@id='ignored']")) == ("", [])
    engine.dispose()


def test_a_row_on_many_pages_is_hidden_only_where_all_are_meant(engine):
    places = [visit(f"blog/{n}", (occurrence("x.jpg"), MISSING)) for n in range(9)]
    store_visits(engine, *places)
    blog = entry(page="*/blog/*")
    for more, hidden in (((), True), ((visit("shop", (occurrence("x.jpg"), MISSING)),), False)):
        if more:
            store_visits(engine, *more, fresh=False)
        with reading(engine) as session:
            [group] = occurrence_groups(session, SITE_ID)
            row = row_of(group)
            pages = list(group_pages(session, SITE_ID, row.key))
            assert len(pages) == row.pages == 9 + len(more)
            assert (kept(row, blog, pages=pages) is None) == hidden


def test_rules_go_one_by_one():
    row = row_of(
        replace(GROUP, alt="A text", classification=Classification.SUSPICIOUS, severity=Severity.WARNING,
                findings=(TOO_LONG, REVIEW), suggestion=None)
    )  # fmt: skip
    left = kept(row, entry(rule="too-long"))
    assert (left.findings, left.severity, left.classification) == ((REVIEW,), Severity.REVIEW, Classification.OK)
    assert left.id == row.id
    assert kept(row, entry(rule="too-long"), entry(rule="bytes-alt")) is None
    assert kept(row, entry(rule="emoji")) == row
    assert kept(row, entry(rule="too-long", image="http://elsewhere.test/*")) == row


def test_what_nobody_has_a_rule_for_is_hidden_by_its_place():
    row = row_of(replace(GROUP, findings=(), severity=Severity.REVIEW, suggestion=None))
    assert kept(row, entry(row=row.id)) is None
    assert kept(row, entry(rule="too-long", row=row.id)) == row


def test_another_picture_comes_back():
    row = row_of(replace(GROUP, suggestion=None))
    assert row.digest is not None
    ignoring = Ignoring([entry(row=row.id, sha256="0" * 64), entry(row=row.id, sha256=row.digest)], lambda _: ())
    assert ignoring.kept(row) is None
    assert [one.came_back for one in ignoring.entries] == [1, 0]
    assert kept(row, entry(row=row.id, sha256="0" * 64)) == row


def test_what_a_person_decided_is_not_hidden():
    row = row_of(replace(suggestion(text="A cat", state="approved")))
    assert kept(row, entry(row=row.id)) == row


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "names a rule, an image, a page or a row"),
        ({"rule": "to-long"}, "Did you mean 'too-long'?"),
        ({"page": "x", "sha256": "0" * 64}, "give its image or row"),
        ({"image": "x", "sha256": "abc"}, "String should match"),
        ({"image": "x", "until": "may"}, "Extra inputs"),
    ],
)
def test_an_entry_that_cannot_be(given, problem):
    with pytest.raises(ValidationError, match=problem.replace("?", r"\?")):
        entry(**given)


def test_a_reason_is_asked_for():
    with pytest.raises(ValidationError, match="reason"):
        IgnoreEntry(rule="too-long")


def table(file):
    with file.path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_it_holds_for_all_files_and_never_for_what_a_person_decided(engine, tmp_path):
    """logo.png is decided; shop is hidden whole but for it, and all missing attributes but that of approved.jpg."""
    small_site(engine)
    store_visits(engine, visit("more", (occurrence("twice.jpg", alt="A dog"), REPEATS)), fresh=False)
    entries = (entry(page=f"http://{SITE}/shop*"), entry(rule="missing-attr"), entry(image="*/logo.png"))
    options = ReportOptions(ignore=entries, files=("places", "pages", "issues"))
    files = write_report(engine, SHOP, tmp_path, options)
    places = {(row["page_url"].rpartition("/")[2], row["image_url"].rpartition("/")[2]) for row in
              table(files.file("places"))}  # fmt: skip
    shown = {("about", "approved.jpg"), ("more", "twice.jpg"), ("shop", "twice.jpg")}
    assert places == {*shown, *((page, "logo.png") for page in ("", "about", "shop"))}
    numbers = {row["page_url"].rpartition("/")[2]: (row["to_mend"], row["left_out"]) for row in
               table(files.file("pages"))}  # fmt: skip
    assert [numbers[page] for page in ("", "about", "shop", "more")] == [("1", "1"), ("2", "2"), ("1", "2"), ("0", "0")]
    rules = {row["Issue Name"].partition(": ")[2]: row["URLs"] for row in table(files.file("issues"))}
    assert rules == {"missing-attr": "1", "empty-in-link": "1", "repeats-text": "1"}


def test_a_review_hides_it_until_a_person_decides(sqlite_url):
    engine = connect(sqlite_url)
    small_site(engine)
    options = ReportOptions(ignore=[entry(rule="missing-attr")])
    with open_desk(engine, SHOP, who="Ada", rules=RuleOptions(), options=options) as desk:
        assert (desk.ignored, len(desk.index.page(Filter(status=ALL), 0, -1))) == (3, 4)
        with writing(engine) as session:
            place = session.scalars(select(Suggestion).where(Suggestion.text == "a cat on a sofa")).one()
            choice = Choice(place.image_id, place.context_key, DecisionState.APPROVED, None, Seen(place.text))
            decide(session, SITE_ID, [choice], who="Kim")
        desk.catch_up()
        assert len(desk.index.page(Filter(status=ALL), 0, -1)) == 5
    engine.dispose()
