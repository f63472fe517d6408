"""What composes drafts: a name for this very composer, these very rules and the way they are set."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import core
import rules
import suggestions
from suggestions.manner.patterns import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Collection

    from rules.rule_options import RuleOptions
    from store.suggestions import ContextGroup
    from suggestions.manner.patterns import Manner
    from suggestions.site.neighbours import Beside

_OF_CORE = ("detector.py", "languages.py", "place.py", "records.py", "text.py", "tokens.py", "identity/urls.py")


def composer_version(options: RuleOptions, translators: Collection[str] = ()) -> str:
    """A digest of all that a draft depends on but the places and the caption; of translators by name and revision."""
    translating = "\n".join(translators)
    return hashlib.sha256(f"{_code()}\n{options.model_dump_json()}\n{translating}".encode()).hexdigest()[:16]


def inputs_digest(
    group: ContextGroup,
    places: tuple[Beside, ...],
    version: str,
    taken: Collection[str] = (),
    manner: Manner = SHIPPED,
) -> str:
    """A digest of all that a draft depends on. Of what stands beside it, only texts change while pages do not."""
    texts: list[object] = [[each and each.accessible_name for each in place] for place in places]
    if taken:
        texts.append(sorted(taken))
    if manner != SHIPPED:
        texts.append(manner)
    return hashlib.sha256(f"{version}\n{group!r}\n{texts!r}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


@cache
def _code() -> str:
    """A digest of these files, word lists included, so that nobody has to remember to raise a number."""
    digest = hashlib.sha256()
    core_folder = Path(core.__path__[0])
    paths = [core_folder / name for name in _OF_CORE]
    for package in (rules, suggestions):
        paths += [path for path in Path(package.__path__[0]).rglob("*") if path.suffix in {".py", ".toml"}]
    paths = [path for path in paths if path.parent.name != "evaluation"]  # it composes nothing
    for path in sorted(paths):
        digest.update(f"{path.relative_to(core_folder.parent).as_posix()}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
