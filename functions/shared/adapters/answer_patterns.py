"""Which invitations of one mail domain were answered alike within an hour, in DynamoDB."""

from collections.abc import Set
from datetime import datetime

from pynamodb.expressions.condition import size

from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.tables import AnswerPattern

MAX_INVITATIONS = 100
"""Invitations that are remembered of a pattern: an item stays small, and so many are more than enough."""


class DynamoAnswerPatterns:
    """Patterns by key, until their `expires_at`. Adding twice is adding once."""

    def add(self, pattern: str, invitation_id: str, expires_at: datetime) -> Set[str]:
        """Add an invitation to those that were answered by a pattern; return all, at most MAX_INVITATIONS."""
        item = AnswerPattern(pattern)
        fits = AnswerPattern.invitations.does_not_exist() | (
            size(AnswerPattern.invitations) < MAX_INVITATIONS  # type: ignore[no-untyped-call]
        )
        with conditional() as write:
            item.update(
                actions=[AnswerPattern.invitations.add({invitation_id}), AnswerPattern.expires_at.set(expires_at)],
                condition=fits,
            )
        if not write.held:
            item = AnswerPattern.get(pattern, consistent_read=True)
        return frozenset(item.invitations or ()) | {invitation_id}
