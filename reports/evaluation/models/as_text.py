"""Models side by side in a terminal of 80 columns, as Markdown and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from reports.evaluation.as_text import aligned, cell, table
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

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model_evaluation import ModelEvaluation


def as_json(evaluation: ModelEvaluation) -> str:
    """All of it; the keys are the names in `core.model_evaluation`, and each model's pictures a second."""
    found = asdict(evaluation)
    for record, model in zip(found["models"], evaluation.models, strict=True):
        record["pictures_per_s"] = evaluation.pictures_per_s(model)
    return json.dumps(found, ensure_ascii=False, indent=1)


def terminal_lines(evaluation: ModelEvaluation) -> Iterator[str]:
    """The figures; the rest is in the files."""
    yield from about(evaluation)
    yield ""
    yield from aligned("Beside what people said", COLUMNS, list(rows(evaluation)))
    for model in evaluation.models:
        if told := calibration(model):
            yield ""
            yield from aligned(told, CALIBRATION_COLUMNS, calibration_rows(model))
    yield ""


def markdown(evaluation: ModelEvaluation) -> Iterator[str]:
    """All of it, without pictures."""
    yield f"# Models on {cell(evaluation.dataset)}"
    yield ""
    for line in about(evaluation):
        yield f"- {cell(line)}"
    yield ""
    yield LEGEND
    yield from table("Beside what people said", COLUMNS, list(rows(evaluation)))
    for model in evaluation.models:
        yield from table(f"How sure {cell(model.name)} is", CALIBRATION_COLUMNS, calibration_rows(model))
        if told := calibration(model):
            yield ""
            yield f"{cell(told)} {CALIBRATION_LEGEND}"
    names = [model.name for model in evaluation.models]
    lines = [
        (
            name_of(evaluation.pictures[place]),
            [
                evaluation.pictures[place].captions[0],
                *(f"{one.words or '-'} ({figure(one.cider)})" for one in evaluation.answers(place).values()),
            ],
        )
        for place in shown_places(evaluation)
    ]
    yield from table(title_of_shown(evaluation), ("a person", *map(cell, names)), lines)


def title_of_shown(evaluation: ModelEvaluation) -> str:
    """What the pictures are that are shown."""
    return "Where they differ most" if len(evaluation.models) > 1 else "The worst"
