"""The analyser's entry in the registry."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from captioning.analysers.ocr.names import RAPIDOCR

if TYPE_CHECKING:
    from captioning.analysers.base import Analyser


def missing() -> str | None:
    """It is an extra."""
    if find_spec("rapidocr") is None or find_spec("onnxruntime") is None:
        return "it needs rapidocr and onnxruntime: pip install 'alt-audit[ocr]'"
    return None


def revision() -> str:
    """By the library, which brings its models, and the code's own number."""
    from captioning.analysers.ocr.analyser import CODE

    return f"{CODE}-{RAPIDOCR} {version(RAPIDOCR)}"


def load() -> Analyser:
    """Onto the CPU."""
    from captioning.analysers.ocr.analyser import OcrAnalyser
    from captioning.analysers.ocr.rapid import RapidReader

    return OcrAnalyser("ocr", RapidReader())
