"""The aggregate's two functions: collect (table streams) and run (every hour, or by hand)."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.aggregate.collection import collect as collect_facts
from functions.shared.adapters import aws, clock
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.data_bucket import DataBucket, ndjson
from functions.shared.adapters.environment import required
from functions.shared.adapters.facts import read_record
from functions.shared.adapters.observability import logger, metrics, tracer


@dataclass(frozen=True)
class CollectSettings:
    """What collect needs of the environment."""

    data_bucket: str

    @classmethod
    def from_env(cls) -> "CollectSettings":
        """Read the environment. Raises RuntimeError with the name of a missing variable."""
        return cls(required("DATA_BUCKET"))


@dataclass(frozen=True)
class RunSettings:
    """What run needs of the environment."""

    data_bucket: str
    config_bucket: str

    @classmethod
    def from_env(cls) -> "RunSettings":
        """Read the environment. Raises RuntimeError with the name of a missing variable."""
        return cls(required("DATA_BUCKET"), required("CONFIG_BUCKET"))


@lru_cache(maxsize=1)
def _facts() -> DataBucket:
    return DataBucket(aws.client("s3"), CollectSettings.from_env().data_bucket)


@lru_cache(maxsize=1)
def _stores() -> tuple[DataBucket, ClientStore]:
    settings = RunSettings.from_env()
    s3 = aws.client("s3")
    return DataBucket(s3, settings.data_bucket), ClientStore(s3, settings.config_bucket)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def collect(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take a batch of a table's stream; the answer names the first record that could not be read, if there is one."""
    records = event["Records"]
    unreadable = collect_facts(records, read_record, ndjson, _facts())
    metrics.add_metric("FactsCollected", MetricUnit.Count, len(records))
    if unreadable is None:
        return {"batchItemFailures": []}
    sequence = unreadable["dynamodb"]["SequenceNumber"]
    logger.error("record_unreadable", sequence=sequence, stream=unreadable.get("eventSourceARN"))
    return {"batchItemFailures": [{"itemIdentifier": sequence}]}


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def run(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Bring datasets and reports up to date; `{"rebuild": true}` makes all of them again from the facts."""
    # Here and not above: the collector shares this module, and should not wait for DuckDB at every cold start.
    from functions.aggregate.figures import make_figures
    from functions.aggregate.page import make_report
    from functions.aggregate.service import AggregateRun

    objects, clients = _stores()
    with tempfile.TemporaryDirectory(prefix="aggregate-") as room:
        summary = AggregateRun(objects, clients, make_report, make_figures, Path(room)).run(
            clock.now(),
            context.get_remaining_time_in_millis() / 1000,
            rebuild=bool(event.get("rebuild")),
        )
    logger.info("datasets_published", facts=summary.facts, days=summary.days, reports=list(summary.reports))
    metrics.add_metric("DatasetDaysWritten", MetricUnit.Count, summary.days)
    return {"facts": summary.facts, "days": summary.days, "reports": list(summary.reports)}
