"""How fast mails leave: at the account's rate, shared by however many senders run, and never over the day's quota.

Each sender takes turns, a few at a time, from one book that they share (functions/shared/domain/turns.py). A turn is a
moment: a mail that cannot leave within some milliseconds of it takes another, and the first is lost. Why it is done
so, and what happens where clocks differ, workers die or the rate changes, is told in
docs/decisions/0012-how-senders-share-the-rate.md.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

from functions.invite.true_time import TrueTime
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.handover import Allowance
from functions.shared.domain.turns import SECOND, Book, moments, noted

AHEAD = 30 * SECOND
"""Turns are given at most so far ahead: nobody waits longer, and a sender that dies takes no more with it."""
LEAD = SECOND // 10
"""So long before its turn a mail is made ready: rendered, and leased."""
LATE = SECOND // 50
"""So much later than its turn a mail may still leave."""
ASK_AGAIN = 10 * SECOND
"""So old may the account's answer be: a change of the rate or a pause is seen by then."""
ASK_IN_DOUBT = SECOND
"""So old, where SES has just contradicted it."""
STALE = 60 * SECOND
"""An answer that is older counts for nothing: whoever needs one asks, though another may be asking."""
BACK_OFF = SECOND * 11 // 10
"""Nobody is given a turn for so long after SES said that it was too fast. Not a whole second: the store's answers would
come at the same place in its seconds each time, and teach nothing of a clock that is off."""
TURNS_AT_ONCE = 25
_TRIES = 10
_MISSES = 3


class Account(Protocol):
    """What the account may send."""

    def allowance(self) -> Allowance:
        """Return the present rate and what is left of the day. Raises TryAgain where it cannot be told now."""


class Books(Protocol):
    """The book that senders share. Every write is atomic; each answer tells the time by the store's own clock."""

    def find(self) -> tuple[Book, int | None]:
        """Return the book, and the second (since 1970) at which the store answered, where it says so."""

    def follow(self, seen: Book, turns: int, earliest: int, latest: int) -> tuple[Book, int | None] | None:
        """Give the turns that follow those of others; return the book after that.

        None where the book is another version than was seen, where `free_at` is not from `earliest` to `latest`, or
        where there are not so many turns left.
        """

    def restart(self, seen: Book, turns: int, at: int) -> tuple[Book, int | None] | None:
        """Give turns from a moment on, as nobody has one so late; return the book after that.

        None where the book is another version than was seen, where `free_at` is not before `at`, or where there are
        not so many turns left.
        """

    def claim(self, seen: Book, now: int) -> Book | None:
        """Let one sender, of all that saw the same book, ask the account; return the book as it then stands."""

    def note(self, after: Book) -> None:
        """Write down what the account may send, unless another did: `after` is the next version of the book."""

    def hold(self, until: int) -> None:
        """Give no turns before a moment."""


class Pace:
    """Gives the mails of one worker their turns. Kept for the life of a worker, and shared by its threads."""

    def __init__(
        self,
        books: Books,
        account: Account,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        lock: AbstractContextManager[object] | None = None,
    ) -> None:
        """`clock` tells seconds since 1970, `lock` lets one thread at a time ask for turns."""
        self.missed = 0
        """Turns that passed before their mail was ready, in the life of this worker."""
        self._books = books
        self._account = account
        self._time = TrueTime(clock)
        self._sleep = sleep
        self._asking = lock or threading.Lock()
        self._counting = threading.Lock()
        self._wanted = 0
        self._turns: deque[int] = deque()
        self._book: Book | None = None
        self._doubted_at = -1

    def turn(self) -> int | None:
        """Wait until shortly before the next turn and return it; None where the account may not send for now.

        Threads that wait at the same time get their turns by one write: whoever asks, asks for all of them.
        """
        with self._counting:
            self._wanted += 1
        try:
            with self._asking:
                if not self._turns:
                    self._turns.extend(self._given(min(self._wanted, TURNS_AT_ONCE)))
                turn = self._turns.popleft() if self._turns else None
        finally:
            with self._counting:
                self._wanted -= 1
        if turn is not None:
            self._wait(turn - LEAD)
        return turn

    def begin(self, turn: int) -> bool:
        """Wait for the moment of a turn, or of another one where it has passed; False where there is no other.

        A worker that misses turn after turn is not the one that goes too fast: in the end it may go.
        """
        for _ in range(_MISSES):
            self._wait(turn)
            if self._time.now() <= turn + LATE:
                return True
            self.missed += 1
            another = self.turn()
            if another is None:
                return False
            turn = another
        self._wait(turn)
        return True

    def back_off(self) -> None:
        """Hold every sender back for a moment, and ask the account again: SES said no."""
        self._doubted_at = self._time.now()
        self._books.hold(self._doubted_at + BACK_OFF)

    def _wait(self, moment: int) -> None:
        seconds = (moment - self._time.now()) / SECOND
        if seconds > 0:
            self._sleep(seconds)

    def _given(self, wanted: int) -> list[int]:
        """Take at most so many turns from the book."""
        known = self._book is not None
        book = self._book or self._read()
        for _ in range(_TRIES):
            book = self._fresh(book)
            now = self._time.now()
            turns = wanted if book.left is None else min(wanted, book.left)
            if not book.is_open or book.free_at > now + AHEAD:
                return []
            begin = self._time.local()
            if known or book.free_at >= now + LEAD:  # where many send, the book has moved on since it was seen
                given = self._books.follow(book, turns, now + LEAD, now + AHEAD)
            else:
                given = self._books.restart(book, turns, now + LEAD)
            if given:
                self._book = self._learned(begin, *given)
                return moments(self._book, turns)
            known, book = False, self._read()
        raise TryAgain("Too many senders ask for a turn at once.")

    def _fresh(self, book: Book) -> Book:
        """Return the book with an answer of the account that is not too old; one sender asks it for all."""
        if self._is_fresh(book) or self._is_fresh(book := self._read()):
            return book
        now = self._time.now()
        mine = self._books.claim(book, now)
        if mine is None and now - book.answered_at < STALE:
            return book
        try:
            allowance = self._account.allowance()
        except TryAgain:
            return mine or book  # as it was until now; the next to ask may be luckier
        self._books.note(noted(mine or replace(book, asked_at=now), allowance))
        return self._read()

    def _is_fresh(self, book: Book) -> bool:
        wait = ASK_AGAIN if book.asked_at > self._doubted_at else ASK_IN_DOUBT
        return book.version > 0 and self._time.now() - book.asked_at < wait

    def _read(self) -> Book:
        begin = self._time.local()
        self._book = self._learned(begin, *self._books.find())
        return self._book

    def _learned(self, begin: int, book: Book, told: int | None) -> Book:
        if told is not None:
            self._time.learn(begin, self._time.local(), told)
        return book
