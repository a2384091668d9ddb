"""How fast mails leave: at the account's rate, shared by however many senders run, and never over the day's quota.

Each sender takes slots, a few at a time, from one state that they share (functions/shared/domain/rate_limiter.py). A
slot is a moment: a mail that cannot leave within some milliseconds of it takes another, and the first is lost. Why so,
and what happens where clocks differ, workers die or the rate changes, is told in
docs/decisions/0012-how-senders-share-the-rate.md.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

from functions.invite.account import Account
from functions.invite.store_clock import StoreClock
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.rate_limiter import SECOND, RateLimiterState, slot_moments, with_allowance

AHEAD = 30 * SECOND
"""Slots are given at most so far ahead: nobody waits longer, and a sender that dies takes no more with it."""
LEAD = SECOND // 10
"""So long before its slot a mail is made ready: rendered, and leased."""
LATE = SECOND // 50
"""So much later than its slot a mail may still leave."""
ASK_AGAIN = 10 * SECOND
"""So old may the account's answer be: a change of the rate or a pause is seen by then."""
ASK_IN_DOUBT = SECOND
"""So old, where SES has just contradicted it."""
STALE = 60 * SECOND
"""An answer that is older counts for nothing: whoever needs one asks, though another may be asking."""
BACK_OFF = SECOND * 11 // 10
"""Nobody is given a slot for so long after SES said that it was too fast. Not a whole second: the store's answers would
come at the same place in its seconds each time, and teach nothing of a clock that is off."""
SLOTS_AT_ONCE = 25
_TRIES = 10
_MISSES = 3


StateAt = tuple[RateLimiterState, int | None]
"""A state, and the second (since 1970) by the store's own clock at which it was so, where the store says it."""


class RateLimiterStates(Protocol):
    """The state that senders share. Every write is atomic; each answer tells the time by the store's own clock."""

    def find(self) -> StateAt:
        """Return the state, and the second (since 1970) at which the store answered, where it says so."""

    def follow(self, seen: RateLimiterState, slots: int, earliest: int, latest: int) -> StateAt | None:
        """Give the slots that follow those of others; return the state after that.

        None where the state is another version than was seen, where `free_at` is not from `earliest` to `latest`, or
        where there are not so many slots left.
        """

    def restart(self, seen: RateLimiterState, slots: int, at: int) -> StateAt | None:
        """Give slots from a moment on, as nobody has one so late; return the state after that.

        None where the state is another version than was seen, where `free_at` is not before `at`, or where there are
        not so many slots left.
        """

    def claim(self, seen: RateLimiterState, now: int) -> RateLimiterState | None:
        """Let one sender, of all that saw the same state, ask the account; return the state as it then stands."""

    def note(self, after: RateLimiterState) -> None:
        """Write down what the account may send, unless another did: `after` is the next version of the state."""

    def hold(self, until: int) -> None:
        """Give no slots before a moment."""


class RateLimiter:
    """Gives the mails of one worker their slots. Kept for the life of a worker, and shared by its threads."""

    def __init__(
        self,
        states: RateLimiterStates,
        account: Account,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        lock: AbstractContextManager[object] | None = None,
    ) -> None:
        """`clock` tells seconds since 1970, `lock` lets one thread at a time ask for slots."""
        self.missed = 0
        """Slots that passed before their mail was ready, in the life of this worker."""
        self._states = states
        self._account = account
        self._time = StoreClock(clock)
        self._sleep = sleep
        self._asking = lock or threading.Lock()
        self._counting = threading.Lock()
        self._wanted = 0
        self._slots: deque[int] = deque()
        self._state: RateLimiterState | None = None
        self._doubted_at = -1

    def next_slot(self) -> int | None:
        """Wait until shortly before the next slot and return it; None where the account may not send for now.

        Threads that wait at the same time get their slots by one write: whoever asks, asks for all of them.
        """
        with self._counting:
            self._wanted += 1
        try:
            with self._asking:
                if not self._slots:
                    self._slots.extend(self._given(min(self._wanted, SLOTS_AT_ONCE)))
                slot = self._slots.popleft() if self._slots else None
        finally:
            with self._counting:
                self._wanted -= 1
        if slot is not None:
            self._wait(slot - LEAD)
        return slot

    def wait_for(self, slot: int, waited: Callable[[], None]) -> bool:
        """Wait for the moment of a slot, or of another one where it has passed; False where there is no other.

        `waited` is called shortly before each other slot: the wait for it may have been a long one. A worker that
        misses slot after slot is not the one that goes too fast: in the end it may go.
        """
        for _ in range(_MISSES):
            self._wait(slot)
            if self._time.now() <= slot + LATE:
                return True
            self.missed += 1
            another = self.next_slot()
            if another is None:
                return False
            slot = another
            waited()
        self._wait(slot)
        return True

    def back_off(self) -> None:
        """Hold every sender back for a moment, and ask the account again: SES said no."""
        self._doubted_at = self._time.now()
        self._states.hold(self._doubted_at + BACK_OFF)

    def _wait(self, moment: int) -> None:
        seconds = (moment - self._time.now()) / SECOND
        if seconds > 0:
            self._sleep(seconds)

    def _given(self, wanted: int) -> list[int]:
        """Take at most so many slots from the state."""
        known = self._state is not None
        state = self._state or self._read()
        for _ in range(_TRIES):
            state = self._fresh(state)
            now = self._time.now()
            slots = wanted if state.remaining is None else min(wanted, state.remaining)
            if not state.is_open or state.free_at > now + AHEAD:
                return []
            begin = self._time.local()
            if known or state.free_at >= now + LEAD:  # where many send, the state has moved on since it was seen
                given = self._states.follow(state, slots, now + LEAD, now + AHEAD)
            else:
                given = self._states.restart(state, slots, now + LEAD)
            if given:
                self._state = self._learned(begin, *given)
                return slot_moments(self._state, slots)
            known, state = False, self._read()
        raise TryAgain("Too many senders ask for a slot at once.")

    def _fresh(self, state: RateLimiterState) -> RateLimiterState:
        """Return the state with an answer of the account that is not too old; one sender asks it for all."""
        if self._is_fresh(state) or self._is_fresh(state := self._read()):
            return state
        now = self._time.now()
        mine = self._states.claim(state, now)
        if mine is None and now - state.answered_at < STALE:
            return state
        try:
            allowance = self._account.allowance()
        except TryAgain:
            return mine or state  # as it was until now; the next to ask may be luckier
        self._states.note(with_allowance(mine or replace(state, asked_at=now), allowance))
        return self._read()

    def _is_fresh(self, state: RateLimiterState) -> bool:
        wait = ASK_AGAIN if state.asked_at > self._doubted_at else ASK_IN_DOUBT
        return state.version > 0 and self._time.now() - state.asked_at < wait

    def _read(self) -> RateLimiterState:
        begin = self._time.local()
        self._state = self._learned(begin, *self._states.find())
        return self._state

    def _learned(self, begin: int, state: RateLimiterState, reported: int | None) -> RateLimiterState:
        if reported is not None:
            self._time.learn(begin, self._time.local(), reported)
        return state
