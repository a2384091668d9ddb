"""The Lambda function of the reports of SES and End User Messaging: what became of what was sent."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.invite.batches import BatchHandler, logged_failure, observed, prefetch
from functions.invite.client_metrics import flush_counts
from functions.invite.reputation import ReputationMonitor
from functions.invite.tracking import Tracking
from functions.shared.adapters import aws, clock
from functions.shared.adapters.binding import bind
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.environment import Settings
from functions.shared.adapters.feedback_blocks import DynamoFeedbackBlocks
from functions.shared.adapters.invitations import DynamoInvitations
from functions.shared.adapters.mail_counts import DynamoMailCounts
from functions.shared.adapters.notice_queue import SqsNotices
from functions.shared.adapters.observability import logger, metrics, tell_client_metrics
from functions.shared.adapters.opt_outs import DynamoOptOuts
from functions.shared.adapters.people import DynamoPeople
from functions.shared.adapters.refusals import DynamoRefusals
from functions.shared.adapters.sending_states import DynamoSendingStates
from functions.shared.adapters.sms_events import read_report
from functions.shared.adapters.tables import FeedbackBlock, Invitation, MailCount, OptOut, SendingStatus, Suppression
from functions.shared.domain.channels import MAIL
from functions.shared.domain.deliveries import DeliveryState, ReportKind, mail_name
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts


@dataclass(frozen=True)
class TrackSettings(Settings):
    """What tracking takes from the deployment."""

    config_bucket: str
    notice_queue_url: str


@dataclass(frozen=True)
class _Work:
    """What a batch is worked with."""

    tracking: Tracking
    watch: ReputationMonitor
    counts: DynamoMailCounts


def make_handler(settings: TrackSettings) -> BatchHandler:
    """Return the handler that takes in reports, and pauses clients whose mails ask for it."""
    made = cache(lambda: _make(settings))
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    @observed
    def track(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
        """Take in a batch of reports."""
        work = made()
        prefetched = prefetch(event, _reported_invitation, work.tracking.prefetch)
        suspects: set[str] = set()

        def track_record(record: SQSRecord) -> None:
            with logged_failure(record):
                _track(work.tracking, record, prefetched, suspects)

        response = process_partial_response(event, track_record, processor, context)
        flush_counts(work.counts)
        for client in sorted(suspects):
            _judge(work.watch, client)
        return response

    return track


def _make(settings: TrackSettings) -> _Work:
    clients = ClientStore(aws.client("s3"), settings.config_bucket)
    counts = DynamoMailCounts()
    notices = SqsNotices(aws.client("sqs"), settings.notice_queue_url)
    tracking = Tracking(
        invitations=DynamoInvitations(MAIL),
        suppressions=DynamoPeople(),
        opt_outs=OptOuts(DynamoOptOuts()),
        blocks=FeedbackBlocks(DynamoFeedbackBlocks()),
        clients=clients,
        counts=counts,
        refusals=DynamoRefusals(notices),
    )
    return _Work(tracking, ReputationMonitor(DynamoSendingStates(), counts, clients, notices), counts)


def _reported_invitation(body: str) -> str | None:
    report = read_report(body)
    return report.invitation_id if report else None


def _track(tracking: Tracking, record: SQSRecord, prefetched: dict[str, DeliveryState], suspects: set[str]) -> None:
    report = read_report(record.body)
    if report is None:
        logger.info("mail_report_ignored", sqs_message=record.message_id)
        return
    delivery = tracking.track(report, prefetched)
    if delivery is not None and report.kind in (ReportKind.BOUNCED, ReportKind.COMPLAINED):
        suspects.add(delivery.client)  # a repeated report too: the first may have been broken off before the judging
    log = logger.error if report.kind is ReportKind.REJECTED else logger.info
    log(
        "mail_reported",
        invitation=report.invitation_id,
        mail=mail_name(report.number),
        report=report.kind.value,
        known=delivery is not None,
    )
    if report.kind is ReportKind.REJECTED:
        metrics.add_metric("InvitationsRefused", MetricUnit.Count, 1)
    metrics.add_metric(f"Reports{report.kind.value.capitalize()}", MetricUnit.Count, 1)


def _judge(watch: ReputationMonitor, client: str) -> None:
    """Pause a client whose mails ask for it. Where that fails the batch comes again, and is judged again."""
    paused = watch.check(client, clock.now())
    if paused:
        logger.error(
            "sending_paused",
            client=client,
            why=paused.why,
            share=paused.share,
            mails=paused.mails,
        )
        tell_client_metrics(client, {"ClientPauses": 1})


bind(Invitation, FeedbackBlock, OptOut, Suppression, SendingStatus, MailCount)
track = make_handler(TrackSettings.from_env())
