"""Tiny, randomly initialised models of the real families, through the real load, prepare and generate path."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import transformers
from PIL import Image
from safetensors.torch import load_file, save_file

from captioning.caption_options import CaptionOptions
from captioning.captioners.huggingface import captioner as loaded_by
from captioning.captioners.huggingface.captioner import HuggingFaceCaptioner
from core.errors import CaptionerError, ImageError
from core.place import Place
from inference.device import choose_placement
from tests.captioning.tiny_models import BERT_WORDS, END, SAVE, SIDE_PX, SQUARE, TINY_TEXT, save_blip, save_tiny

# PaliGemma's processor makes an array of a tensor in a way that numpy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module", autouse=True)
def quiet_transformers():
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The folder of a tiny model of a family, saved once."""
    folders: dict[str, Path] = {}

    def folder(family: str) -> Path:
        if family not in folders:
            folders[family] = save_tiny(family, tmp_path_factory.mktemp(family))
        return folders[family]

    return folder


@pytest.fixture(scope="module")
def loaded(models):
    """The same, loaded once with the usual options; for tests that change nothing in it."""
    captioners: dict[str, HuggingFaceCaptioner] = {}

    def captioner(family: str) -> HuggingFaceCaptioner:
        if family not in captioners:
            captioners[family] = load(models(family))
        return captioners[family]

    return captioner


def load(folder: Path, **options) -> HuggingFaceCaptioner:
    options = {"max_new_tokens": 8, "local_files_only": True} | options
    return HuggingFaceCaptioner(str(folder), choose_placement("cpu", "float32"), **options)


def pictures() -> list[Image.Image]:
    """Pictures of several shapes, which some models cut into more pieces than others."""
    gradient = Image.linear_gradient("L")
    shapes = {"red": (50, 40), "blue": (40, 90), "white": (200, 30)}
    plain = [Image.new("RGB", shape, colour) for colour, shape in shapes.items()]
    return [*plain, gradient.convert("RGB")]


def test_a_chat_model_is_told_where_a_picture_stands_and_others_are_not(models, loaded):
    told = CaptionOptions(context="place")
    assert load(models("blip"), told=told).info.place_version == ""
    captioner = load(models("smolvlm"), told=told)
    assert captioner.info.place_version
    assert captioner.info.prompt_version == loaded("smolvlm").info.prompt_version
    picture, place = pictures()[0], Place("en", heading="A red hall", alts=("a", "b", "c"))
    alone, inside = captioner.prepare(picture), captioner.prepare_in(picture, place)
    assert inside["input_ids"].shape[1] > alone["input_ids"].shape[1]
    by_itself = captioner.generate(captioner.collate([inside]))
    together = captioner.generate(captioner.collate([alone, inside, alone]))
    assert [together[1].text] == [one.text for one in by_itself]
    assert [together[0].text, together[2].text] == [captioner.generate(captioner.collate([alone]))[0].text] * 2
    # The fourth sample is told nobody, so the answer is the same: and is now what the page says, word for word.
    said = replace(place, alts=(*place.alts, f"so {together[1].text} there"))
    [refused] = captioner.generate(captioner.collate([captioner.prepare_in(picture, said)]))
    assert isinstance(refused, ImageError)
    assert refused.code == "followed_order"


@pytest.mark.parametrize("num_beams", [1, 3], ids=["greedy", "beams"])
@pytest.mark.parametrize("family", SAVE)
def test_captions_keep_their_order_and_do_not_depend_on_the_batch(loaded, family, num_beams):
    captioner = copy(loaded(family))
    captioner._generation = captioner._generation | {"num_beams": num_beams}
    prepared = [captioner.prepare(picture) for picture in pictures()]
    together = captioner.generate(captioner.collate(prepared))
    # Otherwise neither order nor padding is put to the test.
    assert len({caption.text for caption in together}) > 1
    for inputs, caption in zip(prepared, together, strict=True):
        [alone] = captioner.generate(captioner.collate([inputs]))
        assert alone.text == caption.text
        assert alone.confidence == pytest.approx(caption.confidence, rel=1e-4)
        assert 0 < caption.confidence <= 1


