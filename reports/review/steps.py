"""What a person at the review has done so far, to be told of and taken back step by step."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Step:
    """What one key or button has decided."""

    said: str  # in a sentence
    row_id: str | None  # where it was decided; None: on many rows at once
    decisions: tuple[int, ...]
    batch: str  # that the decisions are of; a bulk has one of its own


@dataclass(slots=True)
class Steps:
    """The steps of one review, which are one batch; each bulk is a batch of its own."""

    batch: str = field(default_factory=lambda: f"review {datetime.now(UTC):%Y-%m-%d %H:%M} {secrets.token_hex(2)}")
    done: list[Step] = field(default_factory=list)
    bulks: int = 0
    notice: str | None = None  # said on the next page that is shown, once

    def bulk(self) -> str:
        """The name of the batch of another bulk."""
        self.bulks += 1
        return f"{self.batch} bulk {self.bulks}"

    def batches(self) -> dict[str, int]:
        """How many decisions of each batch stand."""
        numbers: Counter[str] = Counter()
        for step in self.done:
            numbers[step.batch] += len(step.decisions)
        return dict(numbers)

    def told(self) -> str | None:
        """What there is to say once."""
        notice, self.notice = self.notice, None
        return notice
