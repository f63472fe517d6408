"""From a picture to a model's inputs, and from the inputs of several pictures to a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional
from transformers.utils.import_utils import is_torchvision_available

from captioning.captioners.huggingface.families import LONG_EDGE_PX, fit_long_edge
from captioning.captioners.huggingface.grounding import view_of
from captioning.captioners.huggingface.untyped import library
from inference.protocol import MARGIN, WHOLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image
    from torch import Tensor

    from captioning.captioners.huggingface.families import Family
    from captioning.captioners.huggingface.untyped import Part, Source
    from core.place import Place
    from inference.protocol import Box


class Inputs(dict[str, "Tensor"]):
    """Of one picture or of a batch: each (B, ...), or (pieces of all pictures, ...); and what is told of each."""

    places: tuple[Place | None, ...] = (None,)  # one a picture; None: it is asked about by itself
    views: tuple[Box, ...] = (WHOLE,)  # one a picture: the part of it that the model sees


_NO_INPUTS = frozenset({"labels"})  # PaliGemma's processor adds them for training


class Asker:
    """A model's processor together with what the model is asked."""

    def __init__(self, processor: Part, image_processor: Part, family: Family, prompt: str) -> None:
        self._processor = processor
        self._image_processor = image_processor
        self._family = family
        self._prompt = prompt
        self.side_px = LONG_EDGE_PX if family.asked == "chat" else _side_px(image_processor)
        self.pads = bool(getattr(image_processor, "do_pad", False))  # so that less of what it sees is the picture
        # Such a processor puts pictures into texts, which a model that is asked in its chat template has.
        self.wants_a_template = getattr(processor, "image_token", None) is not None
        # Thoughts would cost the tokens of the answer. Templates that know no such switch take no such argument.
        template = getattr(processor, "chat_template", None)
        self._switches = {"enable_thinking": False} if "enable_thinking" in str(template) else {}

    def inputs(self, image: Image.Image, dtype: torch.dtype, prompt: str | None = None) -> Inputs:
        """The inputs of one picture, with its pixels in the number format of the model.

        `prompt` is asked instead of what all pictures are asked.
        """
        if self._family.asked == "alone":
            given = {"pixel_values": self._image_processor(images=[image], return_tensors="pt")["pixel_values"]}
        elif self._family.asked == "prefix":
            given = self._processor(images=[image], text=[self._prompt], return_tensors="pt")
        else:
            given = self._processor.apply_chat_template(
                [_message(fit_long_edge(image), prompt or self._prompt)],
                add_generation_prompt=True,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
                **self._switches,
            )
        inputs = Inputs(
            (name, value.to(dtype) if value.is_floating_point() else value)
            for name, value in given.items()
            if isinstance(value, torch.Tensor) and name not in _NO_INPUTS
        )
        if self._family.asked != "chat":
            inputs.views = (view_of(self._image_processor, image.width, image.height),)
        return inputs

    def asking(self, prompt: str) -> Asker:
        """The same with another prompt."""
        return Asker(self._processor, self._image_processor, self._family, prompt)


def _side_px(image_processor: Part) -> int:
    """The size that a processor brings pictures to, with a margin."""
    size = dict(image_processor.size)
    sides = [size.get(name) or 0 for name in ("shortest_edge", "height", "width")]
    return round(MARGIN * max(sides)) or LONG_EDGE_PX


def _message(image: Image.Image, prompt: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "image", "image": image}, {"type": "text", "text": prompt}]}


def collate(batch: Sequence[Inputs], pad_id: int) -> Inputs:
    """The inputs of several pictures as those of one batch.

    Inputs with a value for each token are filled up on the left, where a model that writes on to the right does not
    mind; others (tiles of a picture, their masks) behind, with zeros, which is how the processors fill them. What
    counts pieces of pictures instead of pictures (patches of Qwen's) is strung together.
    """
    merged = Inputs()
    merged.places = tuple(place for inputs in batch for place in inputs.places)
    merged.views = tuple(view for inputs in batch for view in inputs.views)
    for name in batch[0]:
        values = [inputs[name] for inputs in batch]
        by_token = all("input_ids" in inputs and inputs[name].shape == inputs["input_ids"].shape for inputs in batch)
        shape = [max(value.shape[axis] for value in values) for axis in range(1, values[0].dim())]
        fill = pad_id if name == "input_ids" else 0
        merged[name] = torch.cat([_padded(value, shape, fill, left=by_token) for value in values])
    return merged


def _padded(value: Tensor, shape: list[int], fill: int, *, left: bool) -> Tensor:
    """`value` with all axes but the first filled up to `shape`."""
    padding: list[int] = []
    for have, want in zip(reversed(value.shape[1:]), reversed(shape), strict=True):  # as `pad` takes them: last first
        padding += [want - have, 0] if left else [0, want - have]
    return functional.pad(value, padding, value=fill) if any(padding) else value


def load_processor(model: str, config: Part, source: Source) -> tuple[Part, Part, Part]:
    """A model's processor, tokenizer and image processor; the first is None where it has none that joins the others.

    Models older than processors have an image processor and a tokenizer side by side, of which AutoProcessor returns
    one or the other.
    """
    try:
        processor = library.AutoProcessor.from_pretrained(model, **source)
    except ImportError:
        processor = _load_without_video(model, config, source)
        if processor is None:
            raise
    if hasattr(processor, "tokenizer") and hasattr(processor, "image_processor"):
        if getattr(processor, "chat_template", None) is None:  # many a model tuned further has it there alone
            processor.chat_template = getattr(processor.tokenizer, "chat_template", None)
        return processor, processor.tokenizer, processor.image_processor
    # Settings may name a class that is no more (ViTFeatureExtractor): then it goes by the kind of the encoder.
    encoder = getattr(config, "encoder", config)
    return (
        None,
        library.AutoTokenizer.from_pretrained(model, **source),
        library.AutoImageProcessor.from_pretrained(model, config=encoder, **source),
    )


def _load_without_video(model: str, config: Part, source: Source) -> Part:
    """A processor whose part for videos, which needs torchvision, is missing; None where that is not the trouble.

    Qwen-VL, SmolVLM and others take videos too. Pictures do not need that part, and torchvision must match the build
    of torch exactly, which is much to ask for nothing.
    """
    kind: Part = library.PROCESSOR_MAPPING.get(type(config), None)
    if kind is None or is_torchvision_available() or "video_processor" not in kind.get_attributes():
        return None

    def check(self: Part, name: str, part: Part) -> None:
        if part is not no_videos:
            kind.check_argument_for_proper_class(self, name, part)

    # Its settings for videos are read even where there are none.
    no_videos = library.ImageProcessingMixin(num_frames=None, fps=None)
    for_pictures: Part = type(kind.__name__, (kind,), {"check_argument_for_proper_class": check})
    settings, _ = kind.get_processor_dict(model, **source)
    loaders = {"image_processor": library.AutoImageProcessor, "tokenizer": library.AutoTokenizer}
    parts = [
        no_videos if name == "video_processor" else loaders[name].from_pretrained(model, **source)
        for name in kind.get_attributes()
    ]
    return for_pictures.from_args_and_dict(parts, settings)
