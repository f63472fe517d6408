"""What is handed over: one image in one role with one alt text, wherever it stands on the site.

A row is made once from what the store streams. The files and the HTML report read rows and nothing else, so what a
suggestion is worth and what has become of a row is decided here alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from core.failures import explain
from core.records import (
    ACCEPTED,
    NEEDS_TEXT,
    QueueState,
    SuggestionOrigin,
    SuggestionReason,
    SuggestionSource,
    SuggestionState,
    Witness,
)
from reports.row_id import row_id, seen
from reports.texts import bounded, image_name

if TYPE_CHECKING:
    from core.records import Classification, Context, Finding, Severity
    from store.report_records import CaptionFacts, GroupKey, ImageFacts, OccurrenceGroup, PageName, SuggestionFacts


class RowStatus(StrEnum):
    """What has become of a row so far; each row has exactly one."""

    DECIDED = "decided"  # a person wrote or accepted the text
    DRAFTED = "drafted"  # a machine wrote one, nobody has looked at it
    REJECTED = "rejected"
    ABSTAINED = "abstained"  # looked at, nothing to propose
    WAITING = "waiting"  # in the captioning queue
    FAILED = "failed"
    BY_HAND = "by_hand"  # no draft will come


class AltState(StrEnum):
    """What a cell alone cannot say of an alt text."""

    MISSING = "missing"
    EMPTY = "empty"
    TEXT = "text"


class Author(StrEnum):
    """Who wrote a suggested text."""

    MACHINE = "machine"
    HUMAN = "human"
    IMPORT = "import"


STATUS_LABELS = {
    RowStatus.DECIDED: ("Decided", "A person wrote or accepted the text."),
    RowStatus.DRAFTED: ("Machine draft", "A draft waits for a person to accept, correct or reject it."),
    RowStatus.REJECTED: ("Draft rejected", "A person turned the draft down; write the text by hand."),
    RowStatus.ABSTAINED: ("No suggestion", "The model looked and did not know; write the text by hand."),
    RowStatus.WAITING: ("Not captioned yet", "The picture waits in the captioning queue."),
    RowStatus.FAILED: ("Captioning failed", "The picture could not be captioned; see Failures."),
    RowStatus.BY_HAND: ("By hand", "No draft will come: a text to judge, or no picture to look at."),
}

# Why there is nothing to propose, where it is something else than a model that did not know.
_NOTHING = {
    SuggestionReason.REPEATS_PAGE: 'All there is to say stands beside the picture: alt="" may be right.',
    SuggestionReason.GROUP: 'One of several in a row: say what they mean in the first, and give the others alt="".',
    SuggestionReason.OTHER_LANGUAGE: "The caption is in another language than the page; write the text by hand.",
    SuggestionReason.BREAKS_RULES: "Every text there is would break a rule; write one by hand.",
    SuggestionReason.OTHER_PICTURES: "All there is to say, the site says of other pictures; write what this one shows.",
    SuggestionReason.FAILED: "Composing a text failed; write it by hand.",
}
# Why a person is to look at a draft, where there is more to say than that one should.
_DOUBTS = {
    SuggestionReason.UNSEEN: "No model has seen it.",
    SuggestionReason.REVIEW: "A rule asks for a person to look at it.",
    SuggestionReason.ELSEWHERE: "The site says so elsewhere, and not always: check that it is of this very picture.",
    SuggestionReason.REPEATS_PAGE: "A better text was left out, since it stands beside the picture.",
    SuggestionReason.OTHER_PICTURES: "A better text was left out, since other pictures of the site have it.",
    SuggestionReason.OTHER_LANGUAGE: "The page seems to be in another language than the text.",
    SuggestionReason.SHORTENED: "What the model said was longer: its end is left out.",
    SuggestionReason.UNCONFIRMED: "A model alone says so: no word of it is on the page or in the file's name.",
    SuggestionReason.FUNCTION: "What the link or button is for is not known: say that, not how it looks.",
    SuggestionReason.ADDRESS: "Worded by the link's address: check how it is written.",
    SuggestionReason.MISFIT: "Another model finds that other texts of the site fit the picture as well.",
    SuggestionReason.TRANSLATED: "A model translated what another said in English: check both against the picture.",
    SuggestionReason.KIND: "Models often make up what charts, screens, logos and writing show: check it word by word.",
}
_UNFAULTED = "No rule finds fault with the text that stands here: it is a row since a person decided on another one."
# Why an empty alt is proposed.
_EMPTY = {
    SuggestionReason.REPEATS_PAGE: 'All there is to say stands beside the picture: an empty text (alt="") is proposed.',
    SuggestionReason.GROUP: 'One of several in a row beside their number: an empty text (alt="") is proposed.',
}
_WITNESSES = {
    Witness.CAPTION: "the caption",
    Witness.HEADING: "the heading",
    Witness.TEXT: "the text beside",
    Witness.FILE: "the file's name",
    Witness.PICTURE: "text in the picture",
    Witness.AGREEMENT: "a model that compares texts with pictures",
}
_WORDS_OF = {
    SuggestionReason.FROM_PAGE: "The page's own words",
    SuggestionReason.READ: "Read in the picture by a program",
}
_PEOPLE = {SuggestionOrigin.HUMAN, SuggestionOrigin.IMPORT}
_AUTHORS = {
    SuggestionOrigin.MODEL: Author.MACHINE,
    SuggestionOrigin.HUMAN: Author.HUMAN,
    SuggestionOrigin.IMPORT: Author.IMPORT,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to decide. Place, findings and context are those of its first occurrence."""

    id: str  # the same in every store and every run
    key: GroupKey  # what a decision on it is made on, in this store
    name: str  # what an editor would call it
    image: ImageFacts | None  # None where the picture has no address, e.g. an inline svg
    element: str
    role: str  # image, or link or button, where the picture is all there is in one
    alt: str | None
    alt_state: AltState
    classification: Classification
    severity: Severity  # of the worst finding
    findings: tuple[Finding, ...]  # worst first
    occurrences: int
    pages: int
    first_page: PageName
    more_pages: tuple[PageName, ...]  # some of the others
    selector: str
    html: str
    context: Context
    context_key: str
    language: str  # of the place: a primary subtag, 'und' when it is not known
    suggested: str | None  # the alt text proposed
    suggestion_state: SuggestionState | None  # None: there is no suggestion
    source: SuggestionSource | None  # what the suggested text was made from
    author: Author | None  # of the suggested text
    carried: bool  # a person decided so on another place of the same picture
    # From 0 to 1: a model's, where the text is what it said of the picture; else that a text of the page will do.
    confidence: float | None
    keywords: tuple[str, ...]  # of the place, as a text model has them; nobody checked them
    caption: CaptionFacts | None  # what a model said of the picture
    status: RowStatus
    needs_human: bool  # a person must write or look, rather than only agree
    publishable: bool  # an importer may set the suggested text: people stand behind it, and the site lacks it
    note: str  # what the suggestion is worth, or why there is none; one or two sentences
    seen: str  # digest of what is proposed and decided: a person who decides says what they have seen
    shown_as: str  # id of the row that stands for all of its cause where people look; mostly its own

    @property
    def image_url(self) -> str:
        """The canonical address; '' where there is none."""
        return self.image.url if self.image is not None else ""

    @property
    def settled(self) -> bool:
        """Whether a person wants just what stands there, whatever rules say of it."""
        return self.status is RowStatus.DECIDED and self.suggested == self.alt

    @property
    def digest(self) -> str | None:
        """The sha256 of the picture's bytes, in hexadecimal; None when it was not fetched."""
        return self.image.asset.sha256 if self.image is not None and self.image.asset is not None else None


