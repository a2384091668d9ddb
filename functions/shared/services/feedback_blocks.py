"""The feedback block of a person: it starts with an invitation, and again when the invitation is sent; an answer can
extend it, an invitation that never reached anybody releases it.

It is kept under the keys that `functions.shared.domain.feedback_block.block_keys` names: the person's and, unless the
client's customers share addresses, that of the address too.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.shared.domain.client import Client
from functions.shared.domain.feedback_block import block_end, block_keys


class Invited(Protocol):
    """A person, and the invitation that holds or wants their block."""

    @property
    def person(self) -> str: ...
    @property
    def address_key(self) -> str | None: ...
    @property
    def invitation_id(self) -> str: ...


class BlockStore(Protocol):
    """The blocks by key, of a person or an address. Each change is one conditional write, and safe to repeat."""

    def start(self, key: str, invitation_id: str, until: datetime, now: datetime) -> bool:
        """Give the block to an invitation unless another one's is active at `now`; say whether it has it."""

    def restart(self, key: str, invitation_id: str, until: datetime) -> None:
        """Let the block end at `until` if this invitation holds it."""

    def extend(self, key: str, invitation_id: str, until: datetime, now: datetime) -> None:
        """Let the block end at `until` at the earliest, whoever holds it; start one where none is active at `now`."""

    def release(self, key: str, invitation_id: str) -> None:
        """Delete the block if this invitation holds it."""


@dataclass(frozen=True)
class FeedbackBlocks:
    """The block's changes, with the lengths that the client chose. Everything may be repeated."""

    store: BlockStore

    def start(self, invited: Invited, client: Client, now: datetime) -> bool:
        """Block a person for an invitation whose own block ran out before it was sent.

        False where another invitation's is active, of the person or of the address; then it has neither.
        """
        until = block_end(now, client.feedback_block, client.zone)
        for key in _keys(invited, client):
            if not self.store.start(key, invited.invitation_id, until, now):
                self.release(invited)
                return False
        return True

    def restart(self, invited: Invited, client: Client, sent_at: datetime) -> None:
        """Count the block from the moment at which the invitation was sent."""
        until = block_end(sent_at, client.feedback_block, client.zone)
        for key in _keys(invited, client):
            self.store.restart(key, invited.invitation_id, until)

    def extend(self, invited: Invited, client: Client, answered_at: datetime, now: datetime) -> None:
        """Extend the block after an answer, where the client wants that; it never becomes shorter."""
        if client.block_after_answer:
            until = block_end(answered_at, client.block_after_answer, client.zone)
            for key in _keys(invited, client):
                self.store.extend(key, invited.invitation_id, until, now)

    def release(self, invited: Invited) -> None:
        """Take the block away: the invitation never reached anybody."""
        for key in dict.fromkeys((invited.person, invited.address_key)):
            if key is not None:
                self.store.release(key, invited.invitation_id)


def _keys(invited: Invited, client: Client) -> tuple[str, ...]:
    return block_keys(invited.person, invited.address_key, client)
