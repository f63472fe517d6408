"""`run` with a model that will not do: said before the crawl where it can be, and else after the report."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.captioning.images import serve_images


@pytest.fixture
def site():
    with serve_images() as server:
        server.files["/"] = b'<html><title>T</title><img src="/a.jpg">'
        server.types["/"] = "text/html"
        yield server


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("no/such-model", "no/such-model is not in the local cache"),
        ("blip2", "blip2 is not in the local cache"),
        ("some folder", "holds no model"),
        ("model.bin", "is a file"),
        ("openai:", "wants the name of a model"),
        ("openai:seer@ftp://127.0.0.1/v1", "begins with http"),
        ("openai:seer@http://127.0.0.1:1/v1", "cannot be reached"),
    ],
)
def test_a_slip_in_the_model_costs_no_crawl(cli, site, model, message):
    (cli.folder / "some folder").mkdir()
    (cli.folder / "model.bin").touch()
    result = cli("run", site.url, "--model", model)
    assert (result.code, result.out, message in result.err) == (1, "", True), result.err
    assert site.requests == {}
    assert not (cli.folder / "alt-audit.db").exists()


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--device", "gpu"], "caption.device: 'gpu' is no device: auto, cpu, cuda, cuda:N or mps"),
        (["--device", "cuda:x"], "caption.device"),
        (["--model", ""], "caption.model"),
    ],
)
def test_a_slip_in_an_option_costs_no_crawl(cli, site, option, message):
    result = cli("run", site.url, *option)
    assert (result.code, message in result.err) == (2, True), result.err
    assert site.requests == {}


def test_a_model_that_fails_to_load_leaves_the_report_of_the_crawl(cli, site):
    folder = cli.folder / "model"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (folder / "model.safetensors").write_bytes(b"no weights")
    result = cli("run", site.url, "--model", "model")
    assert result.code == 1
    assert "Crawled 1 page in" in result.err
    assert result.err.splitlines()[-1].startswith("alt-audit: model ")
    report = next(line for line in result.out.splitlines() if line.startswith("Report:")).split()[1]
    assert (cli.folder / report).is_file()
    assert "waiting" in result.out


def test_checking_a_model_loads_no_torch():
    code = (
        "import sys; from captioning.captioners.select import check_model; from captioning.caption_options import *\n"
        "for model in ('auto', 'builtin', 'no/such-model', '.', 'openai:'):\n"
        "    try: check_model(CaptionOptions(model=model))\n"
        "    except Exception as error: print(error)\n"
        "print(sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
