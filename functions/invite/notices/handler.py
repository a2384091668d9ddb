"""The Lambda function of the queue of notices to clients' contacts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.invite.batches import BatchHandler, logged_failure, observed
from functions.invite.channels.mail import TEMPLATES
from functions.invite.notices.rendering import NoticeRenderer
from functions.invite.notices.service import Notifying
from functions.shared.adapters import aws, clock
from functions.shared.adapters.binding import bind
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.environment import Settings
from functions.shared.adapters.keys import load_link_keys
from functions.shared.adapters.mail_streams import S3MailStreams
from functions.shared.adapters.mailer import SesMailer, ses_client
from functions.shared.adapters.notice_queue import SqsNotices, read_notice
from functions.shared.adapters.observability import logger
from functions.shared.adapters.once import DynamoOnce
from functions.shared.adapters.receipts import S3Receipts
from functions.shared.adapters.refusals import RefusedInvitations
from functions.shared.adapters.tables import Invitation, MailCount, SentNotice
from functions.shared.domain.notices import to_message
from functions.shared.domain.report_links import ReportLinks


@dataclass(frozen=True)
class NoticeSettings(Settings):
    """What writing to clients' contacts takes from the deployment."""

    config_bucket: str
    notice_queue_url: str
    upload_bucket: str
    token_keys_secret: str
    survey_url: str
    ses_configuration_set: str
    templates: Path = TEMPLATES


def make_handler(settings: NoticeSettings) -> BatchHandler:
    """Return the handler that writes notices."""
    once = cache(DynamoOnce)
    notifying = cache(lambda: _make(settings, once()))
    # An answer that names every record does what an exception would, and the worker stays warm.
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    @observed
    def notify(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
        """Write to clients' contacts what the notices of a batch tell."""
        once().until(context)
        return process_partial_response(event, lambda record: _notify(record, notifying), processor, context)

    return notify


def _make(settings: NoticeSettings, once: DynamoOnce) -> Notifying:
    s3 = aws.client("s3")
    streams = S3MailStreams(s3, settings.config_bucket)
    return Notifying(
        clients=ClientStore(s3, settings.config_bucket),
        receipts=S3Receipts(s3, settings.upload_bucket),
        renderer=NoticeRenderer(settings.templates),
        mailer=SesMailer(ses_client(), settings.ses_configuration_set, streams),
        report_links=ReportLinks(load_link_keys(settings.token_keys_secret), settings.survey_url),
        once=once,
        refused=RefusedInvitations(),
        later=SqsNotices(aws.client("sqs"), settings.notice_queue_url),
        clock=clock.now,
    )


def _notify(record: SQSRecord, notifying: Callable[[], Notifying]) -> None:
    with logged_failure(record, "notice_failed"):
        notice = read_notice(record.body)
        outcome = notifying().tell(notice)
    logger.info(outcome.value, client=notice.client, notice=to_message(notice)["notice"])


bind(SentNotice, Invitation, MailCount)
notify = make_handler(NoticeSettings.from_env())
