"""The kinds of files that an audit's pages may come from, found where they stand.

A module in `crawler/inputs/kinds` that defines INPUT is all that a new kind needs: `run` and `crawl` get its options.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from crawler.inputs import kinds

if TYPE_CHECKING:
    from crawler.inputs.base import Input


@cache
def inputs() -> tuple[Input, ...]:
    """All kinds, by the names of their modules."""
    names = sorted(module.name for module in pkgutil.iter_modules(kinds.__path__))
    return tuple(import_module(f"{kinds.__name__}.{name}").INPUT for name in names)
