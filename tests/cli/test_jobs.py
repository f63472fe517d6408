"""The main job as a function: it tells of events, and neither prints nor exits."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from alt_audit.demo.server import serve_demo
from tests.warm_python import run_warm

# In a process of its own: Twisted's reactor runs once.
SCRIPT = """
import json, sys
from pathlib import Path
from alt_audit.config import load_settings
from alt_audit.jobs.pages import PageSource
from alt_audit.jobs.run import run_audit
from crawler.inputs.base import InputFile
from crawler.inputs.kinds import lists
from core.errors import AltAuditError

arguments = json.loads(sys.argv[1])
events = []
settings = load_settings(None, database="sqlite:///audit.db", **arguments["settings"])
result, error = None, None
try:
    files = [InputFile(lists.INPUT, Path(path)) for path in arguments["lists"]]
    source = PageSource(arguments["urls"], files)
    result = run_audit(source, settings, events.append, out=Path("out"))
except AltAuditError as raised:
    error = str(raised)
answer = {
    "events": [[type(event).__name__, getattr(event, "done", None)] for event in events],
    "frozen": all(type(event).__dataclass_params__.frozen for event in events),
    "error": error,
    "whole": result is not None and result.is_whole,
    "site": None if result is None else result.sites[0].name,
    "pages": None if result is None or not result.reports else result.reports[0].counts.pages,
    "index": None if result is None or not result.reports else str(result.reports[0].files.index),
}
Path("answer.json").write_text(json.dumps(answer))
"""


@pytest.fixture
def run(tmp_path, cli):
    """run_audit in tmp_path; gives what it came to and what was printed meanwhile."""

    def run(*urls, settings=None, lists=()):
        settings = settings or {"caption": {"model": "builtin"}}
        arguments = json.dumps({"urls": urls, "settings": settings, "lists": [str(path) for path in lists]})
        done = run_warm([sys.executable, "-c", SCRIPT, arguments], cwd=tmp_path, env=cli.environment(), text=True)
        assert done.returncode == 0, done.stderr
        return json.loads((tmp_path / "answer.json").read_text()), done.stdout + done.stderr

    return run


def test_an_audit_prints_nothing_and_tells_everything(run, tmp_path):
    with serve_demo() as url:
        answer, printed = run(url)
    assert printed == ""
    assert (answer["error"], answer["whole"], answer["pages"]) == (None, True, 18)
    assert answer["site"] in url
    assert (tmp_path / answer["index"]).is_file()
    assert answer["frozen"]
    names = [name for name, _ in answer["events"]]
    assert [name for name in names if name != "Progress"] == [
        "StepBegun", "WorkStarted", "WorkEnded", "PagesCrawled",
        "StepBegun", "CaptionerNote", "WorkStarted", "WorkEnded", "ImagesCaptioned",
        "StepBegun", "WorkStarted", "WorkEnded",
        "StepBegun",
    ]  # fmt: skip
    crawled = names.index("PagesCrawled")
    pages = [done for name, done in answer["events"][:crawled] if name == "Progress"]
    images = [done for name, done in answer["events"][crawled:] if name == "Progress"]
    assert pages == sorted(pages)
    assert images == sorted(images)
    assert pages
    assert images


def test_what_cannot_be_is_raised_not_printed(run):
    answer, printed = run("http://127.0.0.1:1/")
    assert printed == ""
    assert "127.0.0.1:1" in answer["error"]
    assert [name for name, _ in answer["events"] if name in {"WorkStarted", "WorkEnded"}] == [
        "WorkStarted",
        "WorkEnded",
    ]


def test_a_list_tells_what_it_holds(run, tmp_path):
    with serve_demo() as url:
        (tmp_path / "pages.txt").write_text(f"{url}\n{url}\n{url}about.html\nmailto:me\n")
        settings = {"caption": {"model": "builtin"}, "crawl": {"allow_private": ["127.0.0.1"]}}
        answer, printed = run(settings=settings, lists=[tmp_path / "pages.txt"])
    assert printed == ""
    assert answer["pages"] == 2
    assert [name for name, _ in answer["events"]][:4] == ["StepBegun", "ListRead", "LinesUnusable", "WorkStarted"]


def test_every_event_has_words():
    """The console knows each kind of event that there is."""
    from alt_audit.console.talk import Talk
    from alt_audit.jobs import events

    kinds = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, events.Event)]
    assert len(kinds) > 10
    words = vars(Talk)["_tell"].dispatcher
    assert {kind for kind in kinds if words.dispatch(kind) is words.dispatch(object)} == {events.Event}


def test_jobs_do_not_print_or_exit():
    for path in (Path(__file__).resolve().parents[2] / "alt_audit" / "jobs").glob("*.py"):
        text = path.read_text("utf-8")
        for word in (" print(", "typer", "sys.exit", "alt_audit.console", "rich"):
            assert word not in text, f"{path.name} has {word}"
