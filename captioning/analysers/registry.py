"""The analysers that there are. To add one: a module with the functions of a `Backend`, and its name below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captioning.analysers.kind import backend as kind
from captioning.analysers.ocr import backend as ocr
from captioning.analysers.ocr import tesseract_backend as tesseract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from captioning.analysers.base import Analyser, Backend

BACKENDS: dict[str, Backend] = {"kind": kind, "ocr": ocr, "tesseract": tesseract}
DEFAULT: tuple[str, ...] = ("kind",)  # those that cost little, and need no extra


def revisions_here(names: Iterable[str], report: Callable[[str], None]) -> dict[str, str]:
    """Those of these names that can be run here, with their revisions; why the others cannot, `report` is told."""
    found = {}
    for name in dict.fromkeys(names):
        reason = BACKENDS[name].missing()
        if reason is None:
            found[name] = BACKENDS[name].revision()
        else:
            report(f"Pictures are not looked at for {name}: {reason}")
    return found


def load_analysers(names: Iterable[str]) -> list[Analyser]:
    """These, ready for pictures."""
    return [BACKENDS[name].load() for name in names]
