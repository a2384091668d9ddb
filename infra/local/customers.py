"""The customers of the demo: they read their mail and react through the pages that everybody gets."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from examples.respondents import Reaction, react
from infra.local import clock
from infra.local.stack import LocalStack
from operations.visitor import Visit, Visitor

_THREADS = 6
_READING = timedelta(minutes=3)
"""Between opening the page and submitting it; a form that comes back within seconds is kept apart as suspect."""


@dataclass(frozen=True)
class _Opened:
    reaction: Reaction
    visit: Visit


class Customers:
    """Everybody with mail in the outbox. Who answers, and what, follows from the seed."""

    def __init__(self, stack: LocalStack, seed: int) -> None:
        self._stack = stack
        self._seed = seed
        self._visitor = Visitor(_THREADS)
        self._read: set[str] = set()
        self._silent: dict[str, str] = {}

    def read_mail(self) -> Counter[str]:
        """Let everybody read what is new in the outbox and react. Return what they did, counted."""
        new = [mail for mail in self._stack.messages() if mail["id"] not in self._read]
        self._read |= {mail["id"] for mail in new}
        mails = [mail for mail in new if "invitation" in mail["tags"]]  # the others are to a client's contact
        reactions = [(mail, react(mail, self._seed)) for mail in mails]
        with ThreadPoolExecutor(_THREADS) as threads:
            opened = [page for page in threads.map(self._open, reactions) if page]
            clock.move(self._stack.workdir, _READING)
            return Counter(threads.map(self._submit, opened))

    def open_link(self) -> str | None:
        """Return the survey link of somebody who was invited and did not react, the latest first."""
        return next(reversed(self._silent.values()), None)

    def _open(self, mail_and_reaction: tuple[dict[str, Any], Reaction | None]) -> _Opened | None:
        mail, reaction = mail_and_reaction
        invitation = mail["tags"]["invitation"]
        if reaction is None:
            self._silent[invitation] = _link(mail, "s")
            return None
        self._silent.pop(invitation, None)
        return _Opened(reaction, self._visitor.open(_link(mail, "u" if reaction.opts_out else "s")))

    def _submit(self, opened: _Opened) -> str:
        if opened.visit.form is None:
            return "links that no longer ask"
        if opened.reaction.opts_out:
            self._visitor.submit(opened.visit, {})
            return "opted out"
        offered = opened.visit.form.choices.keys() | set(opened.visit.form.texts)
        answers = {name: value for name, value in opened.reaction.answers.items() if name in offered}
        self._visitor.submit(opened.visit, answers)
        return "answered"


def _link(mail: dict[str, Any], door: str) -> str:
    """Return the link of a mail that answers (`s`) or opts out (`u`)."""
    match = re.search(rf"https?://\S+/{door}/[A-Za-z0-9_-]+", mail["text"])
    if match is None:
        raise ValueError(f"The mail {mail['id']} has no link /{door}/.")
    return match[0]
