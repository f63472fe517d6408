"""The models that are known of: `models`."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import groupby
from textwrap import fill
from typing import TYPE_CHECKING

import typer

from alt_audit.commands.parameters import Format, OutputFormat

if TYPE_CHECKING:
    from captioning.captioners.catalogue import CachedModel, KnownModel


def models(output: OutputFormat = Format.TEXT) -> None:
    """List models by what they are for: licence, size, memory, languages, published figures, and which are cached.

    Example: alt-audit models --format json
    """
    from captioning.captioners.catalogue import cached_models, known_models
    from captioning.captioners.select import DEFAULT_MODEL

    known, cached = known_models(), cached_models()
    if output is Format.JSON:
        lying = {model.id: model for model in cached}
        entries = [_entry(model, lying.get(model.id)) for model in known]
        typer.echo(
            json.dumps({"default": DEFAULT_MODEL, "models": entries, "cache": [asdict(model) for model in cached]})
        )
    else:
        _print(known, cached)


def _entry(model: KnownModel, cached: CachedModel | None) -> dict[str, object]:
    return asdict(model) | {
        "weights_gb": model.weights_gb,
        "default": model.is_default,
        "cached": model.id == "builtin" or (cached is not None and cached.complete),
    }


def _print(known: list[KnownModel], cached: list[CachedModel]) -> None:
    from alt_audit.console.terminal import stdout
    from captioning.captioners.catalogue import Job

    headings = {
        Job.CAPTION: "To caption pictures: --model",
        Job.READ: "To read text in pictures: caption.analysers [kind, trocr] and caption.trocr",
        Job.COMPARE: "To find texts that may be of another picture: --verify",
        Job.SERVED: "To caption pictures on a server: --model",
        Job.SPEAK: "To speak texts: alt-audit speak --voice",
    }
    here = {"builtin", *(model.id for model in cached if model.complete)}
    for job, heading in headings.items():
        stdout.print(f"{heading}\n", markup=False)
        for model in (one for one in known if one.job is job):
            _print_model(model, cached=model.id in here)
        stdout.print()
    closing = (
        "What is not known is left out. auto, the default, is the model marked so where it is on this machine or can "
        "be fetched, else builtin. Other models of these families work too, by their id or as a folder. Figures are "
        "what others published; alt-audit evaluate measures on your own pictures."
    )
    stdout.print(_wrapped(closing, ""))
    listed = {model.id for model in known if model.id in here}
    others = [model for model in cached if model.id not in listed]
    if others:
        stdout.print("\nAlso in the local cache:")
    for other in others:
        state = "" if other.complete else ", incomplete"
        family = other.family or "unknown family"
        stdout.print(f"    {other.id} ({family}, {other.size_bytes / 1e9:.1f} GB{state})", markup=False)


def _print_model(model: KnownModel, *, cached: bool) -> None:
    from alt_audit.console.terminal import stdout

    marks = [word for word, holds in (("on this machine", cached), ("auto", model.is_default)) if holds]
    stdout.print(f"  {model.id}" + (f"  ({', '.join(marks)})" if marks else ""), markup=False)
    for line in ("; ".join(_facts(model)), *_figures(model)):
        stdout.print(_wrapped(line, " " * 6), markup=False)


def _wrapped(text: str, indent: str) -> str:
    """For the width of the terminal; names and addresses stay whole."""
    from alt_audit.console.terminal import stdout

    return fill(
        text,
        stdout.width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _figures(model: KnownModel) -> list[str]:
    """A line for each source."""
    lines = []
    for source, figures in groupby(model.figures, lambda figure: figure.source):
        lines.append("; ".join(f"{figure.measure}: {figure.value:g}" for figure in figures) + f" ({source})")
    return lines


def _facts(model: KnownModel) -> list[str]:
    figures = (
        (model.parameters_billion, "{:g} billion parameters"),
        (model.download_gb, "{:g} GB to fetch"),
        (model.memory_gb, "{:g} GB of memory"),
        (model.weights_gb if model.memory_gb is None else None, "more than {:g} GB of memory"),
    )
    facts = [model.family, model.licence, *(text.format(value) for value, text in figures if value)]
    return [fact for fact in (*facts, ", ".join(model.languages), model.note) if fact]
