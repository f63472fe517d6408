"""What an evaluation of models says in words and figures, the same in every form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.text import counted, shown_line
from reports.evaluation.texts import figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model_evaluation import Figures, MeasuredPicture, ModelEvaluation, ModelResult

SHOWN = 20  # pictures
COLUMNS = ("pictures", "BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr")
CALIBRATION_COLUMNS = ("captions", "confidence", "in common", "CIDEr")
LEGEND = (
    "BLEU and ROUGE-L: pieces in common with what people said, 0 to 1. CIDEr: the same with words weighing more that "
    "are said of few of these pictures, 0 to 10. A picture of which a model says nothing counts as a caption without "
    "words. Figures of different pictures cannot be compared, and none says whether a caption is true: look at some."
)
CALIBRATION_LEGEND = (
    'Captions by how sure the model is, a fifth in each line, the surest first. "In common" is the share of their '
    "content words that some person used; where confidence is far from it, the confidence is not to be believed."
)


def about(evaluation: ModelEvaluation) -> Iterator[str]:
    """What was asked, and of whom."""
    split = f", its {evaluation.split} split" if evaluation.split else ""
    captions = counted(sum(len(one.captions) for one in evaluation.pictures), "text")
    yield f"{counted(len(evaluation.pictures), 'picture')} of {evaluation.dataset}{split}, beside {captions} by people."
    if evaluation.left_out:
        yield f"Left out: {counted(evaluation.left_out, 'picture')}, beyond --limit."
    for model in evaluation.models:
        name = "" if model.description.startswith(model.name) else f"{model.name}: "
        yield f"{name}{'. '.join(_of_model(evaluation, model))}."


def _of_model(evaluation: ModelEvaluation, model: ModelResult) -> Iterator[str]:
    pictures = len(evaluation.pictures)
    yield shown_line(model.description)
    yield (
        f"It says nothing of {(pictures - model.spoken) / pictures:.0%} of the pictures"
        if model.spoken < pictures
        else "It says something of every picture"
    )
    if model.failed:
        failed = ", ".join(f"{number:,} {code}" for code, number in sorted(model.failed.items()))
        yield f"No answer for want of a picture or of the model: {failed}"
    if model.seconds:
        yield f"{evaluation.pictures_per_s(model):.1f} pictures/s, files read and decoded"


def rows(evaluation: ModelEvaluation) -> Iterator[tuple[str, list[str]]]:
    """A line of figures for each model, and two more below it for one that keeps quiet of some pictures."""
    pictures = len(evaluation.pictures)
    for model in evaluation.models:
        yield model.name, _cells(pictures, model.figures)
        if model.said is not None:
            yield "– where it speaks", _cells(model.spoken, model.said)
        if model.ungated is not None:
            yield "– with the withheld", _cells(pictures, model.ungated)


def _cells(pictures: int, figures: Figures) -> list[str]:
    return [f"{pictures:,}", *map(figure, (*figures.bleu, figures.rouge_l, figures.cider))]


def calibration_rows(model: ModelResult) -> list[tuple[str, list[str]]]:
    """A line for each bin, the surest first; none for a model without confidences."""
    bins = model.calibration.bins if model.calibration is not None else ()
    return [
        (f"{place}", [f"{one.captions:,}", *map(figure, (one.confidence, one.in_common, one.cider))])
        for place, one in enumerate(reversed(bins), 1)
    ]


def calibration(model: ModelResult) -> str:
    """How far its confidence may be believed, in a sentence; '' without confidences."""
    if model.calibration is None:
        return ""
    found = f"{model.name}: its confidence is off by {figure(model.calibration.error)} on average"
    correlation = model.calibration.rank_correlation
    return f"{found}." if correlation is None else f"{found}; rank correlation with CIDEr {figure(correlation)}."


def name_of(picture: MeasuredPicture) -> str:
    """What a picture is called: the name of its file, or its address on a site."""
    return picture.id if picture.id == picture.path else picture.path.rpartition("/")[2]


def shown_places(evaluation: ModelEvaluation) -> list[int]:
    """The pictures on which models differ most by CIDEr; of one model those on which it does worst, surest first."""
    ranks = []
    for place, picture in enumerate(evaluation.pictures):
        answers = [model.answers[place] for model in evaluation.models]
        ciders = [one.cider for one in answers]
        if len(answers) > 1:
            rank = (min(ciders) - max(ciders), 0.0)
        elif answers[0].words:
            rank = (ciders[0], -(answers[0].confidence or 0.0))
        else:
            continue
        ranks.append((*rank, picture.id, place))
    return [place for *_, place in sorted(ranks)[:SHOWN]]
