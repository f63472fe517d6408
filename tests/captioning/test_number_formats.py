"""A small model that was trained says the same in bfloat16 and int8 as in float32; every family computes in them."""

from __future__ import annotations

import pytest
import torch
import transformers
from PIL import Image, ImageDraw

from captioning.captioners.huggingface.captioner import HuggingFaceCaptioner
from inference.device import choose_placement
from inference.protocol import Caption
from tests.captioning.tiny_models import BERT_WORDS, END, SAVE, SQUARE, START, TOKENS, bert_tokenizer, save_tiny

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
COLOURS = {"red": (220, 20, 30), "green": (20, 160, 40), "blue": (30, 60, 210), "yellow": (230, 210, 30)}
SHAPES = {"house": ImageDraw.ImageDraw.rectangle, "moon": ImageDraw.ImageDraw.ellipse, "tree": None}
SCENES = [(colour, shape) for colour in COLOURS for shape in SHAPES]
TINY = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96}
SEEDS_LEARNT, SEEDS_ASKED = range(8), range(100, 110)
STEPS = 250


def picture(colour: str, shape: str, seed: int) -> Image.Image:
    """A shape of a colour on grey; each seed puts it somewhere else, in another shade."""
    generator = torch.Generator().manual_seed(seed)
    x, y, shade, ground = torch.randint(-10, 11, (4,), generator=generator).tolist()
    image = Image.new("RGB", (96, 96), (190 + ground,) * 3)
    ink = tuple(min(max(part + shade, 0), 255) for part in COLOURS[colour])
    draw, box = ImageDraw.Draw(image), (20 + x, 20 + y, 76 + x, 76 + y)
    if SHAPES[shape] is None:
        draw.rectangle((40 + x, 0, 56 + x, 96), fill=ink)
    else:
        SHAPES[shape](draw, box, fill=ink)
    return image


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a tiny BLIP that has learnt to name twelve kinds of pictures."""
    folder = tmp_path_factory.mktemp("trained")
    torch.manual_seed(1)
    processor = transformers.BlipProcessor(transformers.BlipImageProcessor(size=SQUARE), bert_tokenizer(folder))
    processor.save_pretrained(folder)
    model = transformers.BlipForConditionalGeneration(
        transformers.BlipConfig(
            text_config=TINY
            | TOKENS
            | {"vocab_size": len(BERT_WORDS), "max_position_embeddings": 16}
            | {"encoder_hidden_size": 48, "sep_token_id": END},
            vision_config=TINY | {"image_size": SQUARE["width"], "patch_size": 8},
            initializer_range=0.1,
        )
    )
    images = [picture(*scene, seed) for seed in SEEDS_LEARNT for scene in SCENES]
    pixels = processor.image_processor(images, return_tensors="pt").pixel_values
    words = [[START, *map(BERT_WORDS.index, ("a", colour, shape, "on", "grass")), END] for colour, shape in SCENES]
    ids = torch.tensor(words * len(SEEDS_LEARNT))
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for _ in range(STEPS):
        loss = model(pixel_values=pixels, input_ids=ids, labels=ids).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.save_pretrained(folder)
    return folder


def captions(folder, dtype: str) -> list[Caption]:
    captioner = HuggingFaceCaptioner(
        str(folder), choose_placement("cpu", dtype), max_new_tokens=8, local_files_only=True
    )
    images = [picture(*scene, seed) for seed in SEEDS_ASKED for scene in SCENES]
    return captioner.generate(captioner.collate([captioner.prepare(image) for image in images]))


@pytest.mark.parametrize(("dtype", "most"), [("bfloat16", 0.02), ("int8", 0.05)])
@pytest.mark.slow
def test_a_trained_model_says_the_same_in_eight_bits(trained, dtype, most):
    """All but two of a hundred captions, with confidences that differ little; both formats have 8 bits of precision."""
    exact, rough = captions(trained, "float32"), captions(trained, dtype)
    asked = [f"a {colour} {shape} on grass" for _ in SEEDS_ASKED for colour, shape in SCENES]
    right = sum(caption.text == text for caption, text in zip(exact, asked, strict=True))
    assert right > 0.8 * len(asked)  # it has learnt something that can be lost
    same = [(one, other) for one, other in zip(exact, rough, strict=True) if one.text == other.text]
    assert len(same) >= 0.98 * len(asked)
    assert 0 < max(abs(one.confidence - other.confidence) for one, other in same) < most


@pytest.mark.parametrize("dtype", ["bfloat16", "int8"])
@pytest.mark.parametrize("family", SAVE)
def test_every_family_computes_in_eight_bits(family, dtype, tmp_path):
    captioner = HuggingFaceCaptioner(
        str(save_tiny(family, tmp_path)), choose_placement("cpu", dtype), max_new_tokens=6, local_files_only=True
    )
    images = [picture(*scene, 0) for scene in SCENES[:3]]
    for answer in captioner.generate(captioner.collate([captioner.prepare(image) for image in images])):
        assert isinstance(answer, Caption)
        assert 0 <= answer.confidence <= 1
