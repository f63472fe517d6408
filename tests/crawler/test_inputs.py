"""The kinds of files that pages may come from."""

from __future__ import annotations

import sys

import pytest

from crawler.inputs import kinds
from crawler.inputs.base import InputFile
from crawler.inputs.registry import inputs

NEW_KIND = """
from crawler.inputs.base import Input, UrlList

INPUT = Input(
    title="One", option="--from-one", help="One page.", read=lambda path: UrlList((f"https://{path.name}/",), 0, ())
)
"""


def test_kinds_have_options_and_help_of_their_own():
    options = [option for kind in inputs() for option in (kind, *kind.choices)]
    assert {"--list", "--from-screaming-frog", "--blank-alt"} <= {option.option for option in options}
    assert len({option.name for option in options}) == len(options)
    assert all(option.help.endswith(".") for option in options)


@pytest.fixture
def one_more_kind(tmp_path, monkeypatch):
    (tmp_path / "one.py").write_text(NEW_KIND)
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    inputs.cache_clear()
    yield
    inputs.cache_clear()
    sys.modules.pop("crawler.inputs.kinds.one", None)
    vars(kinds).pop("one", None)


@pytest.mark.usefixtures("one_more_kind")
def test_a_new_kind_takes_one_module(tmp_path):
    kind = {kind.option: kind for kind in inputs()}["--from-one"]
    assert InputFile(kind, tmp_path / "a.test").read().urls == ("https://a.test/",)