def row_of(group: OccurrenceGroup, *, include_pending: bool = False) -> Row:
    """The row that stands for these occurrences. `include_pending` makes drafts that nobody has seen publishable."""
    image, suggestion = group.image, group.suggestion
    suggested = suggestion.text if suggestion is not None else None
    status = _status(group)
    author = _author(group)
    own = row_id(image.url if image else None, group.context_key, group.alt, group.classification)
    return Row(
        id=own,
        key=group.key,
        name=image_name(image.url) if image is not None else f"{group.element} in the page",
        image=image,
        element=group.element,
        role=group.role,
        alt=group.alt,
        alt_state=alt_state(group.alt),
        classification=group.classification,
        severity=group.severity,
        findings=group.findings,
        occurrences=group.occurrences,
        pages=group.pages,
        first_page=group.first_page,
        more_pages=group.more_pages,
        selector=group.selector,
        html=group.html,
        context=group.context,
        context_key=group.context_key,
        language=group.language,
        suggested=suggested,
        suggestion_state=suggestion.state if suggestion is not None else None,
        source=suggestion.source if suggestion is not None else None,
        author=author,
        carried=suggestion.carried if suggestion is not None else False,
        confidence=_confidence(group, author),
        keywords=suggestion.keywords if suggestion is not None else (),
        caption=group.caption,
        status=status,
        needs_human=_needs_human(group, status),
        publishable=bool((suggested or "").strip())
        and suggested != group.alt
        and (status is RowStatus.DECIDED or (include_pending and status is RowStatus.DRAFTED)),
        note=" ".join(part for part in (_note(group, status), _former(group, status)) if part),
        seen=seen(suggestion),
        shown_as=own,
    )


