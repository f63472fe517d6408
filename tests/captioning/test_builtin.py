"""The built-in captioner, with the weights that ship."""

from __future__ import annotations

import hashlib
import itertools
import random
from concurrent.futures import ThreadPoolExecutor
from importlib import resources

import pytest
import torch
from PIL import Image, ImageDraw, ImageFilter

from captioning.captioners.builtin.captioner import BuiltinCaptioner
from captioning.captioners.builtin.search import END, PAD, START, UNKNOWN, SearchSettings, beam_search
from captioning.captioners.builtin.text import write_sentence

THRESHOLD = 0.54


@pytest.fixture(scope="module")
def captioner():
    return BuiltinCaptioner(torch.device("cpu"))


def draw_dog() -> Image.Image:
    """A drawing near enough to the training photographs: a black dog with a red ball on grass, blurred and grainy."""
    picture = Image.new("RGB", (448, 336), (60, 93, 63))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 170, 448, 336), fill=(60, 118, 40))
    black, x, y = (20, 20, 20), 237, 119
    draw.ellipse((x, y, x + 120, y + 55), fill=black)
    draw.ellipse((x + 95, y - 35, x + 150, y + 20), fill=black)
    for leg, bend in ((10, 8), (30, 14), (85, -1), (105, -19)):
        draw.line((x + leg, y + 40, x + leg + bend, y + 95), fill=black, width=10)
    draw.ellipse((x + 140, y - 10, x + 160, y + 10), fill=(200, 30, 30))
    grain = Image.frombytes("L", picture.size, random.Random(1).randbytes(448 * 336)).convert("RGB")
    return Image.blend(picture, grain, 0.3).filter(ImageFilter.GaussianBlur(2))


def draw_chart() -> Image.Image:
    picture = Image.new("RGB", (640, 360), "white")
    draw = ImageDraw.Draw(picture)
    for index, height in enumerate((120, 200, 80, 260)):
        draw.rectangle((80 + index * 130, 320 - height, 160 + index * 130, 320), fill="navy")
    draw.text((200, 20), "Revenue by quarter", fill="black")
    return picture


PICTURES = {
    "dog": draw_dog(),
    "chart": draw_chart(),
    "white": Image.new("RGB", (300, 200), "white"),
    "gradient": Image.radial_gradient("L").convert("RGB"),
    "tall": draw_dog().resize((60, 900)),
    "one pixel": Image.new("RGB", (1, 1), "red"),
    "dog again": draw_dog(),
}


@pytest.fixture(scope="module")
def captions(captioner):
    found = captioner.generate(captioner.collate([captioner.prepare(picture) for picture in PICTURES.values()]))
    return dict(zip(PICTURES, found, strict=True))


def test_speaks_of_what_it_knows(captions):
    assert captions["dog"].text == "A black dog is running through the grass."
    assert captions["dog"].confidence > THRESHOLD


@pytest.mark.parametrize("name", ["chart", "white", "gradient", "one pixel"])
def test_keeps_quiet_about_what_it_does_not_know(captions, name):
    assert captions[name].text is None
    assert 0 <= captions[name].confidence < THRESHOLD


def test_order_is_kept(captions):
    assert captions["dog again"].text == captions["dog"].text
    assert captions["dog again"].confidence == pytest.approx(captions["dog"].confidence, abs=1e-5)


@pytest.mark.parametrize("name", PICTURES)
def test_a_caption_does_not_depend_on_its_batch(captioner, captions, name):
    [alone] = captioner.generate(captioner.collate([captioner.prepare(PICTURES[name])]))
    assert alone.text == captions[name].text
    assert alone.confidence == pytest.approx(captions[name].confidence, abs=1e-5)


def test_prepare_gives_the_whole_picture_at_the_models_size(captioner):
    left_red = Image.new("RGB", (400, 100), "blue")
    left_red.paste("red", (0, 0, 200, 100))
    pixels = captioner.prepare(left_red)
    assert (pixels.shape, pixels.dtype) == ((3, 224, 224), torch.uint8)
    assert pixels[:, 112, 10].tolist() == [255, 0, 0]
    assert pixels[:, 112, 213].tolist() == [0, 0, 255]


