"""The deployed parts of sending in virtual time: dispatcher, queue, workers, tables, an SES.

What decides is the real code: Dispatching, Sending, RateLimiter, Tracking. What is simulated is what AWS does around
it: the queue delivers at least once, workers start, die and are replaced, tables take some milliseconds, clocks differ.
"""

import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from functions.invite.dispatching import Dispatching, Due
from functions.invite.roles import SendSlots
from functions.invite.service import SendOutcome
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.deliveries import ContactDetails, DeliveryReport, DeliveryState
from functions.shared.domain.invitation import InvitationState
from functions.shared.domain.names import PersonName
from tests.worlds.fake_ses import FakeSes, Trouble, Way
from tests.worlds.mail_world import MONDAY, World
from tests.worlds.sending_worker import DistantBooks, Message, NoRenderer, Worker
from tests.worlds.virtual_time import VirtualTime

_T = TypeVar("_T")
HIDDEN = 720.0
"""A message that a worker took comes back after so long, if nobody deleted it."""
START = MONDAY.timestamp()


@dataclass
class Plan:
    """What a run is like."""

    seed: int = 1
    mails: int = 1000
    senders: int = 2
    rate: float = 14.0
    quota: float = -1.0
    burst: float | None = None
    way: Way = field(default_factory=Way)
    trouble: Trouble = field(default_factory=Trouble)
    clocks: float = 0.001
    """The clocks of workers are off by at most so many seconds."""
    off: tuple[float, ...] = ()
    """So much are the clocks of the first workers off, each for good."""
    stalls: float = 0.0
    """Share of wakings that come up to a third of a second late."""
    dies_every: float | None = None
    """A worker dies about every so many seconds, wherever it is."""
    replaced_every: float | None = None
    """A deployment, or Lambda by itself, replaces workers about every so many seconds."""
    forgets: float = 0.003
    """Share of the dispatcher's runs that a new worker does, which remembers nothing."""
    twice: float = 0.0
    """Share of messages that the queue delivers twice."""
    objecting: float = 0.0
    """Share of people who say no before their mail leaves."""
    bouncing: float = 0.0
    reports_within: float = 20.0
    """Seconds after which SES has reported, of all but some mails."""
    pace: Callable[["Simulation", Callable[[], float]], SendSlots] | None = None
    """Another pace than the real one."""
    own_books: bool = False
    """Each worker has a book of its own: nothing is shared."""
    changes: tuple[tuple[float, dict[str, Any]], ...] = ()
    """(seconds after the start, what changes of the account)."""


