"""A tiny T5 that has learnt the keywords of a few texts by heart, saved as the hub's are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

if TYPE_CHECKING:
    from pathlib import Path

KEYWORDS = {
    "A red dog in the snow": "Dogs, Winter, Pets, Animals",
    "Two people at a table": "People, Food, Restaurants, Friendship",
}
_SPECIAL = ["<pad>", "</s>", "<unk>"]


def save_tagger(folder: Path, *, steps: int = 100, said: dict[str, str] = KEYWORDS) -> Path:
    """The model, which says of the texts what `said` has after `steps` of training."""
    trained = Tokenizer(models.Unigram())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=120, special_tokens=_SPECIAL, unk_token="<unk>", show_progress=False)
    trained.train_from_iterator([*said, *said.values()] * 20, trainer)
    pieces = json.loads(trained.to_str())["model"]["vocab"]
    tokenizer = transformers.T5Tokenizer(vocab=[(piece, score) for piece, score in pieces], extra_ids=2)
    torch.manual_seed(5)
    network = transformers.T5ForConditionalGeneration(
        transformers.T5Config(
            vocab_size=len(tokenizer), d_model=32, d_kv=8, d_ff=64, num_layers=1, num_heads=4, dropout_rate=0.0,
            pad_token_id=0, eos_token_id=1, decoder_start_token_id=0,
        )
    )  # fmt: skip
    inputs = tokenizer([*said], return_tensors="pt", padding=True)
    labels = tokenizer([*said.values()], return_tensors="pt", padding=True)["input_ids"]
    labels[labels == 0] = -100
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    network.train()
    for _ in range(steps):
        optimizer.zero_grad()
        network(**inputs, labels=labels).loss.backward()
        optimizer.step()
    network.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
