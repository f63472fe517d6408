"""Datasets of pictures with captions: `dataset export`, `dataset import`, `dataset check`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from alt_audit.commands.parameters import (
    AllowPrivate,
    Config,
    Database,
    Format,
    OutputFormat,
    SiteName,
    say_site,
    settings_of,
)
from captioning.datasets.records import Captions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alt_audit.jobs.dataset import DatasetRun
    from captioning.datasets.check import DatasetCheck

LEAST_SHARE = 0.01  # of the pictures, for a language to be named

app = typer.Typer(
    help="Pictures with captions, to train captioners with and to measure them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Licence = Annotated[
    Optional[str],
    typer.Option(
        help="Under which the pictures and texts may be used; stands in the dataset, and in models made of it."
    ),
]
Folder = Annotated[Path, typer.Option(help="Folder of the dataset.", show_default=False)]


@app.command()
def export(
    out: Folder,
    site: SiteName = None,
    database: Database = None,
    language: Annotated[
        Optional[str], typer.Option(metavar="LANG", help="Of the texts (default: that of most).", show_default=False)
    ] = None,
    licence: Licence = None,
    output: OutputFormat = Format.TEXT,
    config: Config = None,
) -> None:
    """Write the pictures of a site with the texts that people approved or edited, or wrote so that no rule objects.

    COCO captions JSON, a file for each of train, dev and test; look-alikes are in one. Pictures are fetched again. The
    same command goes on where it was stopped, and a picture keeps its split.

    Example: alt-audit dataset export --site example.com --out shop/
    """
    from alt_audit.console.talk import Talk
    from alt_audit.jobs.dataset import export_dataset
    from alt_audit.jobs.sites import chosen_site
    from core.languages import primary_subtag

    settings = settings_of(config, database=database)
    chosen = chosen_site(settings, site)
    say_site("Texts of", settings, chosen, given=site)
    tag = primary_subtag(language) if language is not None else None
    _report(export_dataset(settings, Talk(), site=chosen, out=out, language=tag, licence=licence), output)


@app.command("import")
def import_(
    feed: Annotated[Path, typer.Argument(help="CSV, TSV, XLSX, JSON Lines or JSON.", show_default=False)],
    out: Folder,
    captions: Annotated[
        Captions, typer.Option(help="Whose words are captions: titles, five-star reviews, or both, titles first.")
    ] = Captions.BOTH,
    licence: Licence = None,
    allow_private: AllowPrivate = None,
    output: OutputFormat = Format.TEXT,
    config: Config = None,
) -> None:
    """Make a dataset of a product feed: titles and summaries of five-star reviews as captions, up to five a picture.

    Columns go by the names that Google Merchant Center, Shopify and others use. Pictures are fetched as the worker does
    it; the same command goes on where it was stopped.

    Example: alt-audit dataset import products.csv --out shop/
    """
    from alt_audit.console.talk import Talk
    from alt_audit.jobs.dataset import import_dataset

    settings = settings_of(config, caption={"allow_private": allow_private})
    _report(import_dataset(settings, Talk(), feed=feed, out=out, captions=captions, licence=licence), output)


@app.command()
def check(
    dataset: Annotated[
        Path, typer.Argument(help="A folder or file with COCO captions JSON.", metavar="DATASET", show_default=False)
    ],
    output: OutputFormat = Format.TEXT,
    config: Config = None,
) -> None:
    """Say what a dataset holds and what is wrong with it; every picture is looked at. Exits with 1 where it has to be
    mended.

    Example: alt-audit dataset check shop/
    """
    from alt_audit.console.talk import Talk
    from alt_audit.console.terminal import stdout
    from alt_audit.jobs.events import Work, work_on
    from captioning.datasets.check import check_dataset

    settings = settings_of(config)
    with work_on(Work.FILES, Talk()) as progress:
        found = check_dataset(dataset, settings.caption, progress)
    if output is Format.JSON:
        typer.echo(json.dumps(_as_json(found), ensure_ascii=False, indent=1))
    else:
        for line in _lines(found):
            stdout.print(line, markup=False)
    if not found.is_usable:
        raise typer.Exit(1)


def _report(done: DatasetRun, output: Format) -> None:
    """Print what was written; exits with 1 where nothing was."""
    from alt_audit.console.terminal import say, stdout
    from captioning.datasets.records import Split

    if output is Format.JSON:
        written = asdict(done.written) if done.written is not None else None
        left_out = dict(done.feed.left_out) if done.feed is not None else {}
        typer.echo(
            json.dumps(
                {
                    "folder": str(done.folder),
                    "written": written,
                    "language": done.language,
                    "left_out": {str(reason): number for reason, number in (left_out | done.texts_left_out).items()},
                    "pictures_left_out": dict(done.pictures_left_out),
                }
            )
        )
    else:
        for line in _left_out(done):
            say(f"Left out: {line}")
        if done.written is not None:
            for split in Split:
                if number := done.written.pictures.get(split):
                    captions = done.written.captions[split]
                    stdout.print(f"{split:6}{number:>8,} pictures {captions:>8,} captions", markup=False)
            stdout.print(str(done.folder), markup=False)
    if done.written is None:
        say("No picture could be had, so nothing was written.")
        raise typer.Exit(1)


def _left_out(done: DatasetRun) -> Iterator[str]:
    from alt_audit.jobs.dataset import LEFT_OUT as TEXTS
    from captioning.datasets.gather import LEFT_OUT as PICTURES
    from core.failures import explain, summary_line
    from core.text import counted

    if done.feed is not None:
        yield from done.feed.reasons()
    for reason, (noun, what) in TEXTS.items():
        if number := done.texts_left_out[reason]:
            yield f"{counted(number, noun)} {what}"
    for reason, number in sorted(done.pictures_left_out.items()):
        if reason in PICTURES:
            yield f"{counted(number, 'picture')}: {PICTURES[reason]}"
        else:
            stage, _, code = reason.partition("/")
            yield summary_line(reason, number, explain(code, stage).in_brief)
    if done.written is not None:
        if done.written.same:
            yield f"{counted(done.written.same, 'picture')} that another address has, too; their texts were joined"
        if done.written.beyond:
            yield f"{counted(done.written.beyond, 'text')} said already, or beyond five of a picture"


def _as_json(found: DatasetCheck) -> dict[str, Any]:
    return {
        "usable": found.is_usable,
        "description": found.description,
        "licences": list(found.licences),
        "splits": {str(split): asdict(facts) for split, facts in found.splits.items()},
        "languages": dict(found.languages),
        "faults": {str(fault): number for fault, number in found.faults.counts.items()},
        "broken": {code: list(names) for code, names in found.broken.items()},
        "crossing": [list(pair) for pair in found.crossing],
        "small": found.small,
        "same_caption": {"text": found.same_caption[0], "pictures": found.same_caption[1]},
        "repeated": found.repeated,
    }


def _lines(found: DatasetCheck) -> Iterator[str]:
    """For a terminal of 80 columns."""
    if found.description:
        yield found.description
    yield f"Licence: {'; '.join(found.licences) or 'not stated'}"
    yield ""
    yield f"{'':6}{'pictures':>9}{'captions':>10}{'words':>8}{'new words':>11}{'words a caption':>17}"
    for split, one in found.splits.items():
        lengths = f"{one.usual:g} ({one.shortest}-{one.longest})"
        yield (
            f"{split:6}{one.pictures:>9,}{one.captions:>10,}{one.words:>8,}{one.unknown_words or '-':>11}{lengths:>17}"
        )
    yield ""
    pictures = sum(found.languages.values())
    shares = [
        f"{'not known' if tag == 'und' else tag} {number / pictures:.0%}"
        for tag, number in found.languages.items()
        if number >= LEAST_SHARE * pictures
    ]
    yield f"Languages of the captions: {', '.join(shares) or 'not known'}"
    for title, lines in (("To be mended", found.problems()), ("To be known", found.notes())):
        told = list(lines)
        if told:
            yield ""
            yield f"{title}:"
            yield from (f"  {line}" for line in told)
    yield ""
    yield "It can be used as it is." if found.is_usable else "It cannot be used as it is."
