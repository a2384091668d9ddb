"""The SES account that the fake AWS plays: its rate, its quota, its suppression list, and what a test lets go wrong."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

SIMULATOR = "simulator.amazonses.com"
SANDBOX_RATE = 1.0
SANDBOX_DAY = 200.0
_DAY = timedelta(hours=24)
_SLOT = 60


class SesRefusal(Exception):
    """SES would refuse: `kind` is the name of its error, `status` the HTTP status."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


@dataclass
class AccountSettings:
    """What `POST /control` can change."""

    max_send_rate: float = 500.0
    """Recipients a second; bursts up to one second's worth."""
    max_24_hour_send: float = 1_000_000.0
    production_access: bool = True
    """False: the sandbox. One mail a second, 200 a day, and to `verified` addresses and the simulator's only."""
    verified: list[str] = field(default_factory=list)
    """Addresses and domains of recipients that the account has verified."""
    sending_enabled: bool = True
    failing: list[dict[str, Any]] = field(default_factory=list)
    """Answers to the next sends, first one first: {"status": 500, "type": "InternalFailure", "message": ""}; nothing is
    sent. With {"lose": true} the mail goes out, and the answer is lost."""
    hold_events: bool = False
    """Events wait until this is false again."""
    repeat_events: int = 1
    """How often each event is delivered."""
    reverse_events: bool = False
    """The events of each mail come in the opposite order."""
    fates: dict[str, str] = field(default_factory=dict)
    """What becomes of the mail to an address: one of infra.local.fake_aws.events.FATES. Where no address says it."""
    sms_failing: list[dict[str, Any]] = field(default_factory=list)
    """The same for SMS: {"type": "ThrottlingException", "reason": "", "status": 400}."""
    unverified: list[str] = field(default_factory=list)
    """Sender domains that the account has not verified."""


class FakeSesAccount:
    """Counts what is sent, on the movable clock for the day and on the real one for the rate."""

    def __init__(
        self, settings: AccountSettings, now: Callable[[], datetime], ticks: Callable[[], float] = time.monotonic
    ):
        self.settings = settings
        self._now = now
        self._ticks = ticks
        self._lock = threading.Lock()
        self._allowance = settings.max_send_rate
        self._refilled = ticks()
        self._sent: deque[list[float]] = deque()
        self._suppressed: dict[str, tuple[str, datetime]] = {}

    def change(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Change settings and return them all. Raises KeyError for a setting that does not exist."""
        known = {entry.name for entry in fields(AccountSettings)}
        for name in changes:
            if name not in known:
                raise KeyError(name)
        with self._lock:
            for name, value in changes.items():
                setattr(self.settings, name, value)
            if "max_send_rate" in changes or "production_access" in changes:
                self._allowance = max(1.0, self.rate)
        return asdict(self.settings)

    @property
    def rate(self) -> float:
        """How many recipients a second may have: one in the sandbox."""
        rate = float(self.settings.max_send_rate)
        return rate if self.settings.production_access else min(rate, SANDBOX_RATE)

    @property
    def day(self) -> float:
        """How many recipients 24 hours may have: 200 in the sandbox."""
        most = float(self.settings.max_24_hour_send)
        return most if self.settings.production_access else min(most, SANDBOX_DAY)

    def failure(self) -> dict[str, Any] | None:
        """Take the failure that is planned for this send."""
        with self._lock:
            return self.settings.failing.pop(0) if self.settings.failing else None

    def admit(self, recipients: tuple[str, ...], sender: str) -> None:
        """Count a send. Raises SesRefusal as SES words it; simulator addresses do not count for the day."""
        settings = self.settings
        if not settings.sending_enabled:
            raise SesRefusal(400, "SendingPausedException", "Sending is paused for this account.")
        unverified = [sender] if sender.rpartition("@")[2].lower() in settings.unverified else []
        if not settings.production_access:
            unverified += [address for address in recipients if not self._may_be_mailed(address.lower())]
        if unverified:
            raise SesRefusal(
                400,
                "MessageRejected",
                "Email address is not verified. The following identities failed the check in region EU-WEST-1: "
                + ", ".join(unverified),
            )
        with self._lock:
            ticks = self._ticks()
            burst = max(1.0, self.rate)
            self._allowance = min(burst, self._allowance + (ticks - self._refilled) * self.rate)
            self._refilled = ticks
            if self._allowance < 1.0:
                raise SesRefusal(429, "TooManyRequestsException", "Maximum sending rate exceeded.")
            counted = sum(1 for address in recipients if not address.lower().endswith(f"@{SIMULATOR}"))
            if counted and self._day() >= self.day:
                raise SesRefusal(429, "TooManyRequestsException", "Daily message quota exceeded.")
            self._allowance -= len(recipients)
            slot = self._now().timestamp() // _SLOT
            if self._sent and self._sent[-1][0] == slot:
                self._sent[-1][1] += counted
            else:
                self._sent.append([slot, counted])

    def sent_last_24_hours(self) -> float:
        """Return how many recipients counted in the last 24 hours."""
        with self._lock:
            return self._day()

    def suppress(self, address: str, reason: str) -> None:
        """Put an address on the account's suppression list; reason is BOUNCE or COMPLAINT."""
        self._suppressed[address.lower()] = (reason, self._now())

    def release(self, address: str) -> bool:
        """Take an address off the list; False where it was not on it."""
        return self._suppressed.pop(address.lower(), None) is not None

    def suppression(self, address: str) -> tuple[str, datetime] | None:
        """Return why and since when an address is on the list."""
        return self._suppressed.get(address.lower())

    def reason_of_suppression(self, address: str) -> str | None:
        """Return why an address is on the list, BOUNCE or COMPLAINT; None where it is not on it."""
        suppression = self.suppression(address)
        return suppression[0] if suppression else None

    def suppressions(self) -> list[tuple[str, str, datetime]]:
        """Return the list: address, reason, since."""
        return [(address, reason, since) for address, (reason, since) in sorted(self._suppressed.items())]

    def _may_be_mailed(self, address: str) -> bool:
        domain = address.rpartition("@")[2]
        verified = {name.lower() for name in self.settings.verified}
        return domain == SIMULATOR or address in verified or domain in verified

    def _day(self) -> float:
        first = (self._now() - _DAY).timestamp() // _SLOT
        while self._sent and self._sent[0][0] <= first:
            self._sent.popleft()
        return float(sum(count for _, count in self._sent))
