"""Where captioners of the Hugging Face hub looked: tiny models of the real classes, and what is told of them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
import transformers
from PIL import Image

from alt_audit.jobs.explaining import ModelsHere
from captioning.caption_options import CaptionOptions
from captioning.captioners.gazes import gazes
from captioning.captioners.huggingface.captioner import HuggingFaceCaptioner
from captioning.captioners.huggingface.looking import words_of
from captioning.explaining.describe import describe
from captioning.explaining.strip import draw_words
from inference.device import choose_placement
from store.report_records import CaptionFacts
from tests.captioning.tiny_models import SIDE_PX, SQUARE, save_tiny

WIDE = Image.linear_gradient("L").convert("RGB").resize((200, 100))


@pytest.fixture(scope="module", autouse=True)
def quiet_transformers():
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


def load(folder, **options) -> HuggingFaceCaptioner:
    placement = choose_placement("cpu", "float32")
    return HuggingFaceCaptioner(str(folder), placement, local_files_only=True, max_new_tokens=6, **options)


def total(word) -> float:
    return sum(map(sum, word.where))


@pytest.mark.parametrize("family", ["blip", "vit-gpt2", "trocr"])
def test_every_word_of_a_caption_has_a_chance_and_a_grid_over_the_picture(tmp_path, family):
    captioner = load(save_tiny(family, tmp_path))
    features = captioner.prepare(WIDE)
    batch = captioner.collate([features])
    [caption] = captioner.generate(batch)
    words = captioner.gaze(features, caption.text)
    assert [word.word for word in words] == caption.text.split()
    for word in words:
        assert (len(word.where), {len(row) for row in word.where}) == (4, {4})  # patches of 8 px
        assert total(word) == pytest.approx(1, abs=1e-4)
        assert 0 < word.chance <= 1
    # Tokens that it chose itself are as likely when they are read at once; of letters, a blank may be one, and no word.
    tokens, log_probs = captioner._new_tokens(batch)
    chosen = log_probs[0, ~torch.isin(tokens[0], captioner.network.end_ids)].sum().exp().item()
    if family != "vit-gpt2":
        assert math.prod(word.chance for word in words) == pytest.approx(chosen, rel=0.02, abs=1e-3)
    assert captioner.generate(batch)[0] == caption  # nothing of it is changed by that


def test_a_picture_whose_middle_is_cut_out_was_not_looked_at_elsewhere(tmp_path):
    save_tiny("vit-bert", tmp_path)
    cutting = transformers.CLIPImageProcessor(size={"shortest_edge": SIDE_PX}, crop_size=SQUARE)
    cutting.save_pretrained(tmp_path)
    captioner = load(tmp_path)
    features = captioner.prepare(WIDE)
    [word, *_] = captioner.gaze(features, "dog")
    assert (len(word.where), len(word.where[0])) == (4, 8)
    assert total(word) == pytest.approx(1, abs=1e-4)
    assert [max(row[column] for row in word.where) > 0 for column in range(8)] == [
        column in {2, 3, 4, 5} for column in range(8)
    ]
    [drawn] = draw_words(WIDE, [word])
    assert drawn.size == (200, 100)


def test_cells_are_brought_to_the_whole_picture_by_how_much_they_cover():
    cells = torch.tensor([[[1.0, 3.0]]])
    [word] = gazes(["dog"], [0.5], cells, (0.25, 0.0, 0.75, 1.0))
    assert word.where == ((0.0, 0.25, 0.75, 0.0),)
    [word] = gazes(["dog"], [0.5], cells, (0.0, 0.0, 0.8, 1.0))  # two cells of four tenths over three thirds
    assert word.where[0] == pytest.approx((0.25 * 5 / 6, 0.25 / 6 + 0.5, 0.25), abs=1e-5)
    [word] = gazes(["dog"], [0.5], torch.ones(1, 24, 24), (0.495, 0.0, 0.505, 1.0))  # of a ribbon
    assert (len(word.where), len(word.where[0])) == (24, 64)
    assert total(word) == pytest.approx(1, abs=1e-3)


def test_pieces_of_words_are_one_word_and_what_is_no_word_is_none(tmp_path):
    (tmp_path / "vocab.txt").write_text(
        "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "snow", "##board", "##er", "a", "."])
    )
    tokenizer = transformers.BertTokenizer(str(tmp_path / "vocab.txt"))
    tokens = tokenizer("a snowboarder.", add_special_tokens=False)["input_ids"]
    assert words_of(tokenizer, [2, *tokens]) == [("a", [1]), ("snowboarder.", [2, 3, 4, 5])]
    assert words_of(tokenizer, [2, 3]) == words_of(tokenizer, []) == []


@pytest.fixture(scope="module")
def git(tmp_path_factory):
    """Reads picture and words in one attention."""
    return save_tiny("git", tmp_path_factory.mktemp("git"))


def test_a_model_without_such_attention_has_no_words_and_a_caption_all_the_same(git, tmp_path):
    WIDE.save(tmp_path / "wide.png")
    captioner = load(git)
    assert not captioner.can_gaze
    [one] = describe([str(tmp_path / "wide.png")], captioner, [], CaptionOptions(), explain=True)
    assert one.caption.text
    assert one.words == ()


def test_models_are_those_that_are_here_and_are_not_asked_twice_in_vain(git):
    here = ModelsHere(CaptionOptions(model=str(git), device="cpu"))
    said = CaptionFacts(str(git), "r1", "a dog", 0.5)
    assert here.refusal(said) is None
    assert here.explain(said, b"") == here.refusal(said) == f"{git} cannot tell where it looked."
    assert "caption.model" in here.refusal(replace(said, model="openai:gpt@http://localhost"))
    older = CaptionFacts("builtin", "r1", "A dog.", 0.5)
    assert here.refusal(older) is None
    assert "another version of builtin" in here.explain(older, b"")
