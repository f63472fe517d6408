"""`train`: a captioner of one's own."""

from __future__ import annotations

import json
import shlex
import sys
from contextlib import ExitStack
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from alt_audit.commands.parameters import Config, Device, Format, OutputFormat, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from captioning.training.train import Trained


def train(
    dataset: Annotated[
        Path, typer.Argument(help="Folder with captions_train.json and captions_dev.json (COCO captions), or one file.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the captioner, for --model; where it is gone on if stopped.")],
    start: Annotated[
        str,
        typer.Option(
            "--from",
            help="imagenet (it learns to speak), builtin (the shipped captioner) or the folder of a trained one.",
        ),
    ] = "imagenet",
    rounds: Annotated[
        Optional[int],
        typer.Option(min=0, help="Rounds of the decoder alone, at most (default: 15).", show_default=False),
    ] = None,
    tuned_rounds: Annotated[
        Optional[int],
        typer.Option(min=0, help="Rounds with the encoder, too, at most (default: 6).", show_default=False),
    ] = None,
    batch_size: Annotated[
        Optional[int], typer.Option(min=1, help="Pictures in one step (default: 32).", show_default=False)
    ] = None,
    learning_rate: Annotated[
        Optional[float], typer.Option(min=0.0, help="Of the decoder (default: 6e-4; 2.5e-4 with --from).")
    ] = None,
    language: Annotated[
        Optional[str], typer.Option(help="Of the captions, such as de (default: found out).", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of chance: the same seed gives the same captioner.")] = 1,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew what was stopped in --out.")] = False,
    device: Device = None,
    output: OutputFormat = Format.TEXT,
    config: Config = None,
) -> None:
    """Train a small captioner on pictures and captions of your own: it speaks as they do, and runs anywhere.

    Stopped or killed, the same command goes on where it was.

    Example: alt-audit train ./products --from builtin --out ./our-captioner
    """
    from alt_audit import __version__
    from alt_audit.console.terminal import say
    from captioning.datasets.read import load_dataset
    from captioning.training.train import train as run
    from captioning.training.train_options import options_for

    settings = settings_of(config, caption={"device": device}).caption
    given = {
        "rounds": rounds,
        "tuned_rounds": tuned_rounds,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "language": language,
    }
    options = options_for(start, seed, {name: value for name, value in given.items() if value is not None})
    with Bars() as talk:
        done = run(
            load_dataset(dataset, say),
            out,
            options,
            talk,
            device=settings.device,
            command=shlex.join(["alt-audit", *sys.argv[1:]]),
            version=__version__,
            max_pixels=settings.max_pixels,
            fresh=fresh,
        )
    if output is Format.JSON:
        typer.echo(json.dumps(_as_json(done)))
    else:
        _print(done)


class Bars:
    """Lines and progress bars of a training, on stderr."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._shown: str | None = None
        self._update: Callable[..., None] | None = None

    def __enter__(self) -> Bars:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def say(self, line: str) -> None:
        """A line, above the bar."""
        from alt_audit.console.terminal import say

        say(line)

    def progress(self, work: str, done: int, known: int, note: str = "") -> None:
        """A bar for each kind of work."""
        from alt_audit.console.terminal import bar

        if self._shown != work:
            self._open.close()
            self._update = self._open.enter_context(bar({"pictures": "Look "}.get(work, "Train"), work))
            self._shown = work
        assert self._update is not None
        self._update(done, known, note)


def _as_json(done: Trained) -> dict[str, object]:
    figures = done.figures
    return {
        "folder": str(done.folder),
        "bleu": figures.scores.bleu,
        "rouge_l": figures.scores.rouge_l,
        "cider": figures.scores.cider,
        "agreement": figures.agreement,
        "spoken": figures.spoken,
        "spoken_agreement": figures.spoken_agreement,
        "threshold": done.threshold,
        "minutes": done.minutes,
        "pictures_per_s": done.pictures_per_s,
    }


def _print(done: Trained) -> None:
    from alt_audit.console.terminal import say, table

    figures = done.figures
    agreed = "" if figures.spoken_agreement is None else f"{figures.spoken_agreement:.0%}"
    table(
        f"On dev, with {done.folder}",
        [
            ("CIDEr", f"{figures.scores.cider:.3f}"),
            ("BLEU-4", f"{figures.scores.bleu[3]:.3f}"),
            ("Content words that people used, too", f"{figures.agreement:.0%}"),
            ("Pictures of which it says something", f"{figures.spoken:.0%}"),
            ("  content words of these that people used, too", agreed),
            ("Minutes", f"{done.minutes:.1f}"),
            *([("Pictures learnt from a second", f"{done.pictures_per_s:.1f}")] if done.pictures_per_s else []),
        ],
    )
    say(f"{done.folder}/MODEL_CARD.md tells more. Use it with: --model {shlex.quote(str(done.folder))}")
