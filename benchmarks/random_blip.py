"""BLIP models with random weights: the arithmetic of real ones, without the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from pathlib import Path

LARGE = {  # Salesforce/blip-image-captioning-large, config.json
    "vision_config": {
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
        "image_size": 384,
        "patch_size": 16,
    },
    "text_config": {
        "vocab_size": 30524,
        "hidden_size": 768,
        "encoder_hidden_size": 1024,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "intermediate_size": 3072,
        "max_position_embeddings": 512,
    },
    "projection_dim": 512,
}
SMALL = {
    "vision_config": LARGE["vision_config"]
    | {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128, "image_size": 96},
    "text_config": LARGE["text_config"]
    | {
        "vocab_size": 1000,
        "hidden_size": 64,
        "encoder_hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 128,
    },
    "projection_dim": 32,
}


def save_model(folder: Path, sizes: dict[str, Any]) -> None:
    """A BLIP of these sizes with random weights, and a processor, as `save_pretrained` leaves them."""
    import transformers

    torch.manual_seed(0)
    vocabulary = sizes["text_config"]["vocab_size"]
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "[ENC]"]
    words = special + [f"word{number}" for number in range(vocabulary - len(special))]
    (folder / "vocab.txt").write_text("\n".join(words), "utf-8")
    tokenizer = transformers.BertTokenizer(str(folder / "vocab.txt"))
    ids = {"bos_token_id": 5, "eos_token_id": 3, "sep_token_id": 3, "pad_token_id": 0}
    config = transformers.BlipConfig(**sizes | {"text_config": sizes["text_config"] | ids})
    model = transformers.BlipForConditionalGeneration(config)
    with torch.no_grad():  # no text ends before its time
        model.text_decoder.cls.predictions.bias[ids["sep_token_id"]] = -1e4
    side = sizes["vision_config"]["image_size"]
    image_processor = transformers.BlipImageProcessor(size={"height": side, "width": side})
    model.to(torch.bfloat16).save_pretrained(folder)
    transformers.BlipProcessor(image_processor, tokenizer).save_pretrained(folder)
