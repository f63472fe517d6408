"""Reading with Tesseract, where it is installed: for scripts that rapidocr does not read.

It reads in all languages that are installed beside it, which a distribution has as packages of their own. Each picture
is a process that is given a bitmap of ours and ends after some seconds, whatever is in it.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import tomllib
from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from captioning.analysers.ocr.lines import Box, Line, worth_reading
from captioning.analysers.ocr.names import TESSERACT
from core.text import collapse

if TYPE_CHECKING:
    from PIL import Image

TIMEOUT_S = 10.0
MIN_SIDE_PX = 12  # of a picture that may hold a line
_READ_AT_PIXELS = 2_000_000  # small letters are read better when they are enlarged
_ENLARGED = 2.0
_SURE = 60.0  # of a word, in 100
_SPARSE = "11"  # text here and there, as on a screen
_WORD = "5"  # the level of a row that is one


class TesseractReader:
    """Safe to call from many threads."""

    def __init__(self) -> None:
        self.revision = revision()
        self.scripts = tuple(sorted({script for one in languages() if (script := _script(one)) is not None}))
        self._languages = "+".join(languages())

    def read(self, image: Image.Image) -> tuple[int, list[Line]]:
        """How many lines there are, and some of them. Raises RuntimeError where Tesseract does."""
        if min(image.size) < MIN_SIDE_PX:
            return 0, []
        scale = min(_ENLARGED, (_READ_AT_PIXELS / (image.width * image.height)) ** 0.5)
        bitmap = io.BytesIO()
        image.convert("L").resize((max(1, round(image.width * scale)), max(1, round(image.height * scale)))).save(
            bitmap, "PPM"
        )
        try:
            done = subprocess.run(  # noqa: S603 the picture is a bitmap of ours
                [_program(), "stdin", "stdout", "-l", self._languages, "--psm", _SPARSE, "tsv"],
                input=bitmap.getvalue(),
                capture_output=True,
                timeout=TIMEOUT_S,
                check=True,
                env=os.environ | {"OMP_THREAD_LIMIT": "1"},  # pictures are read side by side
            )
        except subprocess.TimeoutExpired as error:
            raise RuntimeError(f"tesseract has not read it after {TIMEOUT_S:g} s") from error
        except subprocess.CalledProcessError as error:
            raise RuntimeError(f"tesseract ended with {error.returncode}: {error.stderr[-200:]!r}") from error
        lines = _lines(done.stdout.decode("utf-8", "replace"), scale)
        chosen = set(worth_reading([line.box for line in lines]))
        return len(lines), [line for line in lines if line.box in chosen]


@cache
def languages() -> tuple[str, ...]:
    """Those that are installed and of a script that is known; none where Tesseract is not there."""
    if shutil.which(TESSERACT) is None:
        return ()
    found = [line.strip() for line in _said("--list-langs").splitlines()[1:]]
    return tuple(sorted(one for one in found if one and _script(one) is not None))


@cache
def revision() -> str:
    """The program with its languages."""
    return f"{_said('--version').partition(chr(10))[0].strip()} {'+'.join(languages())}"


def _said(option: str) -> str:
    done = subprocess.run(  # noqa: S603 no argument is a stranger's
        [_program(), option], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    return done.stdout


def _program() -> str:
    return shutil.which(TESSERACT) or TESSERACT


def _script(language: str) -> str | None:
    known = tomllib.loads(files(__package__).joinpath("tesseract.toml").read_text("utf-8"))["scripts"]
    script = next((script for script, some in known.items() if language in some), "latin")
    return None if script == "none" else script


def _lines(table: str, scale: float) -> list[Line]:
    """Tesseract's words as lines, without those that it is not sure of."""
    words: dict[tuple[str, ...], list[tuple[str, Box, float]]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = collapse(row.get("text") or "")
        if row["level"] != _WORD or not text or float(row["conf"]) < _SURE:
            continue
        left, top, width, height = (int(row[name]) for name in ("left", "top", "width", "height"))
        corners = [round(value / scale) for value in (left, top, left + width, top + height)]
        words[row["block_num"], row["par_num"], row["line_num"]].append((text, Box(*corners), float(row["conf"])))
    return [_line(some) for some in words.values()]


def _line(words: list[tuple[str, Box, float]]) -> Line:
    boxes = [box for _, box, _ in words]
    around = Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )
    return Line(" ".join(text for text, _, _ in words), around, round(min(score for *_, score in words) / 100, 3))
