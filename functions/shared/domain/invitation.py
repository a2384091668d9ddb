"""The life of an invitation: its states, and that they only move up."""

from enum import StrEnum


class InvitationState(StrEnum):
    """Where an invitation is. Its rank only ever rises, whatever the order in which news of it arrives."""

    PLANNED = "planned"
    SENDING = "sending"
    WITHHELD = "withheld"  # a rule said no at the last moment: opted out, suppressed, expired
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    STARTED = "started"
    COMPLETED = "completed"
    OPTED_OUT = "opted_out"

    @property
    def rank(self) -> int:
        """The height of the state; an update is written only where it is higher than what stands."""
        return RANK[self]


RANK = {
    InvitationState.PLANNED: 10,
    InvitationState.SENDING: 20,
    InvitationState.WITHHELD: 25,
    InvitationState.ACCEPTED: 30,
    InvitationState.DELIVERED: 40,
    InvitationState.BOUNCED: 50,
    InvitationState.COMPLAINED: 55,
    InvitationState.STARTED: 60,
    InvitationState.COMPLETED: 70,
    InvitationState.OPTED_OUT: 80,
}
"""The milestone's moment is kept beside the state (`accepted_at`, `delivered_at`, ...): a lower rank that arrives
late still leaves its moment, it only does not move the state."""
