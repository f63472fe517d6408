from __future__ import annotations

import csv
import json
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lxml import html
from sqlalchemy import func, select

from alt_audit.cli import app
from alt_audit.commands import db
from store.engine import reading
from store.migrate import opened
from store.models import Image, Suggestion
from tests.captioning.images import serve_images
from tests.warm_python import WarmProcess, run_warm

ROOT = Path(__file__).resolve().parents[2]

COMMANDS = {command.name or command.callback.__name__ for command in app.registered_commands}
COMMANDS |= {f"db {command.callback.__name__}" for command in db.app.registered_commands}


def status(cli, *arguments: object) -> dict:
    result = cli("status", "--format", "json", *arguments)
    assert result.code == 0, result.err
    return json.loads(result.out)


def rows_in(path) -> dict[str, int]:
    connection = sqlite3.connect(path)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}
    connection.close()
    return found


def counts_agree(terminal: str, folder: Path, found: dict) -> None:
    """What the terminal, `status`, the report and the files say is what a query of the store says."""
    report = html.parse(str(folder / "index.html"))
    with (folder / "editors.csv").open(encoding="utf-8-sig", newline="") as file:
        sheet = list(csv.DictReader(file))

    def said(label: str) -> int:
        return int(re.search(rf"^ *{re.escape(label)} +([\d,]+) *$", terminal, re.M)[1].replace(",", ""))

    def shown(xpath: str) -> list[int]:
        texts = [" ".join(element.text_content().split()) for element in report.xpath(xpath)]
        return [int(number.replace(",", "")) for one in texts for number in re.findall(r"\d[\d,]*", one)]

    places, queue = found["classifications"], found["queue"]
    needy = [places[name] for name in ("missing", "empty", "suspicious")]
    with opened(f"sqlite:///{folder}/demo.db") as engine, reading(engine) as session:
        drafts = session.scalars(select(Suggestion.text).where(Suggestion.state == "pending")).all()
        images = session.scalar(select(func.count()).select_from(Image))
    drafted = sum(text is not None for text in drafts)

    assert [said(f"alt text {what}") for what in ("missing", "empty where one is needed", "suspicious")] == needy
    assert shown("//p[@class='sub']") == [sum(needy), found["occurrences"], found["pages"], *needy]
    assert said("Places with an image") == found["occurrences"] == sum(places.values())
    assert said("Pages read") == found["pages"]
    assert said("Distinct image addresses") == found["images"] == sum(queue.values()) == images
    assert said("Machine drafts to check") == found["drafts"]["to_check"] == drafted
    assert shown("//h3[starts-with(., 'Check ')]") == [drafted]
    assert sum(row["suggestion_by"] == "machine" for row in sheet) == drafted  # here each in one row
    assert said("asking for a closer look") == found["drafts"]["doubtful"]
    rows = sum(row["classification"] in {"missing", "empty", "suspicious"} for row in sheet)
    assert shown("//h2[@id='headline']/span[@class='big']") == [rows]
    assert len(sheet) == int(re.search(r"editors\.csv \((\d+) rows\)", terminal)[1])


