"""`alt-audit check`: text, JSON and SARIF."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import socket
import subprocess
import threading
import time

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifSchema

from alt_audit.check.known import Tally
from alt_audit.check.page import CheckedPage, check
from alt_audit.check.sarif import MAX_RESULTS, sarif_log
from core.errors import AltAuditError
from core.records import Classification, Finding, Judgement, Severity
from crawler.crawl_options import CrawlOptions
from reports.baseline import Baseline, written
from rules.judge import page_rules
from rules.rule_options import RuleOptions

PAGE = """<!doctype html>
<html lang="en"><head><title>Cats</title></head><body>
<main>
<img src="a.jpg">
<p>text <img
  src="b.jpg"
  alt="IMG_2041.jpg"
>
<img src="c.jpg" alt="A cat asleep on a sofa"><noscript>
<img src="http://cats.test/d.jpg"></noscript>
</main>
"""


@pytest.fixture
def page(cli):
    path = cli.folder / "page.html"
    path.write_text(PAGE)
    return path


def sarif(cli, *arguments: object) -> dict:
    result = cli("check", "--format", "sarif", *arguments)
    log = json.loads(result.out)
    SarifSchema.model_validate(log)
    (run,) = log["runs"]
    return run


def test_text_names_page_place_rule_and_message(cli, page):
    lines = cli("check", "page.html").out.splitlines()
    assert lines[0] == "page.html"
    assert "  images: 2 missing, 1 ok, 1 suspicious" in lines
    at = lines.index("  body > main > img")
    assert lines[at + 1] == '    line 4: <img src="a.jpg">'
    assert re.match(r"    error    missing-attr +Nothing names this image\.", lines[at + 2])
    assert lines[-1] == "pages 1, images 4; findings: error 3, warning 0, review 0"
    assert "\x1b" not in "".join(lines)


def on_terminal(cli, *arguments: object, columns: int, **variables: str) -> str:
    """What the command shows on a terminal of that width."""
    ours, theirs = pty.openpty()
    environment = cli.environment(**variables) | {"TERM": "xterm", "COLUMNS": str(columns)}
    process = subprocess.Popen(cli.command(*arguments), cwd=cli.folder, env=environment, stdout=theirs, stdin=theirs)
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    process.wait()
    os.close(ours)
    return shown.decode()


def test_a_terminal_gets_colours_and_lines_that_fit(cli, page):
    shown = on_terminal(cli, "check", "page.html", columns=80)
    assert "\x1b[31m" in shown
    plain = re.sub(r"\x1b\[\d*m", "", shown)
    assert max(map(len, plain.splitlines())) <= 80
    assert "\x1b" not in on_terminal(cli, "check", "page.html", columns=80, NO_COLOR="1")


HOSTILE = (
    b"<body><x\x1b[2J><p id='\xed\xa0\x80'>"
    b"<img src='\xed\xb0\x80\x00\x1b[31m.png' alt='\x1b]0;owned\x07 \xff \xe2\x80\xae'>"
    b"<img alt='</script>\"\\\\' src='javascript:alert(1)'><img title='&#xD800;&#0;' alt=''>"
)


@pytest.mark.parametrize("output", ["text", "json", "sarif"])
def test_hostile_texts_do_no_harm(cli, output):
    result = cli("check", "-", "--format", output, stdin=HOSTILE, PYTHONIOENCODING="ascii" if output == "text" else "")
    assert result.code == 0, result.err
    assert "\x1b" not in result.out
    if output != "text":
        json.loads(result.out)


def test_half_a_character_pair_leaves_the_json_valid(cli, page):
    """No parser gives one out today; the file's name may hold bytes that are no text."""
    odd = os.fsdecode(b"odd-\xff.html")
    (cli.folder / odd).write_text(PAGE)
    for output in ("json", "sarif"):
        result = cli("check", odd, "--format", output)
        assert result.code == 0, result.err
        assert "odd-%FF.html" in json.dumps(json.loads(result.out))
    assert "odd-" in cli("check", odd).out


