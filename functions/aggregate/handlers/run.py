"""A schedule in, datasets and reports out: every hour, or by hand."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.aggregate.figures import make_figures
from functions.aggregate.page import make_report
from functions.aggregate.service import AggregateRun
from functions.shared.adapters import aws, clock
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.data_bucket import DataBucket
from functions.shared.adapters.environment import Settings
from functions.shared.adapters.observability import logger, metrics, tracer

RESERVE_SECONDS = 120
"""Longer than some days, or a report, take: with less than this left nothing is begun."""

Handler = Callable[[Mapping[str, Any], LambdaContext], dict[str, Any]]


@dataclass(frozen=True)
class RunSettings(Settings):
    """What the deployment says."""

    data_bucket: str
    config_bucket: str


def make_handler(settings: RunSettings) -> Handler:
    """Return the handler that makes datasets and reports of the facts."""
    objects = cache(lambda: DataBucket(aws.client("s3"), settings.data_bucket))
    clients = cache(lambda: ClientStore(aws.client("s3"), settings.config_bucket))

    @logger.inject_lambda_context(clear_state=True)
    @tracer.capture_lambda_handler(capture_response=False)
    @metrics.log_metrics
    def run(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Bring datasets and reports up to date; `{"rebuild": true}` makes all of them again from the facts."""
        with tempfile.TemporaryDirectory(prefix="aggregate-") as folder:
            has_time = lambda: context.get_remaining_time_in_millis() > RESERVE_SECONDS * 1000  # noqa: E731
            summary = AggregateRun(objects(), clients(), make_report, make_figures, Path(folder), has_time).run(
                clock.now(),
                context.get_remaining_time_in_millis() / 1000,
                rebuild=bool(event.get("rebuild")),
            )
        logger.info("datasets_published", facts=summary.facts, days=summary.days, reports=list(summary.reports))
        metrics.add_metric("DatasetDaysWritten", MetricUnit.Count, summary.days)
        metrics.add_metric("UnknownDatasets", MetricUnit.Count, len(summary.unknown_datasets))
        for name in summary.unknown_datasets:
            logger.warning("dataset_unknown", dataset=name)
        metrics.add_metric("ClientsNotAggregated", MetricUnit.Count, len(summary.failed))
        for client, error in summary.failed.items():
            logger.error("client_not_aggregated", client=client, error=error)
        metrics.add_metric("UnreadableFacts", MetricUnit.Count, len(summary.unreadable))
        for key in summary.unreadable:
            logger.error("facts_unreadable", key=key)
        if summary.unfinished:
            logger.warning("aggregate_unfinished")
        metrics.add_metric("UnfinishedRuns", MetricUnit.Count, int(summary.unfinished))
        return {"facts": summary.facts, "days": summary.days, "reports": list(summary.reports)}

    handler: Handler = run
    return handler


run = make_handler(RunSettings.from_env())
