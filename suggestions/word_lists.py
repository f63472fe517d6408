"""The word lists of the composer, read once."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


def links() -> dict[str, dict[str, Any]]:
    """What is known of addresses."""
    return word_list("links")


def worded(text: str, language: str, **names: str) -> str:
    """One of the composer's own texts in a language (a primary subtag), in English where it is not known in that."""
    forms = word_list("wording")[text]
    form: str = forms.get(language, forms["en"])
    return form.format(**names)


@cache
def word_list(name: str) -> dict[str, dict[str, Any]]:
    """A file of word lists."""
    return tomllib.loads(files("suggestions.words").joinpath(f"{name}.toml").read_text("utf-8"))
