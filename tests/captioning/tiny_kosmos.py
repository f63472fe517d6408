"""A tiny Kosmos-2 that knows one answer by heart, with boxes, saved as the hub's is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import transformers
from PIL import Image

from tests.captioning.tiny_models import save_kosmos2

if TYPE_CHECKING:
    from pathlib import Path

_ASKED = "<grounding>An image of"
# Corners are cells of a grid of 32 x 32, counted in rows.
_SAID = (
    "<phrase> dog.</phrase><object><patch_index_0066><patch_index_0495></object> on."
    "<phrase> grass.</phrase><object><patch_index_0512><patch_index_1023></delimiter_of_multi_objects/>"
    "<patch_index_0000><patch_index_0135></object> </s>"
)


def save_grounding(folder: Path) -> Path:
    """The model, which gives this answer to that question, whatever the picture."""
    torch.manual_seed(3)
    save_kosmos2(folder, places=1024, tied=False)
    processor = transformers.AutoProcessor.from_pretrained(folder)
    network = transformers.Kosmos2ForConditionalGeneration.from_pretrained(folder).eval()
    asked = processor(images=[Image.new("RGB", (32, 32))], text=[_ASKED], return_tensors="pt")
    answer = processor.tokenizer(_SAID, return_tensors="pt", add_special_tokens=False)["input_ids"]
    with torch.no_grad():
        # What a layer adds, and what a word is, is nothing: a state is its place in the answer, and no other.
        for layer in network.text_model.model.layers:
            for part in (layer.self_attn.out_proj, layer.ffn.fc2):
                part.weight.zero_()
                part.bias.zero_()
        network.text_model.model.embed_tokens.weight.zero_()
        states = network.text_model.model(input_ids=torch.cat([asked["input_ids"], answer], dim=1)).last_hidden_state
        states = states[0, asked["input_ids"].shape[1] - 1 : -1]  # (tokens of the answer, 32)
        wanted = torch.nn.functional.one_hot(answer[0], len(processor.tokenizer)).float()
        network.text_model.lm_head.weight.copy_((torch.linalg.pinv(states) @ wanted * 20).T)
    network.save_pretrained(folder)
    return folder
