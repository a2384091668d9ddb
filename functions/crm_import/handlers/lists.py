"""AWS in, AWS out, for every kind of list that is taken in one step."""

from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.crm_import.handlers.invocation import is_last_attempt, time_left
from functions.crm_import.lists.reading import ListResult
from functions.crm_import.time_budget import TimeBudget
from functions.shared.adapters import aws
from functions.shared.adapters.observability import logger, metrics, tracer
from functions.shared.adapters.reading_queue import Arrival, SqsReadingQueue, read_arrivals

ListHandler = Callable[[dict[str, Any], LambdaContext], PartialItemFailureResponse]


def make_list_handler(
    name: str,
    queue_url: str,
    take_list: Callable[[Arrival, TimeBudget[Any]], ListResult],
    report_fault: Callable[[str], None],
    count: Callable[[ListResult], None],
) -> ListHandler:
    """Return the handler that takes the lists that messages of a queue tell of.

    Its log events begin with `name`. `take_list` takes one, and `count` adds the metrics of one that was taken;
    `report_fault` writes the receipt of the key of one that could not be, when it is not tried again by itself.
    """
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    onward = cache(lambda: SqsReadingQueue(aws.client("sqs"), queue_url))

    def take_one(record: SQSRecord, lambda_context: LambdaContext) -> None:
        for arrival in read_arrivals(record.body):
            budget = TimeBudget(time_left(lambda_context), onward().hand_over)
            try:
                taken = take_list(arrival, budget)
            except Exception:
                logger.exception(f"{name}_not_taken")
                if is_last_attempt(record):
                    report_fault(arrival.key)
                raise
            tell(taken)

    def tell(taken: ListResult) -> None:
        fields: dict[str, Any] = {"client": taken.client, "kind": taken.kind, "rows": taken.rows}
        fields |= {"outcomes": dict(taken.outcomes)}
        if taken.why:
            logger.warning(f"{name}_refused", **fields, reason=taken.why)
            metrics.add_metric("UploadsRefused", MetricUnit.Count, 1)
        elif taken.handed_over:
            logger.info(f"{name}_handed_over", **fields)
        else:
            logger.info(f"{name}_taken", **fields)
            count(taken)

    @tracer.capture_lambda_handler(capture_response=False)
    @metrics.log_metrics
    def take(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
        """Take the lists that messages of their queue tell of."""
        return process_partial_response(event, take_one, processor, context)

    handler: ListHandler = take
    return handler
