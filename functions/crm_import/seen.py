"""Which interactions a file named before, in little memory."""

from array import array
from typing import Self

MOST_ROWS = 5_000_000
_UNADDRESSED = 1 << 60
_BYTES_PER_ROW = 24
"""A row with an address and a moment is hardly shorter, unless the file is packed: then the set grows."""


class Seen:
    """A set of invitation ids, kept as 60 of their random bits each in one table of open addresses.

    Two different ids that agree in those bits would make a row a false duplicate: for the largest file (5 M rows) that
    is a chance of one in 90,000 for the whole file.
    """

    def __init__(self, file_bytes: int) -> None:
        rows = min(MOST_ROWS, file_bytes // _BYTES_PER_ROW + 1)
        self._slots = array("Q", (0,)) * (1 << max(10, (rows * 3 // 2).bit_length()))
        self._mask = len(self._slots) - 1
        self._held = 0
        self._unaddressed = False

    @classmethod
    def of_bytes(cls, data: bytes) -> Self:
        """Return the set that `to_bytes` told of."""
        seen = cls(0)
        seen._slots = array("Q", data)
        seen._mask = len(seen._slots) - 1
        seen._held = len(seen._slots) - seen._slots.count(0)
        seen._unaddressed = True  # perhaps: then it is looked up
        return seen

    def to_bytes(self) -> bytes:
        """Return the set as bytes: random bits of hashes, nothing of a person."""
        return self._slots.tobytes()

    def add(self, invitation_id: str) -> bool:
        """Remember an id; say whether it is new."""
        if not self._put(_bits(invitation_id)):
            return False
        self._count()
        return True

    def add_unaddressed(self, invitation_id: str) -> bool:
        """Remember the id of a row without an address, apart from the others; say whether it is new to both."""
        bits = _bits(invitation_id)
        if self._holds(bits) or not self._put(bits | _UNADDRESSED):
            return False
        self._unaddressed = True
        self._count()
        return True

    def was_unaddressed(self, invitation_id: str) -> bool:
        """Say whether a row without an address had this id."""
        return self._unaddressed and self._holds(_bits(invitation_id) | _UNADDRESSED)

    def _count(self) -> None:
        self._held += 1
        if self._held * 4 > len(self._slots) * 3:
            self._grow()

    def _holds(self, bits: int) -> bool:
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


def _bits(invitation_id: str) -> int:
    return int(invitation_id[20:23] + invitation_id[24:], 16) or 1
