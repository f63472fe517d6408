"""Captioning models of the Hugging Face hub or of a folder, whatever their family.

One path for all: the processor's inputs for each picture, a batch of them, `generate`, the new tokens as text, and a
confidence. What families are asked is in `families`, how inputs are made in `processors`. transformers 5 has no
image-to-text pipeline any more, so processor and model are driven directly. Code that comes with a model is never run.
"""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import transformers
from PIL import Image

from captioning.captioners.answers import read_answer, whole_sentences
from captioning.captioners.gazes import gazes
from captioning.captioners.huggingface.confidence import GreedyLogProbs, geometric_means
from captioning.captioners.huggingface.families import prompt_version
from captioning.captioners.huggingface.grounding import phrases_in
from captioning.captioners.huggingface.loading import (
    INSTEAD,
    hush,
    load_network,
    load_question,
    read_config,
    reading_files,
    served,
)
from captioning.captioners.huggingface.looking import can_look, look, words_of
from captioning.captioners.huggingface.processors import Inputs, collate
from captioning.captioners.placed import placed
from core.errors import CaptionerError, ImageError
from core.records import Stage
from inference.device import batch_size_for, pinned_for
from inference.protocol import Caption, CaptionerInfo, described
from inference.revisions import gist, resolve_revision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from captioning.caption_options import CaptionOptions
    from captioning.captioners.huggingface.loading import Network, Question
    from captioning.captioners.huggingface.untyped import Source
    from core.place import Place
    from inference.device import Placement
    from inference.protocol import Box, Gaze

_GREY = Image.new("RGB", (64, 64), "grey")
_COMPILED_VERSIONS = 32  # torch's 8 are for one function; transformers wraps many in a common one


