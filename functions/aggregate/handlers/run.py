"""A client in, its datasets and report out: from the queue, one client at a time."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.aggregate.digest import make_digest
from functions.aggregate.figures import make_figures
from functions.aggregate.page import make_report
from functions.aggregate.public_scores import ScorePublication, make_public_scores
from functions.aggregate.service import AggregateRun, Making, Summary
from functions.shared.adapters import aws, clock
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.data_bucket import DataBucket
from functions.shared.adapters.environment import Settings
from functions.shared.adapters.notice_queue import SqsNotices
from functions.shared.adapters.observability import logger, metrics, tracer
from functions.shared.adapters.run_queue import SqsRunQueue, read_run
from functions.shared.adapters.score_signatures import load_score_keys
from functions.shared.domain.dataset_run import DatasetRun
from functions.shared.domain.errors import TryAgain

RESERVE_SECONDS = 120
"""Longer than some days, or a report, take: with less than this left nothing is begun."""
BUSY_SECONDS = 120
"""After which a run that somebody asked for is tried again, where another of the same client is busy."""
MANY_RUNS = 12
"""In a row without an end, some two and a half hours of work: that is told."""
MAX_RUNS = 100
"""In a row: then only the schedule goes on, so that what never ends is not tried without a pause."""

MAKING = Making(make_report, make_figures, make_digest, make_public_scores)

Handler = Callable[[Mapping[str, Any], LambdaContext], dict[str, Any]]


@dataclass(frozen=True)
class RunSettings(Settings):
    """What the deployment says."""

    data_bucket: str
    config_bucket: str
    run_queue_url: str
    notice_queue_url: str
    score_keys_secret: str


def make_handler(settings: RunSettings) -> Handler:
    """Return the handler that makes datasets and reports of the facts."""
    objects = cache(lambda: DataBucket(aws.client("s3"), settings.data_bucket))
    clients = cache(lambda: ClientStore(aws.client("s3"), settings.config_bucket))
    notices = cache(lambda: SqsNotices(aws.client("sqs"), settings.notice_queue_url))
    scores = cache(lambda: ScorePublication(objects(), load_score_keys(settings.score_keys_secret)))
    queue = cache(lambda: SqsRunQueue(aws.client("sqs"), settings.run_queue_url))

    def run_one(wanted: DatasetRun, context: LambdaContext) -> None:
        def seconds() -> float:
            return float(context.get_remaining_time_in_millis()) / 1000

        def has_time() -> bool:
            return seconds() > RESERVE_SECONDS

        with tempfile.TemporaryDirectory(prefix="aggregate-") as folder:
            work = AggregateRun(objects(), clients(), notices(), scores(), MAKING, Path(folder), has_time)
            try:
                summary = work.run(wanted, clock.now(), seconds())
            except TryAgain:
                logger.info("client_busy", client=wanted.client)
                if wanted != DatasetRun(wanted.client):  # anything else the schedule finds again
                    queue().send([wanted], BUSY_SECONDS)
                return
        _tell(wanted.client, summary)
        if 0 < summary.unfinished < MAX_RUNS:
            queue().send([wanted])

    @logger.inject_lambda_context(clear_state=True)
    @tracer.capture_lambda_handler(capture_response=False)
    @metrics.log_metrics
    def run(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Bring the datasets and the report of the client that a message names up to date."""
        for record in event["Records"]:
            run_one(read_run(record["body"]), context)
        return {"batchItemFailures": []}

    handler: Handler = run
    return handler


def _tell(client: str, summary: Summary) -> None:
    logger.info("datasets_published", client=client, facts=summary.facts, days=summary.days, reported=summary.reported)
    metrics.add_metric("DatasetDaysWritten", MetricUnit.Count, summary.days)
    metrics.add_metric("UnknownDatasets", MetricUnit.Count, len(summary.unknown_datasets))
    for name in summary.unknown_datasets:
        logger.warning("dataset_unknown", client=client, dataset=name)
    metrics.add_metric("ClientsNotAggregated", MetricUnit.Count, int(bool(summary.failed)))
    if summary.failed:
        logger.error("client_not_aggregated", client=client, error=summary.failed)
    metrics.add_metric("UnreadableFacts", MetricUnit.Count, len(summary.unreadable))
    for key in summary.unreadable:
        logger.error("facts_unreadable", key=key)
    if summary.unfinished:
        logger.warning("aggregate_unfinished", client=client, runs=summary.unfinished)
    metrics.add_metric("UnfinishedRuns", MetricUnit.Count, int(summary.unfinished >= MANY_RUNS))


run = make_handler(RunSettings.from_env())
