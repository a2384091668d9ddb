"""AWS in, AWS out: the lists of opt-outs that arrive in the upload bucket."""

import uuid
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.crm_import.opt_outs.service import ListStores, report_fault, take_list
from functions.crm_import.time_budget import TimeBudget
from functions.shared.adapters import aws, clock
from functions.shared.adapters.binding import bind
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.direct_dynamodb import direct_dynamodb
from functions.shared.adapters.environment import required, seconds
from functions.shared.adapters.keys import load_keys
from functions.shared.adapters.observability import logger, metrics, tracer
from functions.shared.adapters.opt_outs import DynamoOptOutBatches
from functions.shared.adapters.reading_queue import Arrival, SqsReadingQueue, read_arrivals
from functions.shared.adapters.tables import OptOut
from functions.shared.adapters.upload_files import S3Files

RESERVE_SECONDS = 45
"""Before its time ends, the function stops and hands over; HAND_OVER_RESERVE_SECONDS says otherwise."""
LAST_ATTEMPT = 5
"""The queue's maxReceiveCount: what fails once more lands with the dead letters."""

_lists = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@lru_cache(maxsize=1)
def _stores() -> ListStores:
    bind(OptOut)
    s3 = aws.client("s3")
    bucket = required("UPLOAD_BUCKET")
    return ListStores(
        files=S3Files(s3, bucket, bucket),
        clients=ClientStore(s3, required("CONFIG_BUCKET")),
        opt_outs=DynamoOptOutBatches(direct_dynamodb()),
        pepper=load_keys(required("PEPPER_SECRET"), required("TOKEN_KEYS_SECRET")).pepper,
    )


@lru_cache(maxsize=1)
def _onward() -> SqsReadingQueue:
    return SqsReadingQueue(aws.client("sqs"), required("OPT_OUT_QUEUE_URL"))


@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def take(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Take the lists that messages of their queue tell of."""
    return process_partial_response(event, _take_one, _lists, context)


def _take_one(record: SQSRecord, lambda_context: LambdaContext) -> None:
    last = int(record.attributes.approximate_receive_count) >= LAST_ATTEMPT
    for arrival in read_arrivals(record.body):
        _take_object(arrival, lambda_context, last)


def _take_object(arrival: Arrival, context: LambdaContext, last: bool) -> None:
    reserve = 1000 * seconds("HAND_OVER_RESERVE_SECONDS", RESERVE_SECONDS)
    budget = TimeBudget(lambda: context.get_remaining_time_in_millis() > reserve, _onward().hand_over)
    try:
        found = take_list(
            arrival.key, arrival.version, clock.now(), uuid.uuid4().hex, _stores(), budget, arrival.checkpoint
        )
    except Exception:
        logger.exception("opt_outs_not_taken")
        if last:
            report_fault(arrival.key, _stores())
        raise
    fields = {"client": found.client, "match": found.match, "rows": found.rows, "outcomes": dict(found.outcomes)}
    if found.why:
        logger.warning("opt_outs_refused", extra={**fields, "reason": found.why})
        metrics.add_metric("UploadsRefused", MetricUnit.Count, 1)
    elif found.handed_over:
        logger.info("opt_outs_handed_over", extra=fields)
    else:
        logger.info("opt_outs_taken", extra=fields)
        metrics.add_metric("OptOutsListed", MetricUnit.Count, found.outcomes.get("opted_out", 0))