@pytest.mark.parametrize("output", ["text", "json", "sarif"])
def test_a_file_that_cannot_be_read_does_not_lose_the_others(cli, page, output):
    result = cli("check", "none.html", "page.html", ".", "page.html", "--format", output, "--fail-on", "error")
    assert result.code == 1  # a failure weighs more than findings
    assert "cannot read none.html" in result.err
    assert "cannot read .: Is a directory" in result.err
    assert result.out.count("IMG_2041") >= 1 or output == "sarif"
    if output == "json":
        assert [page["title"] for page in json.loads(result.out)] == ["Cats", "Cats"]
    if output == "sarif":
        (run,) = json.loads(result.out)["runs"]
        assert run["invocations"][0]["executionSuccessful"] is False
        assert len(run["invocations"][0]["toolExecutionNotifications"]) == 2
        assert len(run["results"]) == 6


def test_several_of_which_none_can_be_read_are_an_empty_list(cli):
    result = cli("check", "a.html", "b.html", "--format", "json")
    assert (result.code, json.loads(result.out)) == (1, [])


def test_sarif_says_what_where_and_why(cli, page):
    run = sarif(cli, "page.html")
    assert run["invocations"][0] == {"executionSuccessful": True, "toolExecutionNotifications": []}
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    found = [
        (
            result["ruleId"],
            result["level"],
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            result["locations"][0]["physicalLocation"]["region"]["startLine"],
            result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].split(" > ")[-1],
        )
        for result in run["results"]
    ]
    assert found == [
        ("missing-attr", "error", "page.html", 4, "img"),
        ("filename-ext", "error", "page.html", 5, "img:nth-of-type(1)"),
        ("missing-attr", "error", "page.html", 10, "img"),
    ]
    for rule in rules:
        assert len(rule["help"]["text"]) > 30, "every rule's entry in docs/rules.md was found"
        assert rule["helpUri"].startswith("https://www.w3.org/WAI/")
    review = [rule.id for rule in page_rules() if rule.severity is Severity.REVIEW]
    assert all(rule["defaultConfiguration"]["level"] == "note" for rule in rules if rule["id"] in review)


def fingerprints(run: dict) -> list[str]:
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]


def test_fingerprints_stay_when_lines_move_and_differ_from_one_another(cli, page):
    before = fingerprints(sarif(cli, "page.html"))
    page.write_text(PAGE.replace("<main>", "<main>\n\n<p>News</p>\n<section></section>"))
    assert fingerprints(sarif(cli, "page.html")) == before
    assert len(set(before)) == len(before)


def test_files_elsewhere_and_web_pages_have_absolute_addresses(cli, page, demo_site, tmp_path_factory):
    other = tmp_path_factory.mktemp("else where") / "page.html"
    other.write_text(PAGE)
    (cli.folder / "a b").mkdir()
    (cli.folder / "a b" / "ü.html").write_text(PAGE)
    run = sarif(cli, other, "a b/ü.html", f"{demo_site}gallery.html")
    uris = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]]
    assert list(dict.fromkeys(uris)) == [other.as_uri(), "a%20b/%C3%BC.html", f"{demo_site}gallery.html"]


