"""The analyser's entry in the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from captioning.analysers.base import Analyser


def missing() -> str | None:
    """It ships with the package."""
    return None


def revision() -> str:
    """By its weights and its code's own number."""
    from captioning.analysers.kind.files import revision as of_this

    return of_this()


def load() -> Analyser:
    """Onto the CPU."""
    from captioning.analysers.kind.analyser import KindAnalyser

    return KindAnalyser()
