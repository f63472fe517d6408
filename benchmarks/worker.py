"""How quick captioning is: BLIP-large with its real sizes and random weights, from the queue to stored rows.

    python benchmarks/worker.py                 # on a GPU: about ten minutes
    python benchmarks/worker.py --small         # anywhere: the same with a small model
    python benchmarks/worker.py --model builtin # the model that ships with the package

The weights are random, since the arithmetic is the same; texts are always 20 tokens. Pictures of 1 to 2 megapixels come
over loopback HTTP, from nginx where it is installed. Measured are

    end to end      alt-audit's worker, from claimed images to stored rows, beside the loop that most people write:
                    one picture at a time, download, open, processor, generate, save
    device limit    generate alone, on tensors that are on the device already
    table           by batch size: images a second, milliseconds a stage, peak memory, share of the card's bf16 rate
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import sqlite3
import statistics
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.pictures import BASES, served, write_pictures
from benchmarks.random_blip import LARGE, SMALL, save_model
from captioning.caption_options import CaptionOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TOKENS = 20
# Dense bf16 rate by the makers' data sheets, FLOP/s; of names that begin alike, the longer one first.
BF16_RATES = {
    "H100 PCIe": 756e12,
    "H100 NVL": 835e12,
    "H100": 989e12,
    "H200 NVL": 835e12,
    "H200": 989e12,
    "A100": 312e12,
    "L40S": 362e12,
    "L40": 181e12,
    "L4": 121e12,
}


@dataclass(frozen=True)
class Passes:
    """One batch on the device: all of it, and the part that looks at the pictures."""

    whole: Callable[[], Any]
    vision: Callable[[], Any]


@dataclass(frozen=True)
class Contender:
    """A model as both sides use it."""

    captioner: Any  # ours
    caption_one: Callable[[Image.Image], str | None]  # the loop's
    on_device: Callable[[int], Passes] | None  # batch size -> passes over tensors that are there


def blip(sizes: dict[str, Any], folder: Path, device: torch.device, *, compiled: bool) -> Contender:
    """BLIP through alt-audit's adapter, and through transformers as its model card shows."""
    import transformers

    from captioning.captioners.huggingface.captioner import HuggingFaceCaptioner
    from inference.device import Placement

    save_model(folder, sizes)
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    captioner = HuggingFaceCaptioner(
        str(folder), Placement(device, dtype), max_new_tokens=TOKENS, compiled=compiled, local_files_only=True
    )

    @cache  # after the table, where a second model would count as memory of the first
    def loaded() -> tuple[Any, Any]:
        model = transformers.BlipForConditionalGeneration.from_pretrained(folder, dtype=dtype).to(device)
        return transformers.BlipProcessor.from_pretrained(folder), model

    def caption_one(image: Image.Image) -> str:
        processor, model = loaded()
        inputs = processor(images=image, return_tensors="pt").to(device, dtype)
        return str(processor.decode(model.generate(**inputs, max_new_tokens=TOKENS)[0], skip_special_tokens=True))

    def on_device(size: int) -> Passes:
        model = captioner._network.model
        side = sizes["vision_config"]["image_size"]
        pixels = torch.randn(size, 3, side, side, device=device, dtype=dtype)
        whole = torch.inference_mode()(lambda: model.generate(pixel_values=pixels, max_new_tokens=TOKENS).cpu())
        return Passes(whole, torch.inference_mode()(lambda: model.vision_model(pixel_values=pixels)[0].sum().item()))

    return Contender(captioner, caption_one, on_device)


def builtin(device: torch.device) -> Contender:
    """The captioner that ships with the package."""
    from captioning.captioners.builtin.captioner import BuiltinCaptioner

    captioner = BuiltinCaptioner(device)
    return Contender(
        captioner, lambda image: captioner.generate(captioner.collate([captioner.prepare(image)]))[0].text, None
    )


