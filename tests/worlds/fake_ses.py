"""An SES in virtual time: latency, rate, quota, sandbox, pause, errors before and after it took a mail, and reports."""

import random
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from functions.shared.domain.deliveries import DeliveryReport, ReportKind, mail_number
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.mail import PackedMail
from functions.shared.domain.send_results import (
    Allowance,
    SendAccepted,
    SendDeferred,
    SendRejected,
    SendResult,
    SendUnknown,
)
from tests.worlds.virtual_time import VirtualTime

DAY = 86400.0


@dataclass
class Way:
    """How long things take, in seconds: always so long, and at most so much longer."""

    there: tuple[float, float] = (0.010, 0.003)
    back: tuple[float, float] = (0.045, 0.030)
    slow: float = 0.0
    """Share of calls whose way there takes up to half a second more."""


@dataclass
class Trouble:
    """Shares of calls that go wrong."""

    refused_connection: float = 0.0
    error_before: float = 0.0
    error_after: float = 0.0
    lost_before: float = 0.0
    """The call never gets there; the sender waits ten seconds in vain."""
    lost_after: float = 0.0
    throttled: float = 0.0
    account_silent: float = 0.0
    """Of the calls that ask for the account."""


@dataclass
class FakeSes:
    """An account of SES.

    `burst` None: no second, wherever it begins, holds more mails than the rate. Otherwise a bucket of so many seconds'
    mails, refilled at the rate, as SES itself tolerates short bursts.
    """

    time: VirtualTime
    chance: random.Random
    report: Callable[[DeliveryReport], None]
    rate: float = 14.0
    quota: float = -1.0
    enabled: bool = True
    sandbox: bool = False
    verified: Callable[[str], bool] = lambda _: False
    burst: float | None = None
    way: Way = field(default_factory=Way)
    trouble: Trouble = field(default_factory=Trouble)
    report_after: float = 20.0
    """Most reports come within so many seconds, some within half an hour."""
    accepted: list[float] = field(default_factory=list)
    mails: Counter[tuple[str, str]] = field(default_factory=Counter)
    too_fast: list[float] = field(default_factory=list)
    too_many: list[float] = field(default_factory=list)
    asked: int = 0
    most_in_a_day: int = 0
    changes: list[tuple[float, float]] = field(default_factory=list)
    """(moment, rate) of every change; 0 while the account takes nothing."""

    def __post_init__(self) -> None:
        self._second: deque[float] = deque()
        self._day: deque[float] = deque()
        self._tokens = (self.burst or 0) * self.rate
        self._filled = self.time.now
        self.set()

    def set(self, **changes: float) -> None:
        """Change the account."""
        for name, value in changes.items():
            setattr(self, name, value)
        self.changes.append((self.time.now, self.rate if self.enabled else 0.0))

    def allowed(self, begin: float, end: float) -> float:
        """Return how many mails the rate allowed from one moment to another."""
        spans = zip(self.changes, [*self.changes[1:], (end, 0.0)], strict=True)
        return sum(max(0.0, min(end, until) - max(begin, since)) * rate for (since, rate), (until, _) in spans)

    def sent(self, begin: float, end: float) -> int:
        """Return how many mails were taken from one moment to another."""
        return sum(1 for at in self.accepted if begin <= at < end)

    def most_in_a_second(self) -> int:
        """Return the most mails that were taken within any second."""
        most = first = 0
        for last, at in enumerate(self.accepted):
            while self.accepted[first] <= at - 1.0:
                first += 1
            most = max(most, last - first + 1)
        return most

    def allowance(self) -> Allowance:
        """Answer GetAccount."""
        self.asked += 1
        self.time.sleep(self._takes((0.02, 0.03)))
        if self._happens(self.trouble.account_silent):
            raise TryAgain("slower")
        answer = Allowance(self.enabled, self.rate, None if self.quota < 0 else int(self.quota - self._today()))
        self.time.sleep(self._takes((0.02, 0.03)))
        return answer

    def send(self, mail: PackedMail) -> SendResult:
        """Answer SendEmail."""
        trouble = self.trouble
        if self._happens(trouble.refused_connection):
            return SendDeferred("EndpointConnectionError")
        if self._happens(trouble.lost_before):
            self.time.sleep(10.0)
            return SendUnknown("ReadTimeoutError")
        slow = self.chance.random() * 0.5 if self._happens(self.way.slow) else 0.0
        self.time.sleep(self._takes(self.way.there) + slow)
        if self._happens(trouble.error_before):
            answer: SendResult = SendUnknown("InternalFailure")
        else:
            answer = self._judged(mail)
        lost = isinstance(answer, SendAccepted) and self._happens(trouble.lost_after)
        self.time.sleep(10.0 if lost else self._takes(self.way.back))
        if lost or (isinstance(answer, SendAccepted) and self._happens(trouble.error_after)):
            return SendUnknown("ReadTimeoutError" if lost else "InternalFailure")
        return answer

    def _judged(self, mail: PackedMail) -> SendResult:
        if not self.enabled:
            return SendDeferred("SendingPausedException", closed=True)
        if self.sandbox and not self.verified(mail.to_address):
            return SendDeferred("MessageRejected")
        if mail.to_address.startswith("virus"):
            return SendRejected("MessageRejected")
        if self._happens(self.trouble.throttled):
            return SendDeferred("TooManyRequestsException", throttled=True)
        if not self._in_rate():
            self.too_fast.append(self.time.now)
            return SendDeferred("TooManyRequestsException", throttled=True)
        if self.quota >= 0 and self._today() >= self.quota:
            self.too_many.append(self.time.now)
            return SendDeferred("TooManyRequestsException", closed=True)
        return self._taken(mail)

    def _taken(self, mail: PackedMail) -> SendAccepted:
        now = self.time.now
        self.accepted.append(now)
        self._second.append(now)
        self._day.append(now)
        self._tokens -= 1
        self.most_in_a_day = max(self.most_in_a_day, self._today())
        tags = dict(mail.tags)
        self.mails[tags["invitation"], tags["mail"]] += 1
        self._reports(tags["invitation"], mail_number(tags["mail"]), mail.to_address)
        return SendAccepted(f"message-{len(self.accepted)}")

    def _reports(self, invitation: str, number: int, address: str) -> None:
        """Reports in any order, some twice, some late."""
        at = datetime.fromtimestamp(self.time.now, UTC).replace(microsecond=0)
        end = ReportKind.BOUNCED if address.startswith("bounce") else ReportKind.DELIVERED
        for kind in (ReportKind.SENT, end, *([ReportKind.SENT] if self._happens(0.05) else [])):
            late = 1800.0 if self._happens(0.02) else self.report_after
            report = DeliveryReport(kind, invitation, number, at, at)
            self.time.at(
                self.time.now + self.chance.random() * late,
                partial(self.report, report),
            )

    def _in_rate(self) -> bool:
        now = self.time.now
        if self.burst is not None:
            self._tokens = min(self.burst * self.rate, self._tokens + (now - self._filled) * self.rate)
            self._filled = now
            return self._tokens >= 1
        while self._second and self._second[0] <= now - 1.0:
            self._second.popleft()
        return len(self._second) < self.rate

    def _today(self) -> int:
        while self._day and self._day[0] <= self.time.now - DAY:
            self._day.popleft()
        return len(self._day)

    def _takes(self, time: tuple[float, float]) -> float:
        return time[0] + self.chance.random() * time[1]

    def _happens(self, share: float) -> bool:
        return share > 0 and self.chance.random() < share
