"""`evaluate`: how far to trust the drafts of a site."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import Annotated, Optional

import typer

from alt_audit.commands.parameters import (
    Config,
    Database,
    Device,
    Format,
    Model,
    Ocr,
    OutputFormat,
    SiteName,
    Verify,
    reading_pictures,
    say_site,
    settings_of,
)


def evaluate(
    site: SiteName = None,
    database: Database = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Pictures to ask about, at most about so many.")] = 200,
    captions: Annotated[
        bool, typer.Option("--captions/--no-captions", help="Look at the pictures, or draft from the pages alone.")
    ] = True,
    against: Annotated[
        Optional[Path],
        typer.Option(help="evaluation.json of an earlier run, to see beside this one.", show_default=False),
    ] = None,
    out: Annotated[
        Optional[Path], typer.Option(help="Folder of the result (default: reports-out/HOST/evaluation).")
    ] = None,
    model: Model = None,
    device: Device = None,
    ocr: Ocr = False,
    verify: Verify = None,
    output: OutputFormat = Format.TEXT,
    config: Config = None,
) -> None:
    """Hide alt texts that people wrote, draft them again, and compare: how far can the drafts of a site be trusted?

    The pages are fetched again; the store stays as it is. Figures rank drafts, and only a reader can approve one: the
    page that is written shows the worst with their pictures.

    Example: alt-audit evaluate --site example.com --limit 300
    """
    from alt_audit.console.talk import Talk
    from alt_audit.console.terminal import say, stdout
    from alt_audit.jobs.evaluate import evaluate as run
    from alt_audit.jobs.report import folder_name
    from alt_audit.jobs.sites import chosen_site
    from reports.evaluation.as_json import as_json
    from reports.evaluation.as_text import terminal_lines
    from reports.evaluation.write import write_evaluation

    options = {"model": model, "device": device}
    settings = settings_of(config, database=database, caption=options, suggest={"verify": verify})
    settings = reading_pictures(settings, ocr)
    chosen = chosen_site(settings, site)
    say_site("Drafts of", settings, chosen, given=site)
    done = run(settings, Talk(), site=chosen.name, limit=limit, captions=captions, against=against)
    folder = out or settings.out / folder_name(chosen.name) / "evaluation"
    paths = write_evaluation(done.evaluation, done.thumbnails, folder)
    if output is Format.JSON:
        typer.echo(as_json(done.evaluation))
        return
    for line in terminal_lines(done.evaluation):
        stdout.print(line, markup=False)
    for path in paths:
        stdout.print(str(path), markup=False)
    if done.evaluation.similarity_model is None:
        say('Similarity of meaning is left out: pip install "alt-audit[evaluate]" brings it.')
