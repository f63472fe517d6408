"""`alt-audit audit`, and what a crawl leaves of findings on the whole site."""

from __future__ import annotations

import csv
import sqlite3

import pytest

from tests.cli.test_cli import status


@pytest.fixture
def crawled(cli, demo_site):
    assert cli("crawl", demo_site).code == 0
    return cli


def rules_in(cli) -> set[str]:
    connection = sqlite3.connect(cli.folder / "alt-audit.db")
    found = {rule for (rule,) in connection.execute("SELECT DISTINCT rule FROM findings")}
    connection.close()
    return found


def execute(cli, statement: str) -> None:
    connection = sqlite3.connect(cli.folder / "alt-audit.db")
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_crawl_judges_the_whole_site_too(crawled):
    assert rules_in(crawled) & {"one-image-many-alts", "repeated-on-every-page", "dup-diff-image"}
    again = crawled("audit")
    assert again.code == 0, again.err
    assert again.out.strip().endswith("nothing changed.")


def test_audit_says_what_it_changed_and_the_queue_follows(crawled):
    before = status(crawled)
    execute(crawled, "DELETE FROM findings")
    execute(crawled, "UPDATE occurrences SET classification = 'ignored', reason = NULL")
    execute(crawled, "UPDATE images SET state = 'skipped', code = 'ignored'")
    done = crawled("audit")
    assert done.code == 0, done.err
    assert f"missing 0 -> {before['classifications']['missing']}" in " ".join(done.out.split())
    assert "missing-attr 0 -> " in " ".join(done.out.split())
    assert status(crawled) == before
    assert crawled("audit").out.strip().endswith("nothing changed.")


def test_audit_needs_a_site_that_was_crawled(cli, crawled):
    result = cli("audit", "--site", "nowhere.test")
    assert result.code == 2
    assert "nowhere.test was not crawled" in result.err
    empty = cli("audit", "--database", "sqlite:///other.db")
    assert empty.code == 2
    assert "run 'alt-audit crawl URL' first" in empty.err


def test_the_report_shows_these_findings_and_any_rule_it_does_not_know(crawled):
    execute(crawled, "INSERT INTO findings (occurrence_id, rule, severity, message)"
                     " SELECT id, 'rule-of-tomorrow', 'warning', 'Mend <it>.' FROM occurrences"
                     " WHERE classification = 'missing'")  # fmt: skip
    result = crawled("report", "--out", "here")
    assert result.code == 0, result.err
    front = (crawled.folder / "here" / "index.html").read_text("utf-8")
    for rule in rules_in(crawled):
        assert rule in front
    with (crawled.folder / "here" / "editors.csv").open(encoding="utf-8-sig", newline="") as file:
        assert "rule-of-tomorrow" in "".join(",".join(row) for row in csv.reader(file))
