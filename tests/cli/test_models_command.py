"""`models`, `caption --estimate` and endpoints, by the installed command."""

from __future__ import annotations

import json

import pytest

from tests.captioning.chat_server import KEY, Reply, error_body, serve_chat
from tests.cli.test_cli import status


@pytest.fixture
def endpoint():
    with serve_chat() as server:
        yield server


def test_models_as_json(cli):
    result = cli("models", "--format", "json", HF_HOME=str(cli.folder / "cache"))
    assert result.code == 0, result.err
    found = json.loads(result.out)
    assert set(found) == {"default", "models", "cache"}
    assert found["cache"] == []
    assert [model["job"] for model in found["models"]] == sorted(
        (model["job"] for model in found["models"]), key=["caption", "read", "compare", "served", "speak"].index
    )
    [default] = [model for model in found["models"] if model["default"]]
    assert default["id"] == found["default"] == "Salesforce/blip-image-captioning-base"
    assert set(default) == {
        "id", "family", "licence", "parameters_billion", "download_gb", "memory_gb", "weights_gb", "languages", "note",
        "job", "figures", "default", "cached", "is_default",
    } - {"is_default"}  # fmt: skip
    assert set(default["figures"][0]) == {"measure", "value", "source"}
    assert [model["id"] for model in found["models"] if model["cached"]] == ["builtin"]


def test_models_for_people(cli):
    result = cli("models", HF_HOME=str(cli.folder / "cache"))
    assert result.code == 0, result.err
    assert "builtin  (on this machine)" in result.out
    assert "Salesforce/blip-image-captioning-base  (auto)" in result.out
    assert "None" not in result.out


@pytest.mark.slow
def test_an_estimate_claims_nothing(cli, demo_site):
    assert cli("db", "upgrade").code == 0
    assert cli("caption", "--estimate").err.strip() == "No image waits for a caption."
    assert cli("crawl", demo_site).code == 0
    before = status(cli)
    result = cli("caption", "--estimate", "--model", "builtin")
    assert result.code == 0, result.err
    assert "at most 23" in result.out
    assert "Minutes" in result.out
    assert "Cost" not in result.out
    assert status(cli) == before
    assert cli("caption", "--estimate", "--watch").code == 2


def test_an_endpoint_captions_a_site_and_its_key_is_stored_nowhere(cli, demo_site, endpoint):
    keys = {"OPENAI_BASE_URL": endpoint.url, "OPENAI_API_KEY": KEY}
    prices = {
        "ALT_AUDIT_CAPTION__ENDPOINT__USD_PER_MILLION_INPUT": "3",
        "ALT_AUDIT_CAPTION__ENDPOINT__USD_PER_MILLION_OUTPUT": "10",
    }
    assert cli("crawl", demo_site).code == 0
    estimated = cli("caption", "--model", "openai:seer", "--estimate", **keys, **prices)
    assert estimated.code == 0, estimated.err
    assert "2300" in estimated.out
    assert "$0.01" in estimated.out
    done = cli("-v", "caption", "--model", "openai:seer", **keys, **prices)
    assert done.code == 0, done.err
    assert "tokens in and" in done.err
    assert set(endpoint.keys) == {f"Bearer {KEY}"}
    assert status(cli)["queue"]["captioned"] > 10
    written = b"".join(path.read_bytes() for path in cli.folder.rglob("*") if path.is_file())
    assert b"seer-2026" in written
    assert KEY.encode() not in written
    assert KEY not in done.out + done.err + estimated.out + estimated.err


def test_an_endpoint_that_withdraws_the_key_ends_the_run_and_costs_no_picture(cli, demo_site, endpoint):
    assert cli("crawl", demo_site).code == 0
    waiting = status(cli)["queue"]["pending"]
    endpoint.answer = lambda request, picture: Reply(status=401, body=error_body("expired"))
    done = cli("caption", "--model", f"openai:seer@{endpoint.url}")
    assert done.code == 1
    assert "alt-audit: " in done.err
    assert "answered 401" in done.err
    assert "Traceback" not in done.err
    queue = status(cli)["queue"]
    assert queue["leased"] == 0
    # What never got as far as the model may have failed meanwhile.
    assert queue["pending"] + queue["failed"] == waiting
    assert "generate" not in str(status(cli)["failures"])
