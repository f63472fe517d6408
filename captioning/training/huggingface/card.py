"""What a fine-tuned captioner says of itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from captioning.training.model_card import cell, licence_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from captioning.datasets.records import Dataset
    from captioning.scoring import Scores
    from captioning.training.huggingface.trainer import Epoch


@dataclass(frozen=True, slots=True)
class Account:
    """All that a card tells."""

    command: str
    version: str  # of the program
    dataset: Dataset
    pictures: int  # that were learnt from
    captions: int
    dev: int  # pictures
    unreadable: int  # pictures that were left out
    base: str
    revision: str
    epochs: Sequence[Epoch]
    scores: Scores
    settings: Mapping[str, object]
    minutes: float  # of the last run
    device: str


def write_card(account: Account) -> str:
    """The card as Markdown."""
    scores, data = account.scores, account.dataset.description or account.dataset.path.name
    weights = "all weights" if account.settings["full"] else "low-rank adapters (LoRA), merged into the weights"
    rows = [
        f"| {one.step:,} | {'before' if one.loss is None else f'{one.loss:.3f}'} | {one.cider:.3f} |"
        for one in account.epochs
    ]
    return f"""# {cell(account.base)}, fine-tuned with alt-audit

| | |
|---|---|
| Trained on | {cell(data)}: {account.pictures:,} pictures with {account.captions:,} captions \
({account.unreadable:,} more could not be read) |
| Licence of that data | {cell(licence_of(account.dataset))} |
| Began from | {cell(account.base)} {account.revision[:12]}: what its card says of data and licences counts here, too |
| Learnt | {weights} |
| Command | `{cell(account.command)}` |
| By | alt-audit {account.version}, on {account.device}; {account.minutes:.0f} minutes since it was last begun |

Use it with `--model` and the name of this folder. The licence of the data is repeated here as its file gives it;
whether weights may be used where their data may not is for you to decide.

## How good it is

On {account.dev:,} pictures (dev) that nothing was learnt from, but by which the best epoch was chosen, so new pictures
will do a little worse:

| BLEU-1 | BLEU-4 | ROUGE-L | CIDEr |
|---|---|---|---|
| {scores.bleu[0]:.3f} | {scores.bleu[3]:.3f} | {scores.rouge_l:.3f} | {scores.cider:.3f} |

## How it was trained

| step | loss | CIDEr on dev |
|---|---|---|
{chr(10).join(rows)}

Settings: {", ".join(f"{name} {value}" for name, value in account.settings.items())}.
"""
