"""The feedback block of a person: it starts with an invitation, and again when the invitation is sent; an answer can
extend it, an invitation that never reached anybody releases it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.shared.domain.client import Client
from functions.shared.domain.feedback_block import block_end


class Invited(Protocol):
    """A person, and the invitation that holds or wants their block."""

    @property
    def person(self) -> str: ...
    @property
    def invitation_id(self) -> str: ...


class BlockStore(Protocol):
    """The blocks by person. Each change is one conditional write, and safe to repeat."""

    def start(self, person: str, invitation_id: str, until: datetime, now: datetime) -> bool:
        """Give the block to an invitation unless another one's is active at `now`; say whether it has it."""

    def restart(self, person: str, invitation_id: str, until: datetime) -> None:
        """Let the block end at `until` if this invitation holds it."""

    def extend(self, person: str, invitation_id: str, until: datetime, now: datetime) -> None:
        """Let the block end at `until` at the earliest, whoever holds it; start one where none is active at `now`."""

    def release(self, person: str, invitation_id: str) -> None:
        """Delete the block if this invitation holds it."""


@dataclass(frozen=True)
class FeedbackBlocks:
    """The block's changes, with the lengths that the client chose. Everything may be repeated."""

    store: BlockStore

    def start(self, invited: Invited, client: Client, now: datetime) -> bool:
        """Block a person for an invitation whose own block ran out before it was sent.

        False where another invitation's is active.
        """
        until = block_end(now, client.feedback_block, client.zone)
        return self.store.start(invited.person, invited.invitation_id, until, now)

    def restart(self, invited: Invited, client: Client, sent_at: datetime) -> None:
        """Count the block from the moment at which the invitation was sent."""
        until = block_end(sent_at, client.feedback_block, client.zone)
        self.store.restart(invited.person, invited.invitation_id, until)

    def extend(self, invited: Invited, client: Client, answered_at: datetime, now: datetime) -> None:
        """Extend the block after an answer, where the client wants that; it never becomes shorter."""
        if client.block_after_answer:
            until = block_end(answered_at, client.block_after_answer, client.zone)
            self.store.extend(invited.person, invited.invitation_id, until, now)

    def release(self, invited: Invited) -> None:
        """Take the block away: the invitation never reached anybody."""
        self.store.release(invited.person, invited.invitation_id)