def _status(group: OccurrenceGroup) -> RowStatus:
    suggestion, image = group.suggestion, group.image
    if suggestion is not None and suggestion.state is SuggestionState.REJECTED:
        return RowStatus.REJECTED
    if suggestion is not None and suggestion.text is not None:
        people = suggestion.state in ACCEPTED or suggestion.origin in _PEOPLE
        return RowStatus.DECIDED if people else RowStatus.DRAFTED
    if image is None or image.state is QueueState.SKIPPED or group.classification not in NEEDS_TEXT:
        return RowStatus.BY_HAND
    if image.state is QueueState.FAILED:
        return RowStatus.FAILED
    looked = suggestion is not None or (group.caption is not None and group.caption.text is None)
    return RowStatus.ABSTAINED if looked else RowStatus.WAITING


def _author(group: OccurrenceGroup) -> Author | None:
    suggestion = group.suggestion
    if suggestion is None or suggestion.text is None:
        return None
    if suggestion.origin is SuggestionOrigin.MODEL and suggestion.state is SuggestionState.EDITED:
        return Author.HUMAN
    return _AUTHORS[suggestion.origin]


def _confidence(group: OccurrenceGroup, author: Author | None) -> float | None:
    suggestion, caption = group.suggestion, group.caption
    if suggestion is None or not suggestion.text or author is not Author.MACHINE:
        return None
    if suggestion.source is SuggestionSource.CAPTION:
        return caption.confidence if caption is not None else None
    return suggestion.confidence


def alt_state(alt: str | None) -> AltState:
    """Whether a text is there, empty or missing."""
    if alt is None:
        return AltState.MISSING
    return AltState.TEXT if alt else AltState.EMPTY


def _needs_human(group: OccurrenceGroup, status: RowStatus) -> bool:
    if status is RowStatus.DECIDED:
        return False
    if status is not RowStatus.DRAFTED or group.suggestion is None or group.former_text is not None:
        return True
    return group.suggestion.needs_human


def _doubt(suggestion: SuggestionFacts | None) -> str:
    """Why a person is to look at a draft, as far as there is more to say than that one should."""
    reason = suggestion.reason if suggestion is not None else None
    if suggestion is not None and suggestion.source is SuggestionSource.EMPTY and reason is not None:
        return _EMPTY.get(reason, "")
    said = _WORDS_OF.get(reason) if reason is not None else None
    if said is None or suggestion is None:
        return _DOUBTS.get(reason, "") if reason is not None else ""
    others = [_WITNESSES[witness] for witness in suggestion.witnesses]
    if suggestion.source is SuggestionSource.CLASS:
        said = "What a classifier sees"
    if not others:
        return f"{said}, and nothing else says so."
    listed = f"{', '.join(others[:-1])} and {others[-1]}" if len(others) > 1 else others[0]
    return f"{said}; {listed} {'say' if len(others) > 1 else 'says'} so, too."


def _former(group: OccurrenceGroup, status: RowStatus) -> str:
    """That a decision is to be made again, since it was made on another picture."""
    if group.former_text is None or status in {RowStatus.DECIDED, RowStatus.REJECTED}:
        return ""
    return (
        f"Another picture stood here when a person decided on “{bounded(group.former_text, 120)}”: does it still fit?"
    )


def _note(group: OccurrenceGroup, status: RowStatus) -> str:
    failed = ""
    if group.image is not None and group.image.state is QueueState.FAILED:
        reason = explain(group.image.code or "", group.image.stage)
        failed = f"{reason.happened} {reason.action}"
    if status is RowStatus.DRAFTED:
        told = ("Machine draft: compare it with the picture.", _doubt(group.suggestion), failed)
        return " ".join(filter(None, told))
    if status is RowStatus.FAILED:
        return failed
    if status is RowStatus.BY_HAND:
        if group.alt:
            return "There is a text: keep it, or write a better one."
        return "There is no picture to look at: write the text by hand."
    if status is RowStatus.ABSTAINED and group.suggestion is not None and group.suggestion.reason in _NOTHING:
        return _NOTHING[group.suggestion.reason]
    if status is RowStatus.DECIDED:
        return "" if group.findings or group.classification in NEEDS_TEXT else _UNFAULTED
    return STATUS_LABELS[status][1]
