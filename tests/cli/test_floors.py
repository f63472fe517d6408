"""Every dependency at the lowest version that is allowed: `make floors` builds .venv-floors and runs this."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.captioning.test_training import write_dataset
from tests.captioning.tiny_models import save_tiny

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-floors" / "bin" / "python"
DEMO_PAGES, DEMO_PLACES = 18, 90

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not PYTHON.exists(), reason="make floors builds .venv-floors"),
]


@pytest.fixture
def run(cli, tmp_path):
    """alt-audit in the environment of the lowest versions; gives stdout."""

    def run(*arguments, code=0):
        done = subprocess.run(
            [PYTHON, "-m", "alt_audit", *map(str, arguments)],
            cwd=tmp_path,
            env=cli.environment(),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout

    return run


def declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = project["dependencies"] + [line for extra in project["optional-dependencies"].values() for line in extra]
    return [Requirement(line) for line in lines]


def test_what_is_installed_is_what_is_declared():
    names = [requirement.name for requirement in declared()]
    script = (
        "import json, sys; from importlib.metadata import version; print(json.dumps(list(map(version, sys.argv[1:]))))"
    )
    done = subprocess.run([PYTHON, "-c", script, *names], capture_output=True, check=True)
    installed = dict(zip(names, json.loads(done.stdout), strict=True))
    for requirement in declared():
        (floor,) = (clause.version for clause in requirement.specifier if clause.operator == ">=")
        assert Version(Version(installed[requirement.name]).public) == Version(floor), requirement  # torch: 2.6.0+cpu


def test_the_demo_and_what_reads_its_store(run, tmp_path):
    run("demo", "--out", "out")
    database = f"sqlite:///{tmp_path}/out/demo.db"
    counts = json.loads(run("status", "--format", "json", "--database", database))
    assert (counts["pages"], counts["occurrences"]) == (DEMO_PAGES, DEMO_PLACES)
    assert counts["failures"] == {"decode/unsupported_format": 1, "fetch/http_404": 1}
    run("audit", "--database", database)
    run("report", "--database", database, "--out", "again")
    assert (tmp_path / "again" / "index.html").stat().st_size > 10_000
    assert "this version" in run("db", "current", "--database", database)
    run("import", "out/editors.xlsx", "--dry-run", "--database", database)


@pytest.mark.parametrize("family", ["blip", "git", "trocr", "qwen2_5_vl"])
def test_a_model_of_the_hub(run, tmp_path, family):
    (tmp_path / "model").mkdir()
    run("demo", "--out", "out", "--model", save_tiny(family, tmp_path / "model"))
    database = f"sqlite:///{tmp_path}/out/demo.db"
    assert json.loads(run("status", "--format", "json", "--database", database))["queue"]["captioned"] > 0


def test_training_and_measuring(run, tmp_path):
    data = write_dataset(tmp_path / "data", 51, 20)
    (tmp_path / "base").mkdir()
    base = save_tiny("git", tmp_path / "base")
    run("train", data, "--base", base, "--out", "tuned", "--epochs", "1", "--device", "cpu")
    found = json.loads(run("evaluate", data, "--models", "builtin,./tuned", "--format", "json"))
    assert [len(one["answers"]) for one in found["models"]] == [20, 20]


WITH_AND_WITHOUT_CACHE = """
import json, sys
import torch
from transformers import GitForCausalLM

model = GitForCausalLM.from_pretrained(sys.argv[1]).eval()
pixels = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
print(json.dumps([model.generate(pixel_values=pixels, max_new_tokens=30, use_cache=cache).tolist()
                  for cache in (True, False)]))
"""


def test_a_cache_changes_nothing_of_what_git_says(tmp_path):
    folder = save_tiny("git", tmp_path)
    script = [PYTHON, "-c", WITH_AND_WITHOUT_CACHE, folder]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with_cache, without = json.loads(done.stdout.splitlines()[-1])
    assert with_cache == without


def test_check_in_its_formats(run):
    page = ROOT / "alt_audit" / "demo" / "site" / "gallery.html"
    assert json.loads(run("check", page, "--format", "json"))["images"]
    assert json.loads(run("check", page, "--format", "sarif"))["version"] == "2.1.0"
    run("check", page, "--fail-on", "error", code=3)


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_rendering(run, demo_site):
    run("crawl", demo_site, "--render", ".*", "--limit-pages", 3, "--database", "sqlite:///rendered.db")
    assert json.loads(run("status", "--format", "json", "--database", "sqlite:///rendered.db"))["pages"] == 3


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_postgres(run, demo_site, database):
    run("crawl", demo_site, "--database", database)
    run("caption", "--model", "builtin", "--database", database)
    run("report", "--database", database, "--out", "out")
    assert json.loads(run("status", "--format", "json", "--database", database))["pages"] == DEMO_PAGES


def test_likeness_of_meaning():
    pair = ("A red cat", "A red cat", "en")
    script = f"from inference.sentences import Sentences; print(Sentences().similarity([{pair}])[0])"
    done = subprocess.run([PYTHON, "-c", script], capture_output=True, check=True, text=True, cwd=ROOT)
    assert float(done.stdout.splitlines()[-1]) == pytest.approx(1.0, abs=1e-4)
