"""What reads pages: a name for this very parser, these very rules and the way they are set."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

import core
import crawler
import rules

if TYPE_CHECKING:
    from rules.options import RuleOptions


def fingerprint(options: RuleOptions) -> str:
    """A digest of all that a page's facts and findings depend on but the page itself."""
    return hashlib.sha256(f"{_code()}\n{options.model_dump_json()}".encode()).hexdigest()[:16]


@cache
def _code() -> str:
    """A digest of the files of these packages, word lists and tables included, and of the parser below them.

    So nobody has to remember to raise a number when one of them changes.
    """
    digest = hashlib.sha256(repr((etree.LXML_VERSION, etree.LIBXML_VERSION)).encode())
    for package in (core, crawler, rules):
        folder = Path(package.__path__[0])
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(folder.parent).as_posix()}\n".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
