"""What was found before and is known: a file of rows with their findings, of which only new ones count.

JSON Lines, to be kept with a project and compared line by line. A row is known by its picture, place and text, whatever
pages it stands on; with another picture or another finding it is new.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import ReportError, UsageError
from reports.row_id import stem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.records import Finding
    from reports.row import Row

VERSION = 1
_KEY = "alt_audit_baseline"
_AGAIN = "Write it anew with --write-baseline."


@dataclass(frozen=True, slots=True)
class Found:
    """A row, or a place of a page that is judged without a store, with what was found."""

    row_id: str
    findings: tuple[Finding, ...]
    sha256: str | None  # of the picture; None: nobody has looked
    image_url: str  # this and the page are for people to read
    page_url: str


def found_of(row: Row) -> Found:
    """What a baseline knows of a row."""
    return Found(row.id, row.findings, row.digest, row.image_url, row.first_page.url)


class Baseline:
    """The known findings; counts the rows that were known."""

    def __init__(self, path: Path) -> None:
        """Read a file that `written` wrote. Raises UsageError for any other."""
        self._rows: dict[str, tuple[str | None, set[str]]] = {}  # stem -> sha256, rules
        try:
            with path.open(encoding="utf-8") as file:
                if _line(path, 1, file.readline()).get(_KEY) != VERSION:
                    raise UsageError(f"{path} is no baseline of this version. {_AGAIN}")
                for number, line in enumerate(file, 2):
                    self._add(path, number, _line(path, number, line))
        except FileNotFoundError:
            raise UsageError(f"there is no {path}. --write-baseline {path} makes one of what is found now.") from None
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}. {_AGAIN}") from None

    def __len__(self) -> int:
        """How many rows it knows."""
        return len(self._rows)

    def new(self, found: Found) -> tuple[Finding, ...] | None:
        """The findings that are not known; None where all there is is known as it is."""
        known = self._rows.get(stem(found.row_id))
        if known is None or (known[0] != found.sha256 and None not in {known[0], found.sha256}):
            return found.findings
        return tuple(finding for finding in found.findings if finding.rule not in known[1]) or None

    def _add(self, path: Path, number: int, values: dict[str, Any]) -> None:
        row, sha256, rules = values.get("row_id"), values.get("sha256"), values.get("rules")
        fits = isinstance(row, str) and isinstance(rules, list) and all(isinstance(rule, str) for rule in rules)
        if not fits or not isinstance(sha256, str | None):
            raise UsageError(f"{path}, line {number}: no row of a baseline. {_AGAIN}")
        before = self._rows.get(stem(str(row)), (None, set()))
        self._rows[stem(str(row))] = sha256, {*(rules or ()), *before[1]}


@contextmanager
def written(path: Path) -> Iterator[Callable[[Found], None]]:
    """A baseline that takes what was found one by one; it stands at `path` when all are there. Raises ReportError."""
    aside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        with aside.open("w", encoding="utf-8", newline="\n") as file:

            def write(found: Found) -> None:
                file.write(json.dumps(_values(found), ensure_ascii=False) + "\n")

            file.write(json.dumps({_KEY: VERSION}) + "\n")
            yield write
        aside.replace(path)
    except OSError as error:
        raise ReportError(f"cannot write {path}: {error.strerror or error}. Choose another place.") from None
    finally:
        with suppress(OSError):
            aside.unlink()


def _values(found: Found) -> dict[str, Any]:
    return {
        "row_id": found.row_id,
        "rules": sorted(finding.rule for finding in found.findings),
        "sha256": found.sha256,
        "image_url": found.image_url,
        "page_url": found.page_url,
    }


def _line(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise UsageError(f"{path}, line {number}: no JSON object, so this is no baseline. {_AGAIN}")
    return values
