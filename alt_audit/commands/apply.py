"""Decided texts into local files: `apply`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from alt_audit.commands.parameters import Config, Database, SiteName, say_site, settings_of
from core.text import counted, shown_line

if TYPE_CHECKING:
    from reports.apply.folder import Applied

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the site's HTML or Markdown files.")]
Patch = Annotated[Optional[Path], typer.Option(help="Write a patch for git apply, and change nothing.", metavar="FILE")]

MAX_NAMED = 5  # places of each reason


def apply(
    folder: Folder,
    database: Database = None,
    site: SiteName = None,
    root: Annotated[str, typer.Option(help="Path at which the folder is served.")] = "/",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change, and change nothing.")] = False,
    patch: Patch = None,
    config: Config = None,
) -> None:
    """Put approved texts into the files of a folder: HTML and Markdown, nothing changed but the texts.

    A text is put only where the file still says what the last crawl saw. A second time changes nothing.

    Example: alt-audit apply public/ --dry-run
    """
    from alt_audit.console.terminal import say, stdout
    from alt_audit.jobs.apply import plan_texts, write_patch, write_texts
    from alt_audit.jobs.sites import chosen_site

    settings = settings_of(config, database=database)
    say_site("Texts of", settings, chosen_site(settings, site), given=site)
    applied = plan_texts(settings, folder, site=site, root=root)
    if patch is not None:
        write_patch(applied, folder.resolve(), patch)
    elif dry_run:
        for change in applied.changes:
            typer.echo(change.diff(folder.resolve()), nl=False)
    else:
        write_texts(applied)
        for change in applied.changes:
            name = change.file.path.relative_to(folder.resolve()).as_posix()
            stdout.print(f"{shown_line(name)}: {counted(change.texts, 'text')}", markup=False)
    verb = "would be put" if dry_run or patch is not None else "put"
    say(
        f"{counted(applied.texts, 'text')} {verb} into {counted(len(applied.changes), 'file')}; "
        f"{applied.there:,} stood there already, {len(applied.refused):,} left out."
    )
    _say_refused(applied)


def _say_refused(applied: Applied) -> None:
    from alt_audit.console.terminal import say

    numbers = Counter(reason for reason, _, _ in applied.refused)
    for reason, number in numbers.most_common():
        say(f"  {reason}: {number:,} - {EXPLAINED[reason]}")
        named = [(where, image) for one, where, image in applied.refused if one == reason]
        for where, image in named[:MAX_NAMED]:
            say(f"    {shown_line(where)}  {shown_line(image)}")
        if number > MAX_NAMED:
            say(f"    and {number - MAX_NAMED:,} more")


EXPLAINED = {
    "no_file": "the folder has no file for the page; --root says at which path it is served",
    "not_there": "the file has no such image: a script or a template makes it, or the page is another by now",
    "changed": "the file says something else than the last crawl saw: crawl again, and decide anew where need be",
    "no_alt": "its text stands in no alt attribute: give it an aria-label by hand",
    "ambiguous": "pages want several texts for the image, and the file does not say which page it makes",
    "unreadable": "neither in UTF-8 nor in the encoding that the file declares, or larger than 20 MB",
}
