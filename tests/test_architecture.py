"""The house: imports point down, and the costly ones stay out of the way."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
from packaging.licenses import canonicalize_license_expression

from alt_audit.shadow import PACKAGES

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = {
    "core": set(),
    "rules": {"core"},
    "inference": {"core"},
    "store": {"core"},
    "migrations": {"core", "store"},
    "crawler": {"core", "rules", "store"},
    "captioning": {"core", "rules", "inference", "store"},
    "suggestions": {"core", "rules", "store"},
    "reports": {"core", "rules", "store"},
    "alt_audit": {"core", "rules", "inference", "store", "crawler", "captioning", "suggestions", "reports"},
}


def imports(path: Path) -> set[str]:
    """The top-level names that a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_imports_point_down(package):
    ours = set(ALLOWED)
    for path in (ROOT / package).rglob("*.py"):
        wrong = imports(path) & ours - ALLOWED[package] - {package}
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


PURE = ["crawler/page/*.py", "rules/**/*.py", "suggestions/*.py", "reports/row.py", "reports/html/**/*.py"]


@pytest.mark.parametrize("path", [path for pattern in PURE for path in ROOT.glob(pattern)], ids=lambda path: path.name)
def test_pure_modules_know_nothing_of_crawling_networks_or_models(path):
    assert not imports(path) & {"scrapy", "twisted", "aiohttp", "torch", "transformers"}


def test_wheel_holds_every_package_and_its_data():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert packages == set(ALLOWED) == {"alt_audit", *PACKAGES}
    source = set(project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"])
    assert source >= packages | {"tests", "docs", "config.yaml", ".pre-commit-hooks.yaml"}  # and what the tests read
    assert all((ROOT / name).exists() for name in source)
    for name in project["project"]["license-files"]:
        assert (ROOT / name).is_file()
    for name in set(ALLOWED) - {"migrations"}:
        assert (ROOT / name / "py.typed").is_file()


def test_the_licence_is_an_expression_that_names_all_that_the_wheel_holds():
    licence = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["license"]
    assert canonicalize_license_expression(licence) == licence
    photographs = (ROOT / "alt_audit/demo/site/CREDITS.md").read_text("utf-8")
    notice = (ROOT / "captioning/captioners/builtin/weights/NOTICE.md").read_text("utf-8")
    for words, text, name in [
        ("CC BY 2.0", photographs, "CC-BY-2.0"),
        ("CC0", photographs, "CC0-1.0"),
        ("public domain", photographs, "LicenseRef-public-domain"),
        ("Apache License 2.0", notice, "Apache-2.0"),
        ("non-commercial research", notice, "LicenseRef-Flickr8k-non-commercial-research"),
    ]:
        assert words in text
        assert name in licence.split(" AND ")
