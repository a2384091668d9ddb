"""The deployed parts of sending in virtual time: dispatcher, queue, workers, tables, an SES.

What decides is the real code: Dispatching, Sending, Pace, Tracking. What is simulated is what AWS does around it: the
queue delivers at least once, workers start, die and are replaced, tables take some milliseconds, clocks differ.
"""

import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from functions.invite.dispatching import Dispatching, Due
from functions.invite.pacing import Pace
from functions.invite.rendering import MailToRender
from functions.invite.service import Outcome, Sending, Turns
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.deliveries import ContactDetails, MailReport, Standing, Surroundings
from functions.shared.domain.handover import Handover
from functions.shared.domain.invitation import State
from functions.shared.domain.mail import Mail, PackedMail
from functions.shared.domain.names import PersonName
from tests.fake_ses import FakeSes, Trouble, Way
from tests.mail_world import KEYS, MONDAY, SURVEY, World
from tests.turn_books import Answer, MemoryTurnBooks
from tests.virtual_time import Process, VirtualLock, VirtualTime

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
    pace: Callable[["Simulation", Callable[[], float]], Turns] | None = None
    """Another pace than the real one."""
    own_books: bool = False
    """Each worker has a book of its own: nothing is shared."""
    changes: tuple[tuple[float, dict[str, Any]], ...] = ()
    """(seconds after the start, what changes of the account)."""


class _Books(MemoryTurnBooks):
    """The book, some milliseconds away."""

    def __init__(self, world: "Simulation") -> None:
        super().__init__()
        self._world = world

    def told(self) -> int:
        return int(self._world.time.now)

    def find(self) -> Answer:
        self._world.travel()
        return self._world.back(super().find())

    def follow(self, *args: Any) -> Answer | None:
        self._world.travel()
        return self._world.back(super().follow(*args))

    def restart(self, *args: Any) -> Answer | None:
        self._world.travel()
        return self._world.back(super().restart(*args))

    def claim(self, *args: Any) -> Any:
        self._world.travel()
        return self._world.back(super().claim(*args))

    def note(self, *args: Any) -> None:
        self._world.travel()
        super().note(*args)
        self._world.back(None)

    def hold(self, *args: Any) -> None:
        self._world.travel()
        super().hold(*args)
        self._world.back(None)


@dataclass
class _Message:
    body: Due
    visible_at: float
    taken: int = 0


class Simulation(World):
    """A run. `outcomes` counts what senders answered."""

    def __init__(self, plan: Plan, client: ClientBundle) -> None:
        super().__init__(_Renderer(), client=client)  # type: ignore[arg-type]
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
        )
        self.books = _Books(self)
        self.messages: list[_Message] = []
        self.dead_letters: list[_Message] = []
        self.outcomes: dict[Outcome, int] = {}
        self.deaths = 0
        self.moved: set[str] = set()
        self._tracking = self.tracking()
        self._dispatching = self._dispatcher()
        self._workers = [self._worker(number) for number in range(plan.senders)]
        for number in range(plan.mails):
            self._admit(number)
        self._due = {one: standing.due_at for one, standing in self.standings.items()}
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
        for standing in self.standings.values():
            sent = self.ses.mails[standing.invitation_id, "invitation"]
            ends["sent" if sent else "stopped" if standing.withheld_reason else "open"] += 1
        return ends

    # the world of sending, some milliseconds away

    def travel(self) -> None:
        """Let a request to a table take its way."""
        self.time.sleep(0.001 + 0.002 * self.chance.random())

    def back(self, answer: _T) -> _T:
        """Let its answer take the way back."""
        self.time.sleep(0.001 + 0.002 * self.chance.random())
        return answer

    def find(self, invitation_ids: Iterable[str]) -> Mapping[str, Standing]:
        return super().find(invitation_ids)

    def save(self, before: Standing, after: Standing) -> bool:
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
        self.messages += [_Message(mail, self.time.now) for mail in mails]
        return list(mails)

    def allowance(self) -> Any:
        return self.ses.allowance()

    def take_in(self, news: MailReport) -> None:
        """Track a report: at once, with what stands then."""
        self._tracking.track(news)

    # what AWS does: a message that is not deleted comes back when it is visible again

    def _admit(self, number: int) -> None:
        one = str(UUID(int=self.chance.getrandbits(128)))
        kind = "bounce" if self.chance.random() < self.plan.bouncing else "anna"
        self.standings[one] = Standing(
            one, f"p{number}", f"a{number}", "vaart", "schade", MONDAY + timedelta(days=21), State.PLANNED, MONDAY
        )
        self.blocks[f"p{number}"] = (one, MONDAY + timedelta(days=80))
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
                self._dispatching.run(self._date())
            except Exception:  # noqa: BLE001 - the next run does it
                self._dispatching = self._dispatcher()
            self.time.sleep(60.0 - (self.time.now - begin))

    def _date(self, off: float = 0.0) -> datetime:
        return datetime.fromtimestamp(self.time.now + off, UTC)

    def _worker(self, number: int = 1_000_000) -> "_Worker":
        off = self.plan.off[number] if number < len(self.plan.off) else self.chance.uniform(-1, 1) * self.plan.clocks
        return _Worker(self, off)

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

    def _receive(self) -> list[_Message]:
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
                self.messages.append(_Message(message.body, now + self.chance.random() * 30))
        return [message for message in batch if message.taken <= 5]

    def delete(self, messages: Collection[_Message]) -> None:
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


