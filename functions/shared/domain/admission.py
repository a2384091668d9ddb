"""Who is asked: the rules of governance in their order, on what is known of a person. The first that says no decides.

The quota comes last and is counted elsewhere; a person who passes here is admitted if a seat is left and the feedback
block can be claimed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from functions.shared.domain.feedback_block import BlockState, is_blocked
from functions.shared.domain.interaction import RowOutcome

_WHOLE = 1 << 64


class ExistingInvitation(NamedTuple):
    """An invitation that exists: the upload (digest of its contents) and the row it came from, and when it is sent.

    `person` and `address_key` say whose it is: another file may name somebody else for the same interaction.
    """

    upload: str
    row: int
    send_at: datetime
    person: str
    address_key: str


class RefusedWrite(NamedTuple):
    """An invitation or its contact that the table will never take as it is; `code` is DynamoDB's."""

    code: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the tables say about a candidate at the moment of the decision."""

    invitation: ExistingInvitation | None = None
    blocks: Mapping[str, BlockState] = field(default_factory=dict)
    """By key, of the person and of the address."""
    opted_out: bool = False
    suppressed: bool = False


NOTHING_KNOWN = Known()


class Candidate(NamedTuple):
    """A row that asks to be admitted. `interaction_at` and `received` (of the file) are zone-aware."""

    invitation_id: str
    upload: str
    row: int
    interaction_at: datetime
    received: datetime


class Verdict(NamedTuple):
    """An outcome with the name of its reason."""

    outcome: RowOutcome
    why: str = ""
    eligible_again_at: datetime | None = None
    send_at: datetime | None = None


def judge(
    candidate: Candidate, known: Known, now: datetime, *, freshness: timedelta, sample_share: float
) -> Verdict | None:
    """Return the verdict of the first rule that says no, `invited` for an invitation that stands, or None: admissible.

    An invitation of the same upload and row is what an earlier attempt of the same work left, so the answer is the same
    again. A block that this very invitation holds, without the invitation, is what a crash left: the person was
    admitted, and no later rule takes that back (the sender asks the rules again before each mail), unless another
    invitation holds the block of the address meanwhile.
    """
    standing = known.invitation
    if standing is not None:
        if (standing.upload, standing.row) == (candidate.upload, candidate.row):
            return Verdict(RowOutcome.INVITED, send_at=standing.send_at)
        return Verdict(RowOutcome.DUPLICATE, "same_file" if standing.upload == candidate.upload else "earlier_file")
    if candidate.interaction_at > candidate.received:
        return Verdict(RowOutcome.STALE, "future")
    if candidate.received - candidate.interaction_at > freshness:
        return Verdict(RowOutcome.STALE, "too_old")
    active = [block for block in known.blocks.values() if is_blocked(block, now, candidate.invitation_id)]
    if not active and any(is_blocked(block, now) for block in known.blocks.values()):
        return None
    if known.opted_out:
        return Verdict(RowOutcome.OPTED_OUT, "opted_out")
    if known.suppressed:
        return Verdict(RowOutcome.SUPPRESSED, "suppressed")
    if active:
        return Verdict(RowOutcome.BLOCKED, "blocked", eligible_again_at=max(block.expires_at for block in active))
    if not sampled_in(candidate.invitation_id, sample_share):
        return Verdict(RowOutcome.SAMPLED_OUT, "sampled_out")
    return None


def sampled_in(invitation_id: str, share: float) -> bool:
    """Say whether an invitation is in the sample: by a hash of its id alone, so that a retry decides the same."""
    if share >= 1:
        return True
    digest = hashlib.sha256(b"sample:" + invitation_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * _WHOLE
