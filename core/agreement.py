"""How well texts fit a picture, as a model that knows both says: what the store keeps of it, and how it is read. Pure.

What a model scores is on a scale of its own, which differs from picture to picture, too. So a text is compared with
other texts of the same site on the same picture: its share is how many of them it fits better than.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

AGREEMENT = "agreement"  # the analyser's name in the store
OTHERS = 12  # texts of the site that each is compared with
FEWEST_OTHERS = 6  # fewer say nothing


@dataclass(frozen=True, slots=True)
class Agreement:
    """The scores of one picture: of its own texts, and of others of the site."""

    scores: Mapping[str, float]
    others: tuple[str, ...]

    def share(self, text: str) -> float | None:
        """Of the other texts, how many this one fits better than, 0 to 1; None where it was not scored."""
        score = self.scores.get(text)
        others = [self.scores[other] for other in self.others if other != text and other in self.scores]
        if score is None or len(others) < FEWEST_OTHERS:
            return None
        # As well as another counts half: a model that tells nothing apart is for nobody.
        return sum((score > other) + (score == other) / 2 for other in others) / len(others)

    def as_data(self) -> dict[str, Any]:
        """As it is stored."""
        return {"scores": dict(self.scores), "others": list(self.others)}


def agreement(data: Mapping[str, Any] | None) -> Agreement | None:
    """As it was stored; None where there is none."""
    if data is None or "scores" not in data:
        return None
    return Agreement(data["scores"], tuple(data["others"]))
