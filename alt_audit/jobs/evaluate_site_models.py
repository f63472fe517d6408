"""Captioning models beside each other on a site: each drafts again the texts that people wrote there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alt_audit.jobs.evaluate import evaluate_each
from alt_audit.jobs.evaluate_models import ModelsRun
from core.errors import UsageError
from core.evaluation import DRAFT
from core.model_evaluation import MeasuredPicture, ModelEvaluation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alt_audit.config import Settings
    from alt_audit.jobs.evaluate import EvaluationRun
    from alt_audit.jobs.events import OnEvent
    from core.evaluation import Case


def evaluate_site_models(
    settings: Settings, on_event: OnEvent, *, site: str, models: Sequence[str], limit: int
) -> ModelsRun:
    """The drafts of a site, on about `limit` pictures, made with each of the models; what `evaluate` does, for each.

    Compared are drafts, as editors get them, and not what models said. Texts that the page shows anyway are left out.
    """
    from captioning.captioners.select import check_model
    from captioning.scoring import check_scorers

    check_scorers()
    for model in models:
        check_model(settings.caption.model_copy(update={"model": model}))
    return _compared(site, evaluate_each(settings, on_event, site=site, limit=limit, models=models))


def _compared(site: str, runs: dict[str, EvaluationRun]) -> ModelsRun:
    from captioning.datasets.records import Picture
    from captioning.evaluation.figures import figures_of
    from inference.protocol import Caption

    cases = {model: _hidden(run) for model, run in runs.items()}
    first, *others = cases.values()
    keys = [key for key in first if all(key in other for other in others)]
    if not keys:
        raise UsageError(f"{site} has no text that its page does not show anyway: drafts prove nothing there")
    pictures = [Picture(first[key].image_url, Path(first[key].image_url), (first[key].alt,)) for key in keys]
    results = []
    for model, found in cases.items():
        drafts = [
            Caption(found[key].said[DRAFT].text, found[key].confidence if found[key].said[DRAFT].text else None)
            for key in keys
        ]
        note = runs[model].evaluation.captioner or model
        results.append(figures_of(model, note, pictures, drafts, seconds=0.0))
    evaluation = ModelEvaluation(
        dataset=site,
        split="",
        pictures=tuple(MeasuredPicture(str(one.id), str(one.id), one.captions) for one in pictures),
        left_out=0,
        models=tuple(results),
    )
    thumbnails = next(iter(runs.values())).thumbnails
    return ModelsRun(evaluation, lambda place: thumbnails.get(first[keys[place]].asset or ""))


def _hidden(run: EvaluationRun) -> dict[tuple[str, str], Case]:
    return {(case.page_url, case.key): case for case in run.evaluation.cases if case.shown is None}
