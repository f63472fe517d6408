"""What can go wrong with a page or an image, by stage and code: what happened, what to do, may a retry help.

The table is failures.toml. A code that is not in it (of a store that another version wrote) is explained by what is
said of its stage. `python -m core.failures docs/failures.md` writes the document's tables anew.
"""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.text import shown_line

if TYPE_CHECKING:
    from collections.abc import Mapping

SITEMAP = "sitemap"  # the stage of files that name pages
CRAWL = "crawl"  # the stage of pages; those of images are core.records.Stage
FETCH = "fetch"
ENDPOINT = "endpoint"  # the server of a model, where it fails for all images
MAX_SITEMAPS = 10  # named in a summary
MAX_HOSTS = 3  # named for each reason
MANY_OF_HOST = 3  # pictures of one host that end alike are no accident
ANY = "*"  # the code of what is said of all others of a stage


@dataclass(frozen=True, slots=True)
class Failure:
    """One row of the table, in sentences for someone who has never seen the code."""

    stage: str
    code: str  # with NN or NNN where any figures may stand
    happened: str
    action: str
    again: bool  # it may go well another time although nobody has changed anything

    @property
    def in_brief(self) -> str:
        """What happened, to go on a line with: no capital at its beginning, no full stop at its end."""
        return self.happened[0].lower() + self.happened[1:].removesuffix(".")


def explain(code: str, stage: str | None = None) -> Failure:
    """What a code means; without a stage it is a page's."""
    stage = stage or CRAWL
    return find(stage, code) or _table()[stage, ANY]


def find(stage: str, code: str) -> Failure | None:
    """The row that fits a code best: of `http_503`, or of `http_5NN`, or of `http_NNN`."""
    general = re.sub(r"^(http_\d)\d\d$", r"\1NN", code), re.sub(r"^http_\d{3}$", "http_NNN", code)
    return next((_table()[stage, known] for known in (code, *general) if (stage, known) in _table()), None)


def codes() -> list[tuple[str, str]]:
    """(stage, code) of every row."""
    return list(_table())


@cache
def _table() -> dict[tuple[str, str], Failure]:
    """(stage, code) -> what is known of it, in the order of the file."""
    return {
        (row["stage"], row["code"]): Failure(
            row["stage"], row["code"], row["happened"].replace("`", ""), row["action"].replace("`", ""), row["again"]
        )
        for row in _file()["failure"]
    }


def hint(count: str) -> str | None:
    """A word on a count of a crawl's summary, `failed/timeout` or `sitemaps_failed`, where there is one."""
    group, _, name = count.rpartition("/")
    hints: dict[str, str] = _file()["hints"]
    if name in hints or group not in {"failed", "skipped"}:
        return hints.get(name)
    reason = find(CRAWL, name)
    return reason.in_brief if reason is not None else None


def summary_line(count: str, number: int, about: str | None) -> str:
    """A count in a summary on the terminal, with a word on it where there is one."""
    return f"{count}: {number:,}" + (f" - {about}" if about else "")


def host_lines(reason: str, failed: Mapping[str, int], ended: Mapping[str, int]) -> list[str]:
    """What to do about hosts that fail time and again with one `stage/code`: one cause has one cure.

    `failed` says how many pictures of each host ended so, `ended` how many ended in any way.
    """
    stage, _, code = reason.partition("/")
    cures: dict[str, str] = _file()["hosts"]
    if stage != FETCH and reason not in cures:  # it is the picture's own
        return []
    often = sorted(
        ((n, host) for host, n in failed.items() if n >= MANY_OF_HOST and n * 10 >= ended[host]),
        key=lambda one: (-one[0], one[1]),
    )
    if not often:
        return []
    named = [
        f"{f'all {n:,}' if n == ended[host] else f'{n:,} of {ended[host]:,}'} of {shown_line(host)}"
        for n, host in often[:MAX_HOSTS]
    ]
    if len(often) > MAX_HOSTS:
        named.append(f"many of {len(often) - MAX_HOSTS:,} more")
    general = re.sub(r"^(http_\d)\d\d$", r"\1NN", code)
    cure = cures.get(reason) or cures.get(f"{stage}/{general}") or explain(code, stage).action
    status = re.fullmatch(r"http_(\d{3})", code)
    answered = f" answer {status[1]}" if status is not None else ""
    return [f"{', '.join(named)}{answered}: {cure.replace('`', '').replace('{code}', reason)}"]


def sitemap_lines(unread: Mapping[str, str]) -> list[str]:
    """Lines that name the sitemaps of a crawl that were not read, or not wholly, each with what happened."""
    lines = []
    for url, code in islice(unread.items(), MAX_SITEMAPS):
        reason = find(SITEMAP, code) or explain(code)
        lines.append(f"Sitemap {shown_line(url)}: {reason.in_brief}")
    if len(unread) > MAX_SITEMAPS:
        lines.append(f"... and {len(unread) - MAX_SITEMAPS} or more further sitemaps")
    return lines


def with_tables(document: str) -> str:
    """A Markdown document in which the table behind each line `<!-- stage: NAME -->` is made anew."""
    return re.sub(r"(<!-- stage: (\w+) -->\n)(?:\|.*\n)*", lambda match: match[1] + _markdown(match[2]), document)


def _markdown(stage: str) -> str:
    lines = ["| code | what it means | what to do | again? |", "|---|---|---|---|"]
    lines += [
        f"| `{stage}/{row['code']}` | {row['happened']} | {row['action']} | {'may pass' if row['again'] else ''} |"
        for row in _file()["failure"]
        if row["stage"] == stage and row["code"] != ANY
    ]
    return "\n".join(lines) + "\n"


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(files("core").joinpath("failures.toml").read_text("utf-8"))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).write_text(with_tables(Path(name).read_text("utf-8")), "utf-8")
