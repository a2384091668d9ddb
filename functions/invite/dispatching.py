"""Put what is due on the queue of mails, as much of it as the account may send in the next minute or two.

Nothing is written: a mail stays in the due index until a sender leases it, so a lost message costs a few minutes and
no mail. That the same mail is not put on the queue every minute is kept in two ways. The worker remembers what it put
there, for a while; and the queue never holds more than may be sent soon, so that a worker that forgot (they are
replaced every few hours) puts at most that much there twice. A second message finds the mail leased or gone, by one
read.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from functions.invite.account import Account
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.send_results import Allowance

AHEAD_SECONDS = 120.0
"""The queue holds at most what may leave in so much time."""
REMEMBERED = timedelta(minutes=5)
"""What is still due so long after it was put on the queue is put there again."""

Due = tuple[str, int]
"""Invitation id, and the moment at which its mail is due, in epoch seconds."""


class DueMails(Protocol):
    """The due index."""

    def due(self, now: datetime, most: int) -> list[Due]:
        """Return at most so many mails that are due, the oldest first."""


class MailQueue(Protocol):
    """The queue between the dispatcher and the senders."""

    def depth(self) -> int:
        """Return about how many messages wait or are being worked on."""

    def put(self, mails: Sequence[Due]) -> list[Due]:
        """Put messages on the queue; return those that the queue took."""


class Dispatching:
    """The use case. Kept for the life of a worker, as it remembers what it dispatched."""

    def __init__(self, mails: DueMails, queue: MailQueue, account: Account) -> None:
        self._mails = mails
        self._queue = queue
        self._account = account
        self._put: dict[Due, datetime] = {}
        self._allowance: Allowance | None = None
        self.oldest_due_at: int | None = None
        """Since when the mail waits that has waited longest, in epoch seconds, as the last run saw it."""

    @property
    def allowance(self) -> Allowance | None:
        """What the account may send, as it last said."""
        return self._allowance

    def run(self, now: datetime) -> int:
        """Put due mails on the queue and return how many."""
        self._put = {mail: at for mail, at in self._put.items() if at <= now < at + REMEMBERED}
        room = self._allowed().most(AHEAD_SECONDS)
        if room:
            room -= self._queue.depth()
        due = self._mails.due(now, max(room, 0) + len(self._put) if room > 0 else 1)
        self.oldest_due_at = due[0][1] if due else None
        if room <= 0:
            return 0
        taken = self._queue.put([mail for mail in due if mail not in self._put][:room])
        self._put.update(dict.fromkeys(taken, now))
        return len(taken)

    def _allowed(self) -> Allowance:
        """Ask the account; take it as it was where it does not answer, as the senders ask for themselves."""
        try:
            self._allowance = self._account.allowance()
        except TryAgain:
            if self._allowance is None:
                raise
        return self._allowance
