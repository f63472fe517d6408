"""`evaluate`: how far to trust the drafts of a site, and which captioning model is best for some pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

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
from captioning.datasets.records import Split  # noqa: TC001 - Typer reads it at run time
from core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alt_audit.config import Settings
    from core.model_evaluation import ModelEvaluation

SITE_PICTURES = 200  # asked about unless --limit says otherwise


def evaluate(
    what: Annotated[
        Optional[list[str]],
        typer.Argument(
            metavar="[MODEL] [DATASET]",
            help="A model as for --model, and a folder or file with COCO captions JSON; none: the drafts of a site.",
            show_default=False,
        ),
    ] = None,
    models: Annotated[
        Optional[str], typer.Option(metavar="MODEL,MODEL...", help="Several models side by side.")
    ] = None,
    split: Annotated[Optional[Split], typer.Option(help="Of the dataset (default: dev).")] = None,
    site: SiteName = None,
    database: Database = None,
    limit: Annotated[
        Optional[int],
        typer.Option(
            min=1,
            max=1_000_000,
            help="Pictures to ask about, at most about so many (default: 200 of a site, all of a dataset).",
            show_default=False,
        ),
    ] = None,
    captions: Annotated[
        bool, typer.Option("--captions/--no-captions", help="Look at the pictures, or draft from the pages alone.")
    ] = True,
    against: Annotated[
        Optional[Path],
        typer.Option(help="evaluation.json of an earlier run on a site, to see beside this one.", show_default=False),
    ] = None,
    out: Annotated[
        Optional[Path],
        typer.Option(help="Folder of the result (default: reports-out/HOST/evaluation, reports-out/evaluation/NAME)."),
    ] = None,
    model: Model = None,
    device: Device = None,
    ocr: Ocr = False,
    verify: Verify = None,
    output: OutputFormat = Format.TEXT,
    config: Config = None,
) -> None:
    """Measure drafts on texts that people wrote: those of a site, or of a dataset of pictures with captions.

    Of a site, texts are hidden and drafted again; its pages are fetched again, the store stays as it is. Of a dataset,
    models are asked alone. Figures rank drafts, and only a reader can approve one: the page that is written shows the
    worst, or those on which models differ most, with their pictures.

    Example: alt-audit evaluate --site example.com --limit 300; or, of a dataset: alt-audit evaluate builtin shop/
    """
    given = list(what or ())
    if len(given) > 2:
        raise UsageError("evaluate takes a model and a dataset; several models are named by --models a,b,c")
    dataset = Path(given.pop()) if given else None
    named = _names(given[0] if given else None, model, models)
    options = {"model": named[0] if len(named) == 1 else None, "device": device}
    settings = settings_of(config, database=database, caption=options, suggest={"verify": verify})
    settings = reading_pictures(settings, ocr)
    if dataset is not None:
        if site is not None or against is not None or not captions:
            raise UsageError("--site, --against and --no-captions are for the drafts of a site: leave out the dataset")
        _dataset(settings, dataset, named, split, limit, out, output)
        return
    if split is not None:
        raise UsageError("--split is for a dataset: name one, alt-audit evaluate MODEL DATASET")
    if len(named) > 1:
        _site_models(settings, site, named, limit or SITE_PICTURES, out, output)
    else:
        _site(settings, site, limit or SITE_PICTURES, captions, against, out, output)


def _names(first: str | None, model: str | None, models: str | None) -> list[str]:
    """The models, in the order in which they were named."""
    several = [name.strip() for name in models.split(",")] if models is not None else []
    if not all(several):
        raise UsageError("--models wants names with commas between them: builtin,Salesforce/blip-image-captioning-base")
    return list(dict.fromkeys([*(name for name in (first, model) if name is not None), *several]))


def _dataset(
    settings: Settings,
    dataset: Path,
    named: Sequence[str],
    split: Split | None,
    limit: int | None,
    out: Path | None,
    output: Format,
) -> None:
    from alt_audit.console.talk import Talk
    from alt_audit.jobs.evaluate_models import evaluate_models
    from reports.evaluation.models.write import write_models

    models = named or [settings.caption.model]
    folder = out or settings.out / "evaluation" / (dataset.resolve().stem or "dataset")
    done = evaluate_models(settings, Talk(), dataset=dataset, models=models, folder=folder, split=split, limit=limit)
    paths = write_models(done.evaluation, done.thumbnail, folder)
    for answers in done.answers:
        answers.unlink(missing_ok=True)
    _print_models(done.evaluation, paths, output)


def _site_models(
    settings: Settings, site: str | None, named: Sequence[str], limit: int, out: Path | None, output: Format
) -> None:
    from alt_audit.console.talk import Talk
    from alt_audit.jobs.evaluate_site_models import evaluate_site_models
    from alt_audit.jobs.sites import chosen_site
    from alt_audit.sites.folders import folder_name
    from reports.evaluation.models.write import write_models

    chosen = chosen_site(settings, site)
    say_site("Drafts of", settings, chosen, given=site)
    done = evaluate_site_models(settings, Talk(), site=chosen.name, models=named, limit=limit)
    folder = out or settings.out / folder_name(chosen.name) / "evaluation-models"
    _print_models(done.evaluation, write_models(done.evaluation, done.thumbnail, folder), output)


def _print_models(evaluation: ModelEvaluation, paths: Sequence[Path], output: Format) -> None:
    from alt_audit.console.terminal import stdout
    from reports.evaluation.models.as_text import as_json, terminal_lines

    if output is Format.JSON:
        typer.echo(as_json(evaluation))
        return
    for line in (*terminal_lines(evaluation), *map(str, paths)):
        stdout.print(line, markup=False)


def _site(
    settings: Settings,
    site: str | None,
    limit: int,
    captions: bool,
    against: Path | None,
    out: Path | None,
    output: Format,
) -> None:
    from alt_audit.console.talk import Talk
    from alt_audit.console.terminal import say, stdout
    from alt_audit.jobs.evaluate import evaluate as run
    from alt_audit.jobs.sites import chosen_site
    from alt_audit.sites.folders import folder_name
    from reports.evaluation.as_json import as_json
    from reports.evaluation.as_text import terminal_lines
    from reports.evaluation.write import write_evaluation

    chosen = chosen_site(settings, site)
    say_site("Drafts of", settings, chosen, given=site)
    done = run(settings, Talk(), site=chosen.name, limit=limit, captions=captions, against=against)
    folder = out or settings.out / folder_name(chosen.name) / "evaluation"
    paths = write_evaluation(done.evaluation, done.thumbnails, folder)
    if output is Format.JSON:
        typer.echo(as_json(done.evaluation))
        return
    for line in (*terminal_lines(done.evaluation), *map(str, paths)):
        stdout.print(line, markup=False)
    if done.evaluation.similarity_model is None:
        say('Similarity of meaning is left out: pip install "alt-audit[evaluate]" brings it.')
