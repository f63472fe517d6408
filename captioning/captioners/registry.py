"""The kinds of captioners. To add one: a package with a `backend` module, and its name below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from captioning.captioners.builtin import backend as builtin
from captioning.captioners.huggingface import backend as huggingface
from captioning.captioners.openai import backend as openai

if TYPE_CHECKING:
    from collections.abc import Callable

    from captioning.caption_options import CaptionOptions
    from inference.protocol import Captioner


class Backend(Protocol):
    """One kind of captioner: a module that costs nothing to import, with these three functions."""

    def matches(self, spec: str) -> bool:
        """Whether the option `model` names one of this kind."""
        ...

    def check(self, options: CaptionOptions) -> None:
        """Raise CaptionerError for what `load` could not load, as far as that shows in seconds and without weights."""
        ...

    def load(self, options: CaptionOptions, report: Callable[[str], None], reason: str) -> Captioner:
        """Load what `options.model` names. Raises CaptionerError.

        `reason` says why it was chosen and stands in the description, unless the backend knows more; `report` is for
        what takes long.
        """
        ...


# The first that matches is taken. The last matches what no other does.
BACKENDS: tuple[Backend, ...] = (openai, builtin, huggingface)


def backend_for(spec: str) -> Backend:
    """The kind of captioner that the option `model` names."""
    return next(backend for backend in BACKENDS if backend.matches(spec))
