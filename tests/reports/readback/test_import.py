"""A sheet of the report, filled in by an editor, becomes decisions."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from alt_audit.config import Settings
from alt_audit.jobs.read_back import import_sheet, undo_import
from core.errors import UsageError
from core.records import Classification, DecisionState, Finding, Judgement, Severity
from reports.files import editors as writers
from reports.folds import folds
from reports.ignore_entry import IgnoreEntry
from reports.readback.read import Level
from reports.report_options import ReportOptions
from reports.row import row_of
from store import models
from store.deciding import Choice, Seen, decide
from store.decisions import journal
from store.engine import connect, reading, writing
from store.report import occurrence_groups
from tests.reports.scene import caption, image, linked, small_site
from tests.reports.test_folds import navigation
from tests.storefill import MISSING, SITE, SITE_ID, occurrence, store_visits, visit

EDITORS = writers.CSV
VAGUE = Judgement(Classification.SUSPICIOUS, findings=(Finding("vague-word", Severity.ERROR, "Name what is seen."),))


class Editors:
    """Who fills a sheet in: the report's editors.csv, read, changed and saved again."""

    def __init__(self, engine, database, folder):
        self.engine, self.folder = engine, folder
        self.settings = Settings(database=database)
        self.path = folder / "editors.csv"

    def fetch(self):
        """Take a new file of the report."""
        with reading(self.engine) as session, folds() as folded:
            for group in occurrence_groups(session, SITE_ID):
                folded.add(row_of(group))
            self.rows = [dict(zip(EDITORS.headings, EDITORS.cells(fold), strict=True)) for fold in folded]
        return self

    def row(self, name):
        return next(row for row in self.rows if row["image_url"].endswith(name))

    def say(self, name, new_alt="", decision=""):
        self.row(name).update(new_alt=new_alt, decision=decision)
        return self

    def hand_in(self, **options):
        with self.path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(self.rows[0]), extrasaction="ignore")
            writer.writeheader()
            writer.writerows(self.rows)
        return import_sheet(self.settings, self.path, who="jo", **options)

    def stands(self, name):
        with reading(self.engine) as session:
            suggestion = models.Suggestion
            found = session.execute(
                select(suggestion.text, suggestion.state).where(suggestion.image_id == image(session, name).id)
            ).one_or_none()
        return tuple(found) if found is not None else None

    def decide(self, name, state, text=None, batch=None):
        """What somebody else decides."""
        with writing(self.engine) as session:
            table = models.Suggestion
            row = session.scalars(select(table).where(table.image_id == image(session, name).id)).one()
            choice = Choice(row.image_id, row.context_key, state, text, Seen(row.text, row.state))
            [answer] = decide(session, SITE_ID, [choice], who="kim", batch=batch)
            assert isinstance(answer, int)

    def journal(self):
        with reading(self.engine) as session:
            return list(journal(session, SITE_ID))


@pytest.fixture
def editors(engine, database, tmp_path):
    small_site(engine)
    return Editors(engine, database, tmp_path).fetch()


@pytest.fixture
def laptop(sqlite_url, tmp_path):
    """The same where the kind of database does not matter."""
    engine = connect(sqlite_url)
    small_site(engine)
    yield Editors(engine, sqlite_url, tmp_path).fetch()
    engine.dispose()


def said(done):
    return [(remark.place.number, remark.level, remark.message) for remark in done.remarks]


def test_every_decision(editors):
    editors.say("missing.jpg", "A grey cat on a sofa", "Edit").say("approved.jpg", decision="reject")
    editors.say("logo.png", decision="approve").say("long.jpg", decision="decorative").say("twice.jpg", "A brown dog")
    editors.say("failed.jpg", "not yet", "skip")
    done = editors.hand_in()
    assert done.taken == {"edited": 2, "rejected": 1, "decorative": 1}
    assert (done.rows, done.silent, done.settled, done.decisions) == (5, 2, 1, 4)  # the logo's text was a person's
    assert (done.remarks, done.notes) == ((), ())
    assert editors.stands("missing.jpg") == ("A grey cat on a sofa", "edited")
    assert editors.stands("approved.jpg") == ("a red house", "rejected")
    assert editors.stands("long.jpg") == ("", "decorative")
    assert editors.stands("twice.jpg") == ("A brown dog", "edited")
    assert editors.stands("failed.jpg") is None
    assert {(row.who, row.batch) for row in editors.journal()} == {("jo", done.batch)}
    assert done.batch is not None
    assert done.batch.startswith("import-")

    again = editors.hand_in()
    assert (again.batch, again.taken, again.settled, again.remarks) == (None, {}, 5, ())
    assert len(editors.journal()) == 4

    assert undo_import(editors.settings, who="jo") == (done.batch, 4)
    assert editors.stands("missing.jpg") == ("a cat on a sofa", "pending")
    with pytest.raises(UsageError, match=r"no import on shop\.test is left to take back"):
        undo_import(editors.settings, who="jo")
    second = editors.hand_in()
    assert second.taken["edited"] == 2
    assert second.batch is not None
    assert second.batch.endswith("-2")


