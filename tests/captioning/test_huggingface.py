"""Tiny, randomly initialised models of three real families, through the real load, prepare and generate path."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
import transformers
from PIL import Image

from captioning.captioners.device import choose_placement
from captioning.captioners.huggingface import HuggingFaceCaptioner
from core.errors import CaptionerError

torch.set_num_threads(1)  # more would only get into each other's way

SIDE_PX = 32
WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    *"a the red blue dog cat on grass car house runs sits of".split(),
]
PAD, START, END = 0, 2, 3
# Wide initial weights, or every picture would get the same caption.
TINY = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 37,
    "initializer_range": 0.7,
}
TINY_VISION = TINY | {"image_size": SIDE_PX, "patch_size": 8}
TINY_TEXT = TINY | {"vocab_size": len(WORDS), "max_position_embeddings": 64}
TOKENS = {"bos_token_id": START, "eos_token_id": END, "pad_token_id": PAD}
SQUARE = {"height": SIDE_PX, "width": SIDE_PX}


@pytest.fixture(scope="module", autouse=True)
def quiet_transformers():
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


def save_tokenizer(folder: Path):
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(WORDS), "utf-8")
    return transformers.BertTokenizer(str(vocabulary))


def save_blip(folder: Path) -> None:
    processor = transformers.BlipProcessor(transformers.BlipImageProcessor(size=SQUARE), save_tokenizer(folder))
    processor.save_pretrained(folder)
    config = transformers.BlipConfig(
        text_config=TINY_TEXT | TOKENS | {"encoder_hidden_size": 32, "sep_token_id": END},
        vision_config=TINY_VISION,
        initializer_range=0.7,
    )
    transformers.BlipForConditionalGeneration(config).save_pretrained(folder)


def save_git(folder: Path) -> None:
    image_processor = transformers.CLIPImageProcessor(size={"shortest_edge": SIDE_PX}, crop_size=SQUARE)
    transformers.GitProcessor(image_processor, save_tokenizer(folder)).save_pretrained(folder)
    config = transformers.GitConfig(vision_config=TINY_VISION, **TINY_TEXT, **TOKENS)
    transformers.GitForCausalLM(config).save_pretrained(folder)


def save_encoder_decoder(folder: Path) -> None:
    """Like nlpconnect/vit-gpt2-image-captioning: no processor, but an image processor beside a tokenizer."""
    save_tokenizer(folder).save_pretrained(folder)
    transformers.ViTImageProcessor(size=SQUARE).save_pretrained(folder)
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        transformers.ViTConfig(**TINY_VISION), transformers.BertConfig(**TINY_TEXT)
    )
    model = transformers.VisionEncoderDecoderModel(config)
    model.generation_config.update(decoder_start_token_id=START, eos_token_id=END, pad_token_id=PAD)
    model.save_pretrained(folder)


SAVE = {"blip": save_blip, "git": save_git, "encoder-decoder": save_encoder_decoder}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A folder for each family."""
    folders = {}
    for family, save in SAVE.items():
        folders[family] = tmp_path_factory.mktemp(family)
        torch.manual_seed(4)
        save(folders[family])
    return folders


def load(folder: Path, **options) -> HuggingFaceCaptioner:
    options = {"max_new_tokens": 12, "local_files_only": True} | options
    return HuggingFaceCaptioner(str(folder), choose_placement("cpu", "auto"), **options)


def pictures() -> list[Image.Image]:
    gradient = Image.linear_gradient("L")
    plain = [Image.new("RGB", (50, 40), colour) for colour in ("red", "blue", "white", "black", "green", "yellow")]
    return [*plain, gradient.convert("RGB"), gradient.rotate(90).convert("RGB")]


@pytest.mark.parametrize("num_beams", [1, 3], ids=["greedy", "beams"])
@pytest.mark.parametrize("family", SAVE)
def test_captions_keep_their_order_and_do_not_depend_on_the_batch(models, family, num_beams):
    captioner = load(models[family], num_beams=num_beams)
    prepared = [captioner.prepare(picture) for picture in pictures()]
    assert {tuple(pixels.shape) for pixels in prepared} == {(3, SIDE_PX, SIDE_PX)}

    together = captioner.generate(prepared)
    # Otherwise neither order nor padding is put to the test.
    assert len({caption.text for caption in together}) > 2
    for pixels, caption in zip(prepared, together, strict=True):
        [alone] = captioner.generate([pixels])
        assert alone.text == caption.text
        assert alone.confidence == pytest.approx(caption.confidence, rel=1e-4)
        assert 0 < caption.confidence <= 1
    assert captioner.generate([]) == []


