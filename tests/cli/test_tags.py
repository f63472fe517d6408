"""Keywords as a user gets them: `suggest.tags` in `run` and `suggest`, with a tiny T5 that has learnt some by heart."""

from __future__ import annotations

import csv
import json
import shutil

import pytest

from tests.captioning.images import jpeg
from tests.captioning.raw_server import answer, serve_raw
from tests.inference.tiny_taggers import save_tagger

PAGE = """<!doctype html><html lang=en><title>Pets</title>
<figure><img src=/dog.jpg><figcaption>A red dog in the snow</figcaption></figure>
<p><img src=/other.jpg lang=de></p>"""
ASKED = "A red dog in the snow"


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    said = {ASKED: "Dogs, =cmd|' /C calc'!A0, Winter, www.evil.example, dogs"}
    return str(save_tagger(tmp_path_factory.mktemp("tagger"), said=said))


@pytest.fixture
def site():
    with serve_raw() as server:
        server.answers["/"] = answer(PAGE.encode(), "200 OK", "Content-Type: text/html")
        server.answers["/dog.jpg"], server.answers["/other.jpg"] = answer(jpeg(1)), answer(jpeg(2))
        yield server


def keywords(cli, folder: str = "out") -> dict[str, str]:
    with (cli.folder / folder / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["image_url"].rpartition("/")[2]: row["keywords"] for row in csv.DictReader(file)}


def test_broken_files_cost_no_report_and_keywords_are_written_once_and_exported(cli, site, model, tmp_path):
    broken = shutil.copytree(model, tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"weights")
    done = cli("run", f"{site.url}/", "--model", "builtin", "--out", "out", ALT_AUDIT_SUGGEST__TAGS=str(broken))
    assert done.code == 0, done.err
    assert f"No keywords are written: {broken} cannot be used to write keywords" in " ".join(done.err.split())
    assert keywords(cli) == {"dog.jpg": "", "other.jpg": ""}
    done = cli("suggest", ALT_AUDIT_SUGGEST__TAGS=model)
    assert f"Keywords by {model} for 1 suggestion in" in done.err
    cli("report", "--out", "out")
    assert keywords(cli) == {"dog.jpg": "Dogs, =cmd|' /C calc'!A0, Winter", "other.jpg": ""}
    again = cli("suggest", ALT_AUDIT_SUGGEST__TAGS=model)
    assert "for 0 suggestions" in again.err
    assert "(1 known before" in again.err


def test_a_model_that_there_is_not_costs_no_crawl(cli, site, model, tmp_path):
    done = cli("run", f"{site.url}/", "--model", "builtin", ALT_AUDIT_SUGGEST__TAGS="nowhere/nothing")
    assert done.code == 1
    assert "nowhere/nothing" in done.err
    other = shutil.copytree(model, tmp_path / "other")
    (other / "config.json").write_text(json.dumps({"model_type": "bart"}))
    done = cli("run", f"{site.url}/", "--model", "builtin", ALT_AUDIT_SUGGEST__TAGS=str(other))
    assert (done.code, "is a bart model: suggest.tags takes T5's family" in done.err) == (1, True)
    assert not (cli.folder / "alt-audit.db").exists()
