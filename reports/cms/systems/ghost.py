"""Ghost: the alt texts of feature images and of the image cards in posts, for a script that calls the Admin API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reports.cms.addresses import below, path_behind
from reports.cms.exports import read_json
from reports.cms.files import write_json_lines
from reports.cms.system import Kind, Lint, Slot, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.cms.system import Plan

FILE = "ghost-alt-texts.jsonl"
LIMIT = 191  # of feature_image_alt
FEATURE = "feature_image_alt"
_BELOW = path_behind("content/images")


def key(url: str) -> str | None:
    """The path below content/images, where an export has __GHOST_URL__ for the site."""
    return below(_BELOW, url)


def slots(export: Any) -> Iterator[Slot]:
    """The pictures of each post."""
    data = export["db"][0]["data"]
    alts = {meta["post_id"]: meta.get(FEATURE) or "" for meta in data.get("posts_meta", ())}
    for post in data["posts"]:
        owner, ids = f"post {post['slug']}", frozenset({post["slug"]})
        if post.get("feature_image"):
            yield Slot((post["id"], FEATURE), owner, post["feature_image"], alts.get(post["id"], ""), "", ids)
        for place, card in enumerate(_cards(post.get("lexical"))):
            yield Slot((post["id"], place), owner, card["src"], card.get("alt") or "", "", ids)


def _cards(lexical: str | None) -> Iterator[dict[str, Any]]:
    """The pictures in a post's text, those of galleries too, in order."""
    waiting: list[Any] = [json.loads(lexical)] if lexical else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += reversed(node)
        elif isinstance(node, dict):
            if isinstance(node.get("src"), str) and node.get("type", "image") == "image":
                yield node
            waiting += [value for value in reversed(node.values()) if isinstance(value, dict | list)]


def write(plan: Plan, folder: Path) -> None:
    """One line a picture: which of the post's, and what it is to say instead of what."""
    write_json_lines(
        folder / FILE,
        (
            {
                "post": slot.at[0],
                "field": FEATURE if slot.at[1] == FEATURE else "lexical",
                "card": None if slot.at[1] == FEATURE else slot.at[1],
                "src": slot.address,
                "old": slot.alt,
                "alt": change.text,
            }
            for slot, change in plan.changes.items()
        ),
    )


SYSTEMS = (
    System(
        name="ghost",
        title="Ghost",
        kind=Kind.CHANGE_LIST,
        how=f"For each post in {FILE}: get it by the Admin API, set {FEATURE}, or the alt of picture "
        "`card` (from 0 on) in its lexical, if `old` still stands there, and put it back with its updated_at. Not by "
        "Ghost's import, which adds posts.",
        files=(FILE,),
        read=read_json,
        export_from="Settings > Advanced > Export, the JSON file",
        slots=slots,
        key=key,
        lint=Lint(LIMIT),
        write=write,
        unverified=f"The calls themselves. Up to Ghost 5 some databases keep 125 characters of {FEATURE}.",
    ),
)