class HuggingFaceCaptioner:
    """An image-to-text model that is native to transformers: BLIP and its like, Florence-2, chat models, ...

    Its confidence is the geometric mean of the probabilities of the tokens it chose, the end included. That ranks the
    captions of one model; it is no probability that a caption is right.
    """

    usage = None

    def __init__(
        self,
        model: str,
        placement: Placement,
        *,
        revision: str | None = None,
        prompt: str | None = None,
        told: CaptionOptions | None = None,
        max_new_tokens: int | None = None,
        num_beams: int = 1,
        compiled: bool = False,
        local_files_only: bool = False,
        reason: str = "",
    ) -> None:
        """Load a model from the hub or its local cache, or from a folder, and try it on a grey picture.

        `prompt` replaces that of the model's family, `max_new_tokens` its bound on the length of a caption; `told` says
        what a chat model is told of places; `compiled` has torch compile it, which takes minutes; `reason` says in the
        description why it was chosen. Raises `CaptionerError` where there is no such model, its files are damaged, it
        is not one that captions pictures, or it cannot be compiled.
        """
        self._model = model
        self._placement = placement
        self._compiled = compiled
        hush()
        try:
            with reading_files(model):
                commit = resolve_revision(model, revision, local_files_only=local_files_only)
                source: Source = {"local_files_only": local_files_only, "trust_remote_code": False}
                if not Path(model).is_dir():
                    source["revision"] = commit
                config = read_config(model, source)
                self._question = load_question(model, config, source, prompt)
                is_chat = self._question.family.asked == "chat"
                self._placed = placed(told, self._question.prompt) if told is not None and is_chat else None
                self._generation = {
                    "max_new_tokens": max_new_tokens or self._question.family.tokens_for(self._question.prompt),
                    "num_beams": num_beams,
                    "do_sample": False,  # many models' own settings sample
                    "num_return_sequences": 1,
                }
                self._network = load_network(model, placement, self._question.tokenizer, source)
                if compiled:
                    self._compile()
                self._try()
        except CaptionerError:
            raise
        except Exception as error:
            # Models that will not do fail in as many ways as there are models; each is one line for the user.
            raise self._explained(error) from error
        licence = "" if Path(model).is_dir() else f"; licence: https://huggingface.co/{model}"
        version = self._version()
        self.info = CaptionerInfo(
            model=model,
            revision=commit,
            prompt_version=version,
            place_version="" if self._placed is None else f"{version} {self._placed.version}",
            description=described(
                f"{model} {commit[:12]} ({placement}{', compiled' if compiled else ''}{licence})", reason
            ),
            side_px=self._question.asker.side_px,
            batch_size=batch_size_for(placement.device),
            languages=(self._question.family.language_of(self._question.prompt),),
            placement_reason=placement.reason,
        )

    @property
    def network(self) -> Network:
        """What is loaded, for those who train it."""
        return self._network

    @property
    def question(self) -> Question:
        """What it is asked."""
        return self._question

    @property
    def max_new_tokens(self) -> int:
        """Of a caption, at most."""
        tokens: int = self._generation["max_new_tokens"]
        return tokens

    def prepare(self, image: Image.Image) -> Inputs:
        """What the model's own processor makes of a picture and the family's prompt, as a batch of one."""
        return self._question.asker.inputs(image, self._placement.dtype)

    def prepare_in(self, image: Image.Image, place: Place) -> Inputs:
        """The same, asked about in a place."""
        if self._placed is None:
            return self.prepare(image)
        inputs = self._question.asker.inputs(image, self._placement.dtype, self._placed.question(place))
        inputs.places = (place,)
        return inputs

    def collate(self, features: Sequence[Inputs]) -> Inputs:
        """The inputs of one batch."""
        inputs = collate(features, self._network.pad_id)
        for name, value in inputs.items():
            inputs[name] = pinned_for(self._placement.device, value)
        return inputs

    @torch.inference_mode()
    def generate(self, batch: Inputs) -> list[Caption | ImageError]:
        """One caption for each picture, None as text where the model wrote nothing; or why there is none."""
        tokens, log_probs = self._new_tokens(batch)
        confidences = geometric_means(log_probs, tokens, self._network.end_ids).tolist()
        finished = torch.isin(tokens, self._network.end_ids).any(dim=1).tolist()
        texts = self._question.tokenizer.batch_decode(tokens, skip_special_tokens=True)
        answers = zip(texts, confidences, finished, batch.places, batch.views, strict=True)
        return [self._answer(*one) for one in answers]

    def grounded(self) -> HuggingFaceCaptioner | None:
        """The same model, asked to say where what it names is, too; None where its family cannot.

        Its captions have phrases, and may differ from those of the other.
        """
        family = self._question.family
        if not family.grounding:
            return None
        twin = copy.copy(self)
        twin._question = self._question.asked(family.grounding)
        twin._generation = self._generation | {"max_new_tokens": family.tokens_for(family.grounding)}
        twin.info = replace(self.info, prompt_version=twin._version())
        return twin

    @property
    def can_gaze(self) -> bool:
        """Models of BLIP's kind, and pairs of an encoder and a decoder, can tell where they looked."""
        return can_look(self._network.model) and not self._question.asker.pads

    @torch.inference_mode()
    def gaze(self, features: Inputs, caption: str) -> tuple[Gaze, ...]:
        """Where it looks for each word of a caption; empty where it has no words, or patches that are no grid."""
        tokenizer, network = self._question.tokenizer, self._network.model
        tokens = tokenizer(caption, add_special_tokens=False)["input_ids"]
        words = words_of(tokenizer, tokens)
        seen = look(network, self._on_device(features)["pixel_values"], self._before, tokens) if words else None
        if seen is None:
            return ()
        chances, shares = seen
        return gazes(
            [word for word, _ in words],
            [math.prod(chances[places].tolist()) for _, places in words],
            torch.stack([shares[places].mean(dim=0) for _, places in words]),
            features.views[0],
        )

    @cached_property
    def _before(self) -> list[int]:
        """What it writes before a caption: what it starts with and, as TrOCR does, a mark behind that."""
        twin = copy.copy(self)
        twin._generation = self._generation | {"max_new_tokens": 1, "num_beams": 1}
        sequences, _ = twin._search(self._on_device(self.prepare(_GREY)))
        *start, first = sequences[0].tolist()
        marks = set(self._question.tokenizer.all_special_ids) - set(self._network.end_ids.tolist())
        return [*start, first] if first in marks else start

    def _version(self) -> str:
        tokens, beams = self._generation["max_new_tokens"], self._generation["num_beams"]
        return prompt_version(self._question.family, self._question.prompt, max_new_tokens=tokens, num_beams=beams)

    def _new_tokens(self, batch: Inputs) -> tuple[Tensor, Tensor]:
        """Ids of tokens and their log-probabilities, (B, T) both: without the prompt, or the start token, before."""
        sequences, log_probs = self._search(self._on_device(batch))
        return sequences[:, sequences.shape[1] - log_probs.shape[1] :], log_probs

    def _on_device(self, batch: Inputs) -> Inputs:
        return Inputs((name, value.to(self._placement.device, non_blocking=True)) for name, value in batch.items())

    def _search(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Ids of tokens, (B, prompt + T), and the log-probabilities of the new ones, (B, T)."""
        network = self._network.model
        if self._generation["num_beams"] == 1:
            chosen = GreedyLogProbs()
            sequences = network.generate(
                **inputs, logits_processor=transformers.LogitsProcessorList([chosen]), **self._generation
            )
            return sequences, chosen.log_probs()
        output = network.generate(**inputs, return_dict_in_generate=True, output_scores=True, **self._generation)
        log_probs = network.compute_transition_scores(
            output.sequences, output.scores, output.beam_indices, normalize_logits=True
        )
        return output.sequences, log_probs

    def _answer(
        self, text: str, confidence: float, finished: bool, place: Place | None, view: Box
    ) -> Caption | ImageError:
        if confidence != confidence:  # not a number
            return ImageError(
                Stage.GENERATE,
                "not_finite",
                f"the model's numbers overflow in {self._placement}: choose caption.dtype bfloat16 or float32",
            )
        if self._question.family.asked == "alone":
            return Caption(" ".join(text.split()) or None, confidence)
        if self._question.family.asked == "prefix":
            said, phrases = phrases_in(text, view) if self._question.family.grounding else (text, ())
            said = " ".join(said.split())
            whole = "" if finished else whole_sentences(said)
            return Caption(whole or said or None, confidence, bool(whole), phrases=phrases)
        try:
            prompt = self._question.prompt if place is None or self._placed is None else self._placed.question(place)
            caption = read_answer(text, prompt, cut_off=not finished)
            if self._placed is not None:
                self._placed.check(caption, place)
            return Caption(caption, confidence, not finished and caption is not None)
        except ImageError as error:
            return error

    def _explained(self, error: Exception) -> CaptionerError:
        if isinstance(error, torch.OutOfMemoryError):
            return CaptionerError(
                f"{self._model} does not fit into the memory of {self._placement.device}; choose a smaller model or "
                "another device."
            )
        question = getattr(self, "_question", None)
        if question is not None and question.family.asked == "alone" and question.asker.wants_a_template:
            return CaptionerError(
                f"{self._model} comes without a chat template (chat_template.jinja, or one in tokenizer_config.json), "
                "so it cannot be asked about a picture. Take the file from the model that it was made of, or serve it "
                f"and name the server: `--model openai:MODEL@BASE_URL`. ({gist(error)})"
            )
        if "trust_remote_code" in str(error):
            return CaptionerError(
                f"{self._model} brings program code of its own, which is never run here. Look for a version of it that "
                "is native to transformers, or " + served(self._model, f"vllm serve {self._model} --trust-remote-code")
            )
        if self._compiled and type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
            return CaptionerError(
                f"torch cannot compile {self._model} here: install a C++ compiler (g++), or set caption.compile to "
                f"false. ({gist(error)})"
            )
        return CaptionerError(f"{self._model} cannot be used to caption pictures. {INSTEAD} ({gist(error)})")

    def _compile(self) -> None:
        """In place: the text model, and the encoder of pictures where those have one size for all.

        Shapes stay open, since neither batches nor texts have one length; torch still makes a version of its own for a
        batch of one, for the first token and for the second. An encoder that takes pictures in pieces (Qwen's) goes by
        their sizes in Python, and would be compiled anew for each.
        """
        torch._dynamo.config.recompile_limit = _COMPILED_VERSIONS
        parts = {self._network.model.get_decoder()}
        if self.prepare(_GREY)["pixel_values"].dim() > 2:
            encoder = self._network.model.get_encoder("image")
            parts.add(self._network.model.get_encoder() if encoder is self._network.model else encoder)
        for part in parts - {self._network.model}:
            part.compile(dynamic=True)

    def _try(self) -> None:
        """Models that want other inputs say so only now; better than in the row of every image."""
        grey = self.prepare(_GREY)
        batch = self.collate([grey, grey] if self._compiled else [grey])
        answer = self.generate(batch)[0]
        if isinstance(answer, ImageError):
            if answer.code == "not_finite":
                raise CaptionerError(f"{self._model} cannot be used as it is: {answer.message}.")
        elif answer.text is None and self._is_unreadable(batch):
            raise CaptionerError(
                f"{self._model} answers in tokens that its tokenizer does not know: the tokenizer's files are of "
                f"another model, or incomplete. {INSTEAD}"
            )

    @torch.inference_mode()
    def _is_unreadable(self, batch: Inputs) -> bool:
        """Whether a model that seems to say nothing says something, and the tokenizer has no words for it."""
        return bool((self._new_tokens(batch)[0] >= len(self._question.tokenizer)).any())
