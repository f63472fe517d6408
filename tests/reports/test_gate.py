"""Failing on what was found: why, and what is known, settled or ignored."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.errors import ReportError, UsageError
from core.records import Severity
from reports.baseline import Baseline, found_of, written
from reports.gate import Gate
from reports.ignore_entry import IgnoreEntry
from reports.report_options import ReportOptions
from reports.row import row_of
from reports.rows import asked_for, ignoring
from store.engine import reading
from tests.reports.scene import small_site
from tests.reports.test_view import GROUP
from tests.storefill import SITE, SITE_ID


def gate(engine, fail_on: Severity, baseline=None, **options: object) -> Gate:
    found = Gate(fail_on)
    with reading(engine) as session:
        found.read(session, SITE_ID, ReportOptions(**options), baseline)
    return found


def write(engine, path):
    with reading(engine) as session, written(path) as line:
        for row in asked_for(session, SITE_ID, ignoring(session, SITE_ID, ReportOptions())):
            line(found_of(row))


def test_it_says_why(engine):
    small_site(engine)
    assert list(gate(engine, Severity.ERROR).lines()) == [
        "--fail-on error: 5 rows in 8 places: error 5. Exit code 3.",
        f"  error missing-attr: missing.jpg on http://{SITE}/ (and 1 more place)",
        f"  error missing-attr: approved.jpg on http://{SITE}/about",
        f"  error missing-attr: failed.jpg on http://{SITE}/shop",
        f"  error missing-attr: svg in the page on http://{SITE}/about",
        f"  error empty-in-link: logo.png on http://{SITE}/ (and 2 more places)",
    ]
    all_of_it = gate(engine, Severity.REVIEW)
    assert dict(all_of_it.rows) == {Severity.ERROR: 5, Severity.WARNING: 1, Severity.REVIEW: 1}
    assert list(all_of_it.lines())[-1] == "  and 2 more, which the report lists"


def test_what_a_baseline_knows_does_not_count(engine, tmp_path):
    small_site(engine)
    path = tmp_path / "known.jsonl"
    write(engine, path)
    lines = path.read_text().splitlines()
    assert (json.loads(lines[0]), len(lines)) == ({"alt_audit_baseline": 1}, 8)
    found = gate(engine, Severity.REVIEW, Baseline(path))
    assert (found.fails, list(found.lines())) == (False, ["--fail-on review: nothing new to fail on (7 known)."])
    path.write_text("\n".join(lines[:3] + lines[4:]) + "\n")
    found = gate(engine, Severity.ERROR, Baseline(path))
    assert (sum(found.rows.values()), found.known) == (1, 4)
    ignored = [IgnoreEntry(reason="r", rule="missing-attr")]
    said = next(gate(engine, Severity.ERROR, ignore=ignored).lines())
    assert said.startswith("--fail-on error: 2 rows in 4 places")


def test_another_picture_another_rule_and_another_text_are_new(tmp_path):
    row = row_of(GROUP)
    path = tmp_path / "known.jsonl"
    with written(path) as line:
        line(found_of(row))
    known = Baseline(path)
    assert known.new(found_of(row)) is None
    assert known.new(found_of(replace(row, id=row.id[:-1] + "x"))) is None  # judged otherwise, and nothing new is found
    assert known.new(found_of(replace(row, id="other-" + row.id))) == row.findings
    more = replace(row.findings[0], rule="too-long")
    assert known.new(found_of(replace(row, findings=(*row.findings, more)))) == (more,)
    asset = replace(row.image.asset, sha256="f" * 64)
    assert known.new(found_of(replace(row, image=replace(row.image, asset=asset)))) == row.findings
    assert known.new(found_of(replace(row, image=replace(row.image, asset=None)))) is None  # not looked at this time


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "there is no"),
        (b"", "line 1: no JSON object"),
        (b"row_id,page_url\n", "line 1: no JSON object"),
        (b"{}\n", "is no baseline of this version"),
        (b'{"alt_audit_baseline": 2}\n', "is no baseline of this version"),
        (b'{"alt_audit_baseline": 1}\n{"row_id": 1}\n', "line 2: no row of a baseline"),
        (b'{"alt_audit_baseline": 1}\n' + b"[" * 100_000, "line 2: no JSON object"),
        (b"\xff\xfe\x00", "cannot read"),
    ],
    ids=str,
)
def test_a_file_that_is_no_baseline(tmp_path, content, problem):
    path = tmp_path / "known.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=problem):
        Baseline(path)


def test_a_baseline_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "known.jsonl"
    path.write_text("old")
    with pytest.raises(AttributeError), written(path) as line:
        line(None)
    assert [one.name for one in tmp_path.iterdir()] == ["known.jsonl"]
    assert path.read_text() == "old"
    with pytest.raises(ReportError, match="Choose another place"), written(tmp_path / "none" / "known.jsonl"):
        pass
