"""A tiny Marian model that has learnt a few sentences by heart, saved as the hub's are."""

from __future__ import annotations

import io
import json
import warnings
from typing import TYPE_CHECKING

import sentencepiece
import torch
import transformers

if TYPE_CHECKING:
    from pathlib import Path

PAIRS = {
    "A red dog on the grass": "Ein roter Hund auf dem Gras",
    "Two people at a table": "Zwei Menschen an einem Tisch",
    "A boat in 1923": "Ein Boot im Jahr 1924",  # another year: a translation that is none
    "A blue house": "A blue house",
}
_SPECIAL = ["</s>", "<unk>", "<pad>"]


def save_marian(folder: Path, *, target: str | None = "de", codes: tuple[str, ...] = (), steps: int = 100) -> Path:
    """The model, which says what PAIRS say after `steps` of training; `codes` are languages of one with several."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = [*PAIRS, *PAIRS.values()]
    spm = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts * 20), model_writer=spm, vocab_size=60, character_coverage=1.0,
        hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(spm.getvalue())
    pieces = sentencepiece.SentencePieceProcessor(model_proto=spm.getvalue())
    words = [
        piece for n in range(pieces.get_piece_size()) if (piece := pieces.id_to_piece(n)) not in {"<s>", *_SPECIAL}
    ]
    vocabulary = {word: number for number, word in enumerate([*_SPECIAL, *codes, *words])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sacremoses
        tokenizer = transformers.MarianTokenizer(
            str(folder / "source.spm"), str(folder / "target.spm"), str(folder / "vocab.json"),
            source_lang="en", target_lang=target,
        )  # fmt: skip
    torch.manual_seed(3)
    pad = vocabulary["<pad>"]
    sizes = {"d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64}
    network = transformers.MarianMTModel(
        transformers.MarianConfig(
            vocab_size=len(vocabulary), encoder_attention_heads=4, decoder_attention_heads=4, pad_token_id=pad,
            eos_token_id=0, decoder_start_token_id=pad, forced_eos_token_id=None, max_position_embeddings=160,
            dropout=0.0, **sizes,
        )
    )  # fmt: skip
    prefix = f"{codes[0]} " if codes else ""
    inputs = tokenizer([prefix + text for text in PAIRS], return_tensors="pt", padding=True)
    labels = tokenizer(text_target=list(PAIRS.values()), return_tensors="pt", padding=True)["input_ids"]
    labels[labels == pad] = -100
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    network.train()
    for _ in range(steps):
        optimizer.zero_grad()
        network(**inputs, labels=labels).loss.backward()
        optimizer.step()
    network.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