class Simulation(World):
    """A run. `outcomes` counts what senders answered."""

    def __init__(self, plan: Plan, client: ClientBundle) -> None:
        super().__init__(NoRenderer(), client=client)  # type: ignore[arg-type]
        self.plan = plan
        self.chance = random.Random(plan.seed)  # noqa: S311 - the same chances in each run
        self.time = VirtualTime(START)
        self.ses = FakeSes(
            self.time,
            random.Random(plan.seed + 1),  # noqa: S311
            self.take_in,
            rate=plan.rate,
            quota=plan.quota,
            burst=plan.burst,
            way=plan.way,
            trouble=plan.trouble,
            report_after=plan.reports_within,
        )
        self.books = DistantBooks(self)
        self.messages: list[Message] = []
        self.dead_letters: list[Message] = []
        self.outcomes: dict[SendOutcome, int] = {}
        self.deaths = 0
        self.moved: set[str] = set()
        self._tracking = self.tracking()
        self._dispatching = self._dispatcher()
        self._workers = [self._worker(number) for number in range(plan.senders)]
        for number in range(plan.mails):
            self._admit(number)
        self._due = {one: delivery.due_at for one, delivery in self.deliveries.items()}
        for lane in range(plan.senders):
            self.time.start(lambda lane=lane: self._poll(lane), after=self.chance.random())  # type: ignore[misc]
        self.time.start(self._schedule)
        if plan.dies_every:
            self.time.start(self._reaper)
        for after, changes in plan.changes:
            self.time.at(START + after, lambda changes=changes: self.ses.set(**changes))  # type: ignore[misc]

    def run(self, seconds: float) -> "Simulation":
        """Let so much time pass from the start."""
        self.time.run(START + seconds)
        return self

    def share(self, begin: float, end: float) -> float:
        """Return which part of the rate was used between two moments, in seconds after the start."""
        begin, end = START + begin, START + end
        return self.ses.sent(begin, end) / self.ses.allowed(begin, end)

    def settled(self) -> dict[str, int]:
        """Return how many invitations ended how: sent, stopped, or still open (lost, if the run was long enough)."""
        ends = {"sent": 0, "stopped": 0, "open": 0}
        for delivery in self.deliveries.values():
            sent = self.ses.mails[delivery.invitation_id, "invitation"]
            ends["sent" if sent else "stopped" if delivery.withheld_reason else "open"] += 1
        return ends

    # the world of sending, some milliseconds away

    def travel(self) -> None:
        """Let a request to a table take its way."""
        self.time.sleep(0.001 + 0.002 * self.chance.random())

    def back(self, answer: _T) -> _T:
        """Let its answer take the way back."""
        self.time.sleep(0.001 + 0.002 * self.chance.random())
        return answer

    def find(self, invitation_ids: Iterable[str]) -> Mapping[str, DeliveryState]:
        return super().find(invitation_ids)

    def save(self, before: DeliveryState, after: DeliveryState) -> bool:
        saved = super().save(before, after)
        if saved:
            self._due[after.invitation_id] = after.due_at
            if after.due_at is None:
                del self._due[after.invitation_id]
        return saved

    def due(self, now: datetime, most: int) -> list[Due]:
        ready = sorted((due, one) for one, due in self._due.items() if due is not None and due <= now)
        return [(one, int(due.timestamp())) for due, one in ready[:most]]

    def depth(self) -> int:
        return len(self.messages)

    def put(self, mails: Sequence[Due]) -> list[Due]:
        self.messages += [Message(mail, self.time.now) for mail in mails]
        return list(mails)

    def allowance(self) -> Any:
        return self.ses.allowance()

    def take_in(self, report: DeliveryReport) -> None:
        """Track a report: at once, with what stands then."""
        self._tracking.track(report)

    # what AWS does: a message that is not deleted comes back when it is visible again

    def _admit(self, number: int) -> None:
        one = str(UUID(int=self.chance.getrandbits(128)))
        kind = "bounce" if self.chance.random() < self.plan.bouncing else "anna"
        self.deliveries[one] = DeliveryState(
            one,
            f"p{number}",
            f"a{number}",
            "vaart",
            "schade",
            MONDAY + timedelta(days=21),
            InvitationState.PLANNED,
            MONDAY,
        )
        self.blocks[f"p{number}"] = self.blocks[f"a{number}"] = (one, MONDAY + timedelta(days=80))
        self.contacts[f"p{number}"] = ContactDetails(
            f"{kind}{number}@example.org", PersonName("", "Anna", "", "Vries"), None, MONDAY + timedelta(days=80)
        )
        if self.chance.random() < self.plan.objecting:
            moment = START + self.chance.random() * self.plan.mails / self.plan.rate
            self.time.at(moment, lambda: self.opted_out.setdefault(f"p{number}", "page"))

    def _dispatcher(self) -> Dispatching:
        return Dispatching(self, self, self)

    def _schedule(self) -> None:
        """Dispatch every minute; the dispatcher is a new one, that remembers nothing, now and then."""
        while True:
            begin = self.time.now
            if self.chance.random() < self.plan.forgets:
                self._dispatching = self._dispatcher()
            try:
                self._dispatching.run(self.date())
            except Exception:  # noqa: BLE001 - the next run does it
                self._dispatching = self._dispatcher()
            self.time.sleep(60.0 - (self.time.now - begin))

    def date(self, off: float = 0.0) -> datetime:
        """Return the time by a clock that is off."""
        return datetime.fromtimestamp(self.time.now + off, UTC)

    def _worker(self, number: int = 1_000_000) -> Worker:
        off = self.plan.off[number] if number < len(self.plan.off) else self.chance.uniform(-1, 1) * self.plan.clocks
        return Worker(self, off)

    def _poll(self, lane: int) -> None:
        """Hand batches to the worker of a lane, as the event source does."""
        born = self.time.now
        while True:
            batch = self._receive()
            if not batch:
                self.time.sleep((0.2 if self.messages else 3.0) + 0.3 * self.chance.random())
                continue
            self.time.sleep(0.02 + 0.02 * self.chance.random())
            worker = self._workers[lane]
            if self._worn_out(born) or worker.dead:
                self._workers[lane] = worker = self._worker(lane)
                born = self.time.now
                self.time.sleep(0.8 + 0.4 * self.chance.random())  # a cold start
            worker.invoke(batch)

    def _worn_out(self, born: float) -> bool:
        every = self.plan.replaced_every
        return every is not None and self.time.now - born > every * (0.5 + self.chance.random())

    def _receive(self) -> list[Message]:
        now = self.time.now
        batch = []
        for message in self.messages:
            if message.visible_at <= now:
                batch.append(message)
                if len(batch) == 10:
                    break
        for message in batch:
            message.taken += 1
            message.visible_at = now + HIDDEN
            if message.taken > 5:
                self.messages.remove(message)
                self.dead_letters.append(message)
            elif self.chance.random() < self.plan.twice:
                self.messages.append(Message(message.body, now + self.chance.random() * 30))
        return [message for message in batch if message.taken <= 5]

    def delete(self, messages: Collection[Message]) -> None:
        """Take messages off the queue: they are done."""
        gone = {id(message) for message in messages}
        self.messages = [message for message in self.messages if id(message) not in gone]

    def _reaper(self) -> None:
        while True:
            self.time.sleep((self.plan.dies_every or 1.0) * (0.5 + self.chance.random()))
            busy = [worker for worker in self._workers if worker.threads and not worker.dead]
            if busy:
                self.deaths += 1
                self.chance.choice(busy).die()
