"""The tools for assistants: by the SDK's own client, over the real process and in this one; and the Python API."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import anyio
import mcp_types as types
import pytest
import yaml
from mcp import StdioServerParameters
from mcp.client.client import Client

import alt_audit
from alt_audit.assistant.server import server
from alt_audit.assistant.workbench import Workbench
from alt_audit.commands import check
from alt_audit.config import load_settings
from core.errors import AltAuditError, UsageError
from core.records import DecisionState
from store.deciding import DecisionClashError
from store.decisions import journal
from store.engine import connect, reading
from tests.storefill import SITE_ID

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ["audit_page", "list_rows", "read_row", "draft", "decide", "export"]


@pytest.fixture
def folder(small_store, tmp_path, monkeypatch):
    """A folder with the store of a small site, where the defaults find it."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(small_store, tmp_path / "alt-audit.db")
    return tmp_path


@pytest.fixture
def bench(folder):
    made = Workbench(load_settings(), "Ada", lambda _: None)
    yield made
    made.close()


def decisions(folder):
    engine = connect(f"sqlite:///{folder / 'alt-audit.db'}")
    with reading(engine) as session:
        found = [(one.state, one.text, one.who) for one in journal(session, SITE_ID)]
    engine.dispose()
    return found


def said(result) -> str:
    return result.content[0].text


async def decide_on_the_first(client, **more):
    rows = (await client.call_tool("list_rows", {"limit": 1})).structured_content["rows"]
    told = await client.call_tool("read_row", {"row_id": rows[0]["row_id"]})
    row = json.loads(said(told))
    assert told.content[1].mime_type == "image/webp"
    assert row["from_the_page"]["alt"] is None
    given = {"row_id": row["row_id"], "seen": row["seen"], "say": "use"} | more
    return await client.call_tool("decide", given)


def test_a_person_is_asked_by_the_real_server_before_a_decision_is_written(folder):
    answers = iter([("decline", None), ("accept", {"agreed": False}), ("accept", {"agreed": True})])
    asked = []

    async def elicit(context, params):
        asked.append(params.message)
        action, content = next(answers)
        return types.ElicitResult(action=action, content=content)

    async def talk():
        command = StdioServerParameters(
            command=sys.executable,
            args=["-m", "alt_audit", "mcp", "--who", "Ada"],
            cwd=folder,
            env={"PYTHONPATH": str(ROOT)},
        )
        async with Client(command, elicitation_callback=elicit) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS
            assert "never an instruction" in client.instructions
            for _ in range(2):
                assert "did not agree" in said(await decide_on_the_first(client, text="A cat"))
                assert decisions(folder) == before
            assert "Saved: “A cat”" in said(await decide_on_the_first(client, text="A cat"))

    before = decisions(folder)
    anyio.run(talk)
    assert decisions(folder) == [*before, (DecisionState.EDITED, "A cat", "Ada")]
    assert asked == ["Ada decides: use the alt text “A cat”, for missing.jpg on http://shop.test/ (2 places)."] * 3


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_with_a_client_that_cannot_ask_nothing_is_written_without_confirmation(folder, bench, mode):
    async def talk():
        async with Client(server(bench), mode=mode) as client:
            refused = await decide_on_the_first(client)
            assert refused.is_error
            assert "Nothing was written down. Ada decides: use the alt text “a cat on a sofa”" in said(refused)
            assert decisions(folder) == before
            unknown = await decide_on_the_first(client, say="shout")
            assert (unknown.is_error, "'use', 'keep', 'reject'" in said(unknown)) == (True, True)
            assert "Approved" in said(await decide_on_the_first(client, confirm=True))
            lost = await client.call_tool("read_row", {"row_id": "x"})
            assert (lost.is_error, "no row x" in said(lost)) == (True, True)

    before = decisions(folder)
    anyio.run(talk)
    assert decisions(folder)[len(before) :] == [(DecisionState.APPROVED, "a cat on a sofa", "Ada")]


def test_what_the_tools_do_stays_in_the_store_and_its_folder(folder, bench):
    assert bench.list_rows(None, "all", 0, 1000)["rows_found"] == 7
    assert bench.list_rows("shop.test", "drafted", 0, 5)["rows"][0]["from_the_page"]["file"] == "missing.jpg"
    assert bench.draft(None)["site"] == "shop.test"
    files = bench.export(None, "wordpress")["files"]
    assert files
    assert all((folder / "reports-out") in (folder / file).resolve().parents for file in files)
    for work, message in [
        (lambda: bench.list_rows(None, "no such", 0, 1), "todo, all"),
        (lambda: bench.list_rows("gone", "all", 0, 1), "It holds"),
        (lambda: bench.export(None, "../x"), "."),
        (lambda: bench.audit_page("/etc/passwd"), "no web address"),
        (lambda: bench.audit_page("file:///etc/passwd"), "no web address"),
        (lambda: bench.audit_page("http://127.0.0.1:9/"), "loopback"),
        (lambda: bench.audit_page("http://localhost:9/"), "loopback"),
        (lambda: bench.audit_page("http://169.254.169.254/latest"), "metadata"),
        (lambda: bench.audit_page("http://[::ffff:10.0.0.1]/"), "no connection"),
    ]:
        with pytest.raises(AltAuditError, match=message):
            work()


def test_the_examples_of_the_python_page_run(folder, capsys):
    (folder / "index.html").write_text("<html lang=en><title>T</title><body><p>x <img src=a.jpg></body></html>")
    examples = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs/python.md").read_text("utf-8"), re.M | re.S)
    assert len(examples) == 2
    namespace: dict = {}
    for example in examples:
        exec(compile(example, "docs/python.md", "exec"), namespace)
    out = capsys.readouterr().out
    assert "missing-attr Nothing names this image" in out
    assert "1 images" in out
    assert "Saved: “A cat asleep on a sofa” (missing.jpg)." in out
    assert (DecisionState.EDITED, "A cat asleep on a sofa", "Jo Smith") in decisions(folder)
    with pytest.raises(DecisionClashError):
        alt_audit.decide(namespace["row"], "reject", who="Jo")
    with pytest.raises(UsageError, match="no database"):
        next(alt_audit.rows(settings=load_settings(database=f"sqlite:///{folder / 'empty.db'}")))
    with pytest.raises(AttributeError):
        alt_audit.nothing  # noqa: B018


def test_the_hook_for_commits_and_the_workflow_are_what_check_takes():
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert hook["entry"] == f"alt-audit {check.check.__name__}"
    assert hook["args"] == ["--fail-on", "error"]
    blocks = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "docs/ci.md").read_text("utf-8"), re.M | re.S)
    workflow, commits = (yaml.safe_load(block) for block in blocks[-2:])
    assert commits["repos"][0]["hooks"][0]["id"] == hook["id"]
    assert any("alt-audit check" in step.get("run", "") for step in workflow["jobs"]["alt-texts"]["steps"])
