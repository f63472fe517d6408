"""The records of an evaluation: texts that people wrote, hidden and drafted again."""

from __future__ import annotations

from dataclasses import dataclass

DRAFT = "draft"
BEFORE = "draft before"  # of an earlier evaluation
FILE_NAME = "file name"
HEADING = "heading"
FIGURE_CAPTION = "figure caption"
MODEL_CAPTION = "model's caption"
CONTENDERS = (DRAFT, BEFORE, FILE_NAME, HEADING, FIGURE_CAPTION, MODEL_CAPTION)


@dataclass(frozen=True, slots=True)
class Said:
    """What one contender says of a picture, and how near it comes to what a person wrote. Silence counts 0."""

    text: str | None
    f1: float = 0.0  # of tokens, 0 to 1
    cider: float = 0.0  # 0 to 10
    similarity: float | None = 0.0  # cosine of sentence vectors; None where nothing measures it
    as_good: bool = False  # by these figures


@dataclass(frozen=True, slots=True)
class Case:
    """A picture whose text was hidden."""

    page_url: str
    page_title: str | None
    key: str  # of the place on its page
    selector: str
    image_url: str
    asset: str | None  # sha256 of the picture
    language: str  # a primary subtag
    function: str  # image, link or button
    alt: str  # what a person wrote
    shown: str | None  # where the page shows that text anyway
    source: str  # of the draft: core.records.SuggestionSource
    level: str  # of the draft: ready, none, or why a person is to look
    confidence: float | None
    said: dict[str, Said]
    kind: str | None = None  # of the picture, where an analyser has looked for it


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one contender, or one kind of draft. Means over all pictures, or over those of which it speaks."""

    name: str
    pictures: int
    spoken: int
    f1: float | None
    f1_spoken: float | None
    cider: float | None
    similarity: float | None
    as_good: float | None
    as_good_spoken: float | None


@dataclass(frozen=True, slots=True)
class Risk:
    """How the most certain drafts do, down to some share of all pictures."""

    coverage: float
    pictures: int
    f1: float
    as_good: float


@dataclass(frozen=True, slots=True)
class Table:
    """Lines that belong together."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How good the drafts of a site are."""

    site: str
    captioner: str | None  # None: drafts from pages alone
    similarity_model: str | None
    left_out: dict[str, int]  # pictures that were not asked about, by reason
    cases: tuple[Case, ...]
    tables: tuple[Table, ...]
    risks: tuple[Risk, ...]