def naive(contender: Contender, urls: Sequence[str], database: Path) -> float:
    """The loop that most people write. Images a second."""
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE IF NOT EXISTS captions (url TEXT PRIMARY KEY, caption TEXT)")
    started = time.perf_counter()
    for url in urls:
        with urllib.request.urlopen(url) as response:
            image = Image.open(io.BytesIO(response.read())).convert("RGB")
        text = contender.caption_one(image)
        connection.execute("INSERT INTO captions VALUES (?, ?)", (url, text))
        connection.commit()
    seconds = time.perf_counter() - started
    connection.close()
    return len(urls) / seconds


def fill_queue(engine: Any, urls: Sequence[str]) -> None:
    """A page with one place for each picture, as a crawl would have stored it."""
    from core import records
    from store.crawls import begin_crawl
    from store.engine import writing
    from store.pages import write_visits
    from store.sites import ensure_site

    missing = records.Judgement(records.Classification.MISSING)
    page = "http://shop.test/"
    occurrences = tuple(
        records.Occurrence(
            key=url,
            kind=records.ImageKind.IMG,
            element="img",
            selector="img",
            html="<img>",
            src=url,
            image_url=url,
            fetch_url=url,
            context=records.Context(heading="Our shop"),
        )
        for url in urls
    )
    facts = records.PageFacts(page, "A page", "en", (), (), occurrences)
    judgements = (missing,) * len(urls)
    visit = records.PageRead(page, 0, facts, judgements, status=200)
    with writing(engine) as session:
        site = ensure_site(session, "shop.test")
        crawl = begin_crawl(session, site.id, [page], fresh=True)
        write_visits(session, crawl.id, site.id, [visit])


def ours(contender: Contender, urls: Sequence[str], database: Path, options: argparse.Namespace) -> float:
    """alt-audit's worker, from the queue to stored rows. Images a second."""
    from captioning.worker.worker import Worker
    from store.migrate import open_store

    engine = open_store(f"sqlite:///{database}", create=True)
    fill_queue(engine, urls)
    settings = CaptionOptions(
        batch_size=options.batch_size,
        fetch_concurrency=options.downloads,
        fetch_per_host=options.downloads,
        prepare_threads=options.threads,
        allow_private=["127.0.0.0/8"],
    )
    worker = Worker(engine, contender.captioner, settings, load=lambda: contender.captioner)
    started = time.perf_counter()
    summary = asyncio.run(worker.run())
    seconds = time.perf_counter() - started
    engine.dispose()
    if summary.captioned != len(urls):
        sys.exit(f"not all pictures were captioned: {summary}")
    print(f"    {worker.metrics.line()}")
    return len(urls) / seconds


def timed(once: Callable[[], Any], seconds: float) -> float:
    """Seconds for one call, after one to warm up: the median of what fits the time."""
    once()
    found: list[float] = []
    began = time.perf_counter()
    while not found or time.perf_counter() - began < seconds:
        started = time.perf_counter()
        once()
        found.append(time.perf_counter() - started)
    return statistics.median(found)


def pass_times(passes: Passes, seconds: float) -> tuple[float, float]:
    """Seconds of a whole pass and of its vision part; nothing of the pictures stays in memory."""
    return timed(passes.whole, seconds), timed(passes.vision, seconds / 4)


def bf16_rate(device: torch.device) -> float | None:
    """What the card's data sheet promises, FLOP/s; None for a card that is not listed."""
    if device.type != "cuda":
        return None
    name = torch.cuda.get_device_name(device)
    return next((rate for card, rate in BF16_RATES.items() if card in name), None)


