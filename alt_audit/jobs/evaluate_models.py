"""Captioning models beside each other on a dataset of pictures with captions."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alt_audit.jobs.events import CaptionerNote, OnEvent, Work, work_on
from core.errors import ImageError, UsageError
from core.model_evaluation import MeasuredPicture, ModelEvaluation
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from alt_audit.config import Settings
    from captioning.caption_options import CaptionOptions
    from captioning.datasets.records import Dataset, Picture, Split
    from captioning.evaluation.answers import Answers
    from core.model_evaluation import ModelResult


@dataclass(frozen=True, slots=True)
class ModelsRun:
    """What was found out, and how a picture of it, by its place, is had as WebP.

    `answers` are files with what the models said, of no use once the evaluation is written.
    """

    evaluation: ModelEvaluation
    thumbnail: Callable[[int], bytes | None]
    answers: Sequence[Path] = ()


def evaluate_models(
    settings: Settings,
    on_event: OnEvent,
    *,
    dataset: Path,
    models: Sequence[str],
    folder: Path,
    split: Split | None = None,
    limit: int | None = None,
) -> ModelsRun:
    """Caption a split of a dataset (dev, or the only one) with each of the models, and compare with what people said.

    With a `limit` the pictures are spread evenly over the split. What models say is written into files in `folder` as
    they say it, and what is there from a run that was cut short is not asked again. Raises UsageError where the dataset
    cannot be used, or has no such split, CaptionerError where a model cannot be loaded, before any has been asked where
    that shows, or answers no more, or `folder` cannot be written to.
    """
    from captioning.captioners.select import check_model
    from captioning.datasets.read import load_dataset
    from captioning.scoring import check_scorers

    check_scorers()
    options = [_named(settings, model) for model in dict.fromkeys(models)]
    for one in options:
        check_model(one)
    read = load_dataset(dataset, lambda text: on_event(CaptionerNote(text)))
    chosen = _chosen(read, split)
    pictures = _spread(read.pictures(chosen), limit)
    results, answers = zip(*[_measured(one, pictures, folder, on_event) for one in options], strict=True)
    evaluation = ModelEvaluation(
        dataset=str(dataset),
        split=str(chosen),
        pictures=tuple(MeasuredPicture(str(one.id), str(one.path), one.captions) for one in pictures),
        left_out=len(read.pictures(chosen)) - len(pictures),
        models=results,
    )
    return ModelsRun(evaluation, lambda place: _thumbnail(pictures[place], settings.caption), answers)


def _named(settings: Settings, model: str) -> CaptionOptions:
    return settings.caption.model_copy(update={"model": model})


def _chosen(dataset: Dataset, split: Split | None) -> Split:
    from captioning.datasets.records import Split

    held = ", ".join(f"{one} ({counted(len(some), 'picture')})" for one, some in dataset.splits.items())
    if split is None:
        split = Split.DEV if dataset.pictures(Split.DEV) else next(iter(dataset.splits))
        if split is not Split.DEV and len(dataset.splits) > 1:
            raise UsageError(f"{dataset.path} has no dev split, only {held}: say which by --split")
    if not dataset.pictures(split):
        raise UsageError(f"{dataset.path} has no {split} split, only {held}")
    return split


def _spread(pictures: Sequence[Picture], limit: int | None) -> list[Picture]:
    """At most so many, from all over the split."""
    if limit is None or limit >= len(pictures):
        return list(pictures)
    return [pictures[place * len(pictures) // limit] for place in range(limit)]


def _measured(
    options: CaptionOptions, pictures: Sequence[Picture], folder: Path, on_event: OnEvent
) -> tuple[ModelResult, Path]:
    from captioning.captioners.select import load_captioner
    from captioning.evaluation.answers import Answers
    from captioning.evaluation.figures import figures_of
    from captioning.evaluation.look import look

    def tell(text: str) -> None:
        on_event(CaptionerNote(text))

    captioner = load_captioner(options, tell)
    with Answers(folder, captioner.info) as answers:
        if answers.number:
            tell(f"{_known(answers)} of a run that was cut short; what it was told is not asked again.")
        try:
            with work_on(Work.IMAGES, on_event) as progress:
                captions, seconds = look(captioner, pictures, options, answers, progress=progress, tell=tell)
        except BaseException:
            if answers.number:
                tell(f"{_known(answers)}: the same command goes on from there.")
            raise
    found = figures_of(options.model, captioner.info.description, pictures, captions, seconds)
    del captioner
    gc.collect()  # the next model may need its memory
    return found, answers.path


def _known(answers: Answers) -> str:
    return f"{answers.path} has {counted(answers.number, 'answer')}"


def _thumbnail(picture: Picture, options: CaptionOptions) -> bytes | None:
    from captioning.decoding.process import decode
    from captioning.thumbnails import shrink, thumbnail

    try:
        return thumbnail(shrink(decode(picture.path.read_bytes(), max_pixels=options.max_pixels).image))
    except (OSError, ImageError):
        return None
