"""Exit code 3, with the reason: what `run` and `report` do when they have written the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from core.errors import UsageError
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from alt_audit.commands.parameters import GateArguments
    from alt_audit.config import Settings
    from reports.baseline import Baseline
    from store.sites import Site


def known(given: GateArguments) -> Baseline | None:
    """The baseline, read before any work is done."""
    from reports.baseline import Baseline

    if given.baseline is None:
        return None
    if given.fail_on is None:
        raise UsageError("--baseline says what --fail-on is not to count: give --fail-on SEVERITY, too")
    return Baseline(given.baseline)


def say_known(rows: int, path: Path) -> None:
    """Say what was written down."""
    from alt_audit.console.terminal import say

    known_now = counted(rows, "row is", "rows are")
    say(f"{known_now} known from now on: --fail-on error --baseline {path} counts what is new.")


def pass_gate(given: GateArguments, settings: Settings, sites: Sequence[Site], baseline: Baseline | None) -> None:
    """Write down what is known, say what there is to fail on, and exit with 3 if anything is."""
    from alt_audit.console.terminal import say
    from alt_audit.jobs.gate import gate, write_baseline

    if given.write_baseline is not None:
        say_known(write_baseline(settings, sites, given.write_baseline), given.write_baseline)
    if given.fail_on is None or (given.write_baseline is not None and baseline is None):
        return  # all that is found has just been written down
    found = gate(settings, sites, given.fail_on, baseline)
    for line in found.lines():
        say(line)
    if found.fails:
        raise typer.Exit(3)
