"""AWS in, AWS out: chunks of rows, and the invitations that are admitted of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.crm_import import service
from functions.crm_import.handlers.invocation import is_last_attempt, time_left
from functions.crm_import.receipts.progress import tell_progress
from functions.crm_import.service import AdmitStores
from functions.crm_import.time_budget import TimeBudget
from functions.shared.adapters import aws, clock
from functions.shared.adapters.admissions import DynamoAdmissions
from functions.shared.adapters.binding import bind
from functions.shared.adapters.chunk_queue import SqsChunkQueue, read_pointer
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.customer_attributes import DynamoCustomers
from functions.shared.adapters.direct_dynamodb import direct_dynamodb
from functions.shared.adapters.environment import Settings
from functions.shared.adapters.notice_queue import SqsNotices
from functions.shared.adapters.observability import logger, metrics, tracer
from functions.shared.adapters.quotas import DynamoQuotas
from functions.shared.adapters.tables import (
    Contact,
    Customer,
    FeedbackBlock,
    Invitation,
    OptOut,
    QuotaCount,
    Suppression,
    Upload,
)
from functions.shared.adapters.upload_files import S3Files
from functions.shared.adapters.upload_ledger import DynamoLedger
from functions.shared.domain.upload import ChunkPointer

Handler = Callable[[dict[str, Any], LambdaContext], PartialItemFailureResponse]


@dataclass(frozen=True)
class AdmitSettings(Settings):
    """What the deployment says."""

    upload_bucket: str
    data_bucket: str
    config_bucket: str
    chunk_queue_url: str
    notice_queue_url: str


def make_handler(settings: AdmitSettings) -> Handler:
    """Return the handler that admits chunks."""
    processor = BatchProcessor(event_type=EventType.SQS)
    stores = cache(lambda: make_stores(settings))
    queue = cache(lambda: SqsChunkQueue(aws.client("sqs"), settings.chunk_queue_url, settings.upload_bucket))

    def admit_one(record: SQSRecord, lambda_context: LambdaContext) -> None:
        budget: TimeBudget[ChunkPointer] = TimeBudget(time_left(lambda_context), lambda rest: queue().send([rest]))
        _admit_chunk(read_pointer(record.body), stores(), budget, is_last_attempt(record))

    @tracer.capture_lambda_handler(capture_response=False)
    @metrics.log_metrics
    def admit(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
        """Admit the chunks that messages of their queue point at."""
        return process_partial_response(event, admit_one, processor, context)

    handler: Handler = admit
    return handler


def make_stores(settings: AdmitSettings) -> AdmitStores:
    """Return what admission reads and writes."""
    s3 = aws.client("s3")
    return AdmitStores(
        files=S3Files(s3, settings.upload_bucket, settings.data_bucket),
        ledger=DynamoLedger(),
        clients=ClientStore(s3, settings.config_bucket),
        admissions=DynamoAdmissions(direct_dynamodb()),
        quotas=DynamoQuotas(),
        customers=DynamoCustomers(direct_dynamodb()),
        notices=SqsNotices(aws.client("sqs"), settings.notice_queue_url),
    )


def _admit_chunk(pointer: ChunkPointer, stores: AdmitStores, budget: TimeBudget[ChunkPointer], last: bool) -> None:
    try:
        decided = service.decide_chunk(pointer, clock.now(), stores, budget)
    except Exception:
        logger.exception("chunk_not_admitted", upload=pointer.upload_id, chunk=pointer.chunk)
        if last:
            tell_progress(stores.ledger.get(pointer.upload_id), stores, due="now")
        raise
    outcomes = {outcome.value: count for outcome, count in decided.outcomes.items()}
    logger.info(
        "chunk_admitted",
        upload=pointer.upload_id,
        chunk=pointer.chunk,
        outcomes=outcomes,
        rehearsal=decided.rehearsal,
    )
    if decided.refused:
        refused = dict(decided.refused)
        logger.error("rows_not_stored", upload=pointer.upload_id, chunk=pointer.chunk, refused=refused)
        metrics.add_metric("RowsNotStored", MetricUnit.Count, sum(refused.values()))
    if not decided.rehearsal:
        for outcome, count in outcomes.items():
            metrics.add_metric("Rows" + outcome.title().replace("_", ""), MetricUnit.Count, count)


bind(Upload, Contact, Customer, FeedbackBlock, Invitation, OptOut, Suppression, QuotaCount)
admit = make_handler(AdmitSettings.from_env())