def test_demo_does_the_main_job_offline(cli):
    result = cli("demo", http_proxy="http://127.0.0.1:9")  # behind a proxy, which knows nothing of this machine
    assert result.code == 0, result.err
    assert "This model knows photographs of people, dogs and sport" in result.err
    assert "SAID NOTHING" not in result.err
    folder = cli.folder / "reports-out" / "demo"
    assert re.search(rf"^Report: +{folder.relative_to(cli.folder)}/index\.html$", result.out, re.M)
    assert re.search(r"^  alt text missing +42 *$", result.out, re.M)
    assert {"index.html", "editors.csv", "import.csv", "failures.csv"} <= {path.name for path in folder.iterdir()}
    found = status(cli, "--database", f"sqlite:///{folder}/demo.db")
    assert found["pages"] == 18
    assert sum(found["classifications"].values()) == found["occurrences"] == 90
    assert sum(found["queue"].values()) == found["images"] == 34
    assert found["queue"]["pending"] == found["queue"]["leased"] == 0
    assert found["failures"] == {"decode/unsupported_format": 1, "fetch/http_404": 1}
    with (folder / "editors.csv").open(encoding="utf-8-sig", newline="") as file:
        editors = list(csv.DictReader(file))
    with (folder / "import.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == []
    assert {row["alt_state"] for row in editors} == {"missing", "empty", "text"}
    assert {row["suggestion_state"] for row in editors if row["suggested_alt"]} == {"pending"}
    logo = [row for row in editors if row["image_url"].endswith("/img/logo.png")]
    by_language = {row["language"]: (row["suggested_alt"], row["pages"]) for row in logo}
    assert by_language == {"en": ("Cat & Comet home", "16"), "de": ("Cat & Comet Startseite", "2")}
    counts_agree(result.out, folder, found)


def test_run_twice_adds_no_row_and_captions_nothing_twice(cli, demo_site):
    first = cli("run", demo_site, "--model", "builtin")
    assert first.code == 0, first.err
    before = rows_in(cli.folder / "alt-audit.db")
    second = cli("run", demo_site, "--model", "builtin")
    assert second.code == 0, second.err
    assert "No image waits for a caption" in second.err
    after = rows_in(cli.folder / "alt-audit.db")
    assert after.pop("crawls") == before.pop("crawls") + 1
    assert after == before


def test_stages_one_by_one_are_the_same_as_run(cli, demo_site):
    assert cli("crawl", demo_site).code == 0
    assert status(cli)["queue"]["pending"] == 23
    assert cli("caption", "--model", "builtin").code == 0
    result = cli("report", "--out", "here", "--include-pending")
    assert result.code == 0
    assert result.out.splitlines()[0].endswith("here/index.html")
    with (cli.folder / "here" / "import.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) > 10


def test_auto_falls_back_to_the_built_in_model_and_says_so(cli, demo_site):
    result = cli("run", demo_site, "--limit-pages", "2")
    assert result.code == 0, result.err
    assert "builtin" in result.err
    assert "blip-image-captioning-base" in result.err


@pytest.mark.parametrize(
    ("fail_on", "code"), [("error", 3), ("warning", 3), ("review", 3), (None, 0)], ids=lambda value: str(value)
)
def test_fail_on_has_its_own_exit_code(cli, demo_site, fail_on, code):
    options = ["--fail-on", fail_on] if fail_on else []
    assert cli("check", f"{demo_site}gallery.html", *options).code == code


@pytest.mark.slow
def test_run_fails_on_findings(cli, demo_site):
    assert cli("run", demo_site, "--limit-pages", "1", "--model", "builtin", "--fail-on", "error").code == 3


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_shows_an_example(cli, command):
    result = cli(*command.split(), "--help")
    assert result.code == 0
    assert f"Example: alt-audit {command}" in result.out


def test_help_imports_nothing_heavy(cli):
    code = (
        "import sys; from alt_audit.cli import app; app(['--help'], standalone_mode=False);"
        "print(sorted({'torch', 'scrapy', 'sqlalchemy', 'transformers', 'pydantic', 'PIL', 'lxml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_check_prints_the_json_contract(cli):
    (cli.folder / "page.html").write_text(
        '<html lang="en"><title>T</title><img src="a.jpg"><img src="b.jpg" alt=""><img src="c.jpg" alt="A cat">'
    )
    result = cli("check", "page.html", "--format", "json")
    assert result.code == 0
    page = json.loads(result.out)
    assert set(page) == {"url", "title", "lang", "lang_guessed", "built_by_script", "images"}
    assert (page["title"], page["lang"]) == ("T", "en")
    assert set(page["images"][0]) == {
        "selector", "element", "src", "alt", "accessible_name", "classification", "findings",
    }  # fmt: skip
    assert [image["alt"] for image in page["images"]] == [None, "", "A cat"]
    assert [image["classification"] for image in page["images"]] == ["missing", "decorative", "ok"]
    assert set(page["images"][0]["findings"][0]) == {"rule", "severity", "message"}
    both = cli("check", "page.html", "page.html", "--format", "json")
    assert [one["title"] for one in json.loads(both.out)] == ["T", "T"]


def test_the_rules_section_holds_for_single_pages_and_crawls(cli, demo_site):
    (cli.folder / "c.yaml").write_text("rules:\n  disable: [missing-attr]\n")
    page = f"{demo_site}gallery.html"
    assert "missing-attr" in cli("check", page).out
    assert "missing-attr" not in cli("check", page, "--config", "c.yaml").out
    assert cli("crawl", page, "--limit-pages", "1", "--database", "sqlite:///x.db", "--config", "c.yaml").code == 0
    connection = sqlite3.connect(cli.folder / "x.db")
    stored = {rule for (rule,) in connection.execute("SELECT rule FROM findings")}
    connection.close()
    assert stored == {"link-only-empty"}


def test_check_reads_standard_input_and_any_bytes(cli):
    result = cli("check", "-", stdin=b"\xff\xfe\x00<img src=x.png alt='IMG_2041.jpg'>" + bytes(range(256)))
    assert result.code == 0
    result = cli("check", "-", stdin=b"<img src=x.png alt='IMG_2041.jpg'>")
    assert "filename-ext" in result.out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "not a url"], 2, "not a web address"),
        (["run", "ftp://example.com/"], 2, "not a web address"),
        (["run"], 2, "give one of these: "),
        (["nonsense"], 2, "No such command"),
        (["check", "none.html"], 1, "cannot read none.html"),
        (["check", "http://127.0.0.1:1/"], 1, "cannot be read"),
        (["run", "http://127.0.0.1:1/"], 1, "Nothing listens there"),
        (["run", "http://nothing.invalid/"], 1, "does not resolve"),
        (["report"], 2, "run 'alt-audit crawl URL' first"),
        (["status", "--database", "mysql://x/y"], 2, "only SQLite files and Postgres"),
        (["crawl", "http://127.0.0.1:1/", "--database", "sqlite:////nowhere/at/all.db"], 1, "create the folder"),
        (["status", "--config", "none.yaml"], 2, "no such configuration file"),
        (["db", "upgrade", "nonsense"], 2, "cannot migrate"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_errors_are_a_line_and_an_exit_code(cli, arguments, code, message):
    result = cli(*arguments, ALT_AUDIT_CRAWL__RETRIES="0")
    assert result.code == code, result.err
    assert message in result.err
    assert "Traceback" not in result.err
    assert result.out == ""


@pytest.mark.parametrize("command", ["status", "report", "audit", "diff"])
def test_a_site_that_was_not_crawled_is_said(cli, demo_site, command):
    (cli.folder / "list.txt").write_text(demo_site)
    assert cli("crawl", "--list", "list.txt", "--allow-private", "127.0.0.0/8").code == 0
    result = cli(command, "--site", "exmaple.com")
    assert (result.code, result.out) == (2, "")
    assert "exmaple.com was not crawled into sqlite:///alt-audit.db. It holds 127.0.0.1:" in result.err


def test_a_start_url_without_a_scheme_is_said_to_be_taken_for_one(cli, demo_site):
    bare = demo_site.removeprefix("http://")
    result = cli("crawl", bare, "--limit-pages", "1")
    assert result.code == 0, result.err
    assert f"{bare} has no http:// or https:// in front: taken for {demo_site}" in result.err
    assert "no http://" not in cli("crawl", demo_site, "--limit-pages", "1").err


def test_no_database_is_created_for_what_is_no_address(cli):
    assert cli("crawl", "ftp://example.com/").code == 2
    assert list(cli.folder.iterdir()) == []


def test_a_limit_that_ended_the_crawl_is_said(cli, demo_site):
    assert "Stopped at crawl.limit_pages (2)" in cli("crawl", demo_site, "--limit-pages", "2").err
    assert "Stopped" not in cli("crawl", demo_site).err


def test_ctrl_c_in_a_command_that_is_not_prepared_for_it(cli):
    process = WarmProcess(
        cli.command("check", "-"), env=cli.environment(), stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    time.sleep(3)  # it has read all its code, and waits for a page
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=240)
    assert process.returncode == 1
    assert err.decode().strip() == "alt-audit: stopped. All that was stored is kept."


def test_an_unknown_model_is_said_before_anything_is_claimed(cli, demo_site):
    assert cli("crawl", demo_site, "--limit-pages", "3").code == 0
    result = cli("caption", "--model", "no/such-model")
    assert result.code == 1
    assert "no/such-model" in result.err
    assert status(cli)["queue"]["leased"] == 0


def test_a_newer_database_is_refused(cli):
    assert cli("db", "upgrade").code == 0
    connection = sqlite3.connect(cli.folder / "alt-audit.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    result = cli("status")
    assert result.code == 1
    assert "newer alt-audit" in result.err


def test_db_commands(cli):
    newest = max(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("0*.py"))
    assert cli("db", "upgrade").out == f"{newest}\n"
    assert cli("db", "downgrade", "base").out == "base\n"
    assert cli("db", "current").out.startswith("base")


def test_postgres_end_to_end(cli, demo_site, postgres_uri):
    from tests.conftest import _postgres_execute

    _postgres_execute(postgres_uri, "CREATE DATABASE cli_audit")
    try:
        database = postgres_uri.replace("/postgres?", "/cli_audit?")
        result = cli("run", demo_site, "--model", "builtin", "--database", database)
        assert result.code == 0, result.err
        found = status(cli, "--database", database)
        assert (found["pages"], found["images"]) == (18, 34)
    finally:
        _postgres_execute(postgres_uri, "DROP DATABASE cli_audit WITH (FORCE)")


def test_a_folder_that_cannot_be_written_is_said_and_the_store_stays(cli, demo_site):
    (cli.folder / "blocked").write_text("a file where a folder should be")
    result = cli("run", demo_site, "--limit-pages", "2", "--model", "builtin", "--out", "blocked/report")
    assert result.code == 1
    assert "blocked" in result.err
    assert "Traceback" not in result.err
    assert status(cli)["pages"] == 2
    assert cli("report", "--out", "elsewhere").code == 0


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)], ids=["ctrl-c", "sigterm"]
)
def test_captioning_stops_gently_and_goes_on(cli, number):
    with serve_images() as server:
        pictures = "".join(f'<img src="/slow/{n}">' for n in range(60))
        server.files["/"] = f"<html><title>T</title>{pictures}".encode()
        server.types["/"] = "text/html"
        assert cli("crawl", server.url).code == 0
        worker = WarmProcess(
            cli.command("caption", "--model", "builtin"),
            cwd=cli.folder,
            env=cli.environment(ALT_AUDIT_CAPTION__FETCH_CONCURRENCY="2"),
            stderr=subprocess.PIPE,
        )
        _wait_until(lambda: status(cli)["queue"]["captioned"] > 0)
        worker.send_signal(number)
        _, err = worker.communicate(timeout=240)
        assert worker.returncode == 1
        assert b"the same command goes on from there" in err
        queue = status(cli)["queue"]
        assert queue["leased"] == 0
        assert 0 < queue["captioned"] < 60
        assert cli("caption", "--model", "builtin").code == 0
        assert status(cli)["queue"]["captioned"] == 60
        assert server.requests["/slow/0"] == 1


