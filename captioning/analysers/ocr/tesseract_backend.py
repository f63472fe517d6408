"""The entry in the registry of the analyser that reads with Tesseract, as it is installed on the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captioning.analysers.ocr import tesseract

if TYPE_CHECKING:
    from captioning.analysers.base import Analyser


def missing() -> str | None:
    """It is a program of the system."""
    if not tesseract.languages():
        return "there is no tesseract with a language on PATH: apt-get install tesseract-ocr tesseract-ocr-rus, say"
    return None


def revision() -> str:
    """By the program, its languages, and the code's own number."""
    from captioning.analysers.ocr.analyser import CODE

    return f"{CODE}-{tesseract.revision()}"


def load() -> Analyser:
    """A program of its own for each picture."""
    from captioning.analysers.ocr.analyser import OcrAnalyser

    return OcrAnalyser("tesseract", tesseract.TesseractReader())
