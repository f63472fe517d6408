"""From what a model said to its figures. Pure, but for the scorers."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from scipy.stats import spearmanr

from captioning.captioners.builtin.text import FUNCTION_WORDS
from captioning.scoring import Scores, score
from core.errors import ImageError
from core.model_evaluation import Answer, Bin, Calibration, Figures, ModelResult
from core.tokens import caption_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from captioning.datasets.records import Picture
    from inference.protocol import Caption

BINS = 5


def figures_of(
    name: str,
    description: str,
    pictures: Sequence[Picture],
    captions: Sequence[Caption | ImageError],
    seconds: float,
) -> ModelResult:
    """The figures of one model, whose captions stand in the order of the pictures (one at least)."""
    references = [picture.captions for picture in pictures]
    answers = [_answer(caption) for caption in captions]
    ungated = score([one.words for one in answers], references)
    answers = [replace(one, cider=cider) for one, cider in zip(answers, ungated.ciders, strict=True)]
    spoken = [place for place, one in enumerate(answers) if one.text]
    whole = ungated if not any(one.withheld for one in answers) else _with_silence(answers, references)
    return ModelResult(
        name=name,
        description=description,
        spoken=len(spoken),
        failed=dict(Counter(one.failure for one in answers if one.failure is not None)),
        figures=_figures(whole),
        said=_of_spoken(answers, references, spoken) if 0 < len(spoken) < len(answers) else None,
        ungated=_figures(ungated) if whole is not ungated else None,
        calibration=_calibration(answers, references),
        seconds=seconds,
        answers=tuple(answers),
    )


def _answer(caption: Caption | ImageError) -> Answer:
    if isinstance(caption, ImageError):
        return Answer(None, None, None, 0.0, failure=f"{caption.stage}/{caption.code}")
    return Answer(caption.text, caption.withheld, caption.confidence, 0.0)


def _with_silence(answers: Sequence[Answer], references: Sequence[Sequence[str]]) -> Scores:
    return score([one.text or "" for one in answers], references)


def _of_spoken(answers: Sequence[Answer], references: Sequence[Sequence[str]], spoken: Sequence[int]) -> Figures:
    """Words weigh as they do among all pictures, so that CIDEr can be compared between models."""
    found = score([answers[place].words for place in spoken], [references[place] for place in spoken])
    return replace(_figures(found), cider=math.fsum(answers[place].cider for place in spoken) / len(spoken))


def _figures(scores: Scores) -> Figures:
    return Figures(scores.bleu, scores.rouge_l, scores.cider)


def _calibration(answers: Sequence[Answer], references: Sequence[Sequence[str]]) -> Calibration | None:
    known = sorted(
        (one.confidence, _in_common(one.words, texts), one.cider)
        for one, texts in zip(answers, references, strict=True)
        if one.confidence is not None and one.words
    )
    if not known:
        return None
    edges = [round(len(known) * n / BINS) for n in range(BINS + 1)]
    bins = tuple(
        Bin(end - start, *(math.fsum(values) / (end - start) for values in zip(*known[start:end], strict=True)))
        for start, end in pairwise(edges)
        if end > start
    )
    error = math.fsum(one.captions * abs(one.confidence - one.in_common) for one in bins) / len(known)
    confidences, _, ciders = zip(*known, strict=True)
    varies = len(set(confidences)) > 1 and len(set(ciders)) > 1
    return Calibration(bins, error, float(spearmanr(confidences, ciders).statistic) if varies else None)


def _in_common(text: str, references: Sequence[str]) -> float:
    """The share of the content words that stand in one of the references."""
    words = set(caption_tokens(text)) - FUNCTION_WORDS
    known = {word for reference in references for word in caption_tokens(reference)}
    return len(words & known) / len(words) if words else 0.0
