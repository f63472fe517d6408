"""The front door: command line and configuration. What programs may use of it is in `alt_audit.api`."""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["audit", "decide", "load_settings", "rows", "suggest"]

if TYPE_CHECKING:
    from alt_audit.api import audit, decide, load_settings, rows, suggest


def __getattr__(name: str) -> Any:
    """The functions of `alt_audit.api`, imported when they are asked for: the command line starts without them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from alt_audit import api

    return getattr(api, name)
