"""What a person sees while the program works: stdout is the result, stderr the talk."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text

from core.text import shown, shown_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.progress import Task

LINE_EVERY_S = 60.0  # how often progress is shown where no bar can be drawn

stdout = Console(highlight=False, soft_wrap=True)
stderr = Console(stderr=True, highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """Talk. Markup in it is shown as written: it may hold addresses and texts from the web."""
    stderr.print(shown(message), markup=False)


class _Rate(ProgressColumn):
    """How many a second, since the start."""

    def __init__(self, unit: str) -> None:
        super().__init__(Column(no_wrap=True))
        self._unit = unit

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f} {self._unit}/s" if speed else "")


@contextmanager
def bar(what: str, unit: str) -> Iterator[Callable[..., None]]:
    """A progress bar on stderr, fed with (done, known or None) and, where there is more to say, a note.

    Where stderr is no terminal (a job at night, a service), a line now and then, as long as something is done.
    """
    if not stderr.is_terminal:
        yield _lines(what)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None, table_column=Column(ratio=1, min_width=8)),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
        _Rate(unit),
        TimeRemainingColumn(table_column=Column(no_wrap=True)),
        TextColumn("{task.fields[note]}", style="dim", markup=False, table_column=Column(no_wrap=True)),
    )
    with Progress(*columns, console=stderr, transient=True) as progress:
        task = progress.add_task(what, total=None, note="")

        def update(done: int, known: int | None, note: str = "") -> None:
            progress.update(task, completed=done, total=known, note=note)

        yield update


def _lines(what: str) -> Callable[..., None]:
    """What `bar` is to a terminal, for a log."""
    shown_at, shown = time.monotonic(), 0

    def update(done: int, known: int | None, note: str = "") -> None:
        nonlocal shown_at, shown
        seconds = time.monotonic() - shown_at
        if seconds < LINE_EVERY_S or done == shown:
            return
        of = "" if known is None else f" of {known:,}"
        line = f"{what.strip()}: {done:,}{of}, {done - shown:,} in the last {seconds:,.0f} s"
        say(f"{line} ({note})" if note else line)
        shown_at, shown = time.monotonic(), done

    return update


def table(title: str, rows: Iterable[tuple[str, object]]) -> None:
    """A result of names and numbers on stdout."""
    grid = Table(title=title, show_header=False, title_justify="left", box=None, padding=(0, 2, 0, 0))
    grid.add_column()
    grid.add_column(justify="right")
    for name, value in rows:
        indent = " " * (len(name) - len(name.lstrip(" ")))
        grid.add_row(Text(indent + shown_line(name)), Text(shown_line(str(value))))
    stdout.print(grid)
