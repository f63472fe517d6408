"""What is said of many sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alt_audit.console.terminal import say

if TYPE_CHECKING:
    from pathlib import Path

    from alt_audit.jobs.plans import ImportedPlans


def say_imported(file: Path, done: ImportedPlans) -> None:
    """Say what became of the sites of a file."""
    for line in done.faults:
        say(f"{file}, {line}")
    for line in done.warnings:
        say(f"{file}, {line}.")
    say(f"{file}: {len(done.added):,} added, {len(done.changed):,} changed, {len(done.same):,} as before.")
    if done.paused:
        say(f"Paused, since the file does not name them: {', '.join(done.paused)}.")
