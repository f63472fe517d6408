"""Which kind of captioner a name means."""

from __future__ import annotations

import pytest

from captioning.caption_options import CaptionOptions
from captioning.captioners.builtin import backend as builtin
from captioning.captioners.huggingface import backend as huggingface
from captioning.captioners.openai import backend as openai
from captioning.captioners.registry import BACKENDS, backend_for
from core.errors import CaptionerError


@pytest.mark.parametrize(
    ("spec", "backend"),
    [
        ("builtin", builtin),
        ("openai:gpt-4o-mini", openai),
        ("openai:seer@http://localhost:1/v1", openai),
        ("Salesforce/blip-image-captioning-base", huggingface),
        ("a-folder/with/a-model", huggingface),
        ("builtin/model", huggingface),
    ],
)
def test_a_name_means_one_kind(spec, backend):
    assert backend_for(spec) is backend


def test_every_kind_is_in_the_registry_once():
    assert len(set(BACKENDS)) == len(BACKENDS)
    assert {openai, builtin, huggingface} <= set(BACKENDS)
    assert BACKENDS[-1] is huggingface  # it matches whatever is nothing else's


@pytest.mark.parametrize("spec", ["openai:", "no such folder or model"])
def test_what_cannot_be_loaded_is_known_before(spec):
    with pytest.raises(CaptionerError):
        backend_for(spec).check(CaptionOptions(model=spec))
