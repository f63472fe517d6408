"""Joomla: the images of articles, with the flag by which it says that one is decorative."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from reports.cms.addresses import below, path_behind
from reports.cms.exports import read_json
from reports.cms.files import request, write_json_lines
from reports.cms.system import Kind, Slot, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.cms.system import Plan

FILE = "joomla-articles.jsonl"
_PLACES = ("intro", "fulltext")
_BELOW = path_behind("images")


def key(url: str) -> str | None:
    """The path below images/, without what Joomla notes behind it (#joomlaImage://...)."""
    return below(_BELOW, unquote(url.partition("#")[0]))


def slots(export: Any) -> Iterator[Slot]:
    """The two pictures of each article."""
    articles = _articles(export)
    for number, article in enumerate(articles):
        images, alias = _images(article), str(article.get("attributes", article).get("alias", article["id"]))
        for place in _PLACES:
            if images.get(f"image_{place}"):
                alt = images.get(f"image_{place}_alt") or ""
                yield Slot((number, place), f"article {alias}", images[f"image_{place}"], alt, "", frozenset({alias}))


def _articles(export: Any) -> list[dict[str, Any]]:
    articles: list[dict[str, Any]] = export["data"] if isinstance(export, dict) else export
    return articles


def _images(article: dict[str, Any]) -> dict[str, Any]:
    images = article.get("attributes", article).get("images")
    return images if isinstance(images, dict) else {}


def write(plan: Plan, folder: Path) -> None:
    """One call an article, with all that it says of its pictures: what is left out of it is emptied."""
    articles = _articles(plan.export)
    changed: dict[int, dict[str, Any]] = {}
    for slot, change in plan.changes.items():
        number, place = slot.at
        images = changed.setdefault(number, dict(_images(articles[number])))
        images |= {f"image_{place}_alt": change.text, f"image_{place}_alt_empty": "" if change.text else "1"}
    write_json_lines(
        folder / FILE,
        (
            request(
                "PATCH",
                f"/api/index.php/v1/content/articles/{articles[number]['id']}",
                {"images": images},
                {"images": _images(articles[number])},
            )
            for number, images in changed.items()
        ),
    )


SYSTEMS = (
    System(
        name="joomla",
        title="Joomla",
        kind=Kind.CHANGE_LIST,
        how=f"For each line of {FILE}: get the article, go on if its images are as `expect` says, and send `body`.",
        files=(FILE,),
        read=read_json,
        export_from="the answer of GET /api/index.php/v1/content/articles",
        slots=slots,
        key=key,
        says_decorative=True,
        write=write,
        unverified="The calls themselves. Pictures in the text of an article, and in modules, are apart.",
    ),
)
