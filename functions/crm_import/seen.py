"""Which interactions a file named before, in little memory."""

from typing import Self

from functions.crm_import.fingerprints import Fingerprints

MAX_ROWS = 5_000_000
_BYTES_PER_ROW = 6
"""Hardly less, even packed: so that the set is made as large as it will have to be."""
_UNADDRESSED = 1 << 60


class Seen:
    """The invitation ids of a file, kept as 60 of their random bits each.

    Two different ids that agree in those bits would make a row a false duplicate: for the largest file (5 M rows) that
    is a chance of one in 90,000 for the whole file.
    """

    def __init__(self, file_bytes: int) -> None:
        self._ids = Fingerprints(min(MAX_ROWS, file_bytes // _BYTES_PER_ROW + 1))
        self._unaddressed = False

    @classmethod
    def of_bytes(cls, data: bytes) -> Self:
        """Return the set that `to_bytes` told of."""
        seen = cls(0)
        seen._ids = Fingerprints.of_bytes(data)
        seen._unaddressed = True  # perhaps: then it is looked up
        return seen

    def to_bytes(self) -> bytes:
        """Return the set as bytes: random bits of hashes, nothing of a person."""
        return self._ids.to_bytes()

    def add(self, invitation_id: str) -> bool:
        """Remember an id; say whether it is new."""
        return self._ids.add(_bits(invitation_id))

    def add_unaddressed(self, invitation_id: str) -> bool:
        """Remember the id of a row without an address, apart from the others; say whether it is new to both."""
        bits = _bits(invitation_id)
        if bits in self._ids or not self._ids.add(bits | _UNADDRESSED):
            return False
        self._unaddressed = True
        return True

    def was_unaddressed(self, invitation_id: str) -> bool:
        """Say whether a row without an address had this id."""
        return self._unaddressed and _bits(invitation_id) | _UNADDRESSED in self._ids


def _bits(invitation_id: str) -> int:
    return int(invitation_id[20:23] + invitation_id[24:], 16)
