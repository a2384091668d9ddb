"""What a sender runs on, in virtual time: its worker, its tables and the book of turns, each some milliseconds away."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from functions.invite.dispatching import Due
from functions.invite.rate_limiter import RateLimiter
from functions.invite.rendering import MailToRender
from functions.invite.service import Sending, SendOutcome
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.mail import Mail, PackedMail, packed
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts
from tests.worlds.consent import FakeBlocks, FakeOptOuts
from tests.worlds.mail_world import KEYS, SURVEY
from tests.worlds.rate_limiter_states import Answer, MemoryRateLimiterStates
from tests.worlds.virtual_time import Process, VirtualLock

if TYPE_CHECKING:
    from tests.worlds.sending_simulation import Simulation


@dataclass
class Message:
    """On the queue."""

    body: Due
    visible_at: float
    taken: int = 0


class DistantBooks(MemoryRateLimiterStates):
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


class Worker:
    """One execution environment of the sender: its own clock, its own pace, a thread for each message of a batch."""

    def __init__(self, world: "Simulation", off: float) -> None:
        self.dead = False
        self.threads: list[Process] = []
        self._ended: Callable[[], None] = lambda: None
        self._world = world
        self._off = off
        clock = lambda: world.time.now + off  # noqa: E731
        lock = VirtualLock(world.time)
        books = DistantBooks(world) if world.plan.own_books else world.books
        real = world.plan.pace
        pace = real(world, clock) if real else RateLimiter(books, world.ses, clock, self._sleep, lock)
        self._tables = _Tables(world)
        self._sending = Sending(
            invitations=self._tables,
            people=self._tables,
            opt_outs=OptOuts(_Tables(world, FakeOptOuts(world.opted_out))),
            blocks=FeedbackBlocks(_Tables(world, FakeBlocks(world.blocks))),
            clients=world,
            renderer=world.renderer,
            sender=world.ses,
            rate_limiter=pace,
            keys=KEYS,
            survey_url=SURVEY,
            clock=lambda: world.date(off),
            pauses=world,
            counts=world,
            refusals=world,
        )

    def invoke(self, batch: list[Message]) -> None:
        """Let the handler do a batch; return when it has, or when the worker died over it."""
        time = self._world.time
        lane = time.current()
        self._ended = lambda: time.wake(lane)
        self.threads = [time.start(lambda: self._handle(batch))]
        time.pause()
        self.threads = []

    def _handle(self, batch: list[Message]) -> None:
        seen = self._sending.prefetch([message.body[0] for message in batch])

        def send(body: Due) -> tuple[SendOutcome, str]:
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

    def __init__(self, world: "Simulation", store: object = None) -> None:
        self._world = world
        self._store = store or world

    def __getattr__(self, name: str) -> Callable[..., Any]:
        does = getattr(self._store, name)

        def call(*args: Any) -> Any:
            self._world.travel()
            return self._world.back(does(*args))

        return call


class NoRenderer:
    """Renders nothing: what a mail looks like is not in question."""

    def render_mail(self, bundle: ClientBundle, mail: MailToRender) -> Mail:
        tags = (("invitation", mail.invitation_id), ("mail", mail.name), ("client", "vaart"))
        return Mail("V", "v@vaart.example", "k@vaart.example", "A", mail.address, "nl", "s", "t", "h", (), None, tags)

    def render(self, bundle: ClientBundle, wanted: MailToRender) -> PackedMail:
        return packed(self.render_mail(bundle, wanted))
