"""The models that caption pictures: `models`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from alt_audit.commands.parameters import Format, OutputFormat

if TYPE_CHECKING:
    from captioning.captioners.catalogue import CachedModel, KnownModel


def models(output: OutputFormat = Format.TEXT) -> None:
    """List the models for --model: licence, size, memory, languages, and which lie in the local cache.

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

    here = {"builtin", *(model.id for model in cached if model.complete)}
    for model in known:
        marks = [word for word, holds in (("on this machine", model.id in here), ("auto", model.is_default)) if holds]
        stdout.print(model.id + (f"  ({', '.join(marks)})" if marks else ""), markup=False)
        stdout.print(f"    {'; '.join(_facts(model))}", markup=False)
    stdout.print(
        "\nWhat is not known is left out. auto, the default, is the model marked so where it is on this machine or can "
        "be fetched,\nelse builtin. Other models of these families work too, by their id or as a folder."
    )
    listed = {model.id for model in known if model.id in here}
    others = [model for model in cached if model.id not in listed]
    if others:
        stdout.print("\nAlso in the local cache:")
    for other in others:
        state = "" if other.complete else ", incomplete"
        family = other.family or "unknown family"
        stdout.print(f"    {other.id} ({family}, {other.size_bytes / 1e9:.1f} GB{state})", markup=False)


def _facts(model: KnownModel) -> list[str]:
    figures = (
        (model.parameters_billion, "{:g} billion parameters"),
        (model.download_gb, "{:g} GB to fetch"),
        (model.memory_gb, "{:g} GB of memory"),
        (model.weights_gb if model.memory_gb is None else None, "more than {:g} GB of memory"),
    )
    facts = [model.family, model.licence, *(text.format(value) for value, text in figures if value)]
    return [fact for fact in (*facts, ", ".join(model.languages), model.note) if fact]
