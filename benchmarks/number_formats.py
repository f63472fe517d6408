"""What a CPU's number formats cost: BLIP base, its real size with random weights, 20 tokens a picture.

    python benchmarks/number_formats.py --formats float32:1 float32:16 bfloat16:16 int8:16

Each is a number format and the size of its batches; float32:1 is the loop that most people write. Seconds of processor
time (user and system, all threads) are what a busy machine leaves comparable; images/s are of the clock.
"""

from __future__ import annotations

import argparse
import copy
import resource
import time

import torch
import transformers

from captioning.captioners.huggingface.quantized import quantize_linear
from inference.device import DTYPES, processor_bfloat16

TOKENS = 20
DEFAULT = ["float32:1", "float32:16", "bfloat16:1", "bfloat16:16", "int8:1", "int8:16"]
START = 30_522  # [DEC] of the published model


def processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measured(model: transformers.BlipForConditionalGeneration, size: int, pictures: int) -> tuple[float, float]:
    """Seconds of processor time and of the clock for each picture, in batches of that size."""
    pixels = torch.randn(size, 3, 384, 384, dtype=model.dtype)
    ids = torch.tensor([[START, 1037, 3861, 1997]] * size)
    options = {"max_new_tokens": TOKENS, "min_new_tokens": TOKENS, "do_sample": False, "num_beams": 1}
    with torch.inference_mode():
        model.generate(pixel_values=pixels, input_ids=ids, **options)  # the first one packs the weights
        used, started, turns = processor_seconds(), time.perf_counter(), max(pictures // size, 1)
        for _ in range(turns):
            model.generate(pixel_values=pixels, input_ids=ids, **options)
    done = turns * size
    return (processor_seconds() - used) / done, (time.perf_counter() - started) / done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--formats", nargs="+", default=DEFAULT)
    parser.add_argument("--pictures", type=int, default=16, help="for each of them")
    options = parser.parse_args()
    torch.manual_seed(0)
    transformers.logging.set_verbosity_error()
    config = transformers.BlipConfig(vision_config={"image_size": 384})
    model = transformers.BlipForConditionalGeneration(config).eval()
    print(f"{torch.get_num_threads()} threads; multiplies in bfloat16: {processor_bfloat16() or 'no'}")
    print("format      batch   processor s an image   images/s")
    for name, _, size in (part.partition(":") for part in options.formats):
        network = copy.deepcopy(model).to(DTYPES[name])
        if name == "int8":
            quantize_linear(network)
        used, clock = measured(network, int(size or 1), options.pictures)
        print(f"{name:10} {int(size or 1):6} {used:22.2f} {1 / clock:10.2f}", flush=True)


if __name__ == "__main__":
    main()
