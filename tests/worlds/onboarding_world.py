"""A client, an SES and a name server for the tests of onboarding. SES is the fake AWS: calls go through boto3 to it."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from functions.shared.adapters.client_files import read_folder
from functions.shared.domain import object_keys
from functions.shared.domain.client import Client
from functions.shared.domain.mail_stream import read_stream
from operations.onboard import onboard
from operations.onboarding.case import Case
from operations.onboarding.sender_domain import reports_address, sender_domain
from operations.onboarding.sender_setup import SenderState, Wanted
from operations.onboarding.target import Target
from tests.worlds.dns_server import NameServer
from tests.worlds.fake_aws_world import World as FakeAwsWorld

CLIENTS = Path(__file__).parents[2] / "examples" / "clients"


class Bucket:
    """As much of S3 as onboarding asks for."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - the names of boto3
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "404"}}, "HeadObject")
        return {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803
        self.objects[Key] = Body


@dataclass
class World:
    """Everything that the onboarding of a client works on."""

    fake_aws: FakeAwsWorld
    dns: NameServer
    bucket: Bucket = field(default_factory=Bucket)
    outputs: dict[str, str] = field(
        default_factory=lambda: {"ConfigBucketName": "config", "UploadBucketName": "uploads"}
    )
    changes: list[str] = field(default_factory=list)
    """The calls of SES that change something, in order."""

    def __post_init__(self) -> None:
        self.fake_aws.ses.meta.events.register("before-call.sesv2", self._note)

    def _note(self, model: Any, **_: Any) -> None:
        if not model.name.startswith(("Get", "List")):
            self.changes.append(model.name)

    def case(
        self, slug: str = "vaart", *, tenant: bool | None = None, mail_from: str | None = None, **sender: str
    ) -> Case:
        """Return the case of an example client, with another sender or contact where a test wants that."""
        folder = CLIENTS / slug
        client = changed(read_folder(folder).client, **sender)
        domain = sender_domain(client)
        kept = self.bucket.objects.get(object_keys.mail_stream(slug))
        recorded = read_stream(kept) if kept else None
        wanted = Wanted(
            client=slug,
            domain=domain,
            stream=f"Klankbord-{slug}",
            tenant=bool(recorded and recorded.tenant) if tenant is None else tenant,
            mail_from=mail_from,
            partition="aws",
            region="eu-west-1",
            account="000000000000",
        )
        target = Target(
            deployment="Klankbord",
            partition="aws",
            region="eu-west-1",
            account="000000000000",
            outputs=self.outputs,
            ses=self.fake_aws.ses,
            s3=self.bucket,  # type: ignore[arg-type]
            local=False,
        )
        return Case(client, folder, target, wanted, reports_address(client, domain), recorded)

    def onboard(self, slug: str = "vaart", **choices: Any) -> SenderState:
        """Onboard a client."""
        return onboard(self.case(slug, **choices))[0]

    def set_records(self, slug: str = "vaart") -> None:
        """Set in DNS what onboarding asks for."""
        case = self.case(slug)
        for record in self.onboard(slug).records(case.wanted):
            value = f'"{record.value}"' if record.kind == "TXT" else f"{record.value}."
            self.dns.records[(record.name, record.kind)] = [value]
        dmarc = f'"v=DMARC1; p=quarantine; rua=mailto:{case.reports}"'
        self.dns.records[(f"_dmarc.{case.wanted.domain}", "TXT")] = [dmarc]


def changed(client: Client, **sender: str) -> Client:
    """Return a client with another sender address or contact."""
    contact = sender.pop("contact", client.contact)
    return client.model_copy(update={"sender": client.sender.model_copy(update=sender), "contact": contact})
