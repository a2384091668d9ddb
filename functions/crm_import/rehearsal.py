"""Admission that only remembers: what it would do to the tables, it does to itself, so that nothing is written."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from functions.crm_import.roles import Admissions, Quotas
from functions.shared.domain.admission import NOTHING_KNOWN, Known, Standing
from functions.shared.domain.feedback_block import FeedbackBlock
from functions.shared.domain.upload import Claim, PlannedInvitation

_REHEARSED = "rehearsed"


class RehearsedAdmissions:
    """Knows what the real tables say, and the blocks that earlier rows of the rehearsed file would have claimed."""

    def __init__(self, real: Admissions) -> None:
        self._real = real
        self._blocks: dict[str, FeedbackBlock] = {}

    def recall(self, people: Iterable[str], until: datetime) -> None:
        """Take over the blocks that were claimed in an earlier stretch of the same rehearsal."""
        shared = FeedbackBlock(_REHEARSED, until)
        self._blocks.update((person, shared) for person in people)

    def known(self, people: Sequence[tuple[str, str, str]]) -> Mapping[str, Known]:
        """See Admissions."""
        found = dict(self._real.known(people))
        for invitation_id, person, _ in people:
            if block := self._blocks.get(person):
                found[invitation_id] = replace(found.get(invitation_id, NOTHING_KNOWN), block=block)
        return found

    def claim(self, claims: Sequence[Claim], now: datetime, until: datetime) -> Sequence[FeedbackBlock | None]:
        """See Admissions. Whoever was blocked already was told so by `known`."""
        self.recall((claim.person for claim in claims), until)
        return [None] * len(claims)

    def keep_contacts(self, invitations: Sequence[PlannedInvitation]) -> None:
        """Keep nothing."""

    def create(self, invitations: Sequence[PlannedInvitation]) -> Sequence[Standing | None]:
        """Create nothing."""
        return [None] * len(invitations)


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

    def settle(self, period: str, holder: str, used: int) -> None:
        """See Quotas."""
        back = max(0, self._reserved[period, holder] - used)
        self._taken[period] = self.admitted(period) - back
        self._reserved[period, holder] -= back

    def forget(self, period: str, holder: str) -> None:
        """See Quotas."""
        del self._reserved[period, holder]
