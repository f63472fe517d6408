"""Decided texts into the files of a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alt_audit.jobs.sites import chosen_site
from core.errors import ReportError
from store.decided_places import pages_to_mend
from store.engine import reading
from store.migrate import opened

if TYPE_CHECKING:
    from pathlib import Path

    from alt_audit.config import Settings
    from reports.apply.folder import Applied


def plan_texts(settings: Settings, folder: Path, *, site: str | None, root: str) -> Applied:
    """What is to be done in the folder, which is served at the path `root` of the site."""
    from reports.apply.folder import plan_folder

    chosen = chosen_site(settings, site)
    with opened(settings.database) as engine, reading(engine) as session:
        return plan_folder(folder, root, pages_to_mend(session, chosen.id))


def write_texts(applied: Applied) -> None:
    """Change the files. Raises ReportError where one cannot be written; those before it are changed."""
    for done, change in enumerate(applied.changes):
        try:
            change.write()
        except OSError as error:
            raise ReportError(
                f"cannot write {change.file.path}: {error.strerror or error}. {done} of {len(applied.changes)} files "
                "are changed; the same command goes on with the rest."
            ) from error


def write_patch(applied: Applied, folder: Path, path: Path) -> None:
    """Write what would be changed as a patch, each file in its own encoding. Raises ReportError where that fails."""
    try:
        path.write_bytes(b"".join(change.encoded(change.diff(folder)) for change in applied.changes))
    except OSError as error:
        raise ReportError(f"cannot write {path}: {error.strerror or error}. Choose another --patch.") from error
