"""How long the queue would take, and what it would cost, measured before anything runs."""

from __future__ import annotations

import contextlib
import io
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

from PIL import Image

from captioning.bench import sample_picture
from captioning.decoding.picture import DecodedPicture
from core.errors import CaptionerError, ImageError
from inference.protocol import prepared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from captioning.analysers.base import Analyser
    from captioning.caption_options import CaptionOptions
    from core.place import Place
    from inference.protocol import Captioner

MEASURE_S = 10.0  # after which no further batch is begun
MAX_BATCHES = 4


@dataclass(frozen=True, slots=True)
class Estimate:
    """What captioning `pictures` takes; fetching them is not reckoned in."""

    pictures: int  # or questions about them, where they are asked about in their places
    per_second: float
    input_tokens: int | None  # of an endpoint; None for a model on this machine, or where it does not count
    output_tokens: int | None
    cost_usd: float | None  # None without prices

    @property
    def seconds(self) -> float:
        """For all pictures, preparing them while others are captioned."""
        return self.pictures / self.per_second


def estimate(
    captioner: Captioner,
    pictures: int,
    options: CaptionOptions,
    places: Sequence[Place | None] = (),
    analysers: Sequence[Analyser] = (),
) -> Estimate:
    """Time a few batches of made-up pictures, and reckon what `pictures` of them take.

    With `places` they are asked about in these; `analysers` look at each while it is prepared.

    An endpoint is asked about one batch only, which costs as much as that. Raises CaptionerError where the captioner
    has no answer to any of them.
    """
    batch_size = min(options.batch_size or captioner.info.batch_size, pictures)
    samples = [Image.open(io.BytesIO(sample_picture(seed))).convert("RGB") for seed in range(batch_size)]
    usage = captioner.usage
    if usage is None:
        # The first pass over a device is a slow one.
        captioner.generate(captioner.collate([captioner.prepare(samples[0])]))
    counted = (0, 0, 0) if usage is None else (usage.requests, usage.input_tokens, usage.output_tokens)
    prepare_s = generate_s = 0.0
    batches = 0
    with ThreadPoolExecutor(options.threads) as pool:
        while batches < (MAX_BATCHES if usage is None else 1) and prepare_s + generate_s < MEASURE_S:
            started = time.monotonic()
            asked = zip(samples, cycle(places or (None,)), strict=False)
            batch = captioner.collate(list(pool.map(lambda one: _prepared(captioner, analysers, *one), asked)))
            between = time.monotonic()
            answers = captioner.generate(batch)
            prepare_s += between - started
            generate_s += time.monotonic() - between
            batches += 1
    failures = [answer for answer in answers if isinstance(answer, ImageError)]
    if len(failures) == len(answers):
        raise CaptionerError(f"{captioner.info.model} has no caption for any of {len(answers)} pictures: {failures[0]}")
    per_second = batches * batch_size / max(prepare_s, generate_s, 1e-6)
    if usage is None or usage.uncounted:
        return Estimate(pictures, per_second, None, None, None)
    requests = usage.requests - counted[0]
    input_tokens = round((usage.input_tokens - counted[1]) * pictures / requests)
    output_tokens = round((usage.output_tokens - counted[2]) * pictures / requests)
    return Estimate(pictures, per_second, input_tokens, output_tokens, usage.price(input_tokens, output_tokens))


def _prepared(captioner: Captioner, analysers: Sequence[Analyser], sample: Image.Image, place: Place | None) -> Any:
    for analyser in analysers:
        with contextlib.suppress(Exception):  # it costs its analysis, as with any picture
            analyser.analyse(DecodedPicture(sample, "JPEG", *sample.size, sha256="", warnings=()))
    return prepared(captioner, sample, place)
