"""AWS in, AWS out: objects that arrive in the upload bucket, and the chunks of rows that are made of them."""

import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.crm_import import service
from functions.crm_import.service import AdmitStores, ReadStores, TimeBudget
from functions.shared.adapters import aws, clock
from functions.shared.adapters.admissions import DynamoAdmissions
from functions.shared.adapters.binding import bind
from functions.shared.adapters.chunk_queue import SqsChunkQueue, read_pointer
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.direct_dynamodb import direct_dynamodb
from functions.shared.adapters.environment import optional, required, seconds
from functions.shared.adapters.keys import load_keys
from functions.shared.adapters.notice_queue import SqsNotices
from functions.shared.adapters.observability import logger, metrics, tracer
from functions.shared.adapters.quotas import DynamoQuotas
from functions.shared.adapters.reading_queue import Arrival, SqsReadingQueue, read_arrivals
from functions.shared.adapters.tables import Contact, FeedbackBlock, Invitation, OptOut, QuotaCount, Suppression, Upload
from functions.shared.adapters.upload_files import S3Files
from functions.shared.adapters.upload_ledger import DynamoLedger
from functions.shared.domain.upload import ChunkPointer

RESERVE_SECONDS = 45
"""Before its time ends, a function stops and hands over; HAND_OVER_RESERVE_SECONDS says otherwise."""
LAST_ATTEMPT = 5
"""The queue's maxReceiveCount: what fails once more lands with the dead letters."""

_uploads = BatchProcessor(event_type=EventType.SQS)
_chunks = BatchProcessor(event_type=EventType.SQS)


@lru_cache(maxsize=1)
def _reading() -> ReadStores:
    bind(Upload)
    s3 = aws.client("s3")
    upload_bucket = required("UPLOAD_BUCKET")
    return ReadStores(
        files=S3Files(s3, upload_bucket, required("DATA_BUCKET")),
        ledger=DynamoLedger(),
        clients=ClientStore(s3, required("CONFIG_BUCKET")),
        queue=_chunk_queue(),
        pepper=load_keys(required("PEPPER_SECRET"), required("TOKEN_KEYS_SECRET")).pepper,
        notices=_notices(),
        sends_sms=optional("SENDS_SMS") is not None,
    )


@lru_cache(maxsize=1)
def _admitting() -> AdmitStores:
    bind(Upload, Contact, FeedbackBlock, Invitation, OptOut, Suppression, QuotaCount)
    s3 = aws.client("s3")
    return AdmitStores(
        files=S3Files(s3, required("UPLOAD_BUCKET"), required("DATA_BUCKET")),
        ledger=DynamoLedger(),
        clients=ClientStore(s3, required("CONFIG_BUCKET")),
        admissions=DynamoAdmissions(direct_dynamodb()),
        quotas=DynamoQuotas(),
        notices=_notices(),
    )


@lru_cache(maxsize=1)
def _chunk_queue() -> SqsChunkQueue:
    return SqsChunkQueue(aws.client("sqs"), required("CHUNK_QUEUE_URL"), required("UPLOAD_BUCKET"))


@lru_cache(maxsize=1)
def _notices() -> SqsNotices:
    return SqsNotices(aws.client("sqs"), required("NOTICE_QUEUE_URL"))


@lru_cache(maxsize=1)
def _onward() -> SqsReadingQueue:
    return SqsReadingQueue(aws.client("sqs"), required("UPLOAD_QUEUE_URL"))


def _clock_of(context: LambdaContext) -> Callable[[], bool]:
    """Return what says whether there is more time than the reserve, in which work is handed over."""
    reserve = 1000 * seconds("HAND_OVER_RESERVE_SECONDS", RESERVE_SECONDS)
    return lambda: context.get_remaining_time_in_millis() > reserve


@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def read(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Read the objects that messages of the upload queue tell of, and put their rows on the queue of chunks."""
    return process_partial_response(event, _read_one, _uploads, context)


@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def admit(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Admit the chunks that messages of their queue point at."""
    return process_partial_response(event, _admit_one, _chunks, context)


def _read_one(record: SQSRecord, lambda_context: LambdaContext) -> None:
    last = int(record.attributes.approximate_receive_count) >= LAST_ATTEMPT
    for arrival in read_arrivals(record.body):
        _read_object(arrival, lambda_context, last)


def _read_object(arrival: Arrival, context: LambdaContext, last: bool) -> None:
    stores = _reading()
    budget = TimeBudget(_clock_of(context), _onward().hand_over)
    try:
        found = service.read_upload(
            arrival.key, arrival.version, clock.now(), uuid.uuid4().hex, stores, budget, arrival.checkpoint
        )
    except Exception:
        logger.exception("upload_not_read")
        if last:
            service.report_fault(arrival.key, stores)
        raise
    fields = {"client": found.client, "upload": found.upload_id, "rows": found.rows, "chunks": found.chunks}
    if found.why:
        logger.warning("upload_refused", extra={**fields, "reason": found.why})
        metrics.add_metric("UploadsRefused", MetricUnit.Count, 1)
    elif found.handed_over:
        logger.info("upload_handed_over", extra=fields)
    else:
        logger.info("upload_read", extra=fields)
        metrics.add_metric("RowsRead", MetricUnit.Count, found.rows)


def _admit_one(record: SQSRecord, lambda_context: LambdaContext) -> None:
    pointer = read_pointer(record.body)
    stores = _admitting()
    budget: TimeBudget[ChunkPointer] = TimeBudget(_clock_of(lambda_context), lambda rest: _chunk_queue().send([rest]))
    fields: dict[str, Any] = {"upload": pointer.upload_id, "chunk": pointer.chunk}
    try:
        found = service.admit_chunk(pointer, clock.now(), stores, budget)
    except Exception:
        logger.exception("chunk_not_admitted", extra=fields)
        if int(record.attributes.approximate_receive_count) >= LAST_ATTEMPT:
            service.write_progress(pointer.upload_id, stores)
        raise
    outcomes = {outcome.value: count for outcome, count in found.outcomes.items()}
    logger.info("chunk_admitted", extra={**fields, "outcomes": outcomes, "rehearsal": found.rehearsal})
    if not found.rehearsal:
        for outcome, count in outcomes.items():
            metrics.add_metric("Rows" + outcome.title().replace("_", ""), MetricUnit.Count, count)
