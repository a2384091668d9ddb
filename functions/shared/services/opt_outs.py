"""Opting out of a client's surveys and taking that back, wherever it was asked: page, mail, SMS, list, complaint.

An opt-out is kept under both keys of a recipient, the person's and the address's, and one of them is enough for nobody
to be asked again (docs/decisions/0014).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.shared.domain.opt_outs import How, OptOutRecord, Recipient


class OptOutStore(Protocol):
    """Opt-outs by key, and the mark of one on the invitation that was answered with it."""

    def add(self, record: OptOutRecord) -> None:
        """Write an opt-out unless one is active under its key."""

    def is_active(self, key: str) -> bool:
        """Say whether there is an opt-out under a key."""

    def remove(self, key: str) -> None:
        """Delete an opt-out, if there is one."""

    def mark_invitation(self, invitation_id: str, at: datetime) -> None:
        """Note an opt-out on an invitation, which ends its reminders; the first moment stays."""


class OptOutBatches(Protocol):
    """Opt-outs many at a time."""

    def add_all(self, records: Sequence[OptOutRecord]) -> Mapping[str, OptOutRecord]:
        """Write opt-outs of different keys where none is active; return those that were. Raises TryAgain."""


@dataclass(frozen=True)
class OptOuts:
    """Opting out, one recipient at a time. Everything may be repeated; the first opt-out of a key is the one kept."""

    store: OptOutStore

    def opt_out(self, recipient: Recipient, how: How, at: datetime, *, invitation_id: str | None = None) -> None:
        """Opt a recipient out; `invitation_id` is the invitation that was answered with it, to be marked."""
        for key in recipient.keys:
            self.store.add(OptOutRecord(key, recipient.client, at, how))
        if invitation_id is not None:
            self.store.mark_invitation(invitation_id, at)

    def take_back(self, recipient: Recipient) -> None:
        """Let a recipient be asked again: only at their own request. An invitation stays marked."""
        for key in recipient.keys:
            self.store.remove(key)

    def is_active(self, recipient: Recipient) -> bool:
        """Say whether an opt-out is active under any key of a recipient."""
        return any(map(self.store.is_active, recipient.keys))


def opt_out_all(store: OptOutBatches, records: Iterable[OptOutRecord]) -> Mapping[str, OptOutRecord]:
    """Opt out many at a time; return by key the opt-out that is active now: an earlier one, or the first given.

    Raises TryAgain where not all of them could be written. May be repeated.
    """
    first: dict[str, OptOutRecord] = {}
    for record in records:
        first.setdefault(record.key, record)
    return {**first, **store.add_all(list(first.values()))}
