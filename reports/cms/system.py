"""What a content system is to the rest: how its export is read, what it keeps, and how a file for it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reports.cms.addresses import picture_key
from reports.cms.unmatched import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from reports.cms.approved import Approved

# No alt text holds these: what steers a terminal or a page, breaks a line, turns what follows, or was lost before.
_NEVER = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffd]")


class Kind(StrEnum):
    """What a file is good for."""

    IMPORT_FILE = "import file"  # the system's own importer sets alt texts with it
    CHANGE_LIST = "change list"  # for a script or a person who calls the system's API


def characters(text: str) -> int:
    """How long a text is in Unicode code points, as databases count."""
    return len(text)


def utf16_units(text: str) -> int:
    """How long a text is as JavaScript counts: the most that any system makes of it but bytes."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class Lint:
    """Which texts a system takes."""

    limit: int | None = None
    length: Callable[[str], int] = characters
    forbidden: str = ""  # characters

    def problem(self, text: str) -> tuple[Reason, str] | None:
        """Why the system does not take the text; None where it does."""
        found = _NEVER.search(text) or (re.search(f"[{re.escape(self.forbidden)}]", text) if self.forbidden else None)
        if found is not None:
            shown = repr(found[0]) if found[0] != "'" else '"\'"'
            return Reason.FORBIDDEN, f"it holds {shown} (U+{ord(found[0]):04X})"
        if self.limit is not None and (length := self.length(text)) > self.limit:
            return Reason.TOO_LONG, f"it has {length:,} characters, and {self.limit:,} are kept"
        return None


@dataclass(frozen=True, slots=True)
class Slot:
    """One alt text that the system keeps."""

    at: Any  # which one, hashable: what the module of the system finds it by
    owner: str  # the product, entry or file that it belongs to, as people know it
    address: str = ""  # of its picture, as the export writes it
    alt: str | None = None  # what the export says that it is now; None: there is no export to say so
    language: str = ""  # of its text, as the export writes it; '': the system has one
    owner_ids: frozenset[str] = frozenset()  # sku, handle and the like: pages say them of their products
    unclear: str = ""  # why nothing of its owner can be written


@dataclass(frozen=True, slots=True)
class Change:
    """A new text for a slot."""

    slot: Slot
    text: str
    olds: tuple[str, ...]  # what may stand there and be replaced, an empty text first; what else does is somebody's


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written."""

    export: Any  # as the system's `read` gave it; None without one
    slots: Sequence[Slot]  # of the export, in its order
    changes: Mapping[Slot, Change]

    def text(self, slot: Slot) -> str:
        """What is to stand in a slot of the export, changed or not."""
        change = self.changes.get(slot)
        return change.text if change is not None else slot.alt or ""

    def touched(self) -> Iterator[Slot]:
        """All slots of the owners of which one is changed: for lists that are written whole."""
        owners = {slot.owner for slot in self.changes}
        return (slot for slot in self.slots if slot.owner in owners)


@dataclass(frozen=True, slots=True)
class System:
    """A content system; all of it but what is shared stands in its module in `reports.cms.systems`."""

    name: str  # as it is typed
    title: str
    kind: Kind
    how: str  # what to do with the files: sentences
    files: tuple[str, ...]  # their names
    write: Callable[[Plan, Path], None]  # its files, into a folder
    read: Callable[[Path], Any] | None = None  # the export that --join names; None: it takes none
    slots: Callable[[Any], Iterable[Slot]] | None = None  # of the export. Raises UsageError where it is another file
    export_from: str = ""  # where people get that export: a sentence
    own: Callable[[Approved], Iterable[Slot]] | None = None  # what pages tell without an export
    key: Callable[[str], str | None] = picture_key  # the same for the page's and the export's address of a picture
    loose_key: Callable[[str], str | None] | None = None  # less than the key, for pictures that it does not find
    lint: Lint = Lint()
    says_decorative: bool = False  # whether alt="" can be said of a picture
    unverified: str = ""  # what nobody could try

    @property
    def needs_export(self) -> bool:
        """Whether there is no file without --join."""
        return self.own is None
