from __future__ import annotations

import csv
import io
import json
from collections import Counter

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifSchema
from sqlalchemy import update

from core.records import Finding, Severity
from reports.files import issues, jsonl, pages, places, sarif
from reports.report_options import ReportOptions
from reports.row import row_of
from reports.write import write_report
from store.engine import connect, reading, writing
from store.models import Occurrence
from store.report import CLASSIFICATIONS
from store.site_pages import site_places
from tests.reports.scene import REPEATS, small_site
from tests.reports.test_view import GROUP
from tests.storefill import OK, SHOP, SITE, SITE_ID, occurrence, store_visits, visit

ALL = ReportOptions(files=("pages", "places", "jsonl", "sarif", "issues"))


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("extra")
    engine = connect(f"sqlite:///{folder}/a.db")
    from store.schema import upgrade

    upgrade(engine)
    small_site(engine)
    files = write_report(engine, SHOP, folder / "out", ALL)
    engine.dispose()
    return files


def test_headings_are_a_contract():
    assert pages.WRITERS[0].headings == (
        "page_url", "title", "state", "code", "http_status", "language", "variant_of", "places", "to_mend",
        "missing", "empty", "suspicious", "ok", "decorative", "ignored", "visits",
        "first_crawl", "first_seen", "last_crawl", "last_seen", "left_out",
    )  # fmt: skip
    assert places.WRITERS[0].headings == (
        "page_url", "position", "selector", "row_id", "image_url", "alt_state", "current_alt", "classification",
    )  # fmt: skip
    assert ",".join(issues.WRITERS[0].headings) == (
        "Issue Name,Issue Type,Issue Priority,URLs,% of Total,Description,How To Fix"
    )
    assert jsonl.KEYS == (
        "row_id", "shown_as", "name", "image_url", "image", "element", "role", "alt", "alt_state", "classification",
        "severity", "findings", "places", "pages", "first_page", "more_pages", "selector", "html", "context",
        "context_key", "language", "suggested", "suggestion_state", "source", "author", "carried", "confidence",
        "status", "needs_human", "publishable", "note", "seen", "kind", "keywords",
    )  # fmt: skip


def test_pages(written):
    rows = {row["page_url"].removeprefix(f"http://{SITE}/"): row for row in table(written.file("pages").path)}
    assert list(rows) == ["", "about", "gone", "private", "shop"]
    about = rows["about"]
    assert (about["title"], about["state"], about["places"], about["to_mend"]) == ("About", "fetched", "5", "4")
    assert [about[verdict] for verdict in CLASSIFICATIONS] == ["3", "1", "0", "0", "1", "0"]
    assert (about["first_crawl"], about["first_seen"], about["last_seen"]) == ("1", "2026-03-05", "2026-03-05")
    assert [rows["gone"][name] for name in ("state", "code", "http_status", "places")] == [
        "failed",
        "http_404",
        "404",
        "0",
    ]
    assert (rows["private"]["state"], rows["private"]["http_status"]) == ("skipped", "")


def test_places_are_those_of_the_rows(written):
    found = table(written.file("places").path)
    counted = Counter(row["row_id"] for row in found)
    assert counted == {row["row_id"]: int(row["places"]) for row in table(written.file("rows").path)}
    [first, *_] = found
    assert (first["page_url"], first["position"], first["alt_state"]) == (f"http://{SITE}/", "1", "empty")


def test_a_place_of_a_good_text_is_named_only_where_its_row_is_to_act_on(engine):
    """What a rule says of the first of a group it says of them all; what is silent or good stays away."""
    pictures = (occurrence("x.jpg", alt="A dog"), REPEATS), (occurrence("y.jpg", alt="A cat"), OK)
    store_visits(engine, visit("", *pictures), visit("b", *pictures))
    with reading(engine) as session:
        assert [(one.page_url[-1], one.alt) for one in site_places(session, SITE_ID)] == [
            ("/", "A dog"),
            ("b", "A dog"),
        ]
    with writing(engine) as session:
        session.execute(update(Occurrence).values(vanished_crawl_id=1))
    with reading(engine) as session:
        assert not list(site_places(session, SITE_ID))


def test_json_lines_know_all_of_a_row(written):
    rows = [json.loads(line) for line in written.file("jsonl").path.read_text("utf-8").splitlines()]
    assert [row["row_id"] for row in rows] == [row["row_id"] for row in table(written.file("rows").path)]
    assert all(tuple(row) == jsonl.KEYS for row in rows)
    (missing,) = (row for row in rows if row["name"] == "missing.jpg")
    assert (missing["alt"], missing["suggested"], missing["confidence"]) == (None, "a cat on a sofa", 0.83)
    assert missing["findings"] == [{"rule": "missing-attr", "severity": "error", "message": "Add an alt attribute."}]
    assert len(missing["image"]["picture"]["sha256"]) == 64
    (drawing,) = (row for row in rows if row["element"] == "svg")
    assert (drawing["image"], drawing["image_url"]) == (None, None)


def test_sarif_of_a_site(written):
    log = json.loads(written.file("sarif").path.read_text("utf-8"))
    SarifSchema.model_validate(log)
    (run,) = log["runs"]
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]
    assert [result["level"] for result in run["results"]] == ["error"] * 5 + ["warning", "note"]
    assert max(result["occurrenceCount"] for result in run["results"]) == 3
    assert len({result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]}) == 7
    known = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {"missing-attr", "repeated-on-every-page"} <= known


def test_sarif_holds_no_more_than_a_run_may(monkeypatch):
    monkeypatch.setattr(sarif, "MAX_RESULTS", 3)
    row = row_of(GROUP)
    file = io.StringIO()
    with sarif.WRITERS[0].body(file) as write:
        for _ in range(5):
            write(row)
    (run,) = json.loads(file.getvalue())["runs"]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert len(run["results"]) == 3
    assert note["message"]["text"].startswith(f"{5 * len(row.findings)} findings")
    assert Finding("x", Severity.ERROR, "") not in row.findings


def test_issues_stand_beside_those_of_another_crawler(written):
    rows = table(written.file("issues").path)
    assert [(row["Issue Name"], row["Issue Type"], row["Issue Priority"]) for row in rows] == [
        ("Images: missing-attr", "Issue", "High"),
        ("Images: empty-in-link", "Issue", "High"),
        ("Images: too-long", "Warning", "Medium"),
        ("Images: repeats-text", "Opportunity", "Low"),
    ]
    assert (rows[0]["URLs"], rows[0]["% of Total"]) == ("3", "33.33")
    assert "WCAG 1.1.1" in rows[0]["Description"]


def test_the_same_store_gives_the_same_bytes_and_what_is_not_asked_for_goes(engine, tmp_path):
    small_site(engine)
    names = [writer.file_name for module in (pages, places, jsonl, sarif, issues) for writer in module.WRITERS]
    write_report(engine, SHOP, tmp_path, ALL)
    before = [(tmp_path / name).read_bytes() for name in names]
    write_report(engine, SHOP, tmp_path, ALL)
    assert [(tmp_path / name).read_bytes() for name in names] == before
    write_report(engine, SHOP, tmp_path, ReportOptions())
    assert not any((tmp_path / name).exists() for name in names)


@pytest.mark.parametrize(("name", "hint"), [("place", "Did you mean places?"), ("editors", "There are ")])
def test_a_file_that_is_not_there_to_ask_for(name, hint):
    with pytest.raises(ValueError, match=hint):
        ReportOptions(files=(name,))
