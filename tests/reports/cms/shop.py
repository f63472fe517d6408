"""Approved texts as a site's store gives them, and the exports and files of the systems' invented shop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.identity.urls import canonical_image_url
from reports.cms.approved import Approved
from reports.cms.matching import Matched, match
from reports.cms.registry import system_of
from store.handover import KnownBy

SAMPLES = Path(__file__).resolve().parents[4] / "shared/handoff/samples"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/handoff/samples is not there")

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "formula": '=HYPERLINK("http://evil.test")',
    "sql": "'); DROP TABLE ps_image_lang; --",
    "shell": "$(touch pwned) `touch pwned` ; touch pwned",
    "option": "--all",
    "quotes": "Cup, size \"L\", 'blue'",
    "separators": "a; b, c\ta".replace("\t", " "),
    "emoji": "Tea ☕ for 👩‍👩‍👧 №4",
    "japanese": "横手の付いた茶色の急須",
    "markup": "3 < 4 & 5 > 2 {{ title }} {% raw %}",
    "percent": "100% wool %s %d \\ %",
}
NEVER_WRITTEN = {
    "newline": "one\ntwo",
    "tab": "one\ttwo",
    "nul": "one\0two",
    "bidi": "abc\u202edef",
    "lost": "caf\ufffd",
    "surrogate": "a\ud800b",
    "escape": "\x1b[31mred",
}


def approved(
    url: str,
    text: str,
    *current: str,
    language: str = "en",
    media_id: str | None = None,
    product_id: str | None = None,
    page: str = "https://shop.example.com/",
    addresses: tuple[str, ...] = (),
) -> Approved:
    """One text; `url` is the picture's address as the page has it."""
    known = KnownBy(dict.fromkeys((url, *addresses)))
    if media_id is not None:
        known.media_ids[media_id] = None
    known.pages[page] = None
    if product_id is not None:
        known.product_ids[product_id] = None
    canonical = canonical_image_url(url)
    return Approved(
        f"row {canonical} {language} {text[:20]!r}", canonical, language, text, frozenset(current or ("",)), page, "",
        known,
    )  # fmt: skip


def of_sample(address: str) -> list[Approved]:
    """The texts that were approved for the shop; `address` with {file} and {handle} in it."""
    texts = json.loads((SAMPLES / "approved.json").read_text("utf-8"))
    return [approved(address.format(**one), one["alt"], one["before"]) for one in texts]


def written(name: str, texts: list[Approved], folder: Path, join: Path | None = None) -> Matched:
    """Write the files of a system."""
    system = system_of(name)
    export = system.read(join) if join is not None and system.read is not None else None
    matched = match(system, texts, export)
    if matched.plan.changes:
        system.write(matched.plan, folder)
    return matched


def reasons(matched: Matched) -> list[str]:
    return [str(line.reason) for line in matched.unmatched]
