"""A set of millions of ids in little memory: some bits of each, which are as random as the ids."""

from array import array
from typing import Self


class Fingerprints:
    """A set of numbers of at most 63 bits, in one table of open addresses: 11 to 21 bytes each.

    Made for as many as are expected, so that it is as large at the beginning as at the end; it grows where more come.
    """

    def __init__(self, expected: int) -> None:
        self._slots = array("Q", (0,)) * (1 << max(10, (expected * 3 // 2).bit_length()))
        self._mask = len(self._slots) - 1
        self._held = 0

    @classmethod
    def of_bytes(cls, data: bytes) -> Self:
        """Return the set that `to_bytes` told of."""
        restored = cls(0)
        restored._slots = array("Q", data)
        restored._mask = len(restored._slots) - 1
        restored._held = len(restored._slots) - restored._slots.count(0)
        return restored

    def to_bytes(self) -> bytes:
        """Return the set as bytes."""
        return self._slots.tobytes()

    def add(self, bits: int) -> bool:
        """Take in a number; say whether it is new."""
        if not self._put(bits or 1):
            return False
        self._held += 1
        if self._held * 4 > len(self._slots) * 3:
            self._grow()
        return True

    def __contains__(self, bits: int) -> bool:
        bits = bits or 1
        slots, mask = self._slots, self._mask
        place = bits & mask
        while held := slots[place]:
            if held == bits:
                return True
            place = (place + 1) & mask
        return False

    def _put(self, bits: int) -> bool:
        slots, mask = self._slots, self._mask
        place = bits & mask
        while held := slots[place]:
            if held == bits:
                return False
            place = (place + 1) & mask
        slots[place] = bits
        return True

    def _grow(self) -> None:
        before = self._slots
        self._slots = array("Q", bytes(16 * len(before)))
        self._mask = len(self._slots) - 1
        for bits in before:
            if bits:
                self._put(bits)
