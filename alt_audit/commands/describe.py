"""`describe`: single pictures."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from alt_audit.commands.parameters import (
    AllowPrivate,
    Config,
    Device,
    Format,
    Insecure,
    Model,
    Ocr,
    OutputFormat,
    reading_pictures,
    settings_of,
)
from core.errors import ReportError

if TYPE_CHECKING:
    from captioning.explaining.describe import Description
    from inference.protocol import Box

PAGE = "index.html"


def describe(
    pictures: Annotated[list[str], typer.Argument(metavar="FILE|URL...", help="Files, or http(s) addresses.")],
    model: Model = None,
    device: Device = None,
    ocr: Ocr = False,
    explain: Annotated[
        Optional[Path],
        typer.Option(
            metavar="DIR",
            help="Write into this folder where the captioner looked for each word (builtin, what `train` made, BLIP, "
            "ViT-GPT2 and their like), or boxes round what it names (Kosmos-2): a page, and a PNG of each picture.",
        ),
    ] = None,
    output: OutputFormat = Format.TEXT,
    config: Config = None,
    allow_private: AllowPrivate = None,
    insecure: Insecure = None,
) -> None:
    """Look at single pictures: caption, kind, what is to be seen, text in it, each with its chance.

    Exits with 1 where a picture could not be described; the others are, all the same.

    Example: alt-audit describe photo.jpg https://example.com/logo.png --model builtin
    """
    from alt_audit.console.terminal import say
    from captioning.analysers.registry import load_analysers, revisions_here
    from captioning.captioners.select import load_captioner
    from captioning.explaining.describe import describe as run
    from captioning.explaining.describe import explaining

    given = {"model": model, "device": device, "allow_private": allow_private, "insecure": insecure}
    options = reading_pictures(settings_of(config, caption=given), ocr).caption
    if explain is None:
        captioner = load_captioner(options, say)
    else:
        captioner = explaining(load_captioner(options.model_copy(update={"compile": False}), say))
    analysers = load_analysers(revisions_here(options.analysers, say, trocr=options.trocr), trocr=options.trocr)
    done: list[Description] = []
    for one in run(pictures, captioner, analysers, options, explain=explain is not None):
        done.append(one)
        if output is Format.TEXT:
            _print(one)
    if output is Format.JSON:
        typer.echo(json.dumps([_as_json(one) for one in done], ensure_ascii=False))
    if explain is not None and any(one.words or one.phrases for one in done):
        _write(explain, done)
    elif explain is not None:
        say(f"{captioner.info.model} did not tell where it looked for any word, so nothing is written into {explain}.")
    if any(one.failure is not None for one in done):
        raise typer.Exit(1)


def _write(folder: Path, done: list[Description]) -> None:
    from alt_audit.console.terminal import say
    from captioning.explaining.boxes import draw_boxes
    from captioning.explaining.strip import draw_strip, page

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, one in enumerate(done, 1):
            if one.words and one.picture is not None:
                draw_strip(one.picture.image, one.words).save(folder / f"{number:03}.png")
            elif one.phrases and one.picture is not None:
                draw_boxes(one.picture.image, one.phrases).save(folder / f"{number:03}.png")
        (folder / PAGE).write_text(page(done), "utf-8")
    except OSError as error:
        raise ReportError(f"cannot write into {folder}: {error.strerror or error}. Choose another folder.") from error
    say(f"Where it looked: {folder / PAGE}")


def _as_json(one: Description) -> dict[str, Any]:
    if one.failure is not None:
        return {
            "source": one.source,
            "failure": f"{one.failure.stage}/{one.failure.code}",
            "message": one.failure.message,
        }
    assert one.picture is not None
    assert one.caption is not None
    return {
        "source": one.source,
        "sha256": one.picture.sha256,
        "format": one.picture.format,
        "width": one.picture.width,
        "height": one.picture.height,
        "warnings": one.picture.warnings,
        "caption": one.caption.text,
        "withheld": one.caption.withheld,
        "confidence": one.caption.confidence,
        "analyses": one.analyses,
        "phrases": [{"text": phrase.text, "boxes": phrase.boxes} for phrase in one.phrases],
        "words": [{"word": word.word, "chance": word.chance, "where": word.where} for word in one.words],
    }


def _print(one: Description) -> None:
    from alt_audit.console.terminal import stdout
    from core.text import shown_line

    def line(name: str, text: str) -> None:
        stdout.print(f"  {name:<9}{shown_line(text)}", markup=False)

    stdout.print(shown_line(one.source)[:200], markup=False)
    if one.failure is not None:
        line("failed", str(one.failure))
        return
    assert one.picture is not None
    assert one.caption is not None
    sure = "" if one.caption.confidence is None else f" ({one.caption.confidence:.2f})"
    if one.caption.text is not None:
        line("caption", f"{one.caption.text}{sure}")
    else:
        would = f"; it would be: {one.caption.withheld}" if one.caption.withheld else ""
        line("caption", f"none: not sure enough{sure}{would}")
    for name, text in _lines(one.analyses):
        line(name, text)
    for phrase in one.phrases:
        line("box", f"{phrase.text}: {'; '.join(map(_placed, phrase.boxes))}")
    if one.words:
        line("words", ", ".join(f"{word.word} {word.chance:.0%}" for word in one.words))
    line("file", f"{one.picture.format}, {one.picture.width} x {one.picture.height} pixels" + _warned(one))


def _lines(analyses: dict[str, dict[str, Any]]) -> list[tuple[str, str]]:
    """What analysers said, as far as people want to read it."""
    kind = analyses.get("kind", {})
    found = []
    if "chance" in kind:
        found.append(("kind", f"{kind['kind']} ({kind['chance']:.2f})"))
        found += [
            ("tags", _chances([*kind["classes"], *({"name": n, "chance": kind[n]} for n in ("person", "animal"))]))
        ]
    for said in analyses.values():
        texts = [f"{one['text']} ({one['score']:.2f})" for one in said.get("lines", ())]
        found += [("text", "; ".join(texts))] if texts else []
    return found


def _placed(box: Box) -> str:
    left, top, right, bottom = (round(100 * share) for share in box)
    return f"{left} to {right} % from the left, {top} to {bottom} % from the top"


def _chances(named: list[dict[str, Any]]) -> str:
    return ", ".join(f"{one['name']} {one['chance']:.2f}" for one in named)


def _warned(one: Description) -> str:
    assert one.picture is not None
    return f"; {', '.join(one.picture.warnings)}" if one.picture.warnings else ""
