"""Approved texts for a content system: `export`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from alt_audit.commands.parameters import Config, Database, SiteName, say_site, settings_of
from core.errors import UsageError
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.cms.system import System


def export(
    system: Annotated[
        Optional[str],
        typer.Argument(help="The content system; --list names them.", metavar="[FORMAT]", show_default=False),
    ] = None,
    join: Annotated[
        Optional[Path],
        typer.Option(metavar="FILE", help="The system's own export, which says which picture is which record of it."),
    ] = None,
    out: Annotated[
        Optional[Path], typer.Option(help="Folder of the files (default: reports-out/HOST/export/FORMAT).")
    ] = None,
    database: Database = None,
    site: SiteName = None,
    language: Annotated[
        Optional[str], typer.Option(metavar="LANG", help="Only texts in this language (de, fr, ...).")
    ] = None,
    include_pending: Annotated[
        bool, typer.Option("--include-pending", help="Hand over drafts that nobody has approved, too.")
    ] = False,
    listed: Annotated[bool, typer.Option("--list", help="Name the formats, and say what each needs.")] = False,
    config: Config = None,
) -> None:
    """Write approved texts as a content system takes them: an import file, or a list of changes for a script.

    Exits with 1 when no text could be joined; what is left out stands in unmatched.csv with the reason.

    Example: alt-audit export shopify --join products_export.csv
    """
    from alt_audit.console.terminal import say, stdout
    from alt_audit.jobs.export import export as write
    from alt_audit.jobs.sites import chosen_site
    from core.languages import primary_subtag
    from reports.cms.registry import system_of, systems

    if listed:
        for line in _lines(systems()):
            stdout.print(line, markup=False)
        return
    if system is None:
        raise UsageError("name the content system: alt-audit export shopify, say. --list names all.")
    target = system_of(system)
    settings = settings_of(config, database=database)
    chosen = chosen_site(settings, site)
    say_site(f"{target.title} {target.kind} for", settings, chosen, given=site)
    done = write(
        settings,
        chosen,
        target,
        join=join,
        out=out,
        include_pending=include_pending,
        language=primary_subtag(language) if language is not None else None,
    )
    say(f"{counted(done.texts, 'text')} to hand over: {done.summary}.")
    if done.files:
        say(target.how)
    if target.unverified and done.files:
        say(f"Not verified: {target.unverified}")
    for name in done.names:
        stdout.print(str(done.folder / name), markup=False)
    if not done.files and done.left_out:
        raise typer.Exit(1)


def _lines(systems: Sequence[System]) -> Iterator[str]:
    """The systems by kind, each with the export that it needs."""
    from reports.cms.system import Kind

    words = {
        Kind.IMPORT_FILE: "Import files, which the system's own importer reads:",
        Kind.CHANGE_LIST: "Change lists, for a script that calls the system:",
    }
    for kind in Kind:
        yield words[kind]
        for system in systems:
            if system.kind is kind:
                yield f"  {system.name:18}  {system.title}"
                if system.read is not None:
                    yield f"{'':22}{'' if system.needs_export else 'can use '}--join: {system.export_from}"
