"""The commands of the local system: `python -m infra.local up | down | travel BY | publish FOLDER`."""

import argparse
import re
import sys
from datetime import timedelta
from pathlib import Path

from functions.shared.domain.errors import KlankbordError
from infra.local.assembly import SynthFailed
from infra.local.deploy import DeployFailed
from infra.local.emulator import StartFailed
from infra.local.outputs import NotUp
from infra.local.stack import InvocationFailed, LocalStack, NotSettled, stop
from infra.local.travel import travel
from infra.local.workdir import CHECKOUT, default_workdir

EXAMPLE_CLIENTS = CHECKOUT / "examples" / "clients"
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class Unclear(ValueError):
    """The command says too little; the message holds an example."""


_EXPECTED = (Unclear, KlankbordError, SynthFailed, DeployFailed, StartFailed, NotUp, InvocationFailed, NotSettled)


def duration(text: str) -> timedelta:
    """Read 91d, 6h or 30m. Raises Unclear."""
    match = re.fullmatch(r"(\d+)([dhm])", text.strip())
    if not match:
        raise Unclear("Say how far to travel, such as: make travel BY=91d (d: days, h: hours, m: minutes)")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def folder(text: str) -> Path:
    """Read the name of a folder that is there. Raises Unclear."""
    path = Path(text)
    if not text or not path.is_dir():
        said = f"There is no folder {text}. Name" if text else "Name"
        raise Unclear(f"{said} the folder with the clients, such as: make publish CLIENTS=examples/clients")
    return path


def up(replies: str | None = None) -> None:
    """Start an empty system with the example clients, in the place of one that is up.

    `replies` is the domain at which it reads replies to mails; mails come in by `POST <outbox>/inbound`.
    """
    stack = LocalStack.start(default_workdir().path, choices={"replies": replies} if replies else None, tell=print)
    stack.publish(EXAMPLE_CLIENTS)
    outputs = stack.outputs
    print(f"\nUp, with the clients {', '.join(sorted(outputs.clients))}.")
    print(f"  upload   s3://{outputs.upload_bucket}/uploads/<client>/<touchpoint>/<file>")
    print(f"           endpoint {outputs.endpoint}, region {outputs.region}, credentials test/test")
    print(f"  outbox   {outputs.outbox_url}")
    print(f"  reports  {outputs.report_url}")
    print(f"  all      {stack.workdir.outputs}")
    print("make travel BY=5d moves the clock, make down ends it.")


def down() -> None:
    """End what runs in this checkout."""
    ended = stop(default_workdir())
    print("Down." if ended else "Nothing was up.")


def move_clock(by: timedelta) -> None:
    """Move the clock of the running system."""
    journey = travel(LocalStack.connect(default_workdir().path), by, tell=print)
    print(f"It was {journey.left:%Y-%m-%d %H:%M} UTC, it is now {journey.arrived:%Y-%m-%d %H:%M} UTC.")
    print("Mails were sent on the way, the reviews read, the datasets and reports made.")


def publish(clients: Path) -> None:
    """Check and publish the clients of a folder to the running system."""
    stack = LocalStack.connect(default_workdir().path)
    for done in stack.publish(clients):
        state = "published" if done.changed else "published already"
        print(f"{done.client}: {state}, version {done.version}, touchpoints {', '.join(done.touchpoints)}.")


def main() -> int:
    """Run one command; say in a sentence what is wrong where something is."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up").add_argument("--replies", help="read replies to mails, at this domain")
    commands.add_parser("down")
    commands.add_parser("travel").add_argument("by")
    commands.add_parser("publish").add_argument("folder")
    options = parser.parse_args()
    try:
        if options.command == "up":
            up(options.replies)
        elif options.command == "down":
            down()
        elif options.command == "travel":
            move_clock(duration(options.by))
        else:
            publish(folder(options.folder))
    except _EXPECTED as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
