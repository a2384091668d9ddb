"""AWS in, facts out: the records of the tables' streams."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.aggregate.collection import collect as collect_facts
from functions.shared.adapters import aws
from functions.shared.adapters.data_bucket import DataBucket, ndjson
from functions.shared.adapters.environment import Settings
from functions.shared.adapters.facts import read_record
from functions.shared.adapters.observability import logger, metrics, tracer

Handler = Callable[[Mapping[str, Any], LambdaContext], dict[str, Any]]


@dataclass(frozen=True)
class CollectSettings(Settings):
    """What the deployment says."""

    data_bucket: str


def make_handler(settings: CollectSettings) -> Handler:
    """Return the handler that collects facts in the bucket of data."""
    facts = cache(lambda: DataBucket(aws.client("s3"), settings.data_bucket))

    @logger.inject_lambda_context(clear_state=True)
    @tracer.capture_lambda_handler(capture_response=False)
    @metrics.log_metrics
    def collect(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Take a batch of a table's stream; the answer names the first record that could not be read, if any."""
        records = event["Records"]
        unreadable = collect_facts(records, read_record, ndjson, facts())
        metrics.add_metric("FactsCollected", MetricUnit.Count, len(records))
        if unreadable is None:
            return {"batchItemFailures": []}
        sequence = unreadable["dynamodb"]["SequenceNumber"]
        logger.error("record_unreadable", sequence=sequence, stream=unreadable.get("eventSourceARN"))
        return {"batchItemFailures": [{"itemIdentifier": sequence}]}

    handler: Handler = collect
    return handler


collect = make_handler(CollectSettings.from_env())
