"""Pause a client's sending, or let it go on: `python -m infra.sending pause|resume CLIENT [--local]`, or `... status`.

Sending also pauses by itself where too many mails of a day bounce or are reported as spam; it goes on by this command
only. Mails that were due meanwhile wait, and leave within a minute or two. Nothing is sent by the command itself.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from functions.invite.reputation import Notices
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.notice_queue import SqsNotices
from functions.shared.adapters.sending_states import DynamoSendingStates
from functions.shared.adapters.tables import SendingStatus
from functions.shared.domain.reputation import OPERATOR, SendingState, paused, resume_notice, resumed
from infra.functions import output_name
from infra.local import clock
from infra.local.emulator import CREDENTIALS
from infra.local.outputs import NotUp, Outputs
from infra.local.room import Room, default_room
from infra.local.stack import client_factory
from infra.onboarding.errors import CannotOnboard, sentence
from infra.onboarding.target import deployment_name, in_cloud


class CannotTurn(Exception):
    """Nothing was changed; the message says why."""


@dataclass(frozen=True)
class Switch:
    """What pauses clients and lets them go on, in one deployment."""

    states: DynamoSendingStates
    clients: ClientStore
    notices: Notices

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
            raise CannotTurn(f"There is no client {client or 'without a name'}. {there}")
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
    parser = argparse.ArgumentParser(prog="python -m infra.sending", description="Pause or resume a client's sending.")
    parser.add_argument("turn", choices=("pause", "resume", "status"))
    parser.add_argument("client", nargs="?", default="", help="the client's slug; status needs none")
    parser.add_argument("--name", default=deployment_name(), help="name of the deployment (default %(default)s)")
    parser.add_argument("--local", action="store_true", help="on the system of make up, not on AWS")
    parser.add_argument("--room", type=Path, help="with --local: the folder of another system than that of make up")
    parser.add_argument("--endpoint", help="another address than that of AWS")
    options = parser.parse_args(arguments)
    try:
        switch, now = _switch(options)
        if options.turn == "status":
            print("\n".join(switch.status()) or "No client is paused.")
        else:
            print(switch.pause(options.client, now) if options.turn == "pause" else switch.resume(options.client, now))
    except (CannotTurn, CannotOnboard, NotUp) as error:
        print(error, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(sentence(error), file=sys.stderr)
        return 1
    except PynamoDBException as error:
        print(f"The table of clients' states could not be used: {error}", file=sys.stderr)
        return 1
    return 0


def _switch(options: argparse.Namespace) -> tuple[Switch, datetime]:
    """Return the switch of the deployment that a command line names, and the moment in which it lives."""
    if options.local:
        room = Room(options.room.resolve()) if options.room else default_room()
        outputs = Outputs.read(room)
        client = client_factory(outputs.endpoint)
        _use_table(outputs.tables["SendingStatus"], outputs.region, outputs.endpoint, CREDENTIALS)
        notices, bucket, now = outputs.queues["notices"], outputs.config_bucket, clock.now(room)
    else:
        target = in_cloud(options.name, options.endpoint)
        client = partial(boto3.client, endpoint_url=options.endpoint)
        _use_table(target.outputs[output_name("Table", "SendingStatus")], target.region, options.endpoint, {})
        notices, bucket = target.outputs[output_name("Queue", "notices")], target.config_bucket
        now = datetime.now(UTC)
    return Switch(DynamoSendingStates(), ClientStore(client("s3"), bucket), SqsNotices(client("sqs"), notices)), now


def _use_table(name: str, region: str, host: str | None, credentials: dict[str, Any]) -> None:
    meta: Any = SendingStatus.Meta
    meta.table_name, meta.region, meta.host = name, region, host
    for key, value in credentials.items():
        setattr(meta, key, value)


if __name__ == "__main__":
    sys.exit(main())
