"""The analysers that there are. To add one: a module with the functions of a `Backend`, and its name below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captioning.analysers.kind import backend as kind
from captioning.analysers.ocr import backend as ocr
from captioning.analysers.ocr import tesseract_backend as tesseract
from captioning.analysers.ocr.names import TROCR, TROCR_MODEL
from captioning.analysers.ocr.trocr_backend import TrocrBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from captioning.analysers.base import Analyser, Backend

BACKENDS: dict[str, Backend] = {"kind": kind, "ocr": ocr, "tesseract": tesseract, TROCR: TrocrBackend()}
DEFAULT: tuple[str, ...] = ("kind",)  # those that cost little, and need no extra


def check_analysers(names: Iterable[str], *, trocr: str = TROCR_MODEL) -> None:
    """Raise CaptionerError where one of these could be run, if only its model could be had. Takes seconds at most."""
    backend = TrocrBackend(trocr)
    if TROCR in names and backend.missing() is None:
        backend.check()


def revisions_here(names: Iterable[str], report: Callable[[str], None], *, trocr: str = TROCR_MODEL) -> dict[str, str]:
    """Those of these names that can be run here, with their revisions; why the others cannot, `report` is told.

    `trocr` is the model of that name. Raises CaptionerError where it cannot be had.
    """
    found = {}
    for name in dict.fromkeys(names):
        backend = _backend(name, trocr)
        reason = backend.missing()
        if reason is None:
            found[name] = backend.revision()
        else:
            report(f"Pictures are not looked at for {name}: {reason}")
    return found


def load_analysers(names: Iterable[str], *, trocr: str = TROCR_MODEL) -> list[Analyser]:
    """These, ready for pictures. Raises CaptionerError where a model cannot be loaded."""
    return [_backend(name, trocr).load() for name in names]


def _backend(name: str, trocr: str) -> Backend:
    return TrocrBackend(trocr) if name == TROCR else BACKENDS[name]
