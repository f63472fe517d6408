"""The analysers of a worker: each looks at each distinct picture once, and what breaks costs one analysis."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from captioning.analysers.base import Sparing
from core.text import shorten, storable
from store.analyses import FAILED, NewAnalysis

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from captioning.analysers.base import Analyser
    from captioning.decoding.picture import DecodedPicture

SPARED = "spared"  # the only key of what an analyser was not asked: the kind of the picture
KIND = "kind"  # the analyser that says that, and its key
_REMEMBERED = 256  # pictures: a site shows the same bytes at many addresses, and meets them close to each other
_MAX_BYTES = 65_536  # of one analysis, as JSON
_MAX_REASON_CHARS = 300


class Analysing:
    """What all analysers say of pictures; `known` names those that have said it of some bytes before."""

    def __init__(self, analysers: Sequence[Analyser], known: Callable[[str], Collection[str]]) -> None:
        self._analysers = analysers
        self._known = known
        self._lock = threading.Lock()
        self._last: OrderedDict[str, tuple[NewAnalysis, ...]] = OrderedDict()
        self.side_px = max((analyser.side_px for analyser in analysers), default=0)

    def look(self, picture: DecodedPicture) -> tuple[NewAnalysis, ...]:
        """What is not known of a picture yet. Raises StoreError alone."""
        if not self._analysers:
            return ()
        with self._lock:
            if (found := self._last.get(picture.sha256)) is not None:
                return found
        known = self._known(picture.sha256)
        found = self._said([analyser for analyser in self._analysers if analyser.name not in known], picture)
        with self._lock:
            self._last[picture.sha256] = found
            while len(self._last) > _REMEMBERED:
                self._last.popitem(last=False)
        return found

    def _said(self, analysers: Sequence[Analyser], picture: DecodedPicture) -> tuple[NewAnalysis, ...]:
        """What these say, in their order: the kind of a picture may spare those behind it the work."""
        found: list[NewAnalysis] = []
        kind = None
        for analyser in analysers:
            if isinstance(analyser, Sparing) and kind in analyser.spared:
                found.append(NewAnalysis(analyser.name, analyser.revision, {SPARED: kind}))
                continue
            found.append(_ask(analyser, picture))
            if analyser.name == KIND:
                kind = found[-1].data.get(KIND)
        return tuple(found)


def _ask(analyser: Analyser, picture: DecodedPicture) -> NewAnalysis:
    try:
        data = _storable(analyser.analyse(picture))
        if len(json.dumps(data, allow_nan=False, ensure_ascii=False).encode()) > _MAX_BYTES:
            raise ValueError(f"more than {_MAX_BYTES} bytes to say")
    except Exception as error:  # a model meets pictures that nobody has foreseen: it costs one analysis
        data = {FAILED: shorten(f"{type(error).__name__}: {error}", _MAX_REASON_CHARS)}
    return NewAnalysis(analyser.name, analyser.revision, data)


def _storable(value: Any) -> Any:
    """Without what no database takes in a text, which a model that reads pictures may come up with."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): _storable(item) for key, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, (list, tuple)) else value
