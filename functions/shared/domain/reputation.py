"""When a client's sending pauses itself: a day's bounces and complaints, against the share that it may have.

Shares are in per cent throughout, as people and mailbox providers tell them.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from functions.shared.domain.client import PauseAt
from functions.shared.domain.notices import SendingNotice, Turn, Why

DAY = timedelta(hours=24)
CHANCE = 0.05
"""A share pauses a client where a true share at the threshold would bring so many, or more, less often than this."""
MIN_FAULTS = {"bounces": 10, "complaints": 5}
"""Fewer than so many a day are typing errors, or one bad mood."""


class Fault(StrEnum):
    """What went wrong with a mail, as far as it costs reputation."""

    BOUNCES = "bounces"  # for good
    COMPLAINTS = "complaints"


OPERATOR = "operator"
"""Why a client is paused whom a person paused."""


@dataclass(frozen=True)
class DayOfMail:
    """A client's mails of the last 24 hours, or since its sending was resumed, and what went wrong in that time."""

    mails: int
    bounces: int
    complaints: int


@dataclass(frozen=True)
class PauseVerdict:
    """Why a client's sending has to pause: so many per cent of so many mails."""

    why: Fault
    share: float
    mails: int


@dataclass(frozen=True)
class SendingState:
    """Whether a client's sending is paused, since when and why; and when it was last resumed."""

    paused_at: datetime | None = None
    why: str | None = None
    """A Fault, or operator."""
    share: float = 0.0
    mails: int = 0
    notified: bool = False
    """Whether the client's contact was notified of the pause."""
    resumed_at: datetime | None = None

    @property
    def is_paused(self) -> bool:
        """Whether no mail of the client may leave."""
        return self.paused_at is not None


def paused(state: SendingState, reason: PauseVerdict | None, now: datetime) -> SendingState:
    """Return the state of a client that is paused from now on, by a verdict or (None) by a person."""
    at = now.replace(microsecond=0)
    if reason is None:
        return replace(state, paused_at=at, why=OPERATOR, share=0.0, mails=0, notified=False)
    return replace(state, paused_at=at, why=reason.why.value, share=reason.share, mails=reason.mails, notified=False)


def resumed(now: datetime) -> SendingState:
    """Return the state of a client whose mails leave again from now on. What went wrong before counts no more."""
    return SendingState(resumed_at=now.replace(microsecond=0))


def pause_notice(client: str, state: SendingState) -> SendingNotice | None:
    """Return what a client's contact is told of its pause; nothing where a person paused it, who tells it himself."""
    if state.paused_at is None or state.why not in ("bounces", "complaints"):
        return None
    return _notice("paused", client, state, state.paused_at)


def resume_notice(client: str, was: SendingState, at: datetime) -> SendingNotice | None:
    """Return what a client's contact is told when a pause of which it was told is over."""
    return _notice("resumed", client, was, at) if pause_notice(client, was) else None


def counted_from(state: SendingState, now: datetime) -> datetime:
    """Return from when on mails count: a day ago, or the moment at which sending was resumed."""
    return max(now - DAY, state.resumed_at) if state.resumed_at else now - DAY


def verdict(day: DayOfMail, pause_at: PauseAt) -> PauseVerdict | None:
    """Return why sending has to pause, or None. Complaints weigh more, and are told where both are past."""
    checks = ((Fault.COMPLAINTS, day.complaints, pause_at.complaints), (Fault.BOUNCES, day.bounces, pause_at.bounces))
    for why, faults, limit in checks:
        mails = max(day.mails, faults)  # a report may be faster than the count of its mail
        if faults >= MIN_FAULTS[why] and is_past(faults, mails, limit):
            return PauseVerdict(why, round(100 * faults / mails, 3), mails)
    return None


def _notice(turn: Turn, client: str, state: SendingState, at: datetime) -> SendingNotice:
    why: Why = "complaints" if state.why == Fault.COMPLAINTS else "bounces"
    return SendingNotice(turn, client, int(at.timestamp()), why, state.share, state.mails)


def is_past(faults: int, mails: int, limit: float) -> bool:
    """Say whether faults of mails show a true share above `limit` per cent.

    It does where the lower end of the one-sided 95 % interval (Clopper and Pearson, 1934) lies above the limit.
    """
    share = limit / 100
    return faults > mails * share and _tail(faults, mails, share) < CHANCE


def _tail(least: int, n: int, p: float) -> float:
    """Return the chance of `least` or more successes in n trials, for `least` above n * p: the terms only fall."""
    term = math.exp(
        math.lgamma(n + 1)
        - math.lgamma(least + 1)
        - math.lgamma(n - least + 1)
        + least * math.log(p)
        + (n - least) * math.log1p(-p)
    )
    total, odds = term, p / (1 - p)
    for successes in range(least, n):
        term *= (n - successes) / (successes + 1) * odds
        total += term
        if term < total * 1e-9:
            break
    return total
