"""AWS in, AWS out: the queue of notices to clients' contacts."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.invite.notices.rendering import NoticeRenderer
from functions.invite.notices.service import Notifying
from functions.shared.adapters import aws
from functions.shared.adapters.binding import bind
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.environment import required
from functions.shared.adapters.mail_streams import S3MailStreams
from functions.shared.adapters.mailer import SesMailer, ses_client
from functions.shared.adapters.notice_queue import read_notice
from functions.shared.adapters.observability import logger, metrics, tracer
from functions.shared.adapters.once import DynamoOnce
from functions.shared.adapters.receipts import S3Receipts
from functions.shared.adapters.tables import SentNotice
from functions.shared.domain.notices import to_message

TEMPLATES = Path(__file__).resolve().parents[3] / "frontend" / "mail"

# An answer that names every record does what an exception would, and the worker stays warm.
_notices = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@lru_cache(maxsize=1)
def _once() -> DynamoOnce:
    bind(SentNotice)
    return DynamoOnce()


@lru_cache(maxsize=1)
def _notifying() -> Notifying:
    s3, config = aws.client("s3"), required("CONFIG_BUCKET")
    return Notifying(
        clients=ClientStore(s3, config),
        receipts=S3Receipts(s3, required("UPLOAD_BUCKET")),
        renderer=NoticeRenderer(TEMPLATES),
        mailer=SesMailer(ses_client(), required("SES_CONFIGURATION_SET"), S3MailStreams(s3, config)),
        once=_once(),
    )


@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def notify(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Write to clients' contacts what the notices of a batch tell."""
    _once().until(context)
    return process_partial_response(event, _notify_one, _notices, context)


def _notify_one(record: SQSRecord) -> None:
    try:
        notice = read_notice(record.body)
        told = _notifying().tell(notice)
    except Exception:
        logger.exception("notice_failed", extra={"sqs_message": record.message_id})
        raise
    event = "notice_told" if told else "notice_without_client"
    logger.info(event, extra={"client": notice.client, "notice": to_message(notice)["notice"]})