@pytest.mark.parametrize("family", ["llava", "llava_next"])
def test_a_chat_model_without_its_template_says_what_is_missing(models, tmp_path, family):
    folder = Path(shutil.copytree(models(family), tmp_path / "bare"))
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(CaptionerError, match="comes without a chat template"):
        load(folder)


@pytest.mark.parametrize("family", ["idefics3", "smolvlm", "qwen2_vl", "qwen2_5_vl", "qwen3_vl", "llava_next"])
def test_pictures_of_different_shapes_give_inputs_of_different_lengths(loaded, family):
    """So the test above is one of padding, too."""
    captioner = loaded(family)
    prepared = [captioner.prepare(picture) for picture in pictures()]
    assert len({inputs["input_ids"].shape for inputs in prepared}) > 1
    assert len({inputs["pixel_values"].shape for inputs in prepared}) > 1


@pytest.mark.parametrize("family", ["florence2", "kosmos-2", "paligemma", "llava", "qwen3_vl"])
def test_a_prompt_is_asked_not_echoed(loaded, family):
    captioner = loaded(family)
    inputs = captioner.prepare(Image.new("RGB", (50, 40), "red"))
    unknown = captioner._question.tokenizer.unk_token_id  # what the words of the prompt are to this tokenizer
    assert (inputs["input_ids"] == unknown).sum() > 1
    [caption] = captioner.generate(captioner.collate([inputs]))
    assert len(caption.text.split()) <= 8


@pytest.mark.parametrize("family", ["blip", "florence2", "kosmos-2", "paligemma", "smolvlm", "qwen3_vl", "llava_next"])
def test_pictures_may_be_prepared_by_many_threads(loaded, family):
    captioner = loaded(family)
    alone = [captioner.prepare(picture) for picture in pictures()]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(captioner.prepare, pictures() * 8))
    for index, inputs in enumerate(together):
        expected = alone[index % len(alone)]
        assert inputs.keys() == expected.keys()
        assert all(torch.equal(inputs[name], expected[name]) for name in expected)


def test_chat_models_get_no_more_of_a_large_picture_than_helps(loaded):
    captioner = loaded("qwen2_vl")
    large = Image.linear_gradient("L").resize((4000, 1000)).convert("RGB")
    small = large.copy()
    small.thumbnail((768, 768), Image.Resampling.LANCZOS)
    assert torch.equal(captioner.prepare(large)["pixel_values"], captioner.prepare(small)["pixel_values"])
    assert large.size == (4000, 1000)


@pytest.mark.parametrize(
    ("family", "side_px"),
    [("blip", 1.25 * SIDE_PX), ("git", 1.25 * SIDE_PX), ("florence2", 1.25 * SIDE_PX), ("llava", 768)],
)
def test_models_ask_for_pictures_a_little_larger_than_their_input(loaded, family, side_px):
    assert loaded(family).info.side_px == side_px


def test_models_that_sample_by_their_own_settings_do_not_here(models, loaded, tmp_path):
    folder = Path(shutil.copytree(models("llava"), tmp_path / "sampling"))
    settings = json.loads((folder / "generation_config.json").read_text("utf-8"))
    settings |= {"do_sample": True, "temperature": 5.0, "top_p": 0.9, "num_return_sequences": 2}
    (folder / "generation_config.json").write_text(json.dumps(settings), "utf-8")
    captioner = load(folder)
    prepared = [captioner.prepare(picture) for picture in pictures()]
    batch = captioner.collate(prepared)
    assert captioner.generate(batch) == captioner.generate(batch) == loaded("llava").generate(batch)


def test_tasks_of_florence(models, loaded):
    short, long = loaded("florence2"), load(models("florence2"), prompt="<DETAILED_CAPTION>")
    picture = Image.new("RGB", (50, 40), "red")
    assert short.prepare(picture)["input_ids"].shape != long.prepare(picture)["input_ids"].shape
    assert short.info.prompt_version != long.info.prompt_version