def answering(parts):
    """A server that sends these bytes, with a pause before each, to whoever comes. Its thread, and its address."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer():
        with server, server.accept()[0] as client:
            client.recv(65_536)
            with contextlib.suppress(OSError):  # the other side has enough
                for part in parts:
                    time.sleep(0.1)
                    client.sendall(part)

    thread = threading.Thread(target=answer)
    thread.start()
    return thread, f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([b"HTTP/1.0 200 OK\r\n\r\n", *[b"x"] * 100], "takes longer than crawl.timeout_s (1 s)"),
        ([b"nonsense"], "cannot be read"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"], "was cut short"),
    ],
    ids=["drips", "no-http", "cut-short"],
)
def test_a_server_that_misbehaves_is_an_error(parts, message):
    thread, url = answering(parts)
    with pytest.raises(AltAuditError, match=re.escape(message)):
        check(url, CrawlOptions(timeout_s=1), RuleOptions())
    thread.join()


@pytest.mark.parametrize("path", ["caf\u00e9 1", "caf%C3%A9%201"])
def test_an_address_is_taken_as_a_browser_takes_it(path):
    thread, url = answering([b"HTTP/1.0 200 OK\r\n\r\n<title>T</title>"])
    page = check(url + path, CrawlOptions(), RuleOptions())
    thread.join()
    assert (page.facts.url, page.facts.title) == (url + "caf%C3%A9%201", "T")


def test_more_results_than_a_service_takes_are_cut_to_the_worst(page):
    one = check(str(page), CrawlOptions(), RuleOptions())
    finding = {
        severity: Judgement(Classification.MISSING, None, (Finding(f"some-{severity}", severity, "Mend it."),))
        for severity in Severity
    }
    kinds = [finding[Severity.REVIEW]] * MAX_RESULTS + [finding[Severity.WARNING], finding[Severity.ERROR]]
    facts = one.facts.__class__(
        **{name: getattr(one.facts, name) for name in one.facts.__slots__ if name != "occurrences"},
        occurrences=one.facts.occurrences[:1] * len(kinds),
    )
    log = sarif_log([CheckedPage("page.html", facts, tuple(kinds), one.body, None)], [])
    (run,) = log["runs"]
    assert len(run["results"]) == MAX_RESULTS
    assert [result["level"] for result in run["results"][:3]] == ["error", "warning", "note"]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert "check fewer pages" in note["message"]["text"]
    SarifSchema.model_validate(log)


def test_a_baseline_of_pages_without_a_store(tmp_path, monkeypatch):
    """In another copy of the repository too; what is new is told by picture, role and text, wherever it stands."""
    path = tmp_path / "known.jsonl"

    def checked(copy: str, page: str, known: Baseline | None = None) -> Tally:
        (tmp_path / copy).mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / copy)
        (tmp_path / copy / "page.html").write_text(page)
        tally = Tally(known)
        with written(path) if known is None else contextlib.nullcontext() as tally.write:
            tally.add(check("page.html", CrawlOptions(), RuleOptions()))
        return tally

    page = '<p><img src="x.png"><a href="b/"><img src="../y.png"></a><svg role="img"><path d="M0"/></svg>'
    first = checked("one", page)
    assert (first.written, first.verdict(Severity.ERROR)) == (3, (True, ["--fail-on error: error 4. Exit code 3."]))
    known = Baseline(path)
    assert checked("two", page, known).verdict(Severity.ERROR) == (
        False,
        ["--fail-on error: nothing new to fail on (4 known)."],
    )
    page = page.replace("<p>", '<p><img src="z.png"><p>').replace("x.png", "x.png?1")
    assert checked("two", page, known).verdict(Severity.ERROR)[1] == [
        "--fail-on error: error 2 (3 known). Exit code 3.",
        "  error missing-attr: body > p:nth-of-type(1) > img on page.html",
        "  error missing-attr: body > p:nth-of-type(2) > img on page.html",
    ]


def test_a_baseline_is_not_written_of_some_pages_alone(cli, page):
    assert cli("check", "page.html", "none.html", "--write-baseline", "known.jsonl").code == 1
    assert not (cli.folder / "known.jsonl").exists()
    done = cli("check", "page.html", "--fail-on", "error", "--write-baseline", "known.jsonl")
    assert (done.code, done.err[:31]) == (0, "3 rows are known from now on: -")
    page.write_text(PAGE.replace("</main>", '<img src="e.jpg">'))
    again = cli("check", "page.html", "--fail-on", "error", "--baseline", "known.jsonl")
    assert (again.code, again.err.splitlines()[0]) == (3, "--fail-on error: error 1 (3 known). Exit code 3.")
