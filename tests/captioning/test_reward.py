"""Self-critical training: what a caption is worth, and that a network comes to say what is worth more."""

from __future__ import annotations

import pytest
import torch

from captioning.captioners.builtin.search import END, PAD, START, UNKNOWN
from captioning.training.batches import Batch
from captioning.training.features import SHAPE
from captioning.training.network import build_network
from captioning.training.objective import Objective
from captioning.training.reward import Reward
from captioning.training.self_critical import draw_captions
from captioning.training.train_options import TrainOptions
from captioning.training.vocabulary import SPECIALS

SAID = [
    ["a dog runs in the grass", "A brown dog is in the grass.", "the dog runs"],
    ["two men in the snow", "Men, with a ball, in the snow"],
    ["a child in the snow", "a kid in the snow"],
    ["a dog and a child"],
]
WORDS = (*SPECIALS, *"a dog runs in the grass men snow child ,".split())


@pytest.mark.parametrize(
    ("picture", "text"),
    [
        (0, "a dog runs in the grass </s>"),
        (0, "a dog in the"),
        (1, "men , in the grass </s>"),
        (1, "men in the snow in the snow in the snow </s>"),
        (2, "a a </s>"),
        (3, "</s>"),
    ],
)
def test_a_reward_is_the_cider_of_the_scorers_with_the_end_as_a_word(picture, text):
    cider = pytest.importorskip("pycocoevalcap.cider.cider")
    plain = str.maketrans("", "", ",.")
    theirs = {place: [f"{said.lower().translate(plain)} </s>" for said in texts] for place, texts in enumerate(SAID)}
    ours = {place: ["dog"] for place in theirs} | {picture: [" ".join(text.translate(plain).split())]}
    _, scores = cider.Cider().compute_score(theirs, ours)
    rewarded = Reward(SAID, WORDS).of(picture, [WORDS.index(word) for word in text.split()])
    assert rewarded == pytest.approx(scores[picture], abs=1e-9)


def test_captions_that_break_off_are_worth_less():
    reward = Reward(SAID, WORDS)
    whole, broken = ([WORDS.index(word) for word in text.split()] for text in ("the dog runs </s>", "the dog runs"))
    assert reward.of(0, [*whole, PAD, PAD]) == reward.of(0, whole) > reward.of(0, broken) > reward.of(0, [])


def test_a_network_comes_to_say_what_is_worth_more():
    options = TrainOptions(width=16, heads=2, decoder_layers=1, dropout=0.0, reward_samples=8, caption_weight=0.01)
    network = build_network(options, None, len(WORDS), 8)
    network.encoder.requires_grad_(False)
    captions = [[START, *map(WORDS.index, text.split()), END] for text in ("the dog runs", "men in the snow")]
    words = torch.tensor([[*caption, *[PAD] * (6 - len(caption))] for caption in captions])
    middle = torch.randn((2, *SHAPE), generator=torch.Generator().manual_seed(1)).half()
    batch = Batch((0, 1), middle, words, torch.tensor([0, 1]), torch.zeros(2, len(WORDS)))
    objective = Objective(options, torch.device("cpu"), half=False, reward=Reward(SAID, WORDS))
    optimizer = torch.optim.Adam(network.decoder.parameters(), lr=0.03)
    rewards = []
    for _ in range(25):
        loss, reward = objective.of(network.train(), batch, rewarded=True)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rewards.append(reward)
    assert sum(rewards[-5:]) > 2 * sum(rewards[:5])
    drawn = draw_captions(network.eval().decoder, network.decoder.look(network.grid(middle.float())), 3)
    assert drawn.shape[0] == 6
    assert not torch.isin(drawn, torch.tensor([START, UNKNOWN])).any()
    for caption in drawn.tolist():
        length = caption.index(END) if END in caption else len(caption)
        assert PAD not in caption[:length]
        assert set(caption[length + 1 :]) <= {PAD}
