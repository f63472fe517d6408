"""Keywords of a text, by a model of T5's family on this machine that has learnt to write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.text_models import Task, TextModel

if TYPE_CHECKING:
    from collections.abc import Sequence

# As the card of fabiochiu/t5-base-tag-generation has it. It also samples, with eight beams: here one text is to have
# the same keywords each time, and eight beams take nearly twice the time of four.
READ_TOKENS = 512  # of a text, at most
MIN_TOKENS, MAX_TOKENS = 10, 64  # of what is said of it


class Tagger(TextModel):
    """Reads English. What it says is a list, `Programming, Python, Software`, as far as it has learnt that."""

    task = Task(
        does="write keywords",
        setting="suggest.tags",
        families="T5's family",
        example="a model of T5's family that has learnt to (fabiochiu/t5-base-tag-generation)",
        types=frozenset({"t5", "mt5", "umt5", "longt5"}),
    )

    def tag(self, texts: Sequence[str]) -> list[str]:
        """What the model says of each text. Raises CaptionerError where it cannot be loaded."""
        return self.write(texts, READ_TOKENS, lambda _: MAX_TOKENS, min_length=MIN_TOKENS)
