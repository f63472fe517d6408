"""What every analyser offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from captioning.decoding.picture import DecodedPicture


class Analyser(Protocol):
    """A loaded program that says something of one picture, on a CPU.

    Its answers are rows of the table `analyses` under its name and revision. It is called from many threads at once,
    and sees each picture once for a revision; nothing stops it, so what it takes must be bounded whatever the picture.
    """

    @property
    def name(self) -> str:
        """As the registry has it."""
        ...

    @property
    def revision(self) -> str:
        """Changes whenever what it says of a picture may: code, weights, settings."""
        ...

    @property
    def side_px(self) -> int:
        """What the shorter side of the picture should have, where the file has as much."""
        ...

    def analyse(self, picture: DecodedPicture) -> dict[str, Any]:
        """What it has to say, as JSON. Whatever it raises costs this picture its analysis, and no more."""
        ...


@runtime_checkable
class Sparing(Protocol):
    """An analyser that is not asked about pictures of some kinds, where `kind` is asked before it."""

    @property
    def spared(self) -> frozenset[str]:
        """The kinds, as the analyser `kind` names them."""
        ...


class Backend(Protocol):
    """An analyser's entry in the registry: a module that costs nothing to import, with these functions."""

    def missing(self) -> str | None:
        """Why it cannot be run here, with what would help; None where it can."""
        ...

    def revision(self) -> str:
        """That of what `load` would give, without loading it."""
        ...

    def load(self) -> Analyser:
        """Its model, ready for pictures."""
        ...
