"""Where a client is onboarded: a deployment in an account and region of AWS, or the system of `make up`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.deployment import chosen
from infra.local.connection import NotUp, connect
from infra.stack_names import storage_stack
from operations.onboarding.errors import CannotOnboard

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client


@dataclass(frozen=True)
class Target:
    """A deployment, and the way to it."""

    deployment: str
    """Its name: that of the stack, and the beginning of the names at SES."""
    partition: str
    region: str
    account: str
    outputs: dict[str, str]
    """Of both stacks."""
    ses: "SESV2Client"
    s3: "S3Client"
    local: bool

    @property
    def config_bucket(self) -> str:
        """The bucket of the clients' settings."""
        return self.outputs["ConfigBucketName"]


def deployment_name() -> str:
    """Return the name of the deployment that this checkout deploys: that of deployment.yaml, where it has one."""
    return chosen(None).name


def in_cloud(name: str, endpoint: str | None = None) -> Target:
    """Return a deployment in the account and region of the credentials. Raises CannotOnboard where it is not there.

    `endpoint` is another address than that of AWS.
    """
    session = boto3.Session()
    # SES answers one such call a second.
    options: Any = {"endpoint_url": endpoint, "config": Config(retries={"mode": "standard", "max_attempts": 8})}
    return _target(name, lambda service: session.client(service, **options), session.client("sesv2", **options), False)


def on_this_machine(name: str, folder: Path | None = None) -> Target:
    """Return the system that runs in a folder, by default that of `make up`. Raises CannotOnboard where none runs."""
    try:
        local = connect(folder)
    except NotUp as error:
        raise CannotOnboard(str(error)) from error
    return _target(name, local.client, local.ses(), True)


def _target(name: str, client: Any, ses: Any, local: bool) -> Target:
    region = client("cloudformation").meta.region_name
    outputs = _outputs(client("cloudformation"), name, region)
    who = client("sts").get_caller_identity()
    partition = who["Arn"].split(":")[1]
    return Target(name, partition, region, who["Account"], outputs, ses, client("s3"), local)


def _outputs(cloudformation: Any, name: str, region: str) -> dict[str, str]:
    outputs: dict[str, str] = {}
    for stack in (storage_stack(name), name):
        try:
            (described,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            raise CannotOnboard(
                f"There is no stack {stack} in {region}: set AWS_REGION, or --name if the deployment has another name."
            ) from error
        outputs |= {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    return outputs
