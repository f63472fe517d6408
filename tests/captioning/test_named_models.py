"""What some families are asked for beside a caption: boxes, tasks, languages; and what to do about others."""

from __future__ import annotations

import json

import pytest
import transformers
from PIL import Image

from captioning.caption_options import CaptionOptions
from captioning.captioners.huggingface import backend
from captioning.captioners.huggingface.captioner import HuggingFaceCaptioner
from captioning.captioners.huggingface.families import family_of
from captioning.captioners.huggingface.grounding import WHOLE, phrases_in
from captioning.explaining.boxes import COLOURS, draw_boxes
from captioning.explaining.describe import describe, explaining
from captioning.explaining.strip import page
from core.errors import CaptionerError
from inference.device import choose_placement
from inference.protocol import Phrase
from tests.captioning.tiny_kosmos import save_grounding
from tests.captioning.tiny_models import save_tiny

# PaliGemma's processor makes an array of a tensor in a way that numpy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module", autouse=True)
def quiet_transformers():
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


def load(folder, **options) -> HuggingFaceCaptioner:
    return HuggingFaceCaptioner(str(folder), choose_placement("cpu", "float32"), local_files_only=True, **options)


@pytest.fixture(scope="module")
def kosmos(tmp_path_factory):
    return load(save_grounding(tmp_path_factory.mktemp("kosmos")))


def test_phrases_of_a_caption_have_boxes_in_the_whole_picture(kosmos):
    grounded = kosmos.grounded()
    assert grounded.info.prompt_version != kosmos.info.prompt_version
    square, wide = (Image.new("RGB", size, "red") for size in ((64, 64), (200, 100)))
    told = grounded.generate(grounded.collate([grounded.prepare(square), grounded.prepare(wide)]))
    assert [one.text for one in told] == ["dog. on. grass."] * 2
    dog, grass = told[0].phrases
    assert (dog.text, grass.text) == ("dog.", "grass.")
    # From the middle of the cell in the third row and column to that of the one in row and column 16, of 32.
    assert dog.boxes == ((round(2.5 / 32, 4), round(2.5 / 32, 4), 0.4844, 0.4844),)
    assert len(grass.boxes) == 2
    # Of the wide one the model sees the middle half alone.
    assert told[1].phrases[0].boxes == ((round(0.25 + 2.5 / 64, 4), 0.0781, 0.4922, 0.4844),)


@pytest.mark.parametrize(
    ("text", "said", "phrases"),
    [
        (
            " a<phrase> snowman</phrase><object><patch_index_0044><patch_index_0863></object> by a fire",
            "a snowman by a fire",
            ("snowman",),
        ),
        ("<phrase> a dog</phrase><object><patch_index_0863><patch_index_0044></object> runs", "a dog runs", ()),
        ("<object><patch_index_0044><patch_index_0863></object>", "", ()),
        ("<phrase> a dog</phrase><object><patch_index_00", "a dog<patch_index_00", ()),
        ("a < b and <phrase> c", "a  c", ()),
    ],
    ids=["as published", "no area", "no phrase", "cut off", "stray marks"],
)
def test_what_is_no_phrase_with_a_box_is_none(text, said, phrases):
    found, boxed = phrases_in(text, WHOLE)
    assert [phrase.text for phrase in boxed] == list(phrases)
    assert found == said or text.endswith("_00")


def test_boxes_are_seen_on_the_picture_and_beside_the_caption(kosmos, tmp_path):
    Image.new("RGB", (320, 320), "white").save(tmp_path / "white.png")
    grounded = explaining(kosmos)
    [one] = describe([str(tmp_path / "white.png")], grounded, [], CaptionOptions(), explain=True)
    assert [phrase.text for phrase in one.phrases] == ["dog.", "grass."]
    drawn = draw_boxes(one.picture.image, one.phrases)
    assert drawn.size == (640, 640)
    left = round(640 * one.phrases[0].boxes[0][0])
    assert drawn.getpixel((left + 1, 240)) == tuple(bytes.fromhex(COLOURS[0][1:]))
    assert drawn.getpixel((left + 20, 240)) == (255, 255, 255)
    text = page([one])
    assert text.count("<li>") == 2
    assert "(2 boxes)" in text
    many = [Phrase("<b>", (WHOLE,))] * 9
    assert draw_boxes(Image.new("RGB", (1, 900)), many).size == (1, 640)


def test_longer_tasks_have_more_tokens_and_reading_is_no_caption(tmp_path):
    florence = family_of("florence2", has_chat_template=False)
    assert [florence.tokens_for(task) for task in ("<CAPTION>", "<DETAILED_CAPTION>", "What is this?")] == [40, 120, 40]
    save_tiny("florence2", tmp_path)
    with pytest.raises(CaptionerError, match=r"<OD> is no task of .* take <CAPTION>, <DETAILED_CAPTION>"):
        load(tmp_path, prompt="<OD>")
    long = load(tmp_path, prompt="<DETAILED_CAPTION>", max_new_tokens=7)
    [caption] = long.generate(long.collate([long.prepare(Image.new("RGB", (64, 64), "red"))]))
    assert caption.cut_off
    assert caption.text.endswith(".")
    assert explaining(long) is long
    options = CaptionOptions(model=str(tmp_path), prompt="<OCR>")
    for refused in (lambda: backend.check(options), lambda: backend.load(options, pytest.fail, "")):
        with pytest.raises(CaptionerError, match=r"caption\.trocr: "):
            refused()


def test_a_caption_is_in_the_language_that_its_prompt_names(tmp_path):
    german = load(save_tiny("paligemma", tmp_path), prompt="caption de", max_new_tokens=3)
    assert german.info.languages == ("de",)
    family = family_of("paligemma", has_chat_template=False)
    assert [family.language_of(prompt) for prompt in ("<image>caption fr", "answer de what is this", "")] == [
        "fr", "en", "en",
    ]  # fmt: skip
    assert family_of("git", has_chat_template=False).language_of("caption de") == "en"


YI_VL = {"model_type": "llava", "architectures": ["LlavaLlamaForCausalLM"], "mm_vision_tower": "./vit/clip"}
PHI = {
    "model_type": "phi3_v",
    "auto_map": {"AutoConfig": "configuration_phi3_v.Phi3VConfig", "AutoModelForCausalLM": "modeling_phi3_v.Phi3V"},
}
PHI_4 = {"model_type": "phi4_multimodal"}


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (YI_VL, "lmdeploy serve api_server {}"),
        (PHI, "vllm serve {} --trust-remote-code"),
        (PHI_4, "vllm serve {}"),
    ],
    ids=["Yi-VL", "Phi-3.5-vision", "Phi-4-multimodal"],
)
def test_a_model_that_transformers_cannot_caption_with_is_to_be_served(tmp_path, config, says):
    """Their configurations as they are published, as far as it matters."""
    (tmp_path / "model.safetensors").touch()
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(CaptionerError) as refused:
        load(tmp_path)
    assert says.format(tmp_path) in str(refused.value)
    assert f"--model openai:{tmp_path}@http://localhost:8000/v1" in str(refused.value)