def test_a_chat_model_asked_otherwise_has_another_identity(models):
    asked = {
        load(models("llava"), prompt=prompt).info.prompt_version for prompt in (None, "What is this?", "And this?")
    }
    assert len(asked) == 3


def test_a_model_that_takes_no_question_refuses_one(models):
    with pytest.raises(CaptionerError, match="takes a picture and no question"):
        load(models("blip"), prompt="What is this?")


def test_captions_are_short_unless_told_otherwise(models):
    def version(family: str) -> str:
        return HuggingFaceCaptioner(
            str(models(family)), choose_placement("cpu", "auto"), local_files_only=True
        ).info.prompt_version

    assert version("blip") == "unconditional-2 beams=1 max_new_tokens=40"
    assert version("llava").endswith("max_new_tokens=80")


def test_numbers_that_overflow_are_a_reason_not_a_caption(models):
    captioner = load(models("llava"))
    prepared = [captioner.prepare(picture) for picture in pictures()[:2]]
    with torch.no_grad():
        captioner._network.model.lm_head.weight.fill_(torch.inf)
    answers = captioner.generate(captioner.collate(prepared))
    assert [answer.code for answer in answers] == ["not_finite", "not_finite"]
    assert "bfloat16 or float32" in answers[0].message


def test_code_that_comes_with_a_model_is_never_run(models, tmp_path):
    folder = Path(shutil.copytree(models("blip"), tmp_path / "model"))
    trace = tmp_path / "was-run"
    (folder / "own.py").write_text(
        f"from pathlib import Path\nPath({str(trace)!r}).touch()\nclass Own: pass\n", "utf-8"
    )
    config = {
        "model_type": "crystal_ball",
        "auto_map": {"AutoConfig": "own.Own", "AutoModelForImageTextToText": "own.Own"},
    }
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(CaptionerError, match="code of its own, which is never run"):
        load(folder)
    assert not trace.exists()


def test_confidence_is_the_geometric_mean_of_the_token_probabilities(models, loaded):
    captioner = loaded("blip")
    model = transformers.BlipForConditionalGeneration.from_pretrained(models("blip")).eval()
    for picture in pictures():
        inputs = captioner.prepare(picture)
        pixels = inputs["pixel_values"]
        [caption] = captioner.generate(captioner.collate([inputs]))
        with torch.inference_mode():
            tokens = model.generate(pixel_values=pixels, max_new_tokens=8, num_beams=1)
            seen = model.vision_model(pixel_values=pixels)[0]
            logits = model.text_decoder(input_ids=tokens, encoder_hidden_states=seen).logits
        log_probs = logits[0, :-1].log_softmax(dim=-1).gather(1, tokens[0, 1:, None])
        assert caption.confidence == pytest.approx(float(log_probs.mean().exp()), rel=1e-4)


def test_a_model_that_writes_nothing_abstains(models, tmp_path):
    folder = Path(shutil.copytree(models("blip"), tmp_path / "mute"))
    model = transformers.BlipForConditionalGeneration.from_pretrained(folder)
    with torch.no_grad():
        model.text_decoder.cls.predictions.bias[END] = 1000.0
    model.save_pretrained(folder)
    captioner = load(folder)
    [caption] = captioner.generate(captioner.collate([captioner.prepare(Image.new("RGB", (50, 40)))]))
    assert caption.text is None
    assert caption.confidence == pytest.approx(1.0)


def test_the_revision_of_a_folder_follows_its_weights(models, loaded, tmp_path):
    captioner, again = loaded("blip"), load(models("blip"))
    assert captioner.info.revision == again.info.revision
    assert captioner.info.model == str(models("blip"))
    assert captioner.info.description == f"{models('blip')} {captioner.info.revision} (cpu, float32)"
    other = tmp_path / "other"
    other.mkdir()
    torch.manual_seed(5)
    save_blip(other)
    assert load(other).info.revision != captioner.info.revision