def test_a_killed_worker_loses_nothing(cli):
    with serve_images() as server:
        pictures = "".join(f'<img src="/slow/{n}">' for n in range(40))
        server.files["/"] = f"<html><title>T</title>{pictures}".encode()
        server.types["/"] = "text/html"
        assert cli("crawl", server.url).code == 0
        settings = {"ALT_AUDIT_CAPTION__FETCH_CONCURRENCY": "2", "ALT_AUDIT_CAPTION__LEASE_S": "2"}
        worker = WarmProcess(
            cli.command("caption", "--model", "builtin"), cwd=cli.folder, env=cli.environment(**settings)
        )
        _wait_until(lambda: status(cli)["queue"]["captioned"] > 0)
        worker.kill()
        worker.wait()
        assert status(cli)["queue"]["leased"] > 0
        time.sleep(2.1)
        assert cli("caption", "--model", "builtin", **settings).code == 0
        assert status(cli)["queue"]["captioned"] == 40
    connection = sqlite3.connect(cli.folder / "alt-audit.db")
    assert connection.execute("SELECT count(*) FROM analyses WHERE analyser = 'caption'").fetchone() == (40,)
    connection.close()


def test_a_locked_database_is_said(cli):
    assert cli("db", "upgrade").code == 0
    connection = sqlite3.connect(cli.folder / "alt-audit.db", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        code = (
            "import store.engine; store.engine.BUSY_TIMEOUT_S = 0.3\n"
            "import sys; sys.argv = ['alt-audit', 'crawl', 'http://127.0.0.1:1/']\n"
            "from alt_audit.cli import main; main()"
        )
        done = run_warm([sys.executable, "-c", code], cwd=cli.folder, env=cli.environment(), text=True)
    finally:
        connection.execute("ROLLBACK")
        connection.close()
    assert done.returncode == 1
    assert "is locked" in done.stderr
    assert "Traceback" not in done.stderr


def _wait_until(condition) -> None:
    for _ in range(100):
        if condition():
            return
        time.sleep(0.2)
    pytest.fail("it did not happen within 20 s")
