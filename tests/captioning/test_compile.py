"""caption.compile: the same captions, and no new compilation for each size of a batch."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from tests.captioning.test_huggingface import load, pictures
from tests.captioning.tiny_models import save_tiny

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
SIZES = [7, 3, 1, 5, 2, 6, 4]
WITHOUT_COMPILER = """
import sys
from pathlib import Path
from core.errors import CaptionerError
from tests.captioning.test_huggingface import load
try:
    load(Path(sys.argv[1]), compiled=True)
except CaptionerError as error:
    print(error)
"""


@pytest.mark.filterwarnings("ignore")  # torch's compiler uses what it has itself deprecated
@pytest.mark.skipif(not shutil.which("g++"), reason="no C++ compiler")
@pytest.mark.parametrize("family", ["blip", "llava", "vit-gpt2", "qwen2_vl"])
def test_captions_are_those_of_the_model_as_it_is(tmp_path, family):
    folder = save_tiny(family, tmp_path)
    plain, compiled = load(folder), load(folder, compiled=True)
    assert "compiled" in compiled.info.description
    prepared = [plain.prepare(picture) for picture in pictures()]
    graphs = []
    device = ThreadPoolExecutor(1)  # as in the worker: another thread than the one that compiles
    for size in SIZES:
        batch = plain.collate(prepared[:size])
        expected, found = plain.generate(batch), device.submit(compiled.generate, batch).result()
        assert [caption.text for caption in found] == [caption.text for caption in expected]
        assert [caption.confidence for caption in found] == pytest.approx(
            [caption.confidence for caption in expected], rel=1e-4
        )
        graphs.append(torch._dynamo.utils.counters["stats"]["unique_graphs"])
    device.shutdown()
    assert graphs[0] > 1
    assert set(graphs[SIZES.index(1) :]) == {graphs[SIZES.index(1)]}


def test_a_machine_without_a_compiler_is_told_so(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WITHOUT_COMPILER, str(save_tiny("blip", tmp_path))],
        env={"PATH": "/nowhere", "CXX": "no-such-compiler", "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert "install a C++ compiler (g++), or set caption.compile to false" in done.stdout, done.stderr
