"""What a model has said of the pictures of a dataset, a line each: a run that is cut short goes on from there."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from captioning.captioners.huggingface.families import short_hash
from captioning.training.files import unwritable
from inference.protocol import Caption

if TYPE_CHECKING:
    from pathlib import Path

    from inference.protocol import CaptionerInfo


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    sha256: str  # of the picture's file
    text: str | None
    confidence: float | None
    withheld: str | None


class Answers:
    """The captions of one model in a file; failures are none of them. `find` may be called by any thread."""

    def __init__(self, folder: Path, info: CaptionerInfo) -> None:
        """Read what an earlier run of this very model has left in the folder. Raises CaptionerError."""
        asked = f"{info.model} {info.revision} {info.prompt_version} {info.language}"
        self.path = folder / f"answers-{short_hash(asked)}.jsonl"
        self._file: IO[str] | None = None
        self._before = {
            line.sha256: Caption(line.text, line.confidence, withheld=line.withheld) for line in self._read()
        }
        self.number = len(self._before)

    def _read(self) -> list[_Line]:
        try:
            lines = self.path.read_text("utf-8", "replace").split("\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise unwritable(self.path, error) from error
        found = []
        for line in lines:
            try:
                found.append(_Line.model_validate_json(line))
            except ValidationError:  # it was cut short
                continue
        return found

    def __enter__(self) -> Answers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def find(self, sha256: str) -> Caption | None:
        """What an earlier run was told of a picture."""
        return self._before.get(sha256)

    def add(self, sha256: str, caption: Caption) -> None:
        """Write down what was said of a picture. Raises CaptionerError where that cannot be."""
        line = _Line(sha256=sha256, text=caption.text, confidence=caption.confidence, withheld=caption.withheld)
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("a", encoding="utf-8")
                self._file.write("\n")  # ends a line that was cut short
            self._file.write(json.dumps(line.model_dump()) + "\n")
            self._file.flush()
        except OSError as error:
            raise unwritable(self.path, error) from error
        self.number += 1
