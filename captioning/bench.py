"""How quick a captioner is on this machine, stage by stage and by the size of its batches."""

from __future__ import annotations

import io
import random
import resource
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from captioning.decoding.process import decode
from inference.batching import is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from inference.protocol import Captioner

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Preparation:
    """What the stages before the device cost, on one core."""

    decode_ms: float  # an image
    prepare_ms: float  # an image
    megapixels: float  # of an image, on average


@dataclass(frozen=True, slots=True)
class BatchSpeed:
    """What one size of batches costs; no figures where it does not fit the device's memory."""

    batch_size: int
    generate_ms: float | None  # a batch
    images_per_s: float | None  # of the device alone
    peak_mib: float | None  # of the device's memory, the model included; on a CPU, of the process


def sample_picture(seed: int, size: tuple[int, int] = (1280, 960)) -> bytes:
    """A JPEG with the size and the detail of a photograph, different for each seed."""
    noise = random.Random(seed)  # noqa: S311 - of a picture, not of a key
    layers = [
        Image.frombytes("RGB", (n, n), noise.randbytes(n * n * 3)).resize(size, Image.Resampling.BICUBIC)
        for n in (4, 32, 256)
    ]
    picture = Image.blend(Image.blend(layers[0], layers[1], 0.4), layers[2], 0.2)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def measure_preparation(
    captioner: Captioner, files: Sequence[bytes], *, max_pixels: int
) -> tuple[Preparation, list[Any]]:
    """Decode and prepare each file once. Returns the cost and the prepared pictures; raises ImageError."""
    decoded_for = partial(decode, max_pixels=max_pixels, side_px=captioner.info.side_px)
    captioner.prepare(decoded_for(files[0]).image)  # the first one loads codecs and tables
    started = time.perf_counter()
    pictures = [decoded_for(data) for data in files]
    decoded = time.perf_counter()
    features = [captioner.prepare(picture.image) for picture in pictures]
    prepared = time.perf_counter()
    each_ms = 1000 / len(files)
    pixels = sum(picture.width * picture.height for picture in pictures)
    cost = Preparation((decoded - started) * each_ms, (prepared - decoded) * each_ms, pixels / len(files) / 1e6)
    return cost, features


def measure_batches(
    captioner: Captioner, features: Sequence[Any], batch_sizes: Sequence[int], *, seconds: float
) -> Iterator[BatchSpeed]:
    """Caption for about `seconds` in batches of each size, at least one batch after one to warm up."""
    for size in batch_sizes:
        batch = [features[n % len(features)] for n in range(size)]
        _reset_peak()
        try:
            collated = captioner.collate(batch)
            captioner.generate(collated)
            batches, started = 0, time.perf_counter()
            while batches == 0 or time.perf_counter() - started < seconds:
                captioner.generate(collated)  # returns texts: the device is done with it by then
                batches += 1
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            yield BatchSpeed(size, None, None, None)
            continue
        each_s = (time.perf_counter() - started) / batches
        yield BatchSpeed(size, each_s * 1000, size / each_s, _peak_mib())


def _cuda() -> Any:
    torch = sys.modules.get("torch")
    return torch.cuda if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized() else None


def _reset_peak() -> None:
    cuda = _cuda()
    if cuda is not None:
        cuda.empty_cache()
        for device in range(cuda.device_count()):
            cuda.reset_peak_memory_stats(device)
    elif sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5", "ascii")  # man proc_pid_clear_refs: resets the peak


def _peak_mib() -> float:
    cuda = _cuda()
    if cuda is not None:
        return float(sum(map(cuda.max_memory_allocated, range(cuda.device_count()))) / _MIB)  # one of them is in use
    if sys.platform == "linux":
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
        return int(status["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MIB  # bytes on macOS; since the process began
