"""Whether there is a person in a photograph, which no class of ImageNet says: learned from captions by people."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import torch
from PIL import Image

from suggestions.evidence.kinds import PEOPLE

if TYPE_CHECKING:
    from pathlib import Path

    from captioning.analysers.kind.network import Network

_TRAINED_ON, _TRIED_ON = 2200, 700


def split(network: Network, photographs: Path, name: str, number: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Features of some photographs of a split, and 1.0 where most captions name a person; none where few do."""
    coco = json.loads((photographs / f"captions_{name}.json").read_text("utf-8"))
    files = {image["id"]: image["file_name"] for image in coco["images"]}
    named: dict[str, list[bool]] = {}
    for caption in coco["annotations"]:
        named.setdefault(files[caption["image_id"]], []).append(PEOPLE.search(caption["caption"]) is not None)
    chosen = sorted(named)
    random.Random(5).shuffle(chosen)  # noqa: S311 - which pictures, not a key
    chosen = [file for file in chosen[:number] if not 1 < sum(named[file]) < len(named[file]) / 2]
    features = [network.features(Image.open(photographs / name / file).convert("RGB")) for file in chosen]
    people = [float(sum(named[file]) >= len(named[file]) / 2) for file in chosen]
    return torch.stack(features), torch.tensor(people)


def people_head(network: Network, photographs: Path, without: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight (1280,) and bias; `without` are features of photographs of buildings, animals and plants alone.

    Prints how it does on the dev split and, trained without them, on half of `without`.
    """
    features, people = split(network, photographs, "train", _TRAINED_ON)
    dev, dev_people = split(network, photographs, "dev", _TRIED_ON)
    weight, bias = _trained(features, people, without[::2])
    there = torch.sigmoid(dev @ weight + bias) >= 0.5
    seen = torch.sigmoid(without[1::2] @ weight + bias) >= 0.5
    print(
        f"people: told of {there[dev_people > 0].float().mean():.3f} of {int(dev_people.sum())} photographs with one,"
        f" of {int((1 - dev_people).sum())} without {there[dev_people == 0].float().mean():.3f};"
        f" of {len(seen)} of other makers without {seen.float().mean():.3f}"
    )
    return _trained(features, people, without)


def _trained(features: torch.Tensor, people: torch.Tensor, without: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    inputs = torch.cat([features, without])
    wanted = torch.cat([people, torch.zeros(len(without))])
    mean, deviation = inputs.mean(0), inputs.std(0).clamp(min=1e-3)
    scaled, share = (inputs - mean) / deviation, wanted.mean()
    balance = torch.where(wanted > 0, 0.5 / share, 0.5 / (1 - share))
    weight, bias = torch.zeros(inputs.shape[1], requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        each = torch.nn.functional.binary_cross_entropy_with_logits(scaled @ weight + bias, wanted, reduction="none")
        value = (each * balance).mean() + 0.03 * weight.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    weight, bias = weight.detach() / deviation, bias.detach()
    return weight, bias - weight @ mean
