"""A set of very many addresses in little memory. Pure."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class AddressSet:
    """Tells which addresses it has met, for 12 to 24 bytes each however long they are; it cannot list them.

    It keeps Python's own 64-bit hash of each (SipHash, with a key that differs in every process). That two of ten
    million addresses have the same one happens once in 370,000 crawls; one of them would not be read.
    """

    def __init__(self, addresses: Iterable[str] = ()) -> None:
        self._slots = array("q", bytes(8 * 1024))  # open addressing; 0 is an empty slot
        self._mask = 1023
        self._length = 0
        for address in addresses:
            self.add(address)

    def __len__(self) -> int:
        return self._length

    def __contains__(self, address: str) -> bool:
        return self._slots[self._slot(hash(address) or 1)] != 0

    def add(self, address: str) -> bool:
        """Take in an address; false when it was in before."""
        digest = hash(address) or 1
        slots, mask = self._slots, self._mask
        slot = digest & mask
        while taken := slots[slot]:  # as _slot does: this runs for every link of every page
            if taken == digest:
                return False
            slot = (slot + 1) & mask
        slots[slot] = digest
        self._length += 1
        if self._length * 3 > mask * 2:
            self._grow()
        return True

    def _slot(self, digest: int) -> int:
        """Where the digest is, or would be put."""
        slots, mask = self._slots, self._mask
        slot = digest & mask
        while (taken := slots[slot]) and taken != digest:
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        before = self._slots
        self._slots = array("q", bytes(16 * len(before)))
        self._mask = len(self._slots) - 1
        for digest in before:
            if digest:
                self._slots[self._slot(digest)] = digest
