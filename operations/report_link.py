"""Print a link to a client's report: `python -m operations.report_link CLIENT [--hours N] [--local]`.

The report lies in a bucket that nobody can read. A link that is signed by whoever asks for it opens it for some hours,
to everybody who has the link.
"""

import argparse
import sys
from datetime import timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from functions.shared.domain import object_keys
from operations.deployed import Deployed, add_place, deployed
from operations.failures import reported

MAX_HOURS = 7 * 24
"""Of AWS. A link that is signed with the credentials of a session ends with the session, which may be sooner."""


class NoReport(Exception):
    """There is no report yet."""


def report_link(place: Deployed, client: str, hours: int) -> str:
    """Return a link that opens a client's report for so many hours. Raises NoReport."""
    key = object_keys.report(client)
    try:
        place.client("s3").head_object(Bucket=place.data_bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchKey", "NotFound"):
            raise
        raise NoReport(f"{client} has no report yet: it is made within an hour of the first answers.") from error
    wanted = {"Bucket": place.data_bucket, "Key": key, "ResponseContentType": "text/html; charset=utf-8"}
    link: str = _signer(place).generate_presigned_url(
        "get_object", Params=wanted, ExpiresIn=int(timedelta(hours=hours).total_seconds())
    )
    return link


def _signer(place: Deployed) -> Any:
    # The objects are encrypted by KMS, which takes signatures of version 4 only.
    config = Config(signature_version="s3v4", proxies={} if place.host else None)
    credentials: dict[str, Any] = dict(place.credentials)
    session: Any = boto3.Session(region_name=place.region, **credentials)
    return session.client("s3", endpoint_url=place.host, config=config)


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return 1, after a sentence, where that cannot be."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.report_link", description="Print a link to a client's report that expires."
    )
    parser.add_argument("client", help="the client's slug")
    parser.add_argument("--hours", type=int, default=24, help=f"how long it opens, up to {MAX_HOURS} (default 24)")
    add_place(parser)
    options = parser.parse_args(arguments)
    return reported(lambda: _print(deployed(options), options.client, options.hours), "reports", NoReport)


def _print(place: Deployed, client: str, hours: int) -> int:
    if not place.published(client):
        print(f"There is no client {client}." if client else "Name a client.", file=sys.stderr)
        return 1
    if not 1 <= hours <= MAX_HOURS:
        print(f"A link can open for 1 to {MAX_HOURS} hours.", file=sys.stderr)
        return 1
    print(report_link(place, client, hours))
    print(f"It opens until {place.now + timedelta(hours=hours):%Y-%m-%d %H:%M} UTC at the latest, for whoever has it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
