"""`bench`: how many pictures a second a captioner looks at on this machine."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from alt_audit.commands.parameters import Config, Device, Format, Model, OutputFormat, settings_of
from core.errors import ImageError, UsageError

if TYPE_CHECKING:
    from captioning.bench import BatchSpeed, Preparation
    from inference.protocol import CaptionerInfo

SAMPLES = 8
MAX_BATCH_SIZE = 10_000
Pictures = Annotated[
    Optional[list[Path]], typer.Argument(help="Pictures (default: made up, 1280 x 960).", show_default=False)
]


def bench(
    files: Pictures = None,
    model: Model = None,
    device: Device = None,
    batch_sizes: Annotated[str, typer.Option(help="Sizes of batches, with commas between them.")] = "1,8,32",
    seconds: Annotated[float, typer.Option(min=0.0, help="How long each size is measured, at least.")] = 3.0,
    output: OutputFormat = Format.TEXT,
    config: Config = None,
) -> None:
    """Measure a captioning model on this machine, stage by stage and by the size of its batches.

    Example: alt-audit bench --model builtin --batch-sizes 1,16,64
    """
    from alt_audit.console.terminal import say
    from captioning.bench import measure_batches, measure_preparation, sample_picture
    from captioning.captioners.select import load_captioner

    sizes = _read_sizes(batch_sizes)
    options = settings_of(config, caption={"model": model, "device": device}).caption
    pictures = _read_files(files) if files else [sample_picture(seed) for seed in range(SAMPLES)]
    captioner = load_captioner(options, say)
    try:
        preparation, features = measure_preparation(captioner, pictures, max_pixels=options.max_pixels)
    except ImageError as error:
        raise UsageError(
            f"{_failing_file(files or [], pictures, options.max_pixels)} cannot be captioned ({error}): leave it out"
        ) from error
    speeds = list(measure_batches(captioner, features, sizes, seconds=seconds))
    if output is Format.JSON:
        result = {
            "model": captioner.info.description,
            "placement_reason": captioner.info.placement_reason,
            "batch_size": options.batch_size or captioner.info.batch_size,
            **asdict(preparation),
            "batches": [asdict(speed) for speed in speeds],
        }
        typer.echo(json.dumps(result))
    else:
        _print(captioner.info, options.batch_size, preparation, speeds)


def _read_sizes(text: str) -> list[int]:
    try:
        sizes = [int(part) for part in text.split(",")]
    except ValueError:
        sizes = []
    if not sizes or min(sizes) < 1 or max(sizes) > MAX_BATCH_SIZE:
        raise UsageError(f"--batch-sizes: {text!r} is no list of sizes such as 1,8,32, none above {MAX_BATCH_SIZE:,}")
    return sizes


def _read_files(files: list[Path]) -> list[bytes]:
    try:
        return [file.read_bytes() for file in files]
    except OSError as error:
        raise UsageError(f"cannot read {error.filename}: {error.strerror}") from error


def _failing_file(files: list[Path], pictures: list[bytes], max_pixels: int) -> str:
    """The first of the files that cannot be decoded."""
    from captioning.decoding.process import decode

    for file, data in zip(files, pictures, strict=True):
        try:
            decode(data, max_pixels=max_pixels)
        except ImageError:
            return str(file)
    return "one of the files"


def _print(info: CaptionerInfo, batch_size: int | None, preparation: Preparation, speeds: list[BatchSpeed]) -> None:
    from rich.table import Table

    from alt_audit.console.terminal import stdout

    stdout.print(info.description, markup=False)
    if info.placement_reason:
        stdout.print(f"Chosen by itself: {info.placement_reason}", markup=False)
    stdout.print(f"`caption` takes batches of {batch_size or info.batch_size}", markup=False)
    stdout.print(
        f"On one core: decode {preparation.decode_ms:.1f} ms, prepare {preparation.prepare_ms:.1f} ms an image "
        f"({preparation.megapixels:.1f} megapixels)"
    )
    grid = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("batch", "generate ms", "ms an image", "images/s", "peak MiB"):
        grid.add_column(heading, justify="right")
    for speed in speeds:
        if speed.generate_ms is None:
            grid.add_row(str(speed.batch_size), "out of memory")
        else:
            figures = (speed.generate_ms, speed.generate_ms / speed.batch_size, speed.images_per_s, speed.peak_mib)
            grid.add_row(str(speed.batch_size), *(f"{figure:.1f}" for figure in figures))
    stdout.print(grid)
