"""AWS in, AWS out: the lists of opt-outs that arrive in the upload bucket."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.crm_import.handlers.invocation import is_last_attempt, time_left
from functions.crm_import.opt_outs.service import COMPARED, ListStores, report_opt_out_fault, take_list
from functions.crm_import.time_budget import TimeBudget
from functions.shared.adapters import aws, clock
from functions.shared.adapters.binding import bind
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.direct_dynamodb import direct_dynamodb
from functions.shared.adapters.environment import Settings
from functions.shared.adapters.keys import load_pepper
from functions.shared.adapters.notice_queue import SqsNotices
from functions.shared.adapters.observability import logger, metrics, tracer
from functions.shared.adapters.opt_outs import DynamoOptOutBatches
from functions.shared.adapters.reading_queue import Arrival, SqsReadingQueue, read_arrivals
from functions.shared.adapters.tables import OptOut
from functions.shared.adapters.upload_files import S3Files
from functions.shared.domain.opt_outs import NEED_A_PERSON

Handler = Callable[[dict[str, Any], LambdaContext], PartialItemFailureResponse]


@dataclass(frozen=True)
class OptOutListSettings(Settings):
    """What the deployment says."""

    upload_bucket: str
    config_bucket: str
    pepper_secret: str
    opt_out_queue_url: str
    notice_queue_url: str


def make_handler(settings: OptOutListSettings) -> Handler:
    """Return the handler that takes lists of opt-outs."""
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    stores = cache(lambda: _stores(settings))
    onward = cache(lambda: SqsReadingQueue(aws.client("sqs"), settings.opt_out_queue_url))

    def take_one(record: SQSRecord, lambda_context: LambdaContext) -> None:
        for arrival in read_arrivals(record.body):
            budget = TimeBudget(time_left(lambda_context), onward().hand_over)
            _take_object(arrival, stores(), budget, is_last_attempt(record))

    @tracer.capture_lambda_handler(capture_response=False)
    @metrics.log_metrics
    def take(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
        """Take the lists that messages of their queue tell of."""
        return process_partial_response(event, take_one, processor, context)

    handler: Handler = take
    return handler


def _stores(settings: OptOutListSettings) -> ListStores:
    s3, sqs = aws.client("s3"), aws.client("sqs")
    return ListStores(
        files=S3Files(s3, settings.upload_bucket, settings.upload_bucket),
        clients=ClientStore(s3, settings.config_bucket),
        opt_outs=DynamoOptOutBatches(direct_dynamodb()),
        pepper=load_pepper(settings.pepper_secret),
        notices=SqsNotices(sqs, settings.notice_queue_url),
    )


def _take_object(arrival: Arrival, stores: ListStores, budget: TimeBudget[Any], last: bool) -> None:
    try:
        taken = take_list(
            arrival.key, arrival.version, clock.now(), uuid.uuid4().hex, stores, budget, arrival.checkpoint
        )
    except Exception:
        logger.exception("opt_outs_not_taken")
        if last:
            report_opt_out_fault(arrival.key, stores)
        raise
    fields: dict[str, Any] = {"client": taken.client, "kind": taken.kind, "rows": taken.rows}
    fields |= {"outcomes": dict(taken.outcomes)}
    if taken.why:
        logger.warning("opt_outs_refused", **fields, reason=taken.why)
        metrics.add_metric("UploadsRefused", MetricUnit.Count, 1)
    elif taken.handed_over:
        logger.info("opt_outs_handed_over", **fields)
    else:
        logger.info("opt_outs_taken", **fields)
        listed = taken.outcomes.get("opted_out", 0) + taken.outcomes.get("partly", 0)
        metrics.add_metric("OptOutsListed", MetricUnit.Count, listed)
        unclear = 0 if taken.kind == COMPARED.name else sum(taken.outcomes.get(outcome, 0) for outcome in NEED_A_PERSON)
        metrics.add_metric("OptOutsNotUnderstood", MetricUnit.Count, unclear)


bind(OptOut)
take = make_handler(OptOutListSettings.from_env())
