"""Writing models side by side into a folder: HTML with the pictures on which they differ most, Markdown, JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reports.evaluation.models.as_text import as_json, markdown, title_of_shown
from reports.evaluation.models.words import (
    CALIBRATION_COLUMNS,
    CALIBRATION_LEGEND,
    COLUMNS,
    LEGEND,
    about,
    calibration,
    calibration_rows,
    name_of,
    rows,
    shown_places,
)
from reports.evaluation.texts import figure
from reports.html.environment import environment
from reports.output import explained, staged
from reports.texts import bounded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from core.model_evaluation import Answer, ModelEvaluation

_OLD_FILE = re.compile(r"thumbnails/\d+\.webp")


def write_models(evaluation: ModelEvaluation, thumbnail: Callable[[int], bytes | None], folder: Path) -> list[Path]:
    """Write index.html, evaluation.md and evaluation.json; returns where they stand.

    `thumbnail` gives the picture at a place as WebP, where it can be had. Raises ReportError.
    """
    shown = shown_places(evaluation)
    with explained(folder), staged(folder, _OLD_FILE) as staging:
        (staging / "thumbnails").mkdir()
        pictures = {}
        for place in shown:
            if (small := thumbnail(place)) is not None:
                pictures[place] = f"thumbnails/{place}.webp"
                (staging / pictures[place]).write_bytes(small)
        (staging / "evaluation.json").write_text(as_json(evaluation) + "\n", "utf-8")
        (staging / "evaluation.md").write_text("\n".join(markdown(evaluation)) + "\n", "utf-8")
        page = (
            environment()
            .get_template("models.html")
            .render(
                dataset=evaluation.dataset,
                about=list(about(evaluation)),
                legend=LEGEND,
                columns=COLUMNS,
                rows=list(rows(evaluation)),
                calibration_legend=CALIBRATION_LEGEND,
                calibration_columns=CALIBRATION_COLUMNS,
                calibrations=[
                    (calibration(model), calibration_rows(model)) for model in evaluation.models if model.calibration
                ],
                shown_title=title_of_shown(evaluation),
                shown=[_view(evaluation, place, pictures) for place in shown],
            )
        )
        (staging / "index.html").write_text(page, "utf-8")
    return [folder / name for name in ("index.html", "evaluation.md", "evaluation.json")]


def _view(evaluation: ModelEvaluation, place: int, pictures: Mapping[int, str]) -> dict[str, object]:
    picture = evaluation.pictures[place]
    return {
        "picture": pictures.get(place),
        "name": bounded(name_of(picture), 80),
        "captions": [bounded(text) for text in picture.captions[:5]],
        "said": [(name, *_said(answer)) for name, answer in evaluation.answers(place).items()],
    }


def _said(answer: Answer) -> tuple[str, str]:
    """What a model said, and what is to be known of that."""
    notes = [f"CIDEr {figure(answer.cider)}"] if answer.words else []
    if answer.confidence is not None:
        notes.append(f"confidence {figure(answer.confidence)}")
    if answer.text is None and answer.withheld:
        notes.append("withheld")
    if answer.failure is not None:
        notes.append(answer.failure)
    return bounded(answer.words) or "nothing", ", ".join(notes)
