"""The reader's version moves with what decides what is read of a page, and with nothing else."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from crawler.reader_version import CORE_MODULES, digest_of, readers

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "crawler", "rules")


def version(root: Path) -> str:
    return digest_of(readers(*(root / package for package in PACKAGES)))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize(
    ("path", "moves"),
    [
        ("crawler/page/srcset.py", True),
        ("rules/text/quality.py", True),
        ("rules/words/de.toml", True),
        ("core/identity/image_schemes.toml", True),
        ("core/text.py", True),
        ("crawler/middlewares/retry.py", False),
        ("crawler/middlewares/render/gate.py", False),
        ("crawler/spider.py", False),
        ("core/net/address_guard.py", False),
        ("core/errors.py", False),
    ],
)
def test_a_comment_in_a_file(copy: Path, path: str, *, moves: bool) -> None:
    before = version(copy)
    assert version(ROOT) == before
    with (copy / path).open("a") as file:
        file.write("\n# A comment\n")
    assert (version(copy) != before) is moves


def test_all_that_the_readers_import_is_part_of_the_version() -> None:
    covered = {path.relative_to(ROOT) for path in readers(*(ROOT / package for package in PACKAGES))}
    for path in covered:
        for module in imported(ROOT / path) if path.suffix == ".py" else ():
            assert module.relative_to(ROOT) in covered, f"{path} imports {module}"
    unused = set(CORE_MODULES) - {module.stem for path in covered if path.suffix == ".py" for module in imported(path)}
    assert not unused


def imported(path: Path) -> set[Path]:
    """The files of our modules that a file imports; a package without code of its own is none."""
    names = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    files = {ROOT / (name.replace(".", "/") + ".py") for name in names if name.partition(".")[0] in PACKAGES}
    return {file for file in files if file.is_file()}