def test_confidence_is_the_geometric_mean_of_the_token_probabilities(models):
    captioner = load(models["blip"])
    model = transformers.BlipForConditionalGeneration.from_pretrained(models["blip"]).eval()
    for picture in pictures():
        pixels = captioner.prepare(picture)
        [caption] = captioner.generate([pixels])
        with torch.inference_mode():
            tokens = model.generate(pixel_values=pixels[None], max_new_tokens=12, num_beams=1)
            seen = model.vision_model(pixel_values=pixels[None])[0]
            logits = model.text_decoder(input_ids=tokens, encoder_hidden_states=seen).logits
        log_probs = logits[0, :-1].log_softmax(dim=-1).gather(1, tokens[0, 1:, None])
        assert caption.confidence == pytest.approx(float(log_probs.mean().exp()), rel=1e-4)


def test_a_model_that_writes_nothing_abstains(models, tmp_path):
    folder = Path(shutil.copytree(models["blip"], tmp_path / "mute"))
    model = transformers.BlipForConditionalGeneration.from_pretrained(folder)
    with torch.no_grad():
        model.text_decoder.cls.predictions.bias[END] = 1000.0
    model.save_pretrained(folder)
    captioner = load(folder)
    [caption] = captioner.generate([captioner.prepare(Image.new("RGB", (50, 40)))])
    assert caption.text is None
    assert caption.confidence == pytest.approx(1.0)


def test_the_revision_of_a_folder_follows_its_weights(models, tmp_path):
    captioner, again = load(models["blip"]), load(models["blip"])
    assert captioner.revision == again.revision
    assert captioner.model == str(models["blip"])
    assert captioner.description == f"{models['blip']} {captioner.revision} (cpu, float32)"
    other = tmp_path / "other"
    other.mkdir()
    torch.manual_seed(5)
    save_blip(other)
    assert load(other).revision != captioner.revision


def test_decoding_options_are_part_of_a_captions_identity(models):
    versions = {
        load(models["blip"], **options).prompt_version
        for options in ({}, {"num_beams": 2}, {"max_new_tokens": 5}, {"num_beams": 2, "max_new_tokens": 5})
    }
    assert len(versions) == 4


def test_half_precision(models):
    captioner = HuggingFaceCaptioner(str(models["blip"]), choose_placement("cpu", "bfloat16"), local_files_only=True)
    [caption] = captioner.generate([captioner.prepare(Image.new("RGB", (50, 40), "red"))])
    assert 0 < caption.confidence <= 1
    assert "bfloat16" in captioner.description


def remove_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def cut_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:30_000])


def remove_some_weights(folder: Path) -> None:
    model = transformers.BlipForConditionalGeneration.from_pretrained(folder)
    state = {name: tensor for name, tensor in model.state_dict().items() if "crossattention" not in name}
    model.save_pretrained(folder, state_dict=state)


def turn_into_bert(folder: Path) -> None:
    transformers.BertModel(transformers.BertConfig(**TINY_TEXT)).save_pretrained(folder)


def invent_a_model_type(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": "crystal_ball"}), "utf-8")


def remove_processor(folder: Path) -> None:
    for name in ("processor_config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        (folder / name).unlink()


def add_chat_template(folder: Path) -> None:
    (folder / "chat_template.jinja").write_text("{{ messages[0].content }}", "utf-8")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (remove_weights, "holds no model"),
        (cut_weights, "incomplete or damaged"),
        (remove_some_weights, r"lack \d+ tensors"),
        (turn_into_bert, "does not turn pictures into text"),
        (invent_a_model_type, "cannot be used to caption pictures"),
        (remove_processor, "incomplete or damaged"),
        (add_chat_template, "chat models?.* not supported yet"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_folder_that_will_not_do(models, tmp_path, damage, message):
    folder = Path(shutil.copytree(models["blip"], tmp_path / "model"))
    damage(folder)
    with pytest.raises(CaptionerError, match=message):
        load(folder)


@pytest.mark.parametrize(
    ("name", "message"),
    [("no/such/model", "neither a folder nor the id"), ("no-such/model", "check the spelling")],
)
def test_an_id_without_a_model(name, message):
    with pytest.raises(CaptionerError, match=message):
        HuggingFaceCaptioner(name, choose_placement("cpu", "auto"), local_files_only=True)