def test_decoding_options_are_part_of_a_captions_identity(models, loaded):
    versions = {loaded("blip").info.prompt_version} | {
        load(models("blip"), **options).info.prompt_version
        for options in ({"num_beams": 2}, {"max_new_tokens": 5}, {"num_beams": 2, "max_new_tokens": 5})
    }
    assert len(versions) == 4


def test_half_precision(models):
    captioner = HuggingFaceCaptioner(str(models("blip")), choose_placement("cpu", "bfloat16"), local_files_only=True)
    [caption] = captioner.generate(captioner.collate([captioner.prepare(Image.new("RGB", (50, 40), "red"))]))
    assert 0 < caption.confidence <= 1
    assert "bfloat16" in captioner.info.description


def remove_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def cut_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:30_000])


def remove_some_weights(folder: Path) -> None:
    model = transformers.BlipForConditionalGeneration.from_pretrained(folder)
    state = {name: tensor for name, tensor in model.state_dict().items() if "crossattention" not in name}
    model.save_pretrained(folder, state_dict=state)


def save_in_one_bin(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def save_old_settings(folder: Path, size: object, **more: object) -> None:
    """The settings of an image processor in a file of their own, as transformers wrote them in 2022."""
    modern = folder / "processor_config.json"
    file = folder / "preprocessor_config.json"
    settings = (
        json.loads(modern.read_text("utf-8"))["image_processor"]
        if modern.exists()
        else json.loads(file.read_text("utf-8"))
    )
    modern.unlink(missing_ok=True)
    del settings["image_processor_type"]
    file.write_text(json.dumps(settings | {"size": size} | more), "utf-8")


def save_old_config(folder: Path, *parts: str) -> None:
    """One configuration with the settings of generation in it, and in each part of the model again."""
    generation = folder / "generation_config.json"
    old = {
        "max_length": 20,
        "num_beams": 4,
        "do_sample": False,
        "torch_dtype": "float32",
        "pruned_heads": {},
        "prefix": None,
    }
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config |= old | json.loads(generation.read_text("utf-8")) | {"transformers_version": "4.15.0"}
    for part in parts:
        config[part] |= old
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    generation.unlink()


def like_the_published_blip(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()  # vocab.txt is left
    save_old_settings(folder, SQUARE, image_processor_type="BlipImageProcessor", processor_class="BlipProcessor")
    save_old_config(folder, "text_config", "vision_config")
    save_in_one_bin(folder)


def like_the_published_git(folder: Path) -> None:
    more = {"crop_size": SIDE_PX, "feature_extractor_type": "CLIPFeatureExtractor", "processor_class": "GitProcessor"}
    save_old_settings(folder, SIDE_PX, **more)
    save_in_one_bin(folder)


def like_the_published_vit_gpt2(folder: Path) -> None:
    vocabulary = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    (folder / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    (folder / "tokenizer.json").unlink()
    save_old_settings(folder, SIDE_PX, feature_extractor_type="ViTFeatureExtractor")
    save_old_config(folder, "encoder", "decoder")
    save_in_one_bin(folder)


def like_a_later_vit_gpt2(folder: Path) -> None:
    """Saved by transformers 4.25 and later through the class ViTFeatureExtractor, which 5 has no more."""
    save_old_settings(folder, SIDE_PX, image_processor_type="ViTFeatureExtractor")


def like_the_published_trocr(folder: Path) -> None:
    state = load_file(folder / "model.safetensors")
    unread = {name for name in state if name.startswith("encoder.pooler.")}
    assert unread
    kept = {name: tensor for name, tensor in state.items() if name not in unread}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    save_old_settings(folder, SIDE_PX, feature_extractor_type="ViTFeatureExtractor")


def like_the_published_qwen2_vl(folder: Path) -> None:
    file = folder / "preprocessor_config.json"
    settings = json.loads(file.read_text("utf-8"))
    size = settings.pop("size")
    settings |= {"min_pixels": size["shortest_edge"], "max_pixels": size["longest_edge"]}
    file.write_text(json.dumps(settings | {"processor_class": "Qwen2VLProcessor"}), "utf-8")
    (folder / "processor_config.json").unlink()
    template = folder / "chat_template.jinja"
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": template.read_text("utf-8")}), "utf-8")
    template.unlink()


def with_the_template_of_its_tokenizer(folder: Path) -> None:
    """As tools that tune models further save them."""
    template, file = folder / "chat_template.jinja", folder / "tokenizer_config.json"
    settings = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(settings | {"chat_template": template.read_text("utf-8")}), "utf-8")
    template.unlink()


@pytest.mark.parametrize(
    ("family", "age"),
    [
        ("blip", like_the_published_blip),
        ("git", like_the_published_git),
        ("vit-gpt2", like_the_published_vit_gpt2),
        ("vit-gpt2", like_a_later_vit_gpt2),
        ("trocr", like_the_published_trocr),
        ("qwen2_vl", like_the_published_qwen2_vl),
        ("qwen2_vl", with_the_template_of_its_tokenizer),
        ("idefics3", with_the_template_of_its_tokenizer),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_models_as_they_are_published_say_the_same(models, loaded, tmp_path, family, age):
    """Their folders differ from what transformers saves today: in the files, their names and what is in them."""
    folder = Path(shutil.copytree(models(family), tmp_path / "model"))
    age(folder)
    old, new = load(folder), loaded(family)
    said = [
        [one.text for one in captioner.generate(captioner.collate([captioner.prepare(p) for p in pictures()]))]
        for captioner in (old, new)
    ]
    assert said[0] == said[1]


def turn_into_bert(folder: Path) -> None:
    transformers.BertModel(transformers.BertConfig(**TINY_TEXT)).save_pretrained(folder)


def invent_a_model_type(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": "crystal_ball"}), "utf-8")


def remove_processor(folder: Path) -> None:
    for name in ("processor_config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        (folder / name).unlink()


def forget_the_words(folder: Path) -> None:
    (folder / "words").mkdir()
    vocabulary = folder / "words" / "vocab.txt"
    vocabulary.write_text("\n".join(BERT_WORDS[:5]), "utf-8")
    transformers.BertTokenizer(str(vocabulary)).save_pretrained(folder)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (forget_the_words, "answers in tokens that its tokenizer does not know"),
        (remove_weights, "holds no model"),
        (cut_weights, "incomplete or damaged"),
        (remove_some_weights, r"lack \d+ tensors"),
        (turn_into_bert, "does not turn pictures into text"),
        (invent_a_model_type, "cannot be used to caption pictures"),
        (remove_processor, "incomplete or damaged"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_folder_that_will_not_do(models, tmp_path, damage, message):
    folder = Path(shutil.copytree(models("blip"), tmp_path / "model"))
    damage(folder)
    with pytest.raises(CaptionerError, match=message):
        load(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "new.txt"])
def test_a_folder_that_changes_while_it_is_read(models, tmp_path, name, monkeypatch):
    """As while a training writes there: one half would be of another model than the other."""
    folder = Path(shutil.copytree(models("blip"), tmp_path / "model"))
    whole = loaded_by.load_question

    def meanwhile(*arguments):
        content = (folder / name).read_bytes() if (folder / name).exists() else b""
        (folder / name).write_bytes(content)
        return whole(*arguments)

    monkeypatch.setattr(loaded_by, "load_question", meanwhile)
    with pytest.raises(CaptionerError, match="changed while they were read"):
        load(folder)
    monkeypatch.undo()
    assert load(folder).info.model == str(folder)


@pytest.mark.parametrize(
    ("name", "message"),
    [("no/such/model", "neither a folder nor the id"), ("no-such/model", "check the spelling")],
)
def test_an_id_without_a_model(name, message):
    with pytest.raises(CaptionerError, match=message):
        HuggingFaceCaptioner(name, choose_placement("cpu", "auto"), local_files_only=True)
