"""What is known of models, and what lies in the local cache."""

from __future__ import annotations

import shutil
from pathlib import Path

import transformers

from captioning.captioners.catalogue import Job, cached_models, known_models
from captioning.captioners.select import DEFAULT_MODEL
from inference.speech.voice import FAMILIES
from tests.captioning.tiny_models import SAVE, SAVE_COMPARING, save_tiny
from tests.inference.tiny_voices import save_vits

TESTED = {"vision-encoder-decoder" if family.startswith(("vit", "trocr")) else family for family in SAVE}


def put_into_cache(cache: Path, model: str, folder: Path) -> Path:
    """As the hub's client lays a model into its cache."""
    repository = cache / "hub" / f"models--{model.replace('/', '--')}"
    snapshot = repository / "snapshots" / "82a37760796d32b1411fe092ab5d4e227313294b"
    shutil.copytree(folder, snapshot)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(snapshot.name, "utf-8")
    return snapshot


def test_every_family_is_one_that_is_tested_and_that_transformers_has():
    families = {job: {model.family for model in known_models() if model.job is job} for job in Job}
    assert families[Job.CAPTION] - {"builtin"} <= TESTED
    native = {config.model_type for config in transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING}
    assert families[Job.CAPTION] - {"builtin"} <= native
    assert families[Job.READ] == {"vision-encoder-decoder", "florence2"}
    assert families[Job.COMPARE] == {name.partition("-")[0] for name in SAVE_COMPARING}
    assert families[Job.SERVED] == {"endpoint"}
    assert families[Job.SPEAK] == set(FAMILIES)


def test_the_default_is_known():
    assert [model.id for model in known_models() if model.is_default] == [DEFAULT_MODEL]
    names = [(model.id, model.job) for model in known_models()]
    assert len(set(names)) == len(names)


def test_no_figure_without_its_source():
    figures = [figure for model in known_models() for figure in model.figures]
    assert len(figures) > 10
    assert all(figure.source and figure.measure and figure.value > 0 for figure in figures)


def test_the_cache(tmp_path, monkeypatch):
    # Read from the environment when they are imported.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.utils._cache_manager.HF_HUB_CACHE", str(tmp_path / "hub"))
    assert cached_models() == []
    folder = tmp_path / "blip"
    folder.mkdir()
    save_tiny("blip", folder)
    put_into_cache(tmp_path, "someone/blip", folder)
    (put_into_cache(tmp_path, "someone/half", folder) / "model.safetensors").unlink()
    (put_into_cache(tmp_path, "someone/broken", folder) / "config.json").write_text("{", "utf-8")
    (put_into_cache(tmp_path, "someone/text", folder) / "config.json").write_text('{"model_type": "bert"}', "utf-8")
    put_into_cache(tmp_path, "someone/voice", save_vits(tmp_path / "voice"))
    found = cached_models()
    assert [(model.id, model.family, model.complete) for model in found] == [
        ("someone/blip", "blip", True),
        ("someone/broken", None, True),
        ("someone/half", "blip", False),
        ("someone/voice", "vits", True),
    ]
    assert found[0].size_bytes > 100_000
