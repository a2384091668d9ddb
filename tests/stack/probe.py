"""A small function of the tests' own, deployed from the same asset as the others."""

import io
import json
import uuid
import zipfile
from typing import Any

from infra.local.stack import LocalStack
from infra.local.workdir import CHECKOUT

_SOURCE = """
import time
from functions.shared.adapters.clock import now

def handle(event, context):
    for record in event.get("Records", []):
        if record.get("body") == "broken":
            raise RuntimeError("broken")
        time.sleep(0.3)
    return {"now": now().isoformat()}
"""


class Probe:
    """Says what time it is; takes 0.3 s for each record it is given; fails at a message that says `broken`."""

    def __init__(self, stack: LocalStack) -> None:
        buffer = io.BytesIO((CHECKOUT / "build" / "local.zip").read_bytes())
        with zipfile.ZipFile(buffer, "a") as archive:
            archive.writestr("probe.py", _SOURCE)
        self._stack = stack
        self.name = f"probe-{uuid.uuid4().hex[:8]}"
        iam = stack.client("iam")
        trusts = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        may = {"Effect": "Allow", "Action": ["sqs:*", "dynamodb:*"], "Resource": "*"}
        role = iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=_policy(trusts))["Role"]
        iam.put_role_policy(RoleName=self.name, PolicyName="sources", PolicyDocument=_policy(may))
        stack.client("lambda").create_function(
            FunctionName=self.name,
            Runtime="python3.13",
            Role=role["Arn"],
            Handler="probe.handle",
            Timeout=30,
            Code={"ZipFile": buffer.getvalue()},
        )

    def say(self) -> dict[str, Any]:
        """Run it and return its answer."""
        answer = self._stack.client("lambda").invoke(FunctionName=self.name)
        return dict(json.loads(answer["Payload"].read()))

    def feed_from(self, source_arn: str, **mapping: Any) -> None:
        """Map an event source to it, a record at a time."""
        self._stack.client("lambda").create_event_source_mapping(
            EventSourceArn=source_arn, FunctionName=self.name, BatchSize=1, **mapping
        )


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
