"""Pause a client's sending, or let it go on.

Run as `python -m operations.sending pause|resume CLIENT [--local]`, or `... status`.

Sending also pauses by itself where too many mails of a day bounce or are reported as spam; it goes on by this command
only. Mails that were due meanwhile wait, and leave within a minute or two. Nothing is sent by the command itself.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from functions.invite.reputation import SendingNotices
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.notice_queue import SqsNotices
from functions.shared.adapters.sending_states import DynamoSendingStates
from functions.shared.adapters.tables import SendingStatus
from functions.shared.domain.reputation import OPERATOR, SendingState, paused, resume_notice, resumed
from operations.deployed import add_place, deployed
from operations.failures import reported


class CannotTurn(Exception):
    """Nothing was changed; the message says why."""


@dataclass(frozen=True)
class Switch:
    """What pauses clients and lets them go on, in one deployment."""

    states: DynamoSendingStates
    clients: ClientStore
    notices: SendingNotices

    def pause(self, client: str, now: datetime) -> str:
        """Pause a client's sending and say what that means. Raises CannotTurn."""
        state = self._state(client)
        if state.is_paused:
            raise CannotTurn(f"{client} is paused already, {described(state)}.")
        self._replace(client, state, paused(state, None, now))
        return f"{client}: paused. No mail leaves any more after some seconds; make resume CLIENT={client} ends it."

    def resume(self, client: str, now: datetime) -> str:
        """Let a client's mails leave again and say what that means. Raises CannotTurn."""
        state = self._state(client)
        if not state.is_paused:
            raise CannotTurn(f"{client} is not paused.")
        self._replace(client, state, after := resumed(now))
        if after.resumed_at and (notice := resume_notice(client, state, after.resumed_at)):
            self.notices.put(notice)
        return (
            f"{client}: sending goes on; it was paused {described(state)}. What waited leaves within a minute or two, "
            "inside the client's window. Bounces and complaints are counted anew from now on."
        )

    def status(self) -> Iterator[str]:
        """Yield a line for every client that is paused."""
        for client, state in sorted(self.states.all().items()):
            if state.is_paused:
                yield f"{client}: paused {described(state)}."

    def _state(self, client: str) -> SendingState:
        slugs = self.clients.slugs()
        if client not in slugs:
            there = f"There are: {', '.join(slugs)}." if slugs else "None is published."
            raise CannotTurn(f"There is no client {client}. {there}" if client else f"Name a client. {there}")
        return self.states.read(client)

    def _replace(self, client: str, before: SendingState, after: SendingState) -> None:
        if not self.states.replace(client, before, after):
            raise CannotTurn(f"The state of {client} changed at this very moment: look again.")


def described(state: SendingState) -> str:
    """Return since when and why a client is paused, as a sentence goes on."""
    since = f"since {state.paused_at:%Y-%m-%d %H:%M} UTC"
    if state.why == OPERATOR:
        return f"{since}, by a person"
    return f"{since}, for {state.why}: {state.share:g} % of {state.mails} mails"


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return 1, after a sentence, where that cannot be."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.sending", description="Pause or resume a client's sending."
    )
    parser.add_argument("turn", choices=("pause", "resume", "status"))
    parser.add_argument("client", nargs="?", default="", help="the client's slug; status needs none")
    add_place(parser)
    options = parser.parse_args(arguments)
    return reported(lambda: _turn(options), "clients' states", CannotTurn)


def _turn(options: argparse.Namespace) -> int:
    switch, now = _switch(options)
    if options.turn == "status":
        print("\n".join(switch.status()) or "No client is paused.")
    else:
        print(switch.pause(options.client, now) if options.turn == "pause" else switch.resume(options.client, now))
    return 0


def _switch(options: argparse.Namespace) -> tuple[Switch, datetime]:
    """Return the switch of the deployment that a command line names, and the moment in which it lives."""
    place = deployed(options)
    place.bind(SendingStatus)
    clients = ClientStore(place.client("s3"), place.config_bucket)
    return Switch(DynamoSendingStates(), clients, SqsNotices(place.client("sqs"), place.notices)), place.now


if __name__ == "__main__":
    sys.exit(main())
