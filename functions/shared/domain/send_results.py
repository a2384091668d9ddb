"""What came of handing a mail to SES, and how fast that may be done."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SendAccepted:
    """SES took the mail."""

    message_id: str


@dataclass(frozen=True)
class SendDeferred:
    """SES did not take the mail, and may later: too fast, over the day's quota, paused, not set up yet."""

    reason: str
    throttled: bool = False
    """Too fast: a moment later it may be taken."""
    closed: bool = False
    """The account takes no mail at all: it is paused, or its day is full."""

    @property
    def of_the_account(self) -> bool:
        """Whether other mails would get the same answer now."""
        return self.throttled or self.closed


@dataclass(frozen=True)
class SendRejected:
    """SES did not take the mail and never will, such as it is."""

    reason: str


@dataclass(frozen=True)
class RecipientOptedOut:
    """It was not taken, for who has this address said no to whoever brings it."""

    reason: str


@dataclass(frozen=True)
class SendUnknown:
    """Nobody knows whether SES took the mail: the answer was lost, or was an error on its side."""

    reason: str


SendResult = SendAccepted | SendDeferred | SendRejected | RecipientOptedOut | SendUnknown


@dataclass(frozen=True)
class Allowance:
    """What the account may send: mails a second, and mails left of the rolling 24 hours (None: no limit)."""

    enabled: bool
    rate: float
    remaining_today: int | None

    def most(self, seconds: float) -> int:
        """Return how many mails may leave in so many seconds."""
        if not self.enabled:
            return 0
        at_rate = int(self.rate * seconds)
        return at_rate if self.remaining_today is None else max(0, min(at_rate, self.remaining_today))
