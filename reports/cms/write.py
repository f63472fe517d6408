"""The export of a site's approved texts for one content system, into a folder of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import ReportError, UsageError
from core.text import counted
from reports.cms.approved import approved_texts
from reports.cms.matching import match, summary
from reports.cms.unmatched import UNMATCHED
from reports.output import explained, staged
from reports.rows import ignoring
from store.engine import reading

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from reports.cms.system import System
    from reports.report_options import ReportOptions
    from store.sites import Site

README = "export-README.txt"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    folder: Path
    files: tuple[str, ...]  # for the system; none where no text was joined
    names: tuple[str, ...]  # of all files, with those that speak of them
    texts: int  # that wait to be handed over
    left_out: int  # of these, texts that are in no file
    summary: str  # what became of them


def export(
    engine: Engine,
    site: Site,
    system: System,
    folder: Path,
    options: ReportOptions,
    *,
    join: Path | None = None,
    include_pending: bool = False,
    language: str | None = None,
) -> Exported:
    """Write the files for `system`, a README and, where texts are left out, unmatched.csv.

    `join` is the system's own export. `language` takes the texts in one alone. Raises UsageError where the export is
    missing or no such, and ReportError where nothing is approved or the files cannot be written; then what stood in the
    folder still stands.
    """
    if join is None and system.needs_export:
        raise UsageError(f"{system.title} needs its own export beside: give --join FILE ({system.export_from}).")
    if join is not None and system.read is None:
        raise UsageError(f"{system.title} takes no --join: the pages tell all that is needed.")
    names = (*system.files, README, UNMATCHED.file_name)
    if join is not None and join.name in names and join.resolve().parent == folder.resolve():
        raise UsageError(f"{join} would be written over: choose another --out.")
    known = system.read(join) if join is not None and system.read is not None else None
    with reading(engine) as session:
        ignored = ignoring(session, site.id, options)
        texts, refused = approved_texts(session, site.id, ignored, include_pending=include_pending, language=language)
    if not texts and not refused:
        raise ReportError(
            f"no text of {site.name}{f' in {language}' if language else ''} waits to be handed over: approve some "
            "first" + ("." if include_pending else ", or give --include-pending.")
        )
    matched = match(system, texts, known)
    unmatched = [*refused, *matched.unmatched]
    with explained(folder), staged(folder, re.compile("|".join(map(re.escape, names)))) as staging:
        if matched.plan.changes:
            system.write(matched.plan, staging)
        files = tuple(sorted(path.name for path in staging.iterdir()))
        if unmatched:
            with UNMATCHED.opened(staging, options) as write:
                for line in unmatched:
                    write(line)
        said = summary(matched, refused)
        if include_pending:
            said += ". Drafts that nobody has approved are among them (--include-pending)"
            said += f", but for those of {counted(ignored.rows, 'ignored row')}" if ignored.rows else ""
        (staging / README).write_text(_readme(system, site, files, said), encoding="utf-8")
    left_out = len({line.row_id for line in unmatched})
    names = (*files, *([UNMATCHED.file_name] if unmatched else []), README)
    return Exported(folder, files, names, matched.joined + matched.there + left_out, left_out, said)


def _readme(system: System, site: Site, files: tuple[str, ...], said: str) -> str:
    lines = [
        f"{system.title}: {system.kind} with approved alt texts of {site.name}",
        "",
        f"{said[0].upper()}{said[1:]}.",
        f"Files: {', '.join(files) or 'none, since no text was joined'}.",
        f"{UNMATCHED.file_name}, if there is one, says what is left out, and why.",
        "",
        system.how,
    ]
    if system.unverified:
        lines += ["", f"Not verified: {system.unverified}"]
    return "\n".join((*lines, ""))