class _Worker:
    """One execution environment of the sender: its own clock, its own pace, a thread for each message of a batch."""

    def __init__(self, world: Simulation, off: float) -> None:
        self.dead = False
        self.threads: list[Process] = []
        self._ended: Callable[[], None] = lambda: None
        self._world = world
        self._off = off
        clock = lambda: world.time.now + off  # noqa: E731
        lock = VirtualLock(world.time)
        books = _Books(world) if world.plan.own_books else world.books
        real = world.plan.pace
        pace = real(world, clock) if real else Pace(books, world.ses, clock, self._sleep, lock)
        self._tables = _Tables(world)
        self._sending = Sending(
            invitations=self._tables,
            people=self._tables,
            clients=world,
            renderer=world.renderer,
            mailer=world.ses,
            pace=pace,
            keys=KEYS,
            survey_url=SURVEY,
            clock=lambda: world._date(off),
            pauses=world,
            counts=world,
        )

    def invoke(self, batch: list[_Message]) -> None:
        """Let the handler do a batch; return when it has, or when the worker died over it."""
        time = self._world.time
        lane = time.current()
        self._ended = lambda: time.wake(lane)
        self.threads = [time.start(lambda: self._handle(batch))]
        time.pause()
        self.threads = []

    def _handle(self, batch: list[_Message]) -> None:
        seen = self._sending.look([message.body[0] for message in batch])

        def send(body: Due) -> tuple[Outcome, str]:
            return self._sending.send(body[0], body[1], seen.pop(body[0], None))

        calls = [partial(send, message.body) for message in batch]
        results = self._world.time.gather(calls, self.threads.append)
        done = [message for message, result in zip(batch, results, strict=True) if not isinstance(result, Exception)]
        for result in results:
            if not isinstance(result, Exception):
                self._world.outcomes[result[0]] = self._world.outcomes.get(result[0], 0) + 1
        self._world.delete(done)
        self._ended()

    def die(self) -> None:
        """End at once, wherever each thread is."""
        self.dead = True
        for thread in self.threads:
            self._world.time.kill(thread)
        self._ended()

    def _sleep(self, seconds: float) -> None:
        world = self._world
        late = 0.3 * world.chance.random() if world.chance.random() < world.plan.stalls else 0.0
        world.time.sleep(seconds + 0.001 * world.chance.random() + late)


class _Tables:
    """The tables as a worker reaches them: each call takes its time there and back."""

    def __init__(self, world: Simulation) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Callable[..., Any]:
        does = getattr(self._world, name)

        def call(*args: Any) -> Any:
            self._world.travel()
            return self._world.back(does(*args))

        return call


class _Renderer:
    """Renders nothing: what a mail looks like is not in question."""

    def render(self, bundle: ClientBundle, mail: MailToRender) -> Mail:
        tags = (("invitation", mail.invitation_id), ("mail", mail.name), ("client", "vaart"))
        return Mail("V", "v@vaart.example", "k@vaart.example", "A", mail.address, "nl", "s", "t", "h", (), None, tags)


__all__ = ["START", "Handover", "PackedMail", "Plan", "Simulation", "Surroundings", "Trouble", "Way"]
