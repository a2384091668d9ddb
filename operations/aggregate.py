"""Bring datasets and reports up to date now: `python -m operations.aggregate [CLIENT ...] [--rebuild] [--local]`.

The schedule does so every hour, and makes a report once a day or when enough is new. This asks for all of it at once,
of the clients named or of every client, and waits until the reports are there.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import ClientError

from functions.shared.domain import object_keys
from operations.deployed import Deployed, add_place, deployed
from operations.failures import reported

WAIT_SECONDS = 900
"""A client with millions of answers, or a rebuild, takes longer: then the function goes on after this returns."""
_POLL_SECONDS = 1.0


def ask(place: Deployed, clients: Sequence[str] = (), *, rebuild: bool = False) -> dict[str, Any]:
    """Have runs asked for; return the names of the clients of which one was, and those that are not known."""
    event = {"clients": list(clients), "rebuild": rebuild, "report": True}
    answer = place.client("lambda").invoke(FunctionName=place.aggregate_find, Payload=json.dumps(event).encode())
    payload: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise NotAsked("aggregate-find failed; its log says why.")
    return payload


class NotAsked(Exception):
    """The function that asks for runs could not."""


def wait(place: Deployed, clients: Sequence[str], before: Callable[[str], Any], seconds: float) -> list[str]:
    """Wait until each of these clients has a report that was not there before; return those without."""
    deadline = time.monotonic() + seconds
    waiting = list(clients)
    while waiting and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        for client in list(waiting):
            if _version(place, client) != before(client):
                print(f"{client}: s3://{place.data_bucket}/{object_keys.report(client)}")
                waiting.remove(client)
    return waiting


def _version(place: Deployed, client: str) -> Any:
    try:
        found = place.client("s3").head_object(Bucket=place.data_bucket, Key=object_keys.report(client))
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchKey", "NotFound"):
            raise
        return None
    return found.get("VersionId"), found["LastModified"]


def _aggregate(place: Deployed, clients: Sequence[str], rebuild: bool, seconds: float) -> int:
    named = [client for client in clients if place.published(client)]
    if unknown := sorted({*clients} - {*named}):
        print(f"There is no client {', '.join(unknown)}.", file=sys.stderr)
        return 1
    known = named or place.slugs()
    before = {client: _version(place, client) for client in known}
    asked = [client for client in ask(place, clients, rebuild=rebuild)["clients"] if client in before]
    print(f"Asked for {', '.join(asked)}." if asked else "No client is published.")
    left = wait(place, asked, before.__getitem__, seconds)
    if left:
        print(f"Still at work on {', '.join(left)}: it goes on by itself, and the log of aggregate-run tells of it.")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return 1, after a sentence, where that cannot be."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.aggregate", description="Bring datasets and reports up to date now."
    )
    parser.add_argument("clients", nargs="*", metavar="CLIENT", help="a client's slug (default: all of them)")
    parser.add_argument("--rebuild", action="store_true", help="make all of it again from the facts")
    parser.add_argument("--wait", type=float, default=WAIT_SECONDS, help="seconds to wait (default %(default)s)")
    add_place(parser)
    options = parser.parse_args(arguments)
    return reported(
        lambda: _aggregate(deployed(options), options.clients, options.rebuild, options.wait), "reports", NotAsked
    )


if __name__ == "__main__":
    sys.exit(main())
