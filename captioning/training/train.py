"""From a dataset to a captioner in a folder."""

from __future__ import annotations

import shutil
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import torch

from captioning.captioners.builtin.captioner import search_settings
from captioning.captioners.builtin.files import SHIPPED, read_model
from captioning.datasets.records import Split
from captioning.scoring import Scores, check_scorers, score
from captioning.training.batches import Batches
from captioning.training.examining import Exam, agreement, fit_confidence
from captioning.training.export import config_of, round_weights, write_model
from captioning.training.features import readable, reckon_features
from captioning.training.lessons import check_enough, plan_lessons
from captioning.training.loop import Training
from captioning.training.model_card import Account, Figures, licence_of, write_card
from captioning.training.network import build_network, starting_files
from captioning.training.objective import Objective
from captioning.training.phases import phases_of
from captioning.training.reward import Reward
from captioning.training.self_critical import SHARPNESS
from captioning.training.workplace import open_workplace, told_of
from inference.device import choose_placement

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from captioning.captioners.builtin.captioner import Confidence
    from captioning.datasets.records import Dataset
    from captioning.training.examining import Answer
    from captioning.training.train_options import TrainOptions

_FEW = 1000  # pictures
_CHECKPOINT = "checkpoint.pt"


class Talk(Protocol):
    """What is told while it goes on."""

    def say(self, line: str) -> None:
        """Something worth a line."""
        ...

    def progress(self, work: str, done: int, known: int, note: str = "") -> None:
        """How far one kind of work has come, 'pictures' or 'steps'."""
        ...


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of it."""

    folder: Path
    figures: Figures
    threshold: float
    minutes: float
    pictures_per_s: float | None  # learnt from in this run, examining not counted; None where nothing was left to learn

    @property
    def scores(self) -> Scores:
        """On dev, of all pictures."""
        return self.figures.scores


def train(
    dataset: Dataset,
    out: Path,
    options: TrainOptions,
    talk: Talk,
    *,
    device: str,
    command: str,
    version: str,
    max_pixels: int,
    fresh: bool = False,
) -> Trained:
    """Train a captioner of the built-in family into the folder `out`, or go on where that was stopped.

    Raises UsageError for a dataset or a folder that will not do, CaptionerError where files cannot be written or
    training goes astray.
    """
    began = time.monotonic()
    check_scorers()
    placement = choose_placement(device, "auto")
    half = placement.dtype is torch.bfloat16
    files = starting_files(options)
    lessons = plan_lessons(dataset, options, talk.say, files)
    if files is None and len(lessons.train) < _FEW and lessons.language == "en":
        talk.say(
            "With so few pictures a captioner that speaks already mostly gets further: --from builtin. It learnt from "
            "data that is given out for non-commercial research."
        )
    work = open_workplace(out, told_of(dataset, asdict(options), "" if files is None else files.revision), fresh)
    network = build_network(options, files, len(lessons.vocabulary), lessons.max_words)
    network.encoder.to(placement.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def reckon(split: Split, pictures: Sequence[tuple[Path, bool]], copies: int) -> Any:
        return reckon_features(
            work / f"{split}.f16",
            pictures,
            network.encoder,
            copies=copies,
            seed=options.seed,
            device=placement.device,
            max_pixels=max_pixels,
            report=talk.say,
            progress=lambda done, known: talk.progress("pictures", done, known, str(split)),
        )

    dev = reckon(Split.DEV, [(picture.path, False) for picture in lessons.dev], 1)
    features = reckon(Split.TRAIN, [(lesson.path, lesson.mirrors) for lesson in lessons.train], options.copies)
    rows, dev_rows = readable(features), readable(dev)
    check_enough(len(rows), len(dev_rows))
    unreadable = len(features) + len(dev) - len(rows) - len(dev_rows)
    lessons = replace(lessons, dev=tuple(lessons.dev[row] for row in dev_rows))
    exam = Exam(dev, tuple(dev_rows), lessons.dev)
    search = replace(
        search_settings(read_model(SHIPPED).config["decode"]),
        max_words=lessons.max_words,
        sharpness=SHARPNESS if options.reward_epochs else 1.0,
    )

    def examine(candidate: Any) -> float:
        greedy = exam.answers(candidate, lessons, replace(search, beams=1), placement.device)
        return score([answer.text for answer in greedy], exam.references).cider

    batches = Batches(lessons.train, features, rows, len(lessons.vocabulary), options)
    reward = Reward([lesson.texts for lesson in lessons.train], lessons.vocabulary.words)
    objective = Objective(options, placement.device, half, reward)
    training = Training(network, batches, examine, objective, work / _CHECKPOINT)
    if training.standing.taught:
        talk.say(f"Going on after step {training.standing.taught:,}.")
    best = training.run(talk.say, lambda done, known, note: talk.progress("steps", done, known, note))
    round_weights(best)
    answers = exam.answers(best, lessons, search, placement.device)
    confidence, quartiles = fit_confidence(answers, exam.references)
    first = training.standing.epochs[0]
    figures = _figures(answers, exam.references, confidence, first.cider if first.told is None else None)
    name = dataset.description or dataset.path.resolve().name
    trained_on = f"{name} ({len(rows):,} pictures; licence: {licence_of(dataset)})"
    shape = best.decoder.shape
    config = config_of(shape, lessons, search, confidence, quartiles, trained_on, f"pictures like those of {name}")
    minutes = (time.monotonic() - began) / 60
    card = write_card(
        Account(
            command,
            version,
            dataset,
            replace(lessons, train=tuple(lessons.train[row] for row in rows)),
            unreadable,
            options.start,
            tuple(phases_of(options)),
            tuple(training.standing.epochs),
            figures,
            tuple(quartiles),
            confidence.threshold,
            asdict(options),
            minutes,
            str(placement),
        )
    )
    write_model(out, best, lessons, config, card)
    shutil.rmtree(work, ignore_errors=True)
    if not figures.spoken:
        talk.say("Beware: it is sure of none of the dev pictures, and will say nothing. It needs more pictures.")
    return Trained(out, figures, confidence.threshold, minutes, training.pictures_per_s)


def _figures(
    answers: Sequence[Answer], references: Sequence[Sequence[str]], confidence: Confidence, before: float | None
) -> Figures:
    scores: Scores = score([answer.text for answer in answers], references)
    content = [
        (answer, of) for answer, of in zip(answers, references, strict=True) if answer.mean_bag_log_prob is not None
    ]
    shares = [agreement(answer, of) for answer, of in content]
    sure = [
        share
        for share, (answer, _) in zip(shares, content, strict=True)
        if confidence.of(answer.mean_log_prob, answer.mean_bag_log_prob or 0.0) >= confidence.threshold
    ]
    return Figures(
        scores,
        sum(shares) / len(answers),
        len(sure) / len(answers),
        sum(sure) / len(sure) if sure else None,
        before,
    )
