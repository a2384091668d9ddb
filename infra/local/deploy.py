"""Deploy a cloud assembly on the emulator with CloudFormation, as a real deployment would."""

import io
import os
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.attributes import TTLAttribute

from functions.shared.adapters.tables import MODELS
from infra.local.assembly import Assembly, Asset, Stack
from infra.local.emulator import REGION

_STACK_SECONDS = 120.0
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


class DeployFailed(RuntimeError):
    """A stack could not be made; the message holds the reason of each resource that failed."""


def deploy(assembly: Assembly, client: Callable[[str], Any], parameters: Mapping[str, str]) -> None:
    """Upload the assets, make or update every stack in order.

    `parameters` go to the stacks whose template declares them. Raises DeployFailed.
    """
    s3 = client("s3")
    for bucket in {asset.bucket for asset in assembly.assets}:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    for asset in assembly.assets:
        s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=_body(asset))
    for stack in assembly.stacks:
        _deploy_stack(stack, client, parameters)


def enable_ttl(tables: Mapping[str, str], client: Callable[[str], Any]) -> None:
    """Turn TTL on by API: the emulator leaves a template's TimeToLiveSpecification aside.

    `tables` are the deployed names by model.
    """
    for model in MODELS:
        for attribute in model.get_attributes().values():
            if isinstance(attribute, TTLAttribute):
                client("dynamodb").update_time_to_live(
                    TableName=tables[model.__name__],
                    TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute.attr_name},
                )


def _body(asset: Asset) -> bytes:
    return _zip(asset.source) if asset.zipped else asset.source.read_bytes()


def _zip(folder: Path) -> bytes:
    """Return a folder as a zip, stored and with a fixed date: the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(file.relative_to(folder)), _ZIP_DATE)
            entry.external_attr = (os.stat(file).st_mode & 0xFFFF) << 16
            archive.writestr(entry, file.read_bytes())
    return buffer.getvalue()


def _deploy_stack(stack: Stack, client: Callable[[str], Any], parameters: Mapping[str, str]) -> None:
    cloudformation = client("cloudformation")
    # By address: a template body may hold 51,200 characters, and these grow.
    template = {"TemplateURL": f"{cloudformation.meta.endpoint_url}/{stack.template}"}
    declared = {p["ParameterKey"] for p in cloudformation.get_template_summary(**template).get("Parameters", [])}
    given = {**stack.parameters, **{name: value for name, value in parameters.items() if name in declared}}
    request = {
        "StackName": stack.name,
        **template,
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    try:
        if _exists(cloudformation, stack.name):
            cloudformation.update_stack(**request)
        else:
            cloudformation.create_stack(**request, DisableRollback=True)
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            return
        raise DeployFailed(f"The stack {stack.name} was refused: {error.response['Error']['Message']}") from error
    _wait(cloudformation, stack.name)


def _exists(cloudformation: Any, name: str) -> bool:
    try:
        cloudformation.describe_stacks(StackName=name)
    except ClientError:
        return False
    return True


def _wait(cloudformation: Any, name: str) -> None:
    deadline = time.monotonic() + _STACK_SECONDS
    while time.monotonic() < deadline:
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        status = stack["StackStatus"]
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return
        if not status.endswith("_IN_PROGRESS"):
            reasons = _reasons(cloudformation, name) or [stack.get("StackStatusReason", "no reason given")]
            raise DeployFailed(f"The stack {name} ended as {status}:\n" + "\n".join(reasons))
        time.sleep(0.05)
    raise DeployFailed(f"The stack {name} is not ready after {_STACK_SECONDS:.0f} s.")


def _reasons(cloudformation: Any, name: str) -> list[str]:
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    return [
        f"  {event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', '')}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("FAILED")
    ]
