"""Refuses to start where a foreign package stands in for one of the program's own.

The program's packages have plain names (core, store, ...). Python takes the first package of a name that it finds
on its path, and looks into the current folder first under `python -m`, and into PYTHONPATH before everything
installed. This module imports nothing of ours, and asks where each package lies without importing it.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("captioning", "core", "crawler", "inference", "migrations", "reports", "rules", "store", "suggestions")


def shadowed_package() -> str | None:
    """What to tell the person who started the program, where another package hides one of ours; None if none does."""
    root = Path(__file__).resolve().parents[1]
    for name in PACKAGES:
        spec = find_spec(name)
        folders = list(spec.submodule_search_locations or ()) if spec is not None else []
        place = folders[0] if folders else (spec.origin if spec is not None else None)
        if place is None:
            return f"its package {name} is missing from {root}. Install alt-audit again, in an environment of its own."
        if Path(place).resolve() != root / name:
            return (
                f"another package hides its package {name}: Python finds {place} before {root / name}. Run alt-audit "
                "in another folder and without PYTHONPATH, or install it in an environment of its own "
                "(pipx install alt-audit)."
            )
    return None
