"""Opt-outs and feedback blocks in memory, with the promises of the real stores."""

from dataclasses import dataclass, field
from datetime import datetime

from functions.shared.domain.opt_outs import OptOutRecord


@dataclass
class FakeOptOuts:
    """Opt-outs by key."""

    people: dict[str, str] = field(default_factory=dict)
    """By key: how it came."""
    records: dict[str, OptOutRecord] = field(default_factory=dict)
    marked: dict[str, datetime] = field(default_factory=dict)
    """By invitation: since when it is marked."""

    def add(self, record: OptOutRecord) -> None:
        self.people.setdefault(record.key, record.how)
        self.records.setdefault(record.key, record)

    def is_active(self, key: str) -> bool:
        return key in self.people

    def remove(self, key: str) -> None:
        self.people.pop(key, None)
        self.records.pop(key, None)

    def mark_invitation(self, invitation_id: str, at: datetime) -> None:
        self.marked.setdefault(invitation_id, at)


@dataclass
class FakeBlocks:
    """Feedback blocks by person: the invitation that holds one, and when it ends."""

    held: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def start(self, person: str, invitation_id: str, until: datetime, now: datetime) -> bool:
        holder, ends = self.held.get(person, (invitation_id, now))
        if holder != invitation_id and ends > now:
            return False
        self.held[person] = (invitation_id, until)
        return True

    def restart(self, person: str, invitation_id: str, until: datetime) -> None:
        if self._is_held_by(person, invitation_id):
            self.held[person] = (invitation_id, until)

    def extend(self, person: str, invitation_id: str, until: datetime, now: datetime) -> None:
        holder, ends = self.held.get(person, ("", now))
        if ends <= now:
            self.held[person] = (invitation_id, until)
        elif ends < until:
            self.held[person] = (holder, until)

    def release(self, person: str, invitation_id: str) -> None:
        if self._is_held_by(person, invitation_id):
            del self.held[person]

    def _is_held_by(self, person: str, invitation_id: str) -> bool:
        return self.held.get(person, ("",))[0] == invitation_id
