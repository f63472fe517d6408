from __future__ import annotations

import pytest
import yaml

from alt_audit.config import Settings, known_keys, load_settings
from core.errors import UsageError


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    import os

    for name in list(os.environ):
        if name.startswith("ALT_AUDIT_"):
            monkeypatch.delenv(name)


def flat(tree: dict, prefix: str = "") -> dict:
    values = {}
    for name, value in tree.items():
        values |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) and value else {f"{prefix}{name}": value}
    return values


def test_config_yaml_shows_every_key_with_its_default(request):
    path = request.config.rootpath / "config.yaml"
    shown = flat(yaml.safe_load(path.read_text("utf-8")))
    known = {key: str(value) if key == "out" else value for key, value in known_keys().items()}
    known = {key: list(value) if isinstance(value, tuple) else value for key, value in known.items()}
    assert shown == known
    lines = path.read_text("utf-8").splitlines()
    for key in known:
        name = key.rpartition(".")[2]
        above = [lines[i - 1] for i, line in enumerate(lines) if line.strip().startswith(f"{name}:")]
        assert any(line.strip().startswith("#") or name == "fetch_per_host" for line in above), f"{key} has no comment"
    load_settings(path)


def test_every_field_says_what_it_is():
    def check(model):
        for name, field in model.model_fields.items():
            if hasattr(field.annotation, "model_fields"):
                check(field.annotation)
            else:
                assert field.description, name

    check(Settings)


def test_options_win_over_variables_and_variables_over_the_file(tmp_path, monkeypatch):
    path = tmp_path / "c.yaml"
    path.write_text("crawl:\n  delay_s: 1\n  retries: 1\n  timeout_s: 1\n")
    monkeypatch.setenv("ALT_AUDIT_CRAWL__RETRIES", "3")
    monkeypatch.setenv("ALT_AUDIT_CRAWL__TIMEOUT_S", "3")
    crawl = load_settings(path, crawl={"timeout_s": 5, "delay_s": None}, database=None).crawl
    assert (crawl.delay_s, crawl.retries, crawl.timeout_s) == (1, 3, 5)
    monkeypatch.setenv("ALT_AUDIT_CONFIG", str(path))
    assert load_settings().crawl.delay_s == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("crawl:\n  dealy_s: 1\n", "Did you mean 'crawl.delay_s'"),
        ("databse: sqlite:///x.db\n", "Did you mean 'database'"),
        ("caption:\n  fetch:\n    timeout: 1\n", "unknown key 'caption.fetch'"),
        ("crawl:\n  delay_s: soon\n", "crawl.delay_s: Input should be a valid number"),
        ("crawl:\n  retries: -1\n", "crawl.retries"),
        ("crawl:\n  include: ['(']\n", "no regular expression"),
        ("crawl: [\n", "no valid YAML"),
        ("rules:\n  disable: [title-onyl]\n", "there is no rule 'title-onyl'. Did you mean 'title-only'?"),
        ("rules:\n  disable: [xyzzy]\n", "docs/rules.md lists them all"),
        ("rules:\n  length_profile: mine\n", "rules.length_profile: Input should be 'default'"),
        ("rules:\n  max_alt_chars: 0\n", "rules.max_alt_chars"),
        ("just a text", "cannot be read"),
    ],
)
def test_a_wrong_file_is_a_usage_error(tmp_path, text, message):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        load_settings(path)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("ALT_AUDIT_CRAWL__DEALY_S", "1", "Did you mean 'ALT_AUDIT_CRAWL__DELAY_S'"),
        ("ALT_AUDIT_DATABSE", "x", "Did you mean 'ALT_AUDIT_DATABASE'"),
        ("ALT_AUDIT_CRAWL__DELAY_S", "soon", "crawl.delay_s"),
        ("ALT_AUDIT_CRAWL__INCLUDE", "not json", "cannot be read"),
    ],
)
def test_a_wrong_variable_is_a_usage_error(monkeypatch, name, value, message):
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError) as caught:
        load_settings()
    assert message in str(caught.value)


def test_a_missing_file_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="no such configuration file"):
        load_settings(tmp_path / "none.yaml")


def test_the_variables_of_other_programs_name_the_endpoint(tmp_path, monkeypatch):
    path = tmp_path / "c.yaml"
    path.write_text(
        "caption:\n  endpoint:\n    api_key: null\n    base_url: https://file.example/v1\n    max_tokens: 7\n"
    )
    assert load_settings(path).caption.endpoint.base_url == "https://file.example/v1"
    monkeypatch.setenv("OPENAI_API_KEY", "sk-common")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://common.example/v1")
    endpoint = load_settings(path).caption.endpoint
    assert (endpoint.base_url, endpoint.max_tokens) == ("https://common.example/v1", 7)
    assert endpoint.api_key.get_secret_value() == "sk-common"
    monkeypatch.setenv("ALT_AUDIT_CAPTION__ENDPOINT__API_KEY", "sk-ours")
    assert load_settings(path).caption.endpoint.api_key.get_secret_value() == "sk-ours"
    assert "sk-ours" not in repr(load_settings(path))


def test_a_key_is_not_shown_when_it_does_not_fit(monkeypatch):
    monkeypatch.setenv("ALT_AUDIT_CAPTION__ENDPOINT__API_KEY", '["sk-secret"]')
    try:
        shown = repr(load_settings())
    except UsageError as error:
        shown = str(error)
    assert "sk-secret" not in shown