def count_flops(once: Callable[[], Any]) -> int:
    """Floating-point operations of one call, as torch counts them: matrix products, convolutions and attention."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        once()
    return int(counter.get_total_flops())


def print_table(contender: Contender, sizes: Sequence[int], device: torch.device, seconds: float) -> dict[int, float]:
    """The device alone, by batch size. Returns images a second."""
    assert contender.on_device is not None
    flops = count_flops(contender.on_device(1).whole)
    rate = bf16_rate(device)
    print(f"\n{flops / 1e9:.3g} GFLOP a picture ({TOKENS} tokens)")
    print(
        f"{'batch':>6}{'images/s':>11}{'vision ms':>11}{'text ms':>10}{'ms an image':>13}{'peak MiB':>10}{'of bf16':>9}"
    )
    found = {}
    for size in sizes:
        if device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(device)
        try:
            each, vision = pass_times(contender.on_device(size), seconds)
        except torch.OutOfMemoryError:
            print(f"{size:>6}  out of memory")
            continue
        found[size] = size / each
        peak = f"{torch.cuda.max_memory_allocated(device) / 2**20:.0f}" if device.type == "cuda" else "-"
        share = f"{flops * size / each / rate:.0%}" if rate is not None else "-"
        print(
            f"{size:>6}{size / each:>11.1f}{vision * 1e3:>11.1f}{(each - vision) * 1e3:>10.1f}"
            f"{each / size * 1e3:>13.2f}{peak:>10}{share:>9}",
            flush=True,
        )
    return found


def print_preparation(contender: Contender, files: Sequence[bytes]) -> None:
    """What stands before the device, on one core."""
    from captioning.bench import measure_preparation

    cost, _ = measure_preparation(contender.captioner, files, max_pixels=50_000_000)
    print(
        f"On one core: decode {cost.decode_ms:.1f} ms, prepare {cost.prepare_ms:.1f} ms an image "
        f"({cost.megapixels:.1f} megapixels)"
    )


def compare(contender: Contender, base: str, names: Sequence[str], options: argparse.Namespace, state: Path) -> float:
    """Take turns through both sides, and print the ratio. Returns our images a second."""
    urls = [f"{base}/{name}" for name in names]
    slow, quick = [], []
    naive(contender, urls[:2], state / "warm.db")
    for run in range(options.runs):
        slow.append(naive(contender, urls[: options.naive], state / f"naive{run}.db"))
        print(f"one at a time {slow[-1]:>9.2f} images/s ({options.naive} pictures)", flush=True)
        quick.append(ours(contender, urls, state / f"ours{run}.db", options))
        print(f"alt-audit     {quick[-1]:>9.2f} images/s ({len(urls)} pictures)", flush=True)
    best = statistics.median(quick)
    print(f"\nalt-audit / one at a time: {best / statistics.median(slow):.1f} (medians of {options.runs})")
    return best


def read_options() -> argparse.Namespace:
    """The command line, with what is left open chosen for this machine."""
    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a small BLIP")
    parser.add_argument("--model", choices=["blip", "builtin"], default="blip")
    parser.add_argument("--compile", action="store_true", help="as caption.compile does")
    parser.add_argument("--device", default="cuda" if cuda else "cpu")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--pictures", type=int, default=4096 if cuda else 200)
    parser.add_argument("--naive", type=int, default=100 if cuda else 50, help="pictures for the simple loop")
    parser.add_argument("--batch-size", type=int, default=128 if cuda else 16)
    parser.add_argument("--batch-sizes", type=json.loads, default=[1, 8, 32, 128, 256] if cuda else [1, 8, 32])
    parser.add_argument("--downloads", type=int, default=64 if cuda else 16)
    parser.add_argument("--threads", type=int, default=CaptionOptions().threads)
    parser.add_argument("--seconds", type=float, default=5.0 if cuda else 1.0, help="for each batch size")
    parser.add_argument("--table-only", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Parse the command line and run."""
    options = read_options()
    device = torch.device(options.device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{options.threads} threads"
    print(f"torch {torch.__version__} on {name}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        state.chmod(0o755)
        for part in ("model", "pictures"):
            (state / part).mkdir()
        if options.model == "builtin":
            contender = builtin(device)
        else:
            contender = blip(SMALL if options.small else LARGE, state / "model", device, compiled=options.compile)
        limits = {}
        if contender.on_device is not None:
            limits = print_table(contender, options.batch_sizes, device, options.seconds)
        if options.table_only:
            return
        names = write_pictures(state / "pictures", options.pictures)
        print()
        print_preparation(contender, [(state / "pictures" / name).read_bytes() for name in names[:BASES]])
        with served(state / "pictures") as base:
            best = compare(contender, base, names, options, state)
        if options.batch_size in limits:
            print(f"alt-audit / the device's own limit: {best / limits[options.batch_size]:.2f}")


if __name__ == "__main__":
    main()
