"""Admission that only remembers: what it would do to the tables, it does to itself, so that nothing is written."""

from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from functions.crm_import.fingerprints import Fingerprints
from functions.crm_import.roles import Admissions, Quotas
from functions.shared.domain.admission import NOTHING_KNOWN, Known
from functions.shared.domain.feedback_block import BlockState
from functions.shared.domain.upload import Claim, PlannedInvitation

_REHEARSED = "rehearsed"


class RehearsedAdmissions:
    """Knows what the real tables say, and the blocks that earlier rows of the rehearsed file would have claimed.

    Of the keys under which those are it keeps 60 bits, in 11 to 21 bytes each: `rows` says how many people there may
    be. Two people who agree in those bits are one to it; among 5 M people there is a chance of one in 90,000 of that.
    """

    def __init__(self, real: Admissions, rows: int) -> None:
        self._real = real
        self._keys = Fingerprints(rows)
        self._block: BlockState | None = None

    def recall(self, keys: Iterable[str], until: datetime) -> None:
        """Take over the blocks that were claimed in an earlier stretch of the same rehearsal."""
        self._block = BlockState(_REHEARSED, until)
        for key in keys:
            self._keys.add(_bits(key))

    def known(self, people: Sequence[tuple[str, ...]]) -> Mapping[str, Known]:
        """See Admissions."""
        answers = dict(self._real.known(people))
        if self._block is None:
            return answers
        for invitation_id, *keys in people:
            claimed = {key: self._block for key in keys if key and _bits(key) in self._keys}
            if claimed:
                known = answers.get(invitation_id, NOTHING_KNOWN)
                answers[invitation_id] = replace(known, blocks={**known.blocks, **claimed})
        return answers

    def claim(self, claims: Sequence[Claim], now: datetime, until: datetime) -> Sequence[BlockState | None]:
        """See Admissions. Whoever was blocked already was told so by `known`."""
        self.recall((claim.key for claim in claims), until)
        return [None] * len(claims)

    def release_blocks(self, claims: Sequence[Claim]) -> None:
        """See Admissions. Whoever claims here is invited."""

    def keep_contacts(self, invitations: Sequence[PlannedInvitation]) -> Sequence[None]:
        """Keep nothing."""
        return [None] * len(invitations)

    def create(self, invitations: Sequence[PlannedInvitation]) -> Sequence[None]:
        """Create nothing."""
        return [None] * len(invitations)


def _bits(key: str) -> int:
    """Return 60 bits of the key of a person or an address, which is an HMAC in base64url."""
    return int.from_bytes(urlsafe_b64decode(key[:12])) >> 12


class RehearsedQuotas:
    """Counts the seats that the rehearsed file would take on top of those that are taken."""

    def __init__(self, real: Quotas) -> None:
        self._real = real
        self._taken: dict[str, int] = {}
        self._reserved: Counter[tuple[str, str]] = Counter()

    def admitted(self, period: str) -> int:
        """See Quotas."""
        if period not in self._taken:
            self._taken[period] = self._real.admitted(period)
        return self._taken[period]

    def reserve(self, period: str, holder: str, taken: int, wanted: int, most: int) -> int:
        """See Quotas."""
        free = max(0, self._reserved[period, holder] - taken)
        more = max(0, min(wanted - free, most - self.admitted(period)))
        self._taken[period] += more
        self._reserved[period, holder] += more
        return min(wanted, free + more)

    def release(self, period: str, holder: str, used: int) -> None:
        """See Quotas."""
        back = max(0, self._reserved[period, holder] - used)
        self._taken[period] = self.admitted(period) - back
        self._reserved[period, holder] -= back

    def commit(self, period: str, holder: str) -> None:
        """See Quotas."""
        del self._reserved[period, holder]
