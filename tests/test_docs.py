"""The documents say what the program does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from typer.main import get_command

from alt_audit.cli import app
from captioning.worker.metrics import Metrics, registry_of
from captioning.worker.results import Summary
from rules.document import document
from rules.judge import all_rules
from rules.rule_options import LengthProfile

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
WORKERS = (ROOT / "docs" / "workers.md").read_text("utf-8")
SITES = (ROOT / "docs" / "sites.md").read_text("utf-8")
CRAWLING = (ROOT / "docs" / "crawling.md").read_text("utf-8")


def test_the_page_of_rules_is_what_the_rules_say_of_themselves():
    """Written anew with: python -m rules.document > docs/rules.md"""
    assert (ROOT / "docs" / "rules.md").read_text("utf-8") == document()


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_every_rule_has_an_entry(rule):
    entry = re.search(rf"^### `{rule.id}`\n\n(.+?)(?=^#|\Z)", document(), re.M | re.S)
    assert entry is not None
    assert " ".join(entry[1].split()) == f"{rule.severity}. {rule.reference}. {rule.about}"
    assert rule.title.endswith(".")


def test_the_page_names_every_profile_of_lengths():
    [too_long] = [rule for rule in all_rules() if rule.id == "too-long"]
    for profile in LengthProfile:
        assert f"`{profile}` {profile.limit}" in too_long.about


def test_rule_ids_are_unique():
    ids = [rule.id for rule in all_rules()]
    assert len(ids) == len(set(ids))


def commands_in(text: str) -> list[str]:
    blocks = re.findall(r"^```(?:sh|bash)\n(.*?)^```", text, re.M | re.S)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line.split("  #")[0].strip() for line in lines if line.strip().startswith("alt-audit ")]


@pytest.mark.parametrize("line", commands_in(README + WORKERS + SITES + CRAWLING))
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
    served = set(re.findall(r"^# TYPE (\w+)", generate_latest(registry_of(Metrics(Summary()))).decode(), re.M))
    assert set(re.findall(r"alt_audit_\w+", WORKERS)) == served


def test_links_of_the_documents_lead_somewhere():
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", path.read_text("utf-8")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"
