"""Says of a picture what kind it is, what ImageNet's classes make of it and, of a cut-out, its colour."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import safetensors.torch
import torch

from captioning.analysers.kind import network
from captioning.analysers.kind.colour import main_colour
from captioning.analysers.kind.files import revision, weights
from captioning.analysers.kind.statistics import statistics
from captioning.analysers.one_thread import compute_in_one_thread
from captioning.decoding.colours import is_plain
from inference.protocol import MARGIN

if TYPE_CHECKING:
    from captioning.decoding.picture import DecodedPicture

KINDS = ("photograph", "cutout", "screenshot", "icon", "chart", "diagram", "map", "banner", "texture")
UNKNOWN = "unknown"
SPEAKS = 0.7  # below it the kind is unknown

_LEAST_PX = 8  # of either side
_MOST_TIMES = 20  # as long as wide
_CLASS_SPEAKS = 0.3
_DOGS, _ANIMALS = slice(151, 269), slice(0, 398)  # of ImageNet's classes


@cache
def class_names() -> tuple[str, ...]:
    """ImageNet's 1,000 classes in words."""
    lines = (resources.files(__package__) / "classes.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if not line.startswith("#"))


class KindAnalyser:
    """About 15 ms of one thread a picture, whatever its size."""

    name = "kind"
    side_px = round(MARGIN * network.INPUT_PX)

    def __init__(self) -> None:
        tensors = safetensors.torch.load(weights())
        self.revision = revision()
        self._network = network.Network(tensors)
        self._weight, self._bias = tensors["kind.weight"].float(), tensors["kind.bias"].float()
        self._person_weight, self._person_bias = tensors["person.weight"].float(), tensors["person.bias"].float()

    def analyse(self, picture: DecodedPicture) -> dict[str, Any]:
        """`kind`, its `chance`, that of a `photograph`, `person`, `dog` or `animal`; ImageNet's `classes`."""
        image = picture.image
        long, short = max(picture.width, picture.height), min(picture.width, picture.height)
        if short < _LEAST_PX or long > _MOST_TIMES * short or is_plain(image):
            return {"kind": UNKNOWN}
        compute_in_one_thread()
        features = self._network.features(image)
        inputs = torch.cat([features, statistics(picture)])
        chances = torch.softmax(self._weight @ inputs + self._bias, dim=0)
        classes = self._network.classes(features)
        best = int(chances.argmax())
        kind = KINDS[best] if float(chances[best]) >= SPEAKS else UNKNOWN
        named = classes.topk(3)
        said: dict[str, Any] = {
            "kind": kind,
            "chance": round(float(chances[best]), 3),
            "photograph": round(float(chances[0]), 3),
            "dog": round(float(classes[_DOGS].sum()), 3),
            "person": round(float(torch.sigmoid(self._person_weight @ features + self._person_bias)), 3),
            "animal": round(float(classes[_ANIMALS].sum()), 3),
            "classes": [
                {"name": class_names()[index], "chance": round(chance, 3)}
                for chance, index in zip(named.values.tolist(), named.indices.tolist(), strict=True)
                if chance >= _CLASS_SPEAKS
            ],
        }
        if kind == "cutout" and (colour := main_colour(image)) is not None:
            said["colour"] = colour
        return said
