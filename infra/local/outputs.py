"""`.local/outputs.json`: where to reach the running system. Its first eight keys are a public surface."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from functions.shared.adapters.tables import MODELS
from functions.shared.domain import object_keys
from functions.shared.domain.client import ClientBundle
from infra.functions import FUNCTIONS, INVITE_REPLY, INVITE_SMS_REPLY, QUEUES, output_name, told
from infra.local.emulator import REGION, Ports
from infra.local.workdir import Workdir, write_json


class NotUp(RuntimeError):
    """There is no running system in the workdir."""


@dataclass(frozen=True)
class Outputs:
    """Where everything is. `functions`, `queues` (URLs) and `tables` (by model) go by their names in the code."""

    endpoint: str
    region: str
    upload_bucket: str
    data_bucket: str
    survey_url: str
    outbox_url: str
    report_url: str
    clients: dict[str, dict[str, Any]]
    """{client: {"touchpoints": {touchpoint: {"mapping": bool}}}}, of the published clients."""
    config_bucket: str
    functions: dict[str, str]
    queues: dict[str, str]
    dead_schedules: dict[str, str]
    """By function: URL of the queue of scheduled runs that failed for good."""
    lost_facts: str
    """URL of the queue that tells of streams' records that were put aside."""
    tables: dict[str, str]
    pepper_secret: str
    token_keys_secret: str
    configuration_set: str
    """The shared one, of clients that are not onboarded."""
    reply_bucket: str | None
    """Where mails come in, if the deployment reads replies."""
    sms_topic: str | None
    """Where SMS come in, if the deployment sends them."""

    @classmethod
    def of_stacks(cls, stacks: Iterable[str], client: Callable[[str], Any], ports: Ports) -> Self:
        """Collect what the deployed stacks tell in their CloudFormation outputs; no clients yet."""
        outputs: dict[str, str] = {}
        for stack in stacks:
            (described,) = client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
            outputs |= {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
        return cls(
            endpoint=ports.endpoint,
            region=REGION,
            upload_bucket=outputs["UploadBucketName"],
            data_bucket=outputs["DataBucketName"],
            survey_url=outputs["SurveyUrl"].rstrip("/"),
            outbox_url=ports.fake_aws_url,
            report_url=f"{ports.fake_aws_url}/reports/",
            clients={},
            config_bucket=outputs["ConfigBucketName"],
            functions=told(outputs, "Function", (spec.name for spec in FUNCTIONS)),
            queues=told(outputs, "Queue", QUEUES),
            dead_schedules=told(outputs, "DeadLetters", (spec.name for spec in FUNCTIONS)),
            lost_facts=outputs["LostFactsQueue"],
            tables={model.__name__: outputs[output_name("Table", model.__name__)] for model in MODELS},
            pepper_secret=outputs["PepperSecret"],
            token_keys_secret=outputs["TokenKeysSecret"],
            configuration_set=outputs["SharedConfigurationSetName"],
            reply_bucket=_chosen(outputs, INVITE_REPLY.name, "ReplyBucketName"),
            sms_topic=_chosen(outputs, INVITE_SMS_REPLY.name, "SmsTopicArn"),
        )

    @classmethod
    def read(cls, workdir: Workdir) -> Self:
        """Read the outputs of a workdir. Raises NotUp where there are none."""
        try:
            return cls(**json.loads(workdir.outputs.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise NotUp(f"Nothing is running in {workdir.path}. Start it with: make up") from None

    def with_clients(self, s3: Any) -> Self:
        """Return the outputs with the clients that are published now."""
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=self.config_bucket, Prefix=object_keys.CLIENTS)
        keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
        slugs = [key.split("/")[1] for key in keys if key == object_keys.current_bundle(key.split("/")[1])]
        clients = {}
        for slug in slugs:
            body = s3.get_object(Bucket=self.config_bucket, Key=object_keys.current_bundle(slug))["Body"].read()
            touchpoints = ClientBundle.model_validate_json(body).touchpoints
            clients[slug] = {
                "touchpoints": {name: {"mapping": t.mapping is not None} for name, t in touchpoints.items()}
            }
        return replace(self, clients=clients)

    def write(self, workdir: Workdir) -> None:
        """Write the outputs of a workdir."""
        write_json(workdir.outputs, asdict(self))


def _chosen(outputs: dict[str, str], function: str, name: str) -> str | None:
    """Return an output that means something only where a function is deployed."""
    return outputs[name] if output_name("Function", function) in outputs else None
