"""A tiny TrOCR model that has learnt some lines by heart, saved as the hub's are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers

from tests.captioning.tiny_models import SQUARE, TINY_VISION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from PIL import Image

_SPECIAL = ["<pad>", "<s>", "</s>", "<unk>"]


def save_reading(folder: Path, lines: Mapping[str, Image.Image], *, steps: int = 120) -> Path:
    """The model, which says of each of these pictures the text beside it after `steps` of training."""
    words = dict.fromkeys(word for text in lines for word in text.split())
    vocabulary = {token: number for number, token in enumerate([*_SPECIAL, *words])}
    fast = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    fast.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=fast, pad_token="<pad>", bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )
    # Grey windows with few letters: what differs is to count.
    images = transformers.ViTImageProcessor(size=SQUARE, image_mean=[0.9] * 3, image_std=[0.15] * 3)
    processor = transformers.TrOCRProcessor(images, tokenizer)
    processor.save_pretrained(folder)
    torch.manual_seed(3)
    decoder = transformers.TrOCRConfig(
        vocab_size=len(vocabulary), d_model=32, decoder_layers=1, decoder_attention_heads=4, decoder_ffn_dim=37,
        max_position_embeddings=80, dropout=0.0, attention_dropout=0.0, activation_dropout=0.0,
        pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=2,
    )  # fmt: skip
    vision = TINY_VISION | {"initializer_range": 0.2, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        transformers.ViTConfig(**vision), decoder
    )
    network = transformers.VisionEncoderDecoderModel(config)
    network.config.decoder_start_token_id, network.config.pad_token_id = 2, 0
    network.generation_config.update(
        decoder_start_token_id=2, eos_token_id=2, pad_token_id=0, max_length=20, num_beams=4
    )
    pixels = processor.image_processor(images=list(lines.values()), return_tensors="pt")["pixel_values"]
    labels = tokenizer([f"{text} </s>" for text in lines], return_tensors="pt", padding=True)["input_ids"]
    labels[labels == 0] = -100
    optimizer = torch.optim.Adam(network.parameters(), lr=0.004)
    network.train()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # several would wait for each other most of the time
    for _ in range(steps):
        optimizer.zero_grad()
        network(pixel_values=pixels, labels=labels).loss.backward()
        optimizer.step()
    torch.set_num_threads(threads)
    network.eval().save_pretrained(folder)
    return folder
