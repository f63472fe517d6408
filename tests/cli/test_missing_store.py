"""A database that is not there: a slip in its name, or a worker that was started before the first crawl."""

from __future__ import annotations

import subprocess

import pytest

from tests.conftest import _postgres_execute
from tests.warm_python import WarmProcess

READERS = [
    ["status"],
    ["report"],
    ["diff"],
    ["audit"],
    ["caption"],
    ["caption", "--estimate"],
    ["caption", "--retry-failed"],
    ["db", "current"],
    ["db", "downgrade", "base"],
]


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_commands_that_need_a_store_create_none(cli, command):
    result = cli(*command, "--database", "sqlite:///alt-adit.db")
    assert (result.code, result.out) == (2, "")
    assert f"there is no database at {cli.folder}/alt-adit.db" in result.err
    assert "'alt-audit crawl URL'" in result.err
    assert list(cli.folder.iterdir()) == []


def test_an_empty_postgres_database_stays_empty(cli, postgres_uri):
    _postgres_execute(postgres_uri, "CREATE DATABASE no_audit")
    try:
        database = postgres_uri.replace("/postgres?", "/no_audit?")
        result = cli("status", "--database", database)
        assert (result.code, "no_audit" in result.err, "holds no audit yet" in result.err) == (2, True, True)
        assert cli("db", "current", "--database", database).out.startswith("base")
    finally:
        _postgres_execute(postgres_uri, "DROP DATABASE no_audit WITH (FORCE)")


def test_a_worker_that_watches_waits_for_the_first_crawl(cli, demo_site):
    worker = WarmProcess(
        cli.command("caption", "--model", "builtin", "--watch"),
        cwd=cli.folder,
        env=cli.environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert "There is no audit in sqlite:///alt-audit.db yet: waiting for a crawl" in worker.stderr.readline()
        assert list(cli.folder.iterdir()) == []
        assert cli("crawl", demo_site, "--limit-pages", "2").code == 0
        assert "Captioner: builtin" in worker.stderr.readline()
    finally:
        worker.kill()
        worker.wait()
        worker.stderr.close()
