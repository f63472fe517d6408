"""What has become of a row, and what its suggestion is worth. Pure: read from a store record."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from core.failures import explain
from core.records import QueueState, SuggestionOrigin, SuggestionState

if TYPE_CHECKING:
    from store.report import OccurrenceGroup


class RowStatus(StrEnum):
    """What has become of a row so far; each row has exactly one."""

    DECIDED = "decided"  # a person wrote or accepted the text
    DRAFTED = "drafted"  # a machine wrote one, nobody has looked at it
    REJECTED = "rejected"
    ABSTAINED = "abstained"  # looked at, nothing to propose
    WAITING = "waiting"  # in the captioning queue
    FAILED = "failed"
    BY_HAND = "by_hand"  # no draft will come


STATUS_LABELS = {
    RowStatus.DECIDED: ("Decided", "A person wrote or accepted the text."),
    RowStatus.DRAFTED: ("Machine draft", "A draft waits for a person to accept, correct or reject it."),
    RowStatus.REJECTED: ("Draft rejected", "A person turned the draft down; write the text by hand."),
    RowStatus.ABSTAINED: ("No suggestion", "The model looked and did not know; write the text by hand."),
    RowStatus.WAITING: ("Not captioned yet", "The picture waits in the captioning queue."),
    RowStatus.FAILED: ("Captioning failed", "The picture could not be captioned; see Failures."),
    RowStatus.BY_HAND: ("By hand", "No draft will come: a text to judge, or no picture to look at."),
}

_PEOPLE = {SuggestionOrigin.HUMAN, SuggestionOrigin.IMPORT}
_ACCEPTED = {
    SuggestionState.APPROVED,
    SuggestionState.EDITED,
    SuggestionState.LIVE,
    SuggestionState.REGRESSED,
}
_AUTHORS = {
    SuggestionOrigin.MODEL: "machine",
    SuggestionOrigin.HUMAN: "human",
    SuggestionOrigin.IMPORT: "import",
}


def status(group: OccurrenceGroup) -> RowStatus:
    """Where the row stands."""
    suggestion, image = group.suggestion, group.image
    if suggestion is not None and suggestion.state is SuggestionState.REJECTED:
        return RowStatus.REJECTED
    if suggestion is not None and suggestion.text is not None:
        people = suggestion.state in _ACCEPTED or suggestion.origin in _PEOPLE
        return RowStatus.DECIDED if people else RowStatus.DRAFTED
    if image is None or image.state is QueueState.SKIPPED:
        return RowStatus.BY_HAND
    if image.state is QueueState.FAILED:
        return RowStatus.FAILED
    looked = suggestion is not None or (group.caption is not None and group.caption.text is None)
    return RowStatus.ABSTAINED if looked else RowStatus.WAITING


def importable(group: OccurrenceGroup, *, include_pending: bool) -> bool:
    """Whether an importer may set the suggested text: people stand behind it, and the site lacks it."""
    suggestion = group.suggestion
    if suggestion is None or not (suggestion.text or "").strip() or suggestion.text == group.alt:
        return False
    found = status(group)
    return found is RowStatus.DECIDED or (include_pending and found is RowStatus.DRAFTED)


def author(group: OccurrenceGroup) -> str:
    """machine, human or import; '' where there is no text."""
    suggestion = group.suggestion
    if suggestion is None or suggestion.text is None:
        return ""
    if suggestion.origin is SuggestionOrigin.MODEL and suggestion.state is SuggestionState.EDITED:
        return _AUTHORS[SuggestionOrigin.HUMAN]
    return _AUTHORS[suggestion.origin]


def confidence(group: OccurrenceGroup) -> float | None:
    """How sure the model was, where the suggested text is what the model said."""
    suggestion, caption = group.suggestion, group.caption
    if suggestion is None or caption is None or not suggestion.text:
        return None
    return caption.confidence if author(group) == "machine" and suggestion.source == "caption" else None


def alt_state(alt: str | None) -> str:
    """missing, empty or text: what a CSV cell alone cannot say."""
    if alt is None:
        return "missing"
    return "text" if alt else "empty"


def needs_human(group: OccurrenceGroup) -> bool:
    """Whether a person must write or look, rather than only agree."""
    found = status(group)
    if found is RowStatus.DECIDED:
        return False
    return found is not RowStatus.DRAFTED or group.suggestion is None or group.suggestion.needs_human


def note(group: OccurrenceGroup) -> str:
    """One sentence on what the suggestion is worth, or on why there is none."""
    found = status(group)
    if found is RowStatus.DRAFTED:
        return "Machine draft: compare it with the picture."
    if found is RowStatus.FAILED:
        image = group.image
        assert image is not None
        reason = explain(image.code or "", image.stage)
        return f"{reason.happened} {reason.action}"
    if found is RowStatus.BY_HAND:
        if group.alt:
            return "There is a text: keep it, or write a better one."
        return "There is no picture to look at: write the text by hand."
    return "" if found is RowStatus.DECIDED else STATUS_LABELS[found][1]
