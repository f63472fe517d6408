"""Folders and paths that hold other packages of the names that ours have, and other projects' migrations."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from alt_audit.shadow import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
LEAVES_A_MARK = "from pathlib import Path\nPath(__file__).with_name('ran').touch()\n"
ENTRIES = {
    "module": [sys.executable, "-m", "alt_audit"],
    # What an installed console script does, which Python starts without the current folder on its path.
    "script": [sys.executable, "-P", "-c", "from alt_audit.__main__ import main; main()"],
}


def run(arguments, folder, cli, **variables):
    return subprocess.run(
        arguments,
        cwd=folder,
        env=cli.environment(**variables),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.parametrize("name", PACKAGES)
@pytest.mark.parametrize("entry", ENTRIES)
def test_a_foreign_package_is_refused_before_it_is_imported(cli, tmp_path, entry, name):
    foreign = tmp_path / "elsewhere" / name
    foreign.mkdir(parents=True)
    (foreign / "__init__.py").write_text(LEAVES_A_MARK)
    folder, path = (foreign.parent, "") if entry == "module" else (tmp_path, str(foreign.parent))
    done = run([*ENTRIES[entry], "status"], folder, cli, PYTHONPATH=path)
    assert (done.returncode, done.stdout) == (2, "")
    assert str(foreign) in done.stderr
    assert str(ROOT / name) in done.stderr
    assert "environment of its own" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (foreign / "ran").exists()


def test_a_foreign_module_in_one_file_is_refused(cli, tmp_path):
    (tmp_path / "core.py").write_text(LEAVES_A_MARK)
    done = run([*ENTRIES["module"], "--version"], tmp_path, cli)
    assert done.returncode == 2
    assert str(tmp_path / "core.py") in done.stderr
    assert not (tmp_path / "ran").exists()


def test_a_folder_that_is_no_package_hides_nothing(cli, tmp_path):
    (tmp_path / "reports").mkdir()
    assert run([*ENTRIES["module"], "--version"], tmp_path, cli).returncode == 0


@pytest.mark.parametrize("entry", ENTRIES)
def test_db_upgrade_beside_another_alembic_project(cli, tmp_path, entry):
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    (tmp_path / "migrations" / "env.py").write_text(LEAVES_A_MARK)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    done = run([*ENTRIES[entry], "db", "upgrade"], tmp_path, cli)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "migrations" / "ran").exists()


@pytest.mark.slow
def test_a_built_wheel_in_an_environment_of_its_own(cli, tmp_path):
    def ok(*arguments):
        done = run([*map(str, arguments)], tmp_path, cli)
        assert done.returncode == 0, done.stderr
        return done.stdout

    ok(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    ok(sys.executable, "-m", "venv", "--without-pip", tmp_path / "own")
    python = tmp_path / "own" / "bin" / "python"
    ok(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel)
    # The dependencies are borrowed: a plain folder on the path, whose own .pth files are not read.
    site = Path(ok(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    borrowed = [folder for folder in sys.path if folder.endswith("site-packages")]
    (site / "borrowed.pth").write_text("\n".join(borrowed) + "\n")

    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "env.py").write_text(LEAVES_A_MARK)
    command = tmp_path / "own" / "bin" / "alt-audit"
    assert ok(command, "--version").startswith("alt-audit ")
    ok(command, "db", "upgrade")
    assert not (tmp_path / "migrations" / "ran").exists()
    assert Path(ok(python, "-c", "import core; print(core.__file__)").strip()).is_relative_to(site)
    for page in ("index.html", "shop/index.html"):
        assert ok(python, "-c", f"import alt_audit.demo; from pathlib import Path as P; "
                  f"print((P(alt_audit.demo.__file__).parent / 'site' / {page!r}).is_file())") == "True\n"  # fmt: skip
