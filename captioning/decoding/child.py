"""The process that decodes: reads files from its standard input, writes pictures to its standard output.

Decoders in C take hours for some small files and gigabytes for others, and die of a few. Here the kernel stops them:
a timer kills the process, and memory has a limit. Nothing else runs in it, so that the switches of Pillow that belong
to a whole process can be used.

A request is a line of JSON (`bytes`, `max_pixels`, `side_px`, `timeout_s`) and the file. The answer is a line of JSON:
`failure` with a code and a message, or `format`, `size`, `full_size` and `warnings` with the RGB pixels behind it. A
line `large` before it asks for leave to decode what takes much memory, which any line grants.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import warnings
from typing import Any, BinaryIO

from PIL import Image

from captioning.decoding.colours import to_rgb
from captioning.decoding.picture import undecodable
from captioning.decoding.raster import Raster, is_truncation
from captioning.decoding.repair import webp_is_cut
from captioning.decoding.sniff import SVG, kind_of, unzip
from captioning.decoding.svg import draw
from core.errors import ImageError

_MEMORY_BYTES = 384 * 2**20
_MAX_MEMORY_BYTES = 4 * 2**30
_BYTES_PER_PIXEL = 16  # an animated WebP: two canvases, a frame, and the image made of it
_MAX_SVG_BYTES = 20 * 2**20
_FILE_BYTES = 5 * 2**20
_STACK_BYTES = 96 * 2**20  # resvg takes 30 to 40 KiB of it for each level of a drawing, and libxml2 reads 256 levels


def main() -> None:
    """Answer until the input ends, with the process that started this one."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # some libraries print
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker, which then ends this process
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for clock in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(clock, signal.SIG_DFL)  # kills
    # Before memory has a limit: a format whose library cannot be loaded for want of it would be unknown from then on.
    Image.init()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _limit(resource.RLIMIT_FSIZE, _FILE_BYTES)  # what is written: what resvg says of a drawing, fonts that it brings
    _limit(resource.RLIMIT_STACK, _STACK_BYTES)
    warnings.simplefilter("ignore")
    while line := requests.readline():
        request = json.loads(line)
        data = requests.read(request["bytes"])
        _set_clock(request["timeout_s"])
        try:
            answer, pixels = _decode(data, request, requests, answers)
        except ImageError as error:
            answer, pixels = {"failure": [error.code, error.message]}, b""
        _set_clock(0)
        answers.write(json.dumps(answer).encode() + b"\n" + pixels)
        answers.flush()


def _set_clock(seconds: float) -> None:
    """The kernel kills after that many seconds of computing, or six times as many on a busy machine; 0: never."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, 6 * seconds)


def _limit_memory(size: int) -> None:
    _limit(resource.RLIMIT_DATA, size)


def _limit(kind: int, size: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (size if hard == resource.RLIM_INFINITY else min(size, hard), hard))


def _decode(
    data: bytes, request: dict[str, Any], requests: BinaryIO, answers: BinaryIO
) -> tuple[dict[str, Any], bytes]:
    try:
        kind = kind_of(data)
        if kind == SVG:
            Image.MAX_IMAGE_PIXELS = None  # what is drawn is of a size of ours
            _limit_memory(_MEMORY_BYTES)
            drawing, full_size, found = draw(unzip(data, _MAX_SVG_BYTES), request["side_px"])
            image, name = to_rgb(drawing, request["side_px"], []), kind
        else:
            # Pillow warns of more, and refuses twice as much wherever it meets it: in an ICO, at a later frame.
            Image.MAX_IMAGE_PIXELS = request["max_pixels"] // 2
            # Reading the header of a WebP sets memory apart for its canvas, but does not use it yet.
            _limit_memory(min(_MEMORY_BYTES + _BYTES_PER_PIXEL * request["max_pixels"], _MAX_MEMORY_BYTES))
            raster = Raster(data, kind, request["max_pixels"], request["side_px"])
            if raster.is_large:
                _wait_for_leave(requests, answers)
                _set_clock(request["timeout_s"])
            else:
                _limit_memory(_MEMORY_BYTES)
            image, name, full_size, found = raster.decode()
        facts = {"format": name, "size": image.size, "full_size": full_size, "warnings": found}
        return facts, image.tobytes()
    except ImageError:
        raise
    except Image.DecompressionBombError as error:  # no OSError
        detail = f"more than {request['max_pixels']} pixels (caption.max_pixels), or it says so"
        raise undecodable("too_many_pixels", detail) from error
    except MemoryError as error:
        raise undecodable("out_of_memory", "decoding takes more memory than caption.max_pixels allows for") from error
    except BaseException as error:  # panics of resvg are no Exception
        # Hostile or damaged bytes make Pillow's parsers raise nearly anything: OSError, ValueError, SyntaxError,
        # struct.error, zlib.error, KeyError, OverflowError. For one image they all mean the same.
        code = "truncated" if is_truncation(error) or webp_is_cut(data) else "corrupt"
        raise undecodable(code, f"{type(error).__name__}: {error}") from error


def _wait_for_leave(requests: BinaryIO, answers: BinaryIO) -> None:
    _set_clock(0)
    answers.write(b'"large"\n')
    answers.flush()
    requests.readline()


if __name__ == "__main__":
    main()
