"""The tree of pages beside Chromium's, in real pages and in what no two parsers of HTML 4 read alike."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from tests.warm_python import ROOT

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"),
    pytest.mark.timeout(120),
]
ODD = {
    "behind-the-end": "<p><img src=a alt=A></p></body></html><div><img src=b></div>",
    "table": "<table><tr><img src=a><td><img src=b><table><td><img src=c></table></table>",
    "list": "<dl><dt>a<dt><img src=a><dd><img src=b><dt>b</dl><ul><li><img src=c><li><img src=d>",
    "link": "<a href=x>a<table><tr><td><img src=a></table><p><img src=b></p><a href=y><img src=c></a>",
    "formatting": "<b><p>a<i>b</b><img src=a>c</i><p>" + "".join(f"<font color={n}><p><img src={n}>" for n in range(9)),
    "iframe": "<iframe src=about:blank /><p><img src=a></p></iframe><img src=b><object><img src=c></object>",
    "noscript": "<p><noscript><b><img src=a alt=' '></b></noscript><img src=b alt='' title=T></p>",
    "head": "<head><noscript><img src=a></noscript><meta name=x></head><title>T</title><img src=b>",
    "svg": "<svg><title>a</title><foreignObject><p><img src=a></p></foreignObject><image href=b /></svg><image src=c>",
    "deep": "<a href=x>"
    + "<div>" * 600
    + "<img src=a>"
    + "<span>" * 20
    + "<img src=b>"
    + "</div>" * 600
    + "<img src=c>",
    "names": "<o:p><img src=a></o:p><x-é><img src=b></x-é><b id=a></b><b id=A><img src=c></b><b id=1><img src=d></b>",
    "quirks": "<!-- no doctype --><p><table><tr><td><img src=a></table><b id=a></b><b id=A><img src=c></b>",
    "template": "<template><img src=a></template><img src=b><my-x><template shadowrootmode=open><slot></slot>"
    "</template><img src=c></my-x>",
    "select": "<select><option>a<option><b>c</b></select><img src=a><p></select><img src=b></br><img src=c>",
    "frameset": "<frameset><frame src=about:blank><noframes><img src=a></noframes></frameset>",
}


def agreement(folder: Path) -> str:
    assert CHROMIUM is not None
    compared = subprocess.run(
        [sys.executable, "benchmarks/browser_tree.py", str(folder), "--chromium", CHROMIUM],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert compared.returncode == 0, compared.stdout + compared.stderr
    return compared.stdout


def test_the_pages_of_the_demo() -> None:
    said = agreement(Path(str(files("alt_audit.demo") / "site")))
    assert "trees: 19 of 19" in said


def test_odd_markup(tmp_path: Path) -> None:
    for name, markup in ODD.items():
        doctype = "" if name == "quirks" else "<!doctype html>"
        (tmp_path / f"{name}.html").write_text(f"{doctype}<meta charset=utf-8>{markup}", "utf-8")
    said = agreement(tmp_path)
    assert f"trees: {len(ODD)} of {len(ODD)}" in said, said
