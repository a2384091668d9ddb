"""A deployment that runs, on AWS or on this machine: what a command for operations needs of it."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from pynamodb.models import Model

from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.tables import MODELS
from functions.shared.domain.object_keys import current_bundle
from infra.functions import AGGREGATE_FIND, FUNCTIONS, QUEUES, output_name, told
from infra.local.connection import CREDENTIALS, connect
from operations.onboarding.target import deployment_name, in_cloud


@dataclass(frozen=True)
class Deployed:
    """The names of its parts, a way to them, and the moment in which it lives."""

    region: str
    host: str | None
    """Of every service, where it is not that of AWS."""
    credentials: Mapping[str, str]
    config_bucket: str
    upload_bucket: str
    data_bucket: str
    functions: Mapping[str, str]
    """The functions that are deployed, by their names in the code."""
    queues: Mapping[str, str]
    """URLs of the queues of work, by their names in the code."""
    dead_schedules: Mapping[str, str]
    """By function: URL of the queue of scheduled runs that failed for good."""
    lost_facts: str
    """URL of the queue that tells of streams' records that were put aside; empty before a deploy has made one."""
    pepper_secret: str
    """Of the keys under which people are kept."""
    token_keys_secret: str
    """Of the keys that links in mails are signed with."""
    survey_url: str
    """Without a slash at its end."""
    tables: Mapping[str, str]
    client: Callable[[str], Any]
    """Makes a client of boto3."""
    now: datetime

    @property
    def notices(self) -> str:
        """URL of the queue of notices."""
        return self.queues["notices"]

    @property
    def aggregate_find(self) -> str:
        """The function that asks for runs over the facts."""
        return self.functions[AGGREGATE_FIND.name]

    def bind(self, *models: type[Model]) -> None:
        """Let table models mean the tables of this deployment."""
        for model in models:
            meta: Any = model.Meta
            meta.table_name, meta.region, meta.host = self.tables[model.__name__], self.region, self.host
            for name, value in self.credentials.items():
                setattr(meta, name, value)

    def slugs(self) -> list[str]:
        """Return the names of all published clients."""
        return ClientStore(self.client("s3"), self.config_bucket).slugs()

    def published(self, client: str) -> bool:
        """Say whether a client's settings are published."""
        response = self.client("s3").list_objects_v2(
            Bucket=self.config_bucket, Prefix=current_bundle(client), MaxKeys=1
        )
        return bool(client) and any(one["Key"] == current_bundle(client) for one in response.get("Contents", ()))


def add_place(parser: argparse.ArgumentParser) -> None:
    """Let a command line name the deployment that it means."""
    parser.add_argument("--name", default=deployment_name(), help="name of the deployment (default %(default)s)")
    parser.add_argument("--local", action="store_true", help="on the system of make up, not on AWS")
    parser.add_argument("--workdir", type=Path, help="with --local: the folder of another system than that of make up")
    parser.add_argument("--endpoint", help="another address than that of AWS")


def deployed(options: argparse.Namespace) -> Deployed:
    """Return the deployment that a command line names. Raises CannotOnboard or NotUp where it is not there."""
    if options.local:
        local = connect(options.workdir)
        outputs = local.outputs
        return Deployed(
            region=outputs.region,
            host=outputs.endpoint,
            credentials=CREDENTIALS,
            config_bucket=outputs.config_bucket,
            upload_bucket=outputs.upload_bucket,
            data_bucket=outputs.data_bucket,
            functions=outputs.functions,
            queues=outputs.queues,
            dead_schedules=outputs.dead_schedules,
            lost_facts=outputs.lost_facts,
            pepper_secret=outputs.pepper_secret,
            token_keys_secret=outputs.token_keys_secret,
            survey_url=outputs.survey_url,
            tables=outputs.tables,
            client=local.client,
            now=local.now(),
        )
    target = in_cloud(options.name, options.endpoint)
    return Deployed(
        region=target.region,
        host=options.endpoint,
        credentials={},
        config_bucket=target.outputs["ConfigBucketName"],
        upload_bucket=target.outputs["UploadBucketName"],
        data_bucket=target.outputs["DataBucketName"],
        functions=told(target.outputs, "Function", (spec.name for spec in FUNCTIONS)),
        queues=told(target.outputs, "Queue", QUEUES),
        dead_schedules=told(target.outputs, "DeadLetters", (spec.name for spec in FUNCTIONS)),
        lost_facts=target.outputs.get("LostFactsQueue", ""),
        pepper_secret=target.outputs["PepperSecret"],
        token_keys_secret=target.outputs["TokenKeysSecret"],
        survey_url=target.outputs["SurveyUrl"].rstrip("/"),
        tables={model.__name__: target.outputs[output_name("Table", model.__name__)] for model in MODELS},
        client=partial(boto3.client, endpoint_url=options.endpoint),
        now=datetime.now(UTC),
    )
