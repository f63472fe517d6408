"""The installed command in a subprocess, as a user runs it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from alt_audit.demo.server import serve_demo
from tests.warm_python import WarmProcess, run_warm


@dataclass(frozen=True)
class Cli:
    """Runs alt-audit in a folder of its own, without the settings of whoever runs the tests."""

    folder: Path

    def environment(self, **variables: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ALT_AUDIT_", "HF_"))}
        return kept | {"HF_HUB_OFFLINE": "1", "COLUMNS": "120"} | variables

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "alt_audit", *map(str, arguments)]

    def start(self, *arguments: object, **streams: Any) -> WarmProcess:
        """The command in the background."""
        return WarmProcess(self.command(*arguments), cwd=self.folder, env=self.environment(), **streams)

    def __call__(self, *arguments: object, stdin: bytes | None = None, **variables: str):
        done = run_warm(self.command(*arguments), cwd=self.folder, env=self.environment(**variables), stdin=stdin)
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


@pytest.fixture(scope="session")
def demo_site():
    with serve_demo() as url:
        yield url
