"""The content systems, found where they stand: a module in `reports.cms.systems` with SYSTEMS is one or several."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from core.errors import UsageError
from reports.cms import systems as package

if TYPE_CHECKING:
    from reports.cms.system import System


@cache
def systems() -> tuple[System, ...]:
    """All of them, by their names."""
    modules = [import_module(f"{package.__name__}.{module.name}") for module in pkgutil.iter_modules(package.__path__)]
    return tuple(sorted((one for module in modules for one in module.SYSTEMS), key=lambda system: system.name))


def system_of(name: str) -> System:
    """The system of this name. Raises UsageError where there is none."""
    found = next((system for system in systems() if system.name == name.lower()), None)
    if found is None:
        known = ", ".join(system.name for system in systems())
        raise UsageError(f"there is no format {name}. There are {known}; --list says what each is.")
    return found
