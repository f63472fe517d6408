"""What is heard of the pictures of a page, in order: lines to read, and to be spoken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.languages import UNDETERMINED, primary_subtag
from rules.utterance import Heard, Setting, Utterance, said, utterance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.records import PageFacts

ENGLISH = "en"
# Why it is said so, for whoever reads.
_WHY = {
    Heard.TEXT: "",
    Heard.FILE_NAME: "no text: the name of its file",
    Heard.ADDRESS: "no text: where the link leads",
    Heard.UNNAMED: "no text, and no name to read in its place",
    Heard.SILENT: "nothing is said",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One picture, and what became of it when it was spoken."""

    number: int  # from 1
    page: str | None  # address; None for a text alone
    picture: str | None  # address of the picture, where it has one
    alt: str | None
    language: str  # a primary subtag: of the text, and of the voice
    said: Utterance
    wav: str | None = None  # name of the file
    starts_s: float | None = None  # where in it
    seconds: float | None = None
    note: str | None = None  # why it is not spoken, or not all of it

    @property
    def why(self) -> str:
        """Why it is said so; '' where the page's own text is."""
        more = f"; others say “{self.said.instead}”" if self.said.instead else ""
        return _WHY[self.said.heard] + more

    def as_json(self) -> dict[str, Any]:
        """An entry of transcript.json and of --format json."""
        return {
            "number": self.number,
            "page": self.page,
            "picture": self.picture,
            "alt": self.alt,
            "language": self.language,
            "said": self.said.text,
            "aloud": self.said.aloud,
            "heard": self.said.heard,
            "instead": self.said.instead or None,
            "wav": self.wav,
            "starts_s": self.starts_s,
            "seconds": self.seconds,
            "note": self.note,
        }


def lines_of_texts(texts: Iterable[str], language: str | None) -> Iterator[Line]:
    """Each text as that of a picture of its own."""
    spoken = _primary(language)
    for number, text in enumerate(texts, 1):
        yield Line(number, None, None, text, spoken, said(text, Setting(), spoken))


def lines_of_pages(pages: Iterable[PageFacts], language: str | None) -> Iterator[Line]:
    """The pictures of pages in order. `language` is that of places that do not say theirs."""
    number = 0
    for page in pages:
        for occurrence in page.occurrences:
            number += 1
            spoken = _primary(occurrence.language, page.lang, language)
            picture = occurrence.address or occurrence.image_url or occurrence.src
            yield Line(number, page.url, picture, occurrence.alt, spoken, utterance(occurrence, spoken))


def _primary(*tags: str | None) -> str:
    known = (tag for tag in map(primary_subtag, tags) if tag != UNDETERMINED)
    return next(known, ENGLISH)
