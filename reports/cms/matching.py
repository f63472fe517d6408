"""Which approved text goes into which slot of a content system, and why others go into none. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.errors import UsageError
from core.languages import primary_subtag
from core.text import collapse, counted
from reports.cms.approved import quoted
from reports.cms.system import Change, Plan
from reports.cms.unmatched import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reports.cms.approved import Approved
    from reports.cms.system import Slot, System
    from reports.cms.unmatched import Unmatched

MAX_OWNERS = 20  # lines for one text that joins to very many


@dataclass(slots=True)
class Matched:
    """What became of each text: its slots, nothing to do, or lines that say why not."""

    plan: Plan
    unmatched: list[Unmatched] = field(default_factory=list)
    joined: int = 0
    there: int = 0  # the system has the text already
    ambiguous: int = 0


def match(system: System, texts: Sequence[Approved], export: Any) -> Matched:
    """Join texts to the slots of an export, or without one to those that pages tell alone."""
    slots, find = _read(system, export)
    wanted: dict[Slot, list[Approved]] = defaultdict(list)
    refused: list[Unmatched] = []
    found: dict[str, list[Slot]] = {}  # by row
    ambiguous = 0
    for text in texts:
        chosen, lines = _slots_of(system, text, find(text), has_export=export is not None)
        refused += lines
        ambiguous += any(line.reason is Reason.AMBIGUOUS for line in lines)
        if chosen:
            found[text.row_id] = chosen
        for slot in chosen:
            wanted[slot].append(text)
    result = Matched(Plan(export, slots, {}), refused, ambiguous=ambiguous)
    changes: dict[Slot, Change] = {}
    for text in texts:
        if text.row_id in found:
            _settle(text, found[text.row_id], wanted, changes, result)
    result.plan = Plan(export, slots, changes)
    return result


def _read(system: System, export: Any) -> tuple[list[Slot], Callable[[Approved], list[Slot]]]:
    """All slots of an export, and what finds those of a picture. Raises UsageError where it is none of the system."""
    if export is None or system.slots is None:
        return [], lambda _: []
    try:
        slots = list(system.slots(export))
        for slot in slots:
            if not (isinstance(slot.address, str) and isinstance(slot.alt, str)):
                raise TypeError(f"a text in {slot.owner} is none")
        return slots, _finder(system, slots)
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise UsageError(
            f"the file of --join is no export of {system.title} ({error!r}): take {system.export_from}."
        ) from error


def _finder(system: System, slots: Sequence[Slot]) -> Callable[[Approved], list[Slot]]:
    """What finds the slots of a text's picture: by its addresses, else by what its pages say of it."""
    by_at = {slot.at: slot for slot in slots}
    keys = [key for key in (system.key, system.loose_key) if key is not None]
    indexes: list[dict[str, list[Slot]]] = [defaultdict(list) for _ in keys]
    for key, index in zip(keys, indexes, strict=True):
        for slot in slots:
            index[key(slot.address) or ""].append(slot)

    def find(text: Approved) -> list[Slot]:
        for key, index in zip(keys, indexes, strict=True):
            known = filter(None, map(key, text.addresses))
            if found := [*dict.fromkeys(slot for name in known for slot in index.get(name, ()))]:
                return found
        return [by_at[slot.at] for slot in system.own(text) if slot.at in by_at] if system.own is not None else []

    return find


def _slots_of(
    system: System, text: Approved, slots: list[Slot], *, has_export: bool
) -> tuple[list[Slot], list[Unmatched]]:
    """Those slots of its picture that a text goes into, all of one owner; or why it goes into none."""
    if not text.text and not system.says_decorative:
        return [], [text.unmatched(Reason.DECORATIVE)]
    problem = system.lint.problem(text.text)
    if problem is not None:
        return [], [text.unmatched(*problem)]
    if not has_export and system.own is not None:
        slots = [*system.own(text)]
    if not slots:
        reason = Reason.NOT_FOUND if has_export or system.read is None else Reason.NEEDS_EXPORT
        return [], [text.unmatched(reason)]
    spoken = _in_language(slots, text.language)
    if not spoken:
        languages = ", ".join(sorted({slot.language for slot in slots}))
        detail = f"the text is in {text.language}, the system's in {languages}"
        return [], [text.unmatched(Reason.OTHER_LANGUAGE, detail)]
    owners = {slot.owner for slot in spoken}
    if len(owners) > 1:
        spoken = [slot for slot in spoken if slot.owner_ids & text.products] or spoken
        owners = {slot.owner for slot in spoken}
    if len(owners) > 1:
        listed = sorted(owners)[:MAX_OWNERS]
        return [], [text.unmatched(Reason.AMBIGUOUS, f"{owner}, one of {len(owners):,}") for owner in listed]
    unclear = next((slot.unclear for slot in spoken if slot.unclear), "")
    if unclear:
        return [], [text.unmatched(Reason.UNCLEAR_LIST, f"{spoken[0].owner}: {unclear}")]
    return spoken, []


def _in_language(slots: list[Slot], language: str) -> list[Slot]:
    """The slots that take a text in this language; one in none that is known goes where there is no choice."""
    languages = {primary_subtag(slot.language) for slot in slots if slot.language}
    if language == "und" and len(languages) < 2:
        return slots
    return [slot for slot in slots if not slot.language or primary_subtag(slot.language) == language]


def _settle(
    text: Approved,
    slots: list[Slot],
    wanted: dict[Slot, list[Approved]],
    changes: dict[Slot, Change],
    result: Matched,
) -> None:
    """Put a text into its slots, unless another one wants one of them, or somebody wrote there."""
    rivals = [other for slot in slots for other in wanted[slot] if other.text != text.text]
    if rivals:
        others = quoted([*dict.fromkeys(other.text for other in rivals)])
        several = len({text.language, *(other.language for other in rivals)}) > 1
        reason = Reason.OTHER_LANGUAGE if several else Reason.SEVERAL_TEXTS
        result.unmatched.append(text.unmatched(reason, f"also {others}"))
        return
    current = {collapse(alt) for other in wanted[slots[0]] for alt in other.current}
    for slot in slots:
        if slot.alt is not None and slot.alt != text.text and collapse(slot.alt) not in {"", *current}:
            result.unmatched.append(text.unmatched(Reason.OTHER_TEXT, f"{slot.owner}: {quoted([slot.alt])}"))
            return
    open_slots = [slot for slot in slots if slot.alt != text.text]
    for slot in open_slots:
        olds = (slot.alt,) if slot.alt is not None else ("", *sorted(text.current - {""}))
        changes[slot] = Change(slot, text.text, olds)
    result.joined += bool(open_slots)
    result.there += not open_slots


def summary(matched: Matched, refused_before: Iterable[Unmatched] = ()) -> str:
    """What became of the texts, in a sentence."""
    reasons: dict[Reason, set[str]] = defaultdict(set)
    for line in (*refused_before, *matched.unmatched):
        reasons[line.reason].add(line.row_id)
    left = ", ".join(f"{len(rows):,} {reason}" for reason, rows in sorted(reasons.items()))
    there = f", {matched.there:,} there already" if matched.there else ""
    return f"{counted(matched.joined, 'text')} joined{there}" + (f"; left out: {left}" if left else "")
