"""What a trained captioner says of itself: what it was trained on and how, and how good it is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from captioning.training.train_options import IMAGENET
from captioning.training.vocabulary import SPECIALS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from captioning.datasets.records import Dataset
    from captioning.scoring import Scores
    from captioning.training.checkpoint import Epoch
    from captioning.training.lessons import Lessons
    from captioning.training.phases import Phase

UNKNOWN_LICENCE = "not given by the dataset"


@dataclass(frozen=True, slots=True)
class Figures:
    """How good a captioner is on dev."""

    scores: Scores  # of all pictures, whatever the confidence
    agreement: float  # share of the content words that people used, too
    spoken: float  # share of the pictures of which it says something
    spoken_agreement: float | None  # as `agreement`, of these; None where it says nothing
    before: float | None  # CIDEr of what training began with, said word by word; None where that knew nothing


@dataclass(frozen=True, slots=True)
class Account:
    """All that a card tells."""

    command: str
    version: str  # of the program
    dataset: Dataset
    lessons: Lessons
    unreadable: int  # pictures that were left out
    start: str
    phases: tuple[Phase, ...]
    epochs: tuple[Epoch, ...]
    figures: Figures
    quartiles: tuple[float, ...]  # of the confidence
    threshold: float
    settings: Mapping[str, object]
    minutes: float  # of the last run
    device: str


def licence_of(dataset: Dataset) -> str:
    """As the dataset gives it."""
    return "; ".join(dataset.licences) or UNKNOWN_LICENCE


def write_card(account: Account) -> str:
    """The card as Markdown."""
    figures, scores, lessons = account.figures, account.figures.scores, account.lessons
    data = account.dataset.description or account.dataset.path.name
    captions = sum(len(lesson.captions) for lesson in lessons.train)
    quartiles = ", ".join(f"{one:.2f}" for one in account.quartiles)
    kept = "none" if figures.spoken_agreement is None else f"{figures.spoken_agreement:.0%}"
    before = "" if figures.before is None else f" Before, word by word, its CIDEr was {figures.before:.3f}."
    return f"""# A captioner trained with alt-audit

| | |
|---|---|
| Trained on | {cell(data)}: {len(lessons.train):,} pictures with {captions:,} captions ({account.unreadable:,} more \
could not be read) |
| Licence of that data | {cell(licence_of(account.dataset))} |
| Began from | {_start(account.start)} |
| Language | {lessons.language} |
| Words | {len(lessons.vocabulary) - len(SPECIALS):,}, {lessons.max_words} in a caption at most |
| Command | `{cell(account.command)}` |
| By | alt-audit {account.version}, on {account.device}; {account.minutes:.0f} min since it was last begun |

Use it with `--model` and the name of this folder. The licence of the data is repeated here as its file gives it;
whether weights may be used where their data may not is for you to decide.

## How good it is

On {len(lessons.dev):,} pictures (dev) that nothing was learnt from, but by which the best epoch was chosen and the \
confidence was fitted, so new pictures will do a little worse.{before}

| | BLEU-1 | BLEU-4 | ROUGE-L | CIDEr | content words that people used, too |
|---|---|---|---|---|---|
| every picture | {scores.bleu[0]:.3f} | {scores.bleu[3]:.3f} | {scores.rouge_l:.3f} | {scores.cider:.3f} | \
{figures.agreement:.0%} |

The confidence estimates the share of content words that a person would use, too; its quartiles over these pictures are
{quartiles}. Below {account.threshold:.2f} the captioner says nothing: it speaks of {figures.spoken:.0%} of these
pictures, and of the content words that it then says people used {kept}, too. Another threshold is set as
`confidence.threshold` in config.json.

## How it was trained

{_epochs(account)}

Settings: {", ".join(f"{name} {value}" for name, value in account.settings.items())}.
"""


def _start(start: str) -> str:
    backbone = (
        "EfficientNet-Lite0 as trained on ImageNet (Apache License 2.0, see LICENSE-APACHE; its last blocks changed)"
    )
    if start == IMAGENET:
        return f"{backbone}, and a decoder that knew nothing"
    if start == "builtin":
        return (
            "the captioner that ships with alt-audit, whose weights come from Flickr8k (non-commercial research data); "
            f"its encoder: {backbone}"
        )
    return f"the captioner in {cell(start)}: what its card says of data and licences counts here, too"


def _epochs(account: Account) -> str:
    lines = ["| phase | step | loss or reward | CIDEr on dev, word by word |", "|---|---|---|---|"]
    for one in account.epochs:
        phase = account.phases[one.phase]
        title = phase.title if one.told is not None else "before"
        told = "" if one.told is None else f"{phase.measure} {one.told:.3f}"
        lines.append(f"| {title} | {one.step:,} | {told} | {one.cider:.3f} |")
    return "\n".join(lines)


def cell(text: str) -> str:
    """As it may stand in a table of Markdown."""
    return text.replace("|", "\\|").replace("\n", " ")
