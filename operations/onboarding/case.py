"""One client's onboarding: which client, where, and what is to be. The two commands begin with it."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from functions.shared.adapters.client_files import is_client_folder, read_folder
from functions.shared.domain import object_keys
from functions.shared.domain.client import Client
from functions.shared.domain.mail_stream import MailStream, read_stream, stream_name
from operations.onboarding.errors import CannotOnboard
from operations.onboarding.sender_domain import reports_address, sender_domain
from operations.onboarding.sender_setup import Wanted
from operations.onboarding.target import Target, deployment_name, in_cloud, on_this_machine


@dataclass(frozen=True)
class Case:
    """A client and where it is onboarded."""

    client: Client
    folder: Path
    target: Target
    wanted: Wanted
    reports: str
    """Where DMARC reports go."""
    recorded: MailStream | None
    """What the sender knows of the client's stream."""

    @property
    def stream(self) -> MailStream:
        """The stream that the sender is to know."""
        return MailStream(self.wanted.stream, self.wanted.stream if self.wanted.tenant else None)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what both commands take."""
    parser.add_argument("client", help="the client's slug: the name of its folder")
    parser.add_argument(
        "--clients", type=Path, default=Path("examples/clients"), help="the folder with the clients' folders"
    )
    parser.add_argument("--name", default=deployment_name(), help="name of the deployment (default %(default)s)")
    parser.add_argument("--local", action="store_true", help="on the system of make up, not on AWS")
    parser.add_argument("--workdir", type=Path, help="with --local: the folder of another system than that of make up")
    parser.add_argument("--endpoint", help="another address than that of AWS")
    parser.add_argument("--nameserver", metavar="HOST[:PORT]", help="ask this name server, not those of this machine")


def open_case(options: argparse.Namespace) -> Case:
    """Return the case that a command line names.

    Raises CannotOnboard, BadConfiguration for a mistake in the client's folder, and what boto3 raises.
    """
    folder = client_folder(options.clients, options.client)
    client = read_folder(folder).client
    domain = sender_domain(client)
    if options.local:
        target = on_this_machine(options.name, options.workdir)
    else:
        target = in_cloud(options.name, options.endpoint)
    recorded = _recorded(target, client.client)
    tenant = getattr(options, "tenant", None)
    wanted = Wanted(
        client=client.client,
        domain=domain,
        stream=stream_name(target.deployment, client.client),
        tenant=bool(recorded and recorded.tenant) if tenant is None else tenant,
        mail_from=getattr(options, "mail_from", None),
        partition=target.partition,
        region=target.region,
        account=target.account,
    )
    return Case(client, folder, target, wanted, reports_address(client, domain), recorded)


def client_folder(clients: Path, slug: str) -> Path:
    """Return the folder of a client. Raises CannotOnboard, naming the clients that there are."""
    if is_client_folder(clients / slug):
        return clients / slug
    there = sorted(path.name for path in clients.iterdir() if is_client_folder(path)) if clients.is_dir() else []
    known = f"There are: {', '.join(there)}." if there else "Name the folder with the clients with --clients."
    raise CannotOnboard(f"There is no client {slug} in {clients}. {known}" if slug else f"Name a client. {known}")


def _recorded(target: Target, client: str) -> MailStream | None:
    try:
        answer = target.s3.get_object(Bucket=target.config_bucket, Key=object_keys.mail_stream(client))
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
            return None
        raise
    try:
        return read_stream(answer["Body"].read())
    except ValueError:
        return None  # it is written anew
