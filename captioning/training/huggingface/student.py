"""A captioner of the hub under training: what it is shown with a caption, and what it thinks of it.

What is learnt has to be what is asked later, and families differ in what they write a caption behind: a start token, a
question, nothing. So nothing of that is assumed: `generate` is tried on a picture, what stands in its answer before the
first new token goes before every caption, and the chances of what it wrote have to be the same when it is read at once.
A model of which that is not so is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch.nn import functional

from captioning.captioners.huggingface.processors import Inputs, collate
from core.errors import CaptionerError
from inference.revisions import gist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from captioning.captioners.huggingface.captioner import HuggingFaceCaptioner
    from captioning.captioners.huggingface.untyped import Part

UNTOLD = -100  # the label of what is not learnt
_TRIED = 4  # tokens
_ALIKE = 0.1  # total variation: more than rounding to bfloat16 makes of one distribution
_LABELS = "labels"


class Student:
    """A loaded captioner, and how captions are shown to it."""

    def __init__(self, captioner: HuggingFaceCaptioner) -> None:
        """Raises CaptionerError where the model cannot be shown captions as it writes them."""
        self.captioner = captioner
        self.tokenizer = captioner.question.tokenizer
        self.model: Part = captioner.network.model
        self._pad_id = captioner.network.pad_id
        self._reads_apart = bool(self.model.config.is_encoder_decoder)  # the picture; what is written begins anew
        generation = self.model.generation_config
        ends = captioner.network.end_ids.tolist()
        own = generation.eos_token_id
        written = own if isinstance(own, list) else [own]
        self._end: int = next((end for end in (self.tokenizer.eos_token_id, *written) if end in ends), ends[0])
        forced = generation.forced_bos_token_id
        self._first = [] if forced is None else [forced]
        self._prefix: list[int] = []
        try:
            self._check()
        except CaptionerError:
            raise
        except Exception as error:  # of models that cannot do it, of as many kinds as there are models
            raise _untrainable(captioner.info.model, gist(error)) from error

    def encode(self, caption: str) -> tuple[int, ...]:
        """The tokens of a caption with its end, or its beginning where it is longer than what would be written."""
        limit = self.captioner.max_new_tokens
        ids = [*self._first, *self.tokenizer(caption, add_special_tokens=False)["input_ids"], self._end]
        return tuple(ids[:limit])

    def is_cut(self, caption: Sequence[int]) -> bool:
        """Whether it is but the beginning of one."""
        return caption[-1] != self._end

    def shows(self, picture: Image.Image, caption: Sequence[int]) -> Inputs:
        """What the model is given of a picture with a caption, as a batch of one; `labels` are what it should say."""
        return self._with(self.captioner.prepare(picture), list(caption))

    def collate(self, batch: Sequence[Inputs]) -> dict[str, Tensor]:
        """Several as one batch: texts filled up on the right, where a model that reads counts positions from the left.

        Fits DataLoader, which wants a function of a list of examples.
        """
        length = max(one[_LABELS].shape[1] for one in batch)
        texts = [name for name in batch[0] if all(one[name].shape == one[_LABELS].shape for one in batch)]
        fills = {"input_ids": self._pad_id, "decoder_input_ids": self._pad_id, _LABELS: UNTOLD}
        merged: dict[str, Tensor] = {
            name: torch.cat(
                [functional.pad(one[name], (0, length - one[name].shape[1]), value=fills.get(name, 0)) for one in batch]
            )
            for name in texts
        }
        others = [Inputs({name: value for name, value in one.items() if name not in texts}) for one in batch]
        return merged | collate(others, self._pad_id)

    def loss(self, outputs: Part, labels: Tensor, num_items_in_batch: Tensor | int | None = None) -> Tensor:
        """Cross-entropy of what should be said, a mean over the tokens of a whole step; as Trainer asks for it."""
        logits, told = self._aligned(outputs.logits, labels)
        total = functional.cross_entropy(
            logits.flatten(0, 1).float(), told.flatten(), ignore_index=UNTOLD, reduction="sum"
        )
        return total / (num_items_in_batch if num_items_in_batch is not None else (told != UNTOLD).sum())

    def _with(self, inputs: Inputs, caption: list[int]) -> Inputs:
        new = torch.tensor([caption])
        if self._reads_apart:
            before, untold = self._prefix, len(self._prefix) - 1
            more = {"decoder_input_ids": torch.tensor([[*before, *caption[:-1]]])}
        else:
            asked = inputs.get("input_ids", torch.tensor([self._prefix], dtype=torch.long))
            untold = asked.shape[1]
            # Processors that tell kinds of tokens apart call text 0; PaliGemma's call what is to be written 1.
            written = {"attention_mask": 1, "token_type_ids": int(self.model.config.model_type == "paligemma")}
            more = {
                name: torch.cat([value, torch.full_like(new, written.get(name, 0))], dim=1)
                for name, value in inputs.items()
                if value.shape == asked.shape
            }
            more["input_ids"] = torch.cat([asked, new], dim=1)
            more["attention_mask"] = torch.ones_like(more["input_ids"])
        labels = torch.cat([torch.full((1, untold), UNTOLD), new], dim=1)
        return Inputs({**inputs, **more, _LABELS: labels})

    def _aligned(self, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Of each place the scores, and what should be said there. Some models score the pieces of the picture, too."""
        if self._reads_apart:
            return logits, labels
        return logits[:, -labels.shape[1] : -1], labels[:, 1:]

    @torch.no_grad()
    def _check(self) -> None:
        inputs = self.captioner.prepare(Image.linear_gradient("L").convert("RGB"))
        device = self.model.device
        answer = self.model.generate(
            **{name: value.to(device) for name, value in inputs.items()},
            max_new_tokens=_TRIED,
            do_sample=False,
            num_beams=1,
            output_logits=True,
            return_dict_in_generate=True,
        )
        wrote = torch.stack(answer.logits, dim=1).float()  # (1, T, vocabulary), before any rule on what may be said
        self._prefix = answer.sequences[0, : -wrote.shape[1]].tolist()
        if not self._prefix:
            raise _untrainable(self.captioner.info.model, "what it writes stands behind nothing that it tells")
        caption = answer.sequences[0, -wrote.shape[1] :].tolist()
        shown = {name: value.to(device) for name, value in self._with(inputs, caption).items()}
        labels = shown.pop(_LABELS)
        logits, told = self._aligned(self.model(**shown).logits, labels)
        read = logits[told != UNTOLD].float()
        distance = (read.softmax(-1) - wrote[0].softmax(-1)).abs().sum(-1).max().item() / 2
        if not distance <= _ALIKE:
            raise _untrainable(
                self.captioner.info.model,
                f"captions that it reads at once have other chances than when it writes them, by up to {distance:.2f}",
            )


def _untrainable(model: str, why: str) -> CaptionerError:
    return CaptionerError(
        f"{model} cannot be fine-tuned here: {why}. Choose another one, such as "
        "Salesforce/blip-image-captioning-base or microsoft/git-base"
    )
