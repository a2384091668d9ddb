"""A schedule in, clients with something new out: every hour, or by hand. Needs no DuckDB, and so starts without it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.aggregate.finding import find_clients
from functions.shared.adapters import aws, clock
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.data_bucket import DataBucket
from functions.shared.adapters.environment import Settings
from functions.shared.adapters.observability import logger, metrics, tracer
from functions.shared.adapters.run_queue import SqsRunQueue

RESERVE_SECONDS = 30

Handler = Callable[[Mapping[str, Any], LambdaContext], dict[str, Any]]


@dataclass(frozen=True)
class FindSettings(Settings):
    """What the deployment says."""

    data_bucket: str
    config_bucket: str
    run_queue_url: str


def make_handler(settings: FindSettings) -> Handler:
    """Return the handler that asks for a run of every client with something to do."""
    objects = cache(lambda: DataBucket(aws.client("s3"), settings.data_bucket))
    clients = cache(lambda: ClientStore(aws.client("s3"), settings.config_bucket))
    queue = cache(lambda: SqsRunQueue(aws.client("sqs"), settings.run_queue_url))

    @logger.inject_lambda_context(clear_state=True)
    @tracer.capture_lambda_handler(capture_response=False)
    @metrics.log_metrics
    def find(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Ask for runs; return the clients of which one was asked, and those named that are not known.

        By hand: `clients` names some, `rebuild` (true) makes all of theirs, or of everyone's, again from the facts,
        `report` (true) makes their reports whether they are due or not.
        """
        found = find_clients(
            objects(),
            clients(),
            queue(),
            clock.now(),
            lambda: context.get_remaining_time_in_millis() > RESERVE_SECONDS * 1000,
            only=event.get("clients") or (),
            rebuild=context.aws_request_id if event.get("rebuild") else "",
            report=bool(event.get("report")),
        )
        logger.info("clients_found", clients=list(found.clients))
        metrics.add_metric("ClientsFound", MetricUnit.Count, len(found.clients))
        metrics.add_metric("UnreadableFacts", MetricUnit.Count, len(found.unreadable))
        for key in found.unreadable:
            logger.error("facts_unreadable", key=key)
        if found.unfinished:
            logger.warning("facts_not_divided")
        metrics.add_metric("UnfinishedRuns", MetricUnit.Count, int(found.unfinished))
        return {"clients": list(found.clients), "unknown": list(found.unknown)}

    handler: Handler = find
    return handler


find = make_handler(FindSettings.from_env())
