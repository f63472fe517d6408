"""The templates. Everything that comes from the web is escaped, and shown without what would steer or hide."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from core.text import shown


def _shown(value: Any) -> Any:
    return shown(value) if type(value) is str else value  # and no markup of ours


def environment() -> Environment:
    """Escaping is always on, and a name that a template does not know is an error."""
    return Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
