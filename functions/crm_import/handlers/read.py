"""AWS in, AWS out: the objects that arrive in the upload bucket, and the chunks of rows that are made of them."""

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

from functions.crm_import import reading as file_reading
from functions.crm_import.handlers.invocation import is_last_attempt, time_left
from functions.crm_import.reading import ReadStores
from functions.crm_import.time_budget import TimeBudget
from functions.shared.adapters import aws, clock
from functions.shared.adapters.binding import bind
from functions.shared.adapters.chunk_queue import SqsChunkQueue
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.environment import Settings
from functions.shared.adapters.keys import load_pepper
from functions.shared.adapters.notice_queue import SqsNotices
from functions.shared.adapters.observability import logger, metrics, tracer
from functions.shared.adapters.reading_queue import Arrival, SqsReadingQueue, read_arrivals
from functions.shared.adapters.tables import Upload
from functions.shared.adapters.upload_files import S3Files
from functions.shared.adapters.upload_ledger import DynamoLedger

Handler = Callable[[dict[str, Any], LambdaContext], PartialItemFailureResponse]


@dataclass(frozen=True)
class ReadSettings(Settings):
    """What the deployment says."""

    upload_bucket: str
    data_bucket: str
    config_bucket: str
    pepper_secret: str
    chunk_queue_url: str
    upload_queue_url: str
    notice_queue_url: str
    sends_sms: bool


def make_handler(settings: ReadSettings) -> Handler:
    """Return the handler that reads uploads."""
    processor = BatchProcessor(event_type=EventType.SQS)
    stores = cache(lambda: _stores(settings))
    onward = cache(lambda: SqsReadingQueue(aws.client("sqs"), settings.upload_queue_url))

    def read_one(record: SQSRecord, lambda_context: LambdaContext) -> None:
        for arrival in read_arrivals(record.body):
            budget = TimeBudget(time_left(lambda_context), onward().hand_over)
            _read_object(arrival, stores(), budget, is_last_attempt(record))

    @tracer.capture_lambda_handler(capture_response=False)
    @metrics.log_metrics
    def read(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
        """Read the objects that messages of the upload queue tell of, and put their rows on the queue of chunks."""
        return process_partial_response(event, read_one, processor, context)

    handler: Handler = read
    return handler


def _stores(settings: ReadSettings) -> ReadStores:
    s3, sqs = aws.client("s3"), aws.client("sqs")
    return ReadStores(
        files=S3Files(s3, settings.upload_bucket, settings.data_bucket),
        ledger=DynamoLedger(),
        clients=ClientStore(s3, settings.config_bucket),
        queue=SqsChunkQueue(sqs, settings.chunk_queue_url, settings.upload_bucket),
        pepper=load_pepper(settings.pepper_secret),
        notices=SqsNotices(sqs, settings.notice_queue_url),
        sends_sms=settings.sends_sms,
    )


def _read_object(arrival: Arrival, stores: ReadStores, budget: TimeBudget[Any], last: bool) -> None:
    try:
        result = file_reading.read_upload(
            arrival.key, arrival.version, clock.now(), uuid.uuid4().hex, stores, budget, arrival.checkpoint
        )
    except Exception:
        logger.exception("upload_not_read")
        if last:
            file_reading.report_fault(arrival.key, stores)
        raise
    fields: dict[str, Any] = {"client": result.client, "upload": result.upload_id}
    fields |= {"rows": result.rows, "chunks": result.chunks}
    if result.why:
        logger.warning("upload_refused", **fields, reason=result.why)
        metrics.add_metric("UploadsRefused", MetricUnit.Count, 1)
    elif result.handed_over:
        logger.info("upload_handed_over", **fields)
    else:
        logger.info("upload_read", **fields)
        metrics.add_metric("RowsRead", MetricUnit.Count, result.rows)


bind(Upload)
read = make_handler(ReadSettings.from_env())
