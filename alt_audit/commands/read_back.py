"""What editors wrote into a sheet: `import`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Optional

import typer

from alt_audit.commands.parameters import Config, Database, Format, OutputFormat, SiteName, say_site, settings_of
from core.errors import UsageError
from core.text import counted


def import_(
    file: Annotated[
        Optional[str],
        typer.Argument(
            metavar="FILE",
            help="editors.xlsx or editors.csv, filled in; with --undo the name of an import (default: the last one).",
            show_default=False,
        ),
    ] = None,
    site: SiteName = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be taken.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take an import back: what stood before stands again.")] = False,
    who: Annotated[
        Optional[str], typer.Option(help="Whose decisions these are (default: your login).", show_default=False)
    ] = None,
    output: OutputFormat = Format.TEXT,
    database: Database = None,
    config: Config = None,
) -> None:
    """Take the decisions and texts of a sheet that editors have filled in: XLSX, or CSV however it was saved.

    Every row that is not taken is named with the reason, and the exit code is 1. Nothing is taken of a file that is not
    of this site. The same file again changes nothing.

    Example: alt-audit import editors.xlsx --who "Jo Smith" --dry-run
    """
    from alt_audit.console.read_back import print_import
    from alt_audit.jobs.read_back import import_sheet, undo_import
    from alt_audit.jobs.sites import chosen_site

    settings = settings_of(config, database=database)
    if undo:
        if dry_run:
            raise UsageError("--undo takes back what --dry-run does not do: give one of them")
        batch, decisions = undo_import(settings, file, site=site, who=who)
        if output is Format.JSON:
            typer.echo(json.dumps({"batch": batch, "undone": decisions}))
        else:
            typer.echo(f"Took back {counted(decisions, 'decision')} of {batch}.")
        return
    if file is None:
        raise UsageError("name the file that was filled in, for example: alt-audit import editors.xlsx")
    if output is Format.TEXT:
        say_site("Texts for", settings, chosen_site(settings, site), given=site)
    done = import_sheet(settings, Path(file), site=site, who=who, dry_run=dry_run)
    if output is Format.JSON:
        typer.echo(json.dumps(done.as_json()))
    else:
        print_import(done)
    if done.refused:
        raise typer.Exit(1)
