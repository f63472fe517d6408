"""Failing on what was found, and writing down what is known."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from store.engine import reading
from store.migrate import opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from alt_audit.config import Settings
    from core.records import Severity
    from reports.baseline import Baseline
    from reports.gate import Gate
    from store.sites import Site


def gate(settings: Settings, sites: Sequence[Site], fail_on: Severity, baseline: Baseline | None) -> Gate:
    """What there is on these sites to fail on."""
    from reports.gate import Gate

    found = Gate(fail_on)
    with opened(settings.database) as engine, reading(engine) as session:
        for site in sites:
            found.read(session, site.id, settings.report, baseline)
    return found


def write_baseline(settings: Settings, sites: Sequence[Site], path: Path) -> int:
    """Write down every row of these sites that is not ignored; returns how many there are."""
    from reports.baseline import found_of, written
    from reports.rows import asked_for, ignoring

    number = 0
    with opened(settings.database) as engine, reading(engine) as session, written(path) as write:
        for site in sites:
            hidden = ignoring(session, site.id, settings.report)
            with closing(asked_for(session, site.id, hidden)) as rows:
                for row in rows:
                    write(found_of(row))
                    number += 1
    return number
