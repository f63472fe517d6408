"""The rules keep their precision: findings on three hundred places of real sites, each read by a person.

`read_by_people.json` holds the facts of the places, whose they are and under which licence, and the verdicts. A finding
that nobody has read yet counts as wrong: read it, and write its verdict down. One that is no longer made counts as
missed where it was right.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from core.records import Context, ImageKind, Occurrence
from core.site_facts import NamedPicture
from rules.judge import judge
from rules.site import site_rules
from tests.rules.test_site import Site

READ = json.loads(Path(__file__).with_name("read_by_people.json").read_text("utf-8"))


def occurrence(facts: dict[str, Any]) -> Occurrence:
    own = {"element": "img", "html": "", **facts, "kind": ImageKind(facts.get("kind", "img"))}
    return Occurrence(key="", **own | {"context": Context(**facts.get("context", {}))})


def of_places() -> Counter[tuple[str, str]]:
    """(rule, what became of it: right, wrong, unread or missed), counted."""
    tally: Counter[tuple[str, str]] = Counter()
    for each in READ["places"]:
        before = occurrence(each["before"]) if "before" in each else None
        found = {finding.rule for finding in judge(occurrence(each["place"]), before).findings}
        verdicts = {rule: verdict for rule, (verdict, _) in each.get("found", {}).items()}
        verdicts |= dict.fromkeys(each.get("missed", {}), "right")
        tally.update((rule, verdicts.get(rule, "unread")) for rule in found)
        tally.update((rule, "missed") for rule, verdict in verdicts.items() if verdict == "right" and rule not in found)
    return tally


def of_whole_sites() -> Counter[tuple[str, str]]:
    """The same of two rules that need a whole site."""
    tally: Counter[tuple[str, str]] = Counter()
    check = {rule.id: rule.check for rule in site_rules()}
    texts = READ["small_letters"]["texts"]
    small = tuple((n, text, f"https://docs.test/{file}") for n, (text, file) in enumerate(texts))
    for n, _ in check["filled-in"](Site(small=small)):
        tally["filled-in", "wrong" if texts[n][0] in READ["small_letters"]["wrong"] else "right"] += 1
    group, right = READ["shared"]["places"], READ["shared"]["right"]
    pictures = {file: n for n, file in enumerate(dict.fromkeys(place["file"] for place in group))}
    named = [
        NamedPicture(n, each["name"], pictures[each["file"]], f"https://docs.test/{each['file']}", None, None, False,
                     None, "en", each["page"])
        for n, each in enumerate(group)
    ]  # fmt: skip
    by_name = [[place for place in named if place.name == name] for name in {each["name"] for each in group}]
    found = [group[n]["file"] for n, _ in check["dup-diff-image"](Site(shared=tuple(by_name)))]
    tally.update(("dup-diff-image", "right" if file in right else "unread") for file in found)
    tally.update(("dup-diff-image", "missed") for file in right if file not in found)
    return tally


def shares(tally: Counter[tuple[str, str]]) -> tuple[float, float]:
    """Precision and recall."""
    number = Counter[str]()
    for (_, verdict), times in tally.items():
        number[verdict] += times
    right = number["right"]
    return right / (right + number["wrong"] + number["unread"]), right / (right + number["missed"])


def test_precision_and_recall_on_what_was_read():
    tally = of_places() + of_whole_sites()
    precision, recall = shares(tally)
    rest = {key: times for key, times in tally.items() if key[1] != "right"}
    assert precision >= READ["precision"], rest
    assert recall >= READ["recall"], rest


def test_every_place_was_read():
    for each in READ["places"]:
        assert each["site"] in READ["sites"]
        for verdict, reason in each.get("found", {}).values():
            assert verdict in {"right", "wrong"}
            assert reason
        assert all(each.get("missed", {"": "no rule"}).values())
    found = sum(len(each.get("found", {})) for each in READ["places"])
    silent = sum("found" not in each for each in READ["places"])
    assert found >= 150
    assert silent >= 80


@pytest.mark.parametrize("lost", ["alt-equals-text", "missing-attr", "filename-ext", "dup-adjacent"])
def test_a_rule_that_falls_silent_is_noticed(lost):
    tally = of_places() + of_whole_sites()
    tally[lost, "missed"] += tally.pop((lost, "right"))
    assert shares(tally)[1] < READ["recall"]


def test_a_finding_that_nobody_has_read_is_noticed():
    tally = of_places() + of_whole_sites()
    tally["too-long", "unread"] += 1
    assert shares(tally)[0] < READ["precision"]
