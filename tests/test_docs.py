"""The documents say what the program does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from alt_audit.cli import app
from captioning.worker.metrics import Meters
from captioning.worker.results import Summary
from crawler.sitewide import site_rules
from rules.occurrence import occurrence_rules
from rules.text import text_rules

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
WORKERS = (ROOT / "docs" / "workers.md").read_text("utf-8")
RULES = [*text_rules(), *occurrence_rules(), *site_rules()]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_an_entry(rule):
    text = (ROOT / "docs" / "rules.md").read_text("utf-8")
    entry = re.search(rf"^### `{rule.id}`\n\n(.+?)(?=^#|\Z)", text, re.M | re.S)
    assert entry is not None
    assert rule.severity in entry[1]
    assert rule.reference in entry[1]


def test_rule_ids_are_unique():
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))


def commands_in(text: str) -> list[str]:
    blocks = re.findall(r"^```(?:sh|bash)\n(.*?)^```", text, re.M | re.S)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line.split("  #")[0].strip() for line in lines if line.strip().startswith("alt-audit ")]


@pytest.mark.parametrize("line", commands_in(README) + commands_in(WORKERS))
def test_commands_of_the_documents_parse(line):
    """Each is read by the real command line, up to the point where it would run."""
    words = shlex.split(line)[1:]
    group = get_command(app)
    name, *rest = words
    command = group.get_command(None, name)
    assert command is not None, line
    if hasattr(command, "get_command"):  # a group of its own: db
        name, *rest = rest
        command = command.get_command(None, name)
    with command.make_context(name, rest):
        pass


def test_every_metric_is_explained():
    served = set(re.findall(r"^# TYPE (\w+)", Meters(Summary()).prometheus(), re.M))
    assert set(re.findall(r"alt_audit_\w+", WORKERS)) == served


def test_links_of_the_documents_lead_somewhere():
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", path.read_text("utf-8")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"
