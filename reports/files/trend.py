"""trend.json: the last crawls in numbers, an array with one object for each."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from reports.files.program_file import ProgramFile
from store.trend import TrendPoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def _array(file: IO[str]) -> Iterator[Callable[[TrendPoint], None]]:
    found: list[TrendPoint] = []
    yield found.append
    file.write(json.dumps([point.as_json() for point in found], indent=1) + "\n")


WRITERS = (
    ProgramFile(
        record=TrendPoint,
        name="trend",
        file_name="trend.json",
        title="The trend",
        help="The last crawls, the oldest first: places by verdict, coverage, findings by rule and severity, decided "
        "texts and those that were live, days until they were. Where rules or settings differ from one crawl to "
        "the next, numbers may have moved by themselves.",
        headings=(),
        body=_array,
    ),
)
