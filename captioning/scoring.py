"""How near captions come to what people said: BLEU, ROUGE-L and CIDEr, by the code that the field measures with.

The scorers are pycocoevalcap's (https://github.com/salaniz/pycocoevalcap), whose CIDEr is CIDEr-D. Texts are taken
apart by `core.tokens.caption_tokens`, since Stanford's tokenizer, which the field uses, is a program in Java.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import UsageError
from core.tokens import caption_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Scores:
    """Of all pictures together; 0 to 1, CIDEr 0 to 10."""

    bleu: tuple[float, float, float, float]  # BLEU-1 to BLEU-4
    rouge_l: float
    cider: float  # the mean of `ciders`
    ciders: tuple[float, ...]  # of each picture, in the order given


def check_scorers() -> None:
    """Raise UsageError where the scorers are not installed."""
    try:
        import pycocoevalcap.cider.cider  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise UsageError('measuring captions needs pip install "alt-audit[evaluate]"') from error


def score(said: Sequence[str], references: Sequence[Sequence[str]]) -> Scores:
    """One caption for each picture, against what people said of it (one text at least); '' says nothing.

    CIDEr weighs words by how few of these pictures they are said of, so figures of different sets are not comparable,
    and a single picture has 0. Raises UsageError where the scorers are not installed, ValueError for no picture.
    """
    if not said:
        raise ValueError("no captions to score")
    check_scorers()
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    ours = {place: [_spaced(text)] for place, text in enumerate(said)}
    theirs = {place: [_spaced(text) for text in texts] for place, texts in enumerate(references)}
    bleu, _ = Bleu(4).compute_score(theirs, ours, verbose=0)
    rouge_l, _ = Rouge().compute_score(theirs, ours)
    cider, ciders = Cider().compute_score(theirs, ours)
    one, two, three, four = map(float, bleu)
    return Scores((one, two, three, four), float(rouge_l), float(cider), tuple(map(float, ciders)))


def _spaced(text: str) -> str:
    return " ".join(caption_tokens(text))
