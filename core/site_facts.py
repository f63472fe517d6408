"""What rules on a whole site read of it: plain records, which the store streams and a test can make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.records import functional_role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class NamedPicture:
    """An occurrence that has a text, and its picture."""

    occurrence_id: int
    name: str  # accessible name
    picture: int  # the same number: known to be the same picture
    image_url: str
    phash: str | None  # 64 bits in hexadecimal
    interactive: str | None  # 'link' or 'button' where it stands in one
    sole_content: bool  # all there is in it
    link_url: str | None  # target of the link around it
    lang: str | None  # language tag of the text, declared or guessed
    page_url: str
    lang_guessed: bool = False

    @property
    def role(self) -> str | None:
        """'link' or 'button' where the picture is all there is in one."""
        return functional_role(self.interactive, self.sole_content)

    @property
    def target(self) -> str | None:
        """Where that link leads."""
        return self.link_url if self.role else None


@dataclass(frozen=True, slots=True)
class ReplacedPicture:
    """An occurrence that took the place of another picture and has its alt text."""

    occurrence_id: int
    alt: str
    image_url: str
    old_url: str
    phash: str | None  # 64 bits in hexadecimal
    old_phash: str | None


class SiteFacts(Protocol):
    """One site as it stands now."""

    def shared_texts(self, at_least: int) -> Iterable[Sequence[NamedPicture]]:
        """The occurrences of each text that stands on `at_least` different pictures or more."""

    def texts_of_pictures(self) -> Iterable[Sequence[NamedPicture]]:
        """The occurrences of each picture that has more than one text, but for those that repeat what is beside."""

    def texts_in_small_letters(self) -> Iterable[tuple[int, str, str]]:
        """(occurrence id, text, address of the image) where a text of several words has no capital."""

    def texts_in_quotes(self) -> Iterable[tuple[int, str]]:
        """(occurrence id, text) where a text stands in straight quotation marks as a whole."""

    def number_of_texts(self) -> int:
        """How many distinct texts there are."""

    def texts_by_language(self) -> Iterable[tuple[int, str, str]]:
        """(occurrence id, text, language tag) where a text has three words or more and its language is known."""

    def replaced(self) -> Iterable[ReplacedPicture]:
        """Occurrences that stand where another picture stood, with its alt text; none that is a link or button."""

    def pages_read(self) -> int:
        """How many pages were read."""

    def repeated(self, at_least: int) -> Iterable[tuple[int, int]]:
        """(occurrence id, pages) of what needs a text and stands on `at_least` pages or more."""

    def agreements(self) -> Iterable[tuple[int, int, str, float]]:
        """(occurrence id, picture, text, share of other texts that it fits better than) where a model compared them.

        Without links and buttons.
        """
