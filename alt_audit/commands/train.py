"""`train`: a captioner of one's own."""

from __future__ import annotations

import json
import shlex
import sys
from contextlib import ExitStack
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from alt_audit.commands.parameters import Config, Device, Format, OutputFormat, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from captioning.training.huggingface.tuned import Tuned
    from captioning.training.train import Trained

_LABELS = (
    ("cider_before", "CIDEr before", "{:.3f}"),
    ("agreement", "Content words that people used, too", "{:.0%}"),
    ("spoken", "Pictures of which it says something", "{:.0%}"),
    ("spoken_agreement", "  content words of these that people used, too", "{:.0%}"),
)


def train(
    dataset: Annotated[
        Path, typer.Argument(help="Folder with captions_train.json and captions_dev.json (COCO captions), or one file.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the captioner, for --model; where it is gone on if stopped.")],
    start: Annotated[
        Optional[str],
        typer.Option(
            "--from",
            help="imagenet (it learns to speak; default), builtin (the shipped captioner), or a trained one's folder.",
            show_default=False,
        ),
    ] = None,
    base: Annotated[
        Optional[str],
        typer.Option(
            help="Fine-tune this model of the Hugging Face hub, or in a folder, instead: "
            "Salesforce/blip-image-captioning-base.",
            show_default=False,
        ),
    ] = None,
    epochs: Annotated[
        Optional[int],
        typer.Option(min=0, help="At most (default: 15, of the decoder alone; 10 with --base).", show_default=False),
    ] = None,
    tuned_epochs: Annotated[
        Optional[int],
        typer.Option(min=0, help="Then with the encoder, too, at most (default: 6).", show_default=False),
    ] = None,
    reward_epochs: Annotated[
        Optional[int],
        typer.Option(
            min=0, help="Then rewarded for captions of its own by CIDEr, at most (default: 5).", show_default=False
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="With --base: train all weights, and not adapters (LoRA) alone.")
    ] = False,
    accumulate: Annotated[
        Optional[int],
        typer.Option(min=1, help="With --base: compute each step in so many parts: less memory.", show_default=False),
    ] = None,
    checkpointing: Annotated[
        bool, typer.Option("--checkpointing", help="With --base: gradient checkpointing: less memory, a third slower.")
    ] = False,
    batch_size: Annotated[
        Optional[int],
        typer.Option(min=1, help="Pictures in one step (default: 32; 16 with --base).", show_default=False),
    ] = None,
    learning_rate: Annotated[
        Optional[float],
        typer.Option(
            min=0.0,
            help="Of the decoder (default: 6e-4; 2.5e-4 with --from; with --base 5e-4, 2e-5 with --full).",
            show_default=False,
        ),
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

    With --base a captioner of the Hugging Face hub learns to speak so, which says more and costs more.

    Example: alt-audit train ./products --from builtin --out ./our-captioner
    """
    from alt_audit import __version__
    from alt_audit.console.terminal import say
    from captioning.datasets.read import load_dataset
    from captioning.training.workplace import alone_in

    settings = settings_of(config, caption={"device": device}).caption
    both = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate}
    built_in = {"from": start, "tuned_epochs": tuned_epochs, "reward_epochs": reward_epochs, "language": language}
    tuned = {"full": full or None, "accumulate": accumulate, "checkpointing": checkpointing or None}
    _refuse(tuned if base is None else built_in, "needs --base" if base is None else "does not go with --base")
    if base is not None and epochs == 0:
        _refuse({"epochs": epochs}, "0 with --base leaves nothing to learn")
    given = {name: value for name, value in (both | built_in | tuned).items() if value is not None}
    given.pop("from", None)
    with Bars() as talk, alone_in(out):
        how: dict[str, Any] = {
            "device": settings.device,
            "command": shlex.join(["alt-audit", *sys.argv[1:]]),
            "version": __version__,
            "max_pixels": settings.max_pixels,
            "fresh": fresh,
        }
        done: Trained | Tuned
        if base is not None:
            from captioning.training.huggingface.tune import tune
            from captioning.training.huggingface.tune_options import tune_options_for

            done = tune(load_dataset(dataset, say), out, tune_options_for(base, seed, given), talk, **how)
        else:
            from captioning.training.train import train as run
            from captioning.training.train_options import options_for

            done = run(load_dataset(dataset, say), out, options_for(start or "imagenet", seed, given), talk, **how)
    if output is Format.JSON:
        typer.echo(json.dumps(_as_json(done)))
    else:
        _print(done)


def _refuse(options: Mapping[str, object], why: str) -> None:
    """Raise UsageError for options that are for the other kind of training."""
    from core.errors import UsageError

    for name, value in options.items():
        if value is not None:
            raise UsageError(f"--{name.replace('_', '-')} {why}")


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


def _as_json(done: Trained | Tuned) -> dict[str, object]:
    scores = done.scores
    return {
        "folder": str(done.folder),
        "bleu": scores.bleu,
        "rouge_l": scores.rouge_l,
        "cider": scores.cider,
        **_only(done),
        "minutes": done.minutes,
        "pictures_per_s": done.pictures_per_s,
    }


def _only(done: Trained | Tuned) -> dict[str, object]:
    """What is known after one kind of training alone."""
    from captioning.training.huggingface.tuned import Tuned

    if isinstance(done, Tuned):
        return {"cider_before": done.before}
    figures = done.figures
    return {
        "agreement": figures.agreement,
        "spoken": figures.spoken,
        "spoken_agreement": figures.spoken_agreement,
        "threshold": done.threshold,
    }


def _print(done: Trained | Tuned) -> None:
    from alt_audit.console.terminal import say, table

    only = _only(done)
    table(
        f"On dev, with {done.folder}",
        [
            ("CIDEr", f"{done.scores.cider:.3f}"),
            ("BLEU-4", f"{done.scores.bleu[3]:.3f}"),
            *((label, form.format(only[name])) for name, label, form in _LABELS if only.get(name) is not None),
            ("Minutes", f"{done.minutes:.1f}"),
            *([("Pictures learnt from a second", f"{done.pictures_per_s:.1f}")] if done.pictures_per_s else []),
        ],
    )
    say(f"{done.folder}/MODEL_CARD.md tells more. Use it with: --model {shlex.quote(str(done.folder))}")
