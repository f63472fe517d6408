"""What an evaluation says in words, the same in every form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evaluation import DRAFT
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.evaluation import Case, Evaluation

WORST = 20
COLUMNS = ("pictures", "says", "F1", "F1 said", "CIDEr", "similar", "as good", "of said")
LEFT_OUT = {
    "file_name": ("its text is the file's name", "their texts are the files' names"),
    "everywhere": ("it stands on more than 60 places", "they stand on more than 60 places"),
    "shared_text": ("more than 8 pictures share its text", "more than 8 pictures share their texts"),
    "text_elsewhere": ("another page still shows its text", "other pages still show their texts"),
    "not_sampled": ("beyond --limit", "beyond --limit"),
    "gone": (
        "it stands there no more, or its page could not be read",
        "they stand there no more, or their pages could not be read",
    ),
}
LEGEND = (
    "says: share of the pictures that it has a text for. F1: words in common with the person's text, 0 to 1. CIDEr: "
    "the same with rare words weighing more, 0 to 10. similar: likeness of meaning, -1 to 1. as good: F1 of .6 or "
    "likeness of .8; of such drafts a reader approves about half unchanged. Silence counts 0; 'said' leaves it out."
)


def about(evaluation: Evaluation) -> Iterator[str]:
    """What was asked, of whom, and what was not."""
    pages = len({case.page_url for case in evaluation.cases})
    pictures = counted(len(evaluation.cases), "picture")
    yield f"{pictures} on {counted(pages, 'page')} of {evaluation.site}, their alt texts hidden and drafted again."
    shown = sum(case.shown is not None for case in evaluation.cases)
    if shown:
        yield (
            f"{counted(shown, 'text')} of them the page shows anyway, as a caption or heading: no honest test, so told "
            "apart."
        )
    yield f"Looked at by {evaluation.captioner}." if evaluation.captioner else "No picture was looked at."
    yield from left_out(evaluation.left_out)


def left_out(pictures: Mapping[str, int]) -> Iterator[str]:
    """Why pictures were not asked about, a sentence for each reason."""
    for reason, number in pictures.items():
        if number:
            yield f"Left out: {counted(number, 'picture')}, {LEFT_OUT[reason][number > 1]}."


def worst(evaluation: Evaluation) -> list[Case]:
    """The drafts that are farthest from what a person wrote, those first that seem ready."""
    spoken = [case for case in evaluation.cases if case.said[DRAFT].text and case.shown is None]
    return sorted(spoken, key=_badness)[:WORST]


def _badness(case: Case) -> tuple[float, bool, str, str]:
    said = case.said[DRAFT]
    return (max(said.f1, said.similarity or 0.0), case.level != "ready", case.page_url, case.key)


def figure(value: float | None) -> str:
    """Two digits, as the field writes them: .48, 1.29, -.05; a dash where nothing was measured."""
    if value is None:
        return "-"
    text = f"{value:.2f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
