"""Where what is written about a site lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def folder_name(site: str) -> str:
    """A site's name as a folder: no port separator, which Windows refuses."""
    return "".join(char if char.isalnum() or char in ".-" else "_" for char in site)


def log_path(out: Path, site: str) -> Path:
    """What the runs of a site have said: in `out`, beside its report, which may be published."""
    return out / f"{folder_name(site)}.log"
