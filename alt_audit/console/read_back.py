"""What became of a sheet, for the person at the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alt_audit.console.terminal import say, stdout, table
from alt_audit.jobs.read_back import SAYINGS
from core.text import counted, shown_line
from reports.readback.read import Level

if TYPE_CHECKING:
    from alt_audit.jobs.read_back import SheetImport

MAX_NAMED = 1000  # rows
_LABELS = {Level.ERROR: "Not taken", Level.WARNING: "Worth a look"}


def print_import(done: SheetImport) -> None:
    """Print what was taken, and every remark with its row."""
    for note in done.notes:
        say(note)
    refused = len({remark.place for remark in done.refused})
    rows: list[tuple[str, object]] = [
        ("Rows with a decision or a text", done.rows),
        *((f"  {state}", done.taken[state]) for state in SAYINGS if done.taken[state]),
        *([("  decided so already", done.settled)] if done.settled else []),
        *([("Rows not taken", refused)] if refused else []),
        ("Rows left empty", done.silent),
    ]
    table(f"{done.site.name}: would be taken" if done.dry_run else f"{done.site.name}: taken", rows)
    for level, label in _LABELS.items():
        remarks = [remark for remark in done.remarks if remark.level is level]
        if remarks:
            stdout.print(f"\n{label}:", markup=False)
        for remark in remarks[:MAX_NAMED]:
            stdout.print(f"  {shown_line(f'{remark.place}: {remark.message}')}", markup=False)
        if len(remarks) > MAX_NAMED:
            stdout.print(f"  and {len(remarks) - MAX_NAMED:,} more: --format json has them all", markup=False)
    if done.dry_run:
        say("Nothing was changed: this was a dry run.")
    elif done.batch is not None:
        say(
            f"{counted(done.decisions, 'decision')}, named {done.batch}. To take them back: alt-audit import --undo "
            f"{done.batch}"
        )