@pytest.mark.parametrize(
    "typed", [("a cat on a sofa", ""), ("a cat on a sofa", "edit"), ("", "OK"), (" a  cat on a sofa", "ja")]
)
def test_the_suggestion_copied_is_approved(laptop, typed):
    assert laptop.say("missing.jpg", *typed).hand_in().taken == {"approved": 1}
    assert laptop.stands("missing.jpg") == ("a cat on a sofa", "approved")


def test_a_dry_run_changes_nothing(laptop):
    laptop.say("missing.jpg", "A cat").say("twice.jpg", decision="approve")
    done = laptop.hand_in(dry_run=True)
    assert (done.taken, done.batch, done.decisions) == ({"edited": 1}, None, 1)
    assert len(done.refused) == 1
    assert laptop.journal() == []
    assert laptop.stands("missing.jpg") == ("a cat on a sofa", "pending")


CONTRADICTIONS = {
    "edit without a text": (("missing.jpg", "", "edit"), "it says edit, and new_alt is empty"),
    "nothing to approve": (("twice.jpg", "", "approve"), "there is no suggestion to approve"),
    "nothing to reject": (("twice.jpg", "", "reject"), "there is no suggestion to reject"),
    "rejected with a text": (("missing.jpg", "A cat", "reject"), "it says reject, and has a text"),
    "decorative with a text": (("missing.jpg", "A cat", "decorative"), "it says decorative, and has a text"),
    "too long": (("missing.jpg", "A very long text. " * 200, ""), "the text has 3,599 characters; at most 2,000"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_row_that_cannot_be_taken(laptop, name):
    row, message = CONTRADICTIONS[name]
    done = laptop.say(*row).hand_in()
    assert message in done.refused[0].message
    assert (done.taken, laptop.journal()) == ({}, [])


def test_a_drawing_in_the_page_is_explained(laptop):
    next(row for row in laptop.rows if not row["image_url"])["new_alt"] = "A drawing"
    [remark] = laptop.hand_in().remarks
    assert "has no address to remember it by" in remark.message


def test_who_decided_meanwhile_is_not_overwritten(laptop):
    laptop.decide("missing.jpg", DecisionState.EDITED, "Kim's cat")
    done = laptop.say("missing.jpg", "Jo's cat").hand_in()
    [(number, level, message)] = said(done)
    assert (level, done.taken) == (Level.ERROR, {})
    assert "it is edited now, with the text “Kim's cat”, and here stands “Jo's cat”" in message
    assert laptop.rows[number - 2] is laptop.row("missing.jpg")
    assert laptop.stands("missing.jpg") == ("Kim's cat", "edited")
    assert laptop.fetch().say("missing.jpg", "Jo's cat").hand_in().taken == {"edited": 1}


def redraft(editors, text):
    """A machine drafts anew."""
    with writing(editors.engine) as session:
        found = image(session, "missing.jpg").id
        session.scalars(select(models.Suggestion).where(models.Suggestion.image_id == found)).one().text = text


@pytest.mark.parametrize(
    ("row", "taken"),
    [
        (("A cat", ""), {"edited": 1}),
        (("", "decorative"), {"decorative": 1}),
        (("a cat on a sofa", "approve"), {"edited": 1}),  # the text is there, so nobody has to guess
        (("", "approve"), {}),
        (("", "reject"), {}),
    ],
)
@pytest.mark.parametrize("column", ["seen", "suggested_alt"])
def test_another_draft_meanwhile(laptop, row, taken, column):
    redraft(laptop, "two cats")
    if column != "seen":
        laptop.row("missing.jpg")["seen"] = ""
    done = laptop.say("missing.jpg", *row).hand_in()
    assert done.taken == taken
    if not taken:
        assert "another text is suggested since the file was written: “two cats”; it was “a cat on a sofa”" in (
            done.refused[0].message
        )


@pytest.mark.parametrize(
    ("typed", "taken"),
    [(("", "approve"), {"decorative": 1}), (("(empty: decorative)", ""), {}), (("", "reject"), {"rejected": 1})],
)
@pytest.mark.parametrize("shown", ["(empty: decorative)", ""])  # blank, as older files have it
def test_a_suggested_empty_alt_is_said_in_words(laptop, typed, taken, shown):
    redraft(laptop, "")
    row = laptop.fetch().row("missing.jpg")
    assert (row["suggested_alt"], laptop.row("twice.jpg")["suggested_alt"]) == ("(empty: decorative)", "")
    row.update(seen="", suggested_alt=shown)
    done = laptop.say("missing.jpg", *typed).hand_in()
    assert (done.taken, laptop.hand_in(dry_run=True).taken) == (taken, {})
    if not taken:
        assert "write decorative into decision" in done.refused[0].message


def test_one_picture_two_texts(laptop):
    """Rows of one image in one context, told apart by what stands there, share a decision."""
    store_visits(
        laptop.engine,
        visit("a", (occurrence("pot.jpg"), MISSING)),
        visit("b", (occurrence("pot.jpg", alt="pot pic"), VAGUE)),
        fresh=False,
    )
    laptop.fetch()
    first, second = (row for row in laptop.rows if row["image_url"].endswith("pot.jpg"))
    first["new_alt"], second["new_alt"] = "A red pot", "A blue pot"
    done = laptop.hand_in()
    numbers = [laptop.rows.index(row) + 2 for row in (first, second)]
    assert said(done) == [
        (
            number,
            Level.ERROR,
            f"row {other} says something else of the same picture in the same role: neither is taken.",
        )
        for number, other in zip(numbers, reversed(numbers), strict=True)
    ]
    assert done.taken == {}
    second["new_alt"] = "A red pot"
    assert laptop.hand_in().taken == {"edited": 2}
    assert laptop.stands("pot.jpg") == ("A red pot", "edited")


def test_a_row_that_is_settled_may_be_in_conflict_too(laptop):
    laptop.decide("missing.jpg", DecisionState.APPROVED)
    laptop.fetch().say("missing.jpg", decision="approve")
    laptop.rows.append(laptop.row("missing.jpg") | {"new_alt": "A dog", "decision": ""})
    done = laptop.hand_in()
    assert (done.taken, done.settled, len(done.refused)) == ({}, 0, 2)


def test_one_row_twice_is_a_conflict(laptop):
    laptop.say("missing.jpg", "A cat")
    laptop.rows.append(laptop.row("missing.jpg") | {"new_alt": "A dog"})
    assert len(laptop.hand_in().refused) == 2


def test_a_row_stands_for_all_of_its_cause(sqlite_url, tmp_path):
    engine = connect(sqlite_url)
    navigation(engine)
    editors = Editors(engine, sqlite_url, tmp_path).fetch()
    [fold] = [row for row in editors.rows if row["current_alt"] == "Next"]
    fold["decision"] = "decorative"
    places = int(fold["rows"])
    ignoring = ReportOptions(ignore=(IgnoreEntry(reason="As agreed", image="*/n3.png"),))
    editors.settings = Settings(database=sqlite_url, report=ignoring)
    assert editors.hand_in(dry_run=True).decisions == places - 1  # for what a sheet does not show it says nothing
    editors.settings = Settings(database=sqlite_url)
    done = editors.hand_in()
    assert (done.taken, done.decisions) == ({"decorative": 1}, places)
    assert places > 20
    assert editors.hand_in().settled == 1
    # One of them, decided otherwise, is no longer of the cause: only the rest follow.
    editors.decide("n3.png", DecisionState.EDITED, "The third")
    later = editors.fetch()
    for row in later.rows:
        row["decision"] = "reject" if row["current_alt"] == "Next" and row["suggestion_state"] == "decorative" else ""
    assert later.hand_in().decisions == places - 1
    assert editors.stands("n3.png") == ("The third", "edited")
    engine.dispose()


def test_a_text_that_stands_elsewhere_has_no_draft_in_sight(laptop):
    """A draft for other places of the picture is not shown beside a good text, and not in the way of a decision."""
    shared = linked("shared.png")
    repeats = Judgement(Classification.OK, findings=(Finding("repeats-text", Severity.REVIEW, "Said twice."),))
    store_visits(
        laptop.engine,
        visit("a", (shared, MISSING)),
        visit("b", (replace(shared, alt="Home, again"), repeats)),
        fresh=False,
    )
    with writing(laptop.engine) as session:
        caption(session, "shared.png", "a sign")
    laptop.fetch()
    row = next(row for row in laptop.rows if row["current_alt"] == "Home, again")
    assert row["suggested_alt"] == ""
    row["new_alt"] = "Home"
    assert laptop.hand_in().taken == {"edited": 1}
    assert laptop.stands("shared.png") == ("Home", "edited")


def test_rows_that_are_gone_are_named(laptop):
    laptop.say("missing.jpg", "A cat").say("twice.jpg", "A dog").say("long.jpg", "Short")
    laptop.row("missing.jpg")["row_id"] = "0" * 12 + "-x-0m"
    store_visits(laptop.engine, visit("shop", (occurrence("twice.jpg", alt="Two dogs"), VAGUE)), fresh=False)
    done = laptop.hand_in()
    messages = "\n".join(message for _, _, message in said(done))
    assert "nothing to do has this row_id" in messages
    assert "another text stands there since the file was written: “Two dogs”" in messages
    assert done.taken == {}


def test_rules_may_think_otherwise_by_now(laptop):
    name = laptop.row("missing.jpg")["row_id"]
    laptop.say("missing.jpg", "A cat").row("missing.jpg")["row_id"] = f"{name[:-1]}s"
    assert laptop.hand_in().taken == {"edited": 1}


def test_a_file_of_another_site_or_another_year_is_refused(laptop):
    for row in laptop.rows:
        row.update(row_id="0" * 12 + row["row_id"][12:], new_alt="A text", page_url="https://other.test/x")
    with pytest.raises(UsageError, match=r"is about other\.test, and this is shop\.test: name its site with --site"):
        laptop.hand_in()
    for row in laptop.rows:
        row["page_url"] = f"http://{SITE}/"
    laptop.rows *= 2
    with pytest.raises(UsageError, match=r"of 14 rows with a decision 0 are still to be done on shop\.test"):
        laptop.hand_in()


def test_columns_that_were_sorted_apart(laptop):
    laptop.say("missing.jpg", "A cat").row("missing.jpg")["image_url"] = f"http://{SITE}/other.jpg"
    [remark] = laptop.hand_in().refused
    assert "row_id and image_url are of different rows" in remark.message


@pytest.mark.parametrize(
    ("cell", "refused"), [("a k?ttle", "Who is it?"), ("a kÃ¤ttle", "A kÃ¤ttle"), ("a kättle", None)]
)
def test_letters_that_a_program_has_spoiled(laptop, cell, refused):
    redraft(laptop, "a kättle")
    laptop.fetch().say("missing.jpg", refused or "Who is it? Käthe").say("twice.jpg", "A plain text")
    laptop.row("missing.jpg")["suggested_alt"] = cell
    done = laptop.hand_in()
    assert done.taken == {"edited": 2 if refused is None else 1}
    assert [("letters were" in remark.message) for remark in done.refused] == [True] * (refused is not None)


def test_new_texts_are_judged_and_taken(laptop):
    done = laptop.say("missing.jpg", "image of a cat").hand_in()
    assert done.taken == {"edited": 1}
    [(_, level, message)] = said(done)
    assert level is Level.WARNING
    assert message.endswith("(redundant-prefix)")


def test_what_is_said_for_programs(laptop):
    laptop.say("missing.jpg", "A cat").say("twice.jpg", decision="maybe")
    answer = json.loads(json.dumps(laptop.hand_in().as_json()))
    assert answer["taken"] == {"approved": 0, "edited": 1, "rejected": 0, "decorative": 0}
    assert (answer["site"], answer["rows"], answer["not_taken"], answer["decisions"]) == (SITE, 2, 1, 1)
    [remark] = answer["remarks"]
    assert (remark["level"], remark["row_id"], remark["sheet"]) == ("error", laptop.row("twice.jpg")["row_id"], "")


WILD = [
    "=1+1", "<script>alert(1)</script>", "two\nlines", "🫖 'quoted', \"doubly\"", "\u202eabc", "-5 °C", "x" * 1990,
]  # fmt: skip


def test_texts_of_strangers_are_texts(laptop):
    """What was suggested is approved as it is, what is typed is stored in one line and otherwise as it is."""
    names = [f"wild{number}.jpg" for number in range(len(WILD))]
    store_visits(laptop.engine, visit("wild", *((occurrence(name), MISSING) for name in names)), fresh=False)
    with writing(laptop.engine) as session:
        for name, text in zip(names, WILD, strict=True):
            caption(session, name, text)
    laptop.fetch()
    for name in names:
        laptop.say(name, decision="approve")
    assert laptop.hand_in().taken == {"approved": len(WILD)}
    assert [laptop.stands(name) for name in names] == [(text, "approved") for text in WILD]
    undo_import(laptop.settings, who="jo")
    for name, text in zip(names, WILD, strict=True):
        laptop.say(name, f"Pot {text}")
    assert laptop.hand_in().taken == {"edited": len(WILD)}
    assert [laptop.stands(name) for name in names] == [(f"Pot {' '.join(text.split())}", "edited") for text in WILD]
