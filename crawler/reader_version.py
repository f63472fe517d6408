"""What reads pages: a name for this very parser, these very rules and the way they are set."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import core
import crawler
import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rules.rule_options import RuleOptions

# The modules of core that crawler.page and rules import, and those that these import; a test holds this list to that.
CORE_MODULES = ("detector", "languages", "records", "referrer_policy", "site_facts", "start_tag", "text")


def fingerprint(options: RuleOptions) -> str:
    """A digest of all that a page's facts and findings depend on but the page itself."""
    return hashlib.sha256(f"{_code()}\n{options.model_dump_json()}".encode()).hexdigest()[:16]


@cache
def _code() -> str:
    return digest_of(readers(*(Path(package.__path__[0]) for package in (core, crawler, rules))))


def readers(core_folder: Path, crawler_folder: Path, rules_folder: Path) -> Iterator[Path]:
    """The files that decide what is read of a page and what is said of it, word lists and tables included.

    So nobody has to remember to raise a number when one of them changes, and a change elsewhere in the crawler makes no
    page be read again.
    """
    for folder in (crawler_folder / "page", rules_folder, core_folder / "identity"):
        yield from (path for path in sorted(folder.rglob("*")) if path.suffix in {".py", ".toml"})
    yield from (core_folder / f"{name}.py" for name in CORE_MODULES)


def digest_of(paths: Iterable[Path]) -> str:
    """A digest of these files, by name and content, and of the libraries that read pages, languages and addresses."""
    libraries = [f"{name} {version(name)}" for name in ("turbohtml", "cld3-py", "ada-url")]
    digest = hashlib.sha256(f"{', '.join(libraries)}\n".encode())
    for path in paths:
        digest.update(f"{path.parent.name}/{path.name}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
