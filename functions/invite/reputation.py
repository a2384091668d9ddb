"""Pause a client's sending where its mails of a day cost reputation, and let it go on: by itself, and by a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.shared.domain.client import PauseAt
from functions.shared.domain.errors import NotFound
from functions.shared.domain.notices import SendingNotice
from functions.shared.domain.reputation import (
    DayOfMail,
    SendingState,
    counted_from,
    pause_notice,
    paused,
    verdict,
)
from functions.shared.services.clients import Clients

RESUMED_AT_ONCE = 2000
"""So many mails go back to the due index in a minute: more than most accounts may send in it, in a few seconds."""


class States(Protocol):
    """How clients' sending stands. `replace` says whether nobody else was first."""

    def read(self, client: str) -> SendingState: ...
    def all(self) -> Mapping[str, SendingState]: ...
    def replace(self, client: str, before: SendingState, after: SendingState) -> bool: ...
    def mark_notified(self, client: str, state: SendingState) -> None: ...


class DayCounts(Protocol):
    """A client's mails since a moment, and what went wrong with those that left after it was resumed."""

    def day(self, client: str, since: datetime, resumed_at: datetime | None) -> DayOfMail: ...


class SendingNotices(Protocol):
    """What is told to the client's contact; the same notice twice is one mail."""

    def put(self, notice: SendingNotice) -> None: ...


class PausedMessages(Protocol):
    """The mails that were due while their client was paused."""

    def resume(self, client: str, most: int) -> int: ...


@dataclass(frozen=True)
class ReputationMonitor:
    """Judges clients by what is reported of their mails."""

    states: States
    counts: DayCounts
    clients: Clients
    notices: SendingNotices

    def check(self, client: str, now: datetime) -> SendingState | None:
        """Pause a client's sending where its mails ask for it; return how it is paused, where this call did it.

        Safe to repeat, and to be broken off anywhere: who comes next finishes it. The contact is told once.
        """
        state = self.states.read(client)
        if state.is_paused:
            self._tell(client, state)
            return None
        reason = verdict(self.counts.day(client, counted_from(state, now), state.resumed_at), self._pause_at(client))
        if reason is None:
            return None
        after = paused(state, reason, now)
        if not self.states.replace(client, state, after):
            return None
        self._tell(client, after)
        return after

    def _pause_at(self, client: str) -> PauseAt:
        try:
            return self.clients.load(client).client.pause_at
        except NotFound:
            return PauseAt()

    def _tell(self, client: str, state: SendingState) -> None:
        if state.notified:
            return
        if notice := pause_notice(client, state):
            self.notices.put(notice)
        self.states.mark_notified(client, state)


@dataclass(frozen=True)
class PausedClients:
    """Lets the mails go that were paused, of clients that are not paused any more."""

    states: States
    paused: PausedMessages

    def run(self) -> tuple[list[str], int]:
        """Return the clients that are paused, and how many mails are due again."""
        states = self.states.all()
        going = [client for client, state in sorted(states.items()) if not state.is_paused]
        room = RESUMED_AT_ONCE
        for client in going:
            room -= self.paused.resume(client, room) if room else 0
        return sorted(states.keys() - set(going)), RESUMED_AT_ONCE - room