def test_prepare_may_run_in_threads(captioner):
    pictures = list(PICTURES.values()) * 5
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(captioner.prepare, pictures))
    for picture, pixels in zip(pictures, together, strict=True):
        assert torch.equal(pixels, captioner.prepare(picture))


def test_identity_and_provenance(captioner):
    weights = resources.files("captioning.captioners.builtin") / "weights"
    assert captioner.info.revision == hashlib.sha256((weights / "captioner.safetensors").read_bytes()).hexdigest()[:12]
    assert captioner.info.model == "builtin"
    assert captioner.info.language == "en"
    assert "non-commercial" in captioner.info.description
    assert "Flickr8k" in (weights / "NOTICE.md").read_text("utf-8")
    assert "Flickr8k" in (weights / "MODEL_CARD.md").read_text("utf-8")


def search_plainly(decoder, memory, settings):
    """What `beam_search` does for one picture, written out beam by beam and without a cache."""

    def next_log_probs(words):
        state = decoder.start(memory)
        for word in (START, *words):
            plain = decoder.step(state, torch.tensor([[word]]))
        plain = plain[0, 0]
        log_probs = (settings.sharpness * plain).log_softmax(dim=-1)
        pairs = set(itertools.pairwise(words))
        for word in (PAD, START, UNKNOWN, *(after for before, after in pairs if before == words[-1])):
            log_probs[word] = -torch.inf
        return log_probs, plain

    beams, ended = [(0.0, 0.0, ())], []
    for _ in range(settings.max_words):
        candidates = []
        for total, plain_total, words in beams:
            log_probs, plain = next_log_probs(words)
            values, ids = (total + log_probs).topk(2 * settings.beams)
            candidates += [
                (value, plain_total + float(plain[word]), (*words, word))
                for value, word in zip(values.tolist(), ids.tolist(), strict=True)
            ]
        candidates = sorted(candidates, key=lambda candidate: -candidate[0])[: 2 * settings.beams]
        beams = []
        for total, plain_total, words in candidates:
            if len(beams) == settings.beams:
                break
            if words[-1] == END:
                ended.append((total / len(words) ** settings.length_power, plain_total / len(words), words[:-1]))
            else:
                beams.append((total, plain_total, words))
        if len(ended) >= settings.beams:
            break
    if not ended:
        _, plain_total, words = beams[0]
        return words, plain_total / len(words)
    _, mean, words = max(ended)
    return words, mean


@torch.inference_mode()
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(SearchSettings(beams=3, length_power=0.8, max_words=22, sharpness=2.0), id="as shipped"),
        pytest.param(SearchSettings(beams=1, length_power=0.8, max_words=22), id="greedy"),
        pytest.param(
            SearchSettings(beams=2, length_power=0.0, max_words=22), id="short ones first", marks=pytest.mark.slow
        ),
        pytest.param(SearchSettings(beams=3, length_power=0.8, max_words=5), id="no time to end"),
    ],
)
def test_the_search_finds_what_a_plain_one_finds(captioner, settings):
    pixels = torch.stack([captioner.prepare(PICTURES[name]) for name in ("dog", "chart", "one pixel")])
    memory = captioner._decoder.look(captioner._encoder((pixels.float() - 127) / 128))
    for index, sentence in enumerate(beam_search(captioner._decoder, memory, settings)):
        words, mean = search_plainly(captioner._decoder, memory[index : index + 1], settings)
        assert sentence.words == words
        assert sentence.mean_log_prob == pytest.approx(mean, abs=1e-5)
        pairs = list(itertools.pairwise(words))
        assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", ""),
        ("two dogs run", "Two dogs run."),
        ("a orange ball", "An orange ball."),
        ("an dog and an cat", "A dog and a cat."),
        ("a man 's hat", "A man's hat."),
        ("a umbrella on a unicycle", "An umbrella on a unicycle."),
        ("an uniform and a used car", "A uniform and a used car."),
        ("a one and an european city", "A one and a european city."),
        ("a 3 legged dog", "A 3 legged dog."),
    ],
)
def test_write_sentence(words, sentence):
    assert write_sentence(words.split()) == sentence
