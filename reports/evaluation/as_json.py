"""An evaluation for programs, and for a later one to be compared with."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.evaluation import Evaluation


def as_json(evaluation: Evaluation) -> str:
    """All of it; the keys are the names in `core.evaluation`."""
    return json.dumps(asdict(evaluation), ensure_ascii=False, indent=1)
