"""The processes that decode: killed, hung, many at once, and gone in the end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from captioning.decoding import process
from captioning.decoding.process import decode
from core.errors import ImageError
from tests.captioning.odd_images import RED, colourful, encode, half_red, png, svg

MAX_PIXELS = 50_000_000
HANGS = svg(
    '<filter id="f"><feTurbulence baseFrequency="0.9" numOctaves="100000"/></filter>'
    '<rect width="99" height="99" filter="url(#f)"/>'
)
DIES = svg(
    '<pattern id="p" patternUnits="userSpaceOnUse" width="1e6" height="1e6"><rect width="1e6" height="1e6"/></pattern>'
    '<rect width="99" height="99" fill="url(#p)"/>'
)


@pytest.fixture(autouse=True)
def fresh():
    process.close_all()
    yield
    process.close_all()


def idle_pids() -> list[int]:
    return [child._process.pid for child in process._idle]


def works() -> bool:
    return decode(encode(half_red(), "PNG"), max_pixels=MAX_PIXELS).image.getpixel((8, 20)) == RED


def test_a_process_is_used_again():
    assert works()
    pids = idle_pids()
    assert works()
    with pytest.raises(ImageError, match="decode/empty"):
        decode(b"", max_pixels=MAX_PIXELS)
    assert idle_pids() == pids
    assert len(pids) == 1


def test_what_reads_a_format_is_there_before_memory_has_a_limit():
    # Loaded later, it may not fit beside a large picture; Pillow does not know the format then, nor try again.
    assert works()
    (pid,) = idle_pids()
    loaded = Path(f"/proc/{pid}/maps").read_text("ascii")
    assert all(f"/PIL/{module}." in loaded for module in ("_webp", "_avif"))


def test_a_picture_that_hangs_is_given_up():
    with pytest.raises(ImageError, match=r"decode/timeout: not decoded after 0.5 s of computing"):
        decode(HANGS, max_pixels=MAX_PIXELS, timeout_s=0.5)
    assert idle_pids() == []
    assert works()


def test_a_picture_that_kills_costs_itself_alone():
    with pytest.raises(ImageError, match="decode/crashed"):
        decode(DIES, max_pixels=MAX_PIXELS)
    assert works()


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks into /proc")
def test_a_picture_that_wants_too_much_leaves_nothing_behind():
    """Memory that is kept from it counts against the next ones, which then fail or die of nothing of their own."""
    for _ in range(8):  # a decoder with threads
        assert decode(encode(half_red(), "HEIF"), max_pixels=MAX_PIXELS).format == "HEIF"
    with pytest.raises(ImageError, match="decode/out_of_memory"):
        decode(png(60_000, 60_000, 8, 2, b""), max_pixels=10**12)
    (pid,) = idle_pids()
    found = re.search(r"^VmData:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"), re.M)
    assert found
    assert int(found[1]) < 100_000


def test_a_process_that_was_killed_from_outside_is_replaced():
    assert works()
    (pid,) = idle_pids()
    os.kill(pid, signal.SIGKILL)
    assert works()
    assert idle_pids() != [pid]


def test_many_threads():
    """Small ones beside one another, large ones in turn, and none gets another's answer."""
    sizes = [(60 + n, 40) for n in range(30)]
    files = [encode(colourful(*size), "PNG") for size in sizes]
    large = encode(colourful(3000, 3000), "PNG", compress_level=1)
    with ThreadPoolExecutor(4) as pool:
        several = pool.map(lambda data: decode(data, max_pixels=MAX_PIXELS, side_px=400), [large, *files, large, large])
        found = [(picture.width, picture.height) for picture in several]
    assert found == [(3000, 3000), *sizes, (3000, 3000), (3000, 3000)]
    assert len(idle_pids()) <= 4


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks into /proc")
@pytest.mark.parametrize("end", ["exit", "kill"])
def test_processes_end_with_the_program(end):
    """Also when it is killed, and cannot tell them."""
    program = (
        "import sys, time\n"
        "from captioning.decoding import process\n"
        "try: process.decode(b'', max_pixels=9)\n"
        "except Exception: pass\n"
        "print(process._idle[0]._process.pid, flush=True)\n"
        f"time.sleep({60 if end == 'kill' else 0})\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        if end == "kill":
            parent.kill()
    deadline = time.monotonic() + 240
    while is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
