"""AWS in, AWS out: the schedule, the queue of mails and the reports of SES."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.invite.dispatching import Dispatching
from functions.invite.pacing import Pace
from functions.invite.rendering import MailRenderer
from functions.invite.reputation import Sweep, Watch
from functions.invite.service import Outcome, Sending
from functions.invite.tracking import Tracking
from functions.shared.adapters import aws, clock
from functions.shared.adapters.binding import bind
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.end_user_messaging import SmsAccount
from functions.shared.adapters.environment import optional, required
from functions.shared.adapters.feedback_blocks import DynamoFeedbackBlocks
from functions.shared.adapters.invitations import DynamoInvitations
from functions.shared.adapters.keys import load_keys
from functions.shared.adapters.mail_counts import DynamoMailCounts
from functions.shared.adapters.mail_queue import SqsMailQueue, read_message
from functions.shared.adapters.mail_streams import S3MailStreams
from functions.shared.adapters.mailer import SesAccount, SesMailer, ses_client
from functions.shared.adapters.notice_queue import SqsNotices
from functions.shared.adapters.observability import logger, metrics, tell_client_metrics, tracer
from functions.shared.adapters.opt_outs import DynamoOptOuts
from functions.shared.adapters.people import DynamoPeople
from functions.shared.adapters.rate_limiter_states import DynamoTurnBooks
from functions.shared.adapters.sending_states import DynamoSendingStates
from functions.shared.adapters.sms_events import read_report
from functions.shared.adapters.tables import (
    Contact,
    FeedbackBlock,
    Invitation,
    MailCount,
    OptOut,
    SendingStatus,
    Suppression,
    TurnBook,
)
from functions.shared.domain.channels import MAIL, SMS
from functions.shared.domain.deliveries import Report, Situation, Standing, mail_name
from functions.shared.domain.mail import PackedMail
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts

_Seen = TypeVar("_Seen")
TEMPLATES = Path(__file__).resolve().parents[2] / "frontend" / "mail"

# An answer that names every record does what an exception would, and the worker stays warm.
_mails = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
_reports = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
_hands = ThreadPoolExecutor(max_workers=10, thread_name_prefix="mail")
"""One for each message of a batch: a mail waits for its turn, and then for the network, nearly all of its time."""


@lru_cache(maxsize=1)
def _dispatching() -> Dispatching:
    bind(Invitation)
    queue = SqsMailQueue(aws.client("sqs"), required("SEND_QUEUE_URL"))
    return Dispatching(DynamoInvitations(MAIL), queue, SesAccount(ses_client()))


@lru_cache(maxsize=1)
def _sms_dispatching() -> tuple[Sweep, Dispatching] | None:
    """Return what dispatches SMS, where the deployment sends them."""
    url = optional("SMS_QUEUE_URL")
    if url is None:
        return None
    invitations, queue = DynamoInvitations(SMS), SqsMailQueue(aws.client("sqs"), url)
    account = SmsAccount(float(required("SMS_RATE")))
    return Sweep(DynamoSendingStates(), invitations), Dispatching(invitations, queue, account)


@lru_cache(maxsize=1)
def _sending() -> Sending[PackedMail]:
    bind(Invitation, Contact, FeedbackBlock, OptOut, Suppression, TurnBook, SendingStatus, MailCount)
    client, s3 = ses_client(), aws.client("s3")
    return Sending(
        invitations=DynamoInvitations(MAIL),
        people=DynamoPeople(),
        opt_outs=OptOuts(DynamoOptOuts()),
        blocks=FeedbackBlocks(DynamoFeedbackBlocks()),
        clients=ClientStore(s3, required("CONFIG_BUCKET")),
        renderer=MailRenderer(TEMPLATES),
        mailer=SesMailer(client, required("SES_CONFIGURATION_SET"), S3MailStreams(s3, required("CONFIG_BUCKET"))),
        pace=Pace(DynamoTurnBooks(MAIL), SesAccount(client), time.time, time.sleep),
        keys=load_keys(required("PEPPER_SECRET"), required("TOKEN_KEYS_SECRET")),
        survey_url=required("SURVEY_URL"),
        replies=optional("REPLY_DOMAIN"),
        clock=clock.now,
        pauses=DynamoSendingStates(),
        counts=_counts(),
    )


@lru_cache(maxsize=1)
def _tracking() -> Tracking:
    bind(Invitation, FeedbackBlock, OptOut, Suppression, SendingStatus, MailCount)
    clients = ClientStore(aws.client("s3"), required("CONFIG_BUCKET"))
    return Tracking(
        invitations=DynamoInvitations(MAIL),
        suppressions=DynamoPeople(),
        opt_outs=OptOuts(DynamoOptOuts()),
        blocks=FeedbackBlocks(DynamoFeedbackBlocks()),
        clients=clients,
        counts=_counts(),
    )


@lru_cache(maxsize=1)
def _counts() -> DynamoMailCounts:
    return DynamoMailCounts()


@lru_cache(maxsize=1)
def _watch() -> Watch:
    notices = SqsNotices(aws.client("sqs"), required("NOTICE_QUEUE_URL"))
    return Watch(DynamoSendingStates(), _counts(), _tracking().clients, notices)


@lru_cache(maxsize=1)
def _sweep() -> Sweep:
    bind(Invitation, SendingStatus)
    return Sweep(DynamoSendingStates(), DynamoInvitations(MAIL))


@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def dispatch(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Put the mails that are due on the queue, every minute; SMS on theirs."""
    paused, unparked = _sweep().run()
    put = _dispatching().run(clock.now())
    _dispatch_sms()
    logger.info("mails_dispatched", extra={"mails": put})
    metrics.add_metric("MailsDispatched", MetricUnit.Count, put)
    metrics.add_metric("ClientsPaused", MetricUnit.Count, len(paused))
    if paused or unparked:
        logger.info("clients_paused", extra={"clients": paused, "mails_due_again": unparked})
    return {"dispatched": put}


def _dispatch_sms() -> None:
    sms = _sms_dispatching()
    if sms is None:
        return
    sweep, dispatching = sms
    _, unparked = sweep.run()
    put = dispatching.run(clock.now())
    logger.info("sms_dispatched", extra={"sms": put, "sms_due_again": unparked})
    metrics.add_metric("SmsDispatched", MetricUnit.Count, put)


@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def send(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Send the mails that a batch of the queue names, all at once: each waits for its own turn."""
    seen = _ahead(event, lambda body: read_message(body)[0], _sending().look)
    sent = {record["messageId"]: _hands.submit(_send_mail, record["body"], seen) for record in event["Records"]}
    answer = process_partial_response(event, partial(_send_one, sent), _mails, context)
    _tell_counts()
    return answer


@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def track(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Take in a batch of reports of SES."""
    seen = _ahead(event, _reported_invitation, _tracking().look)
    suspects: set[str] = set()
    answer = process_partial_response(event, partial(_track_one, seen, suspects), _reports, context)
    _tell_counts()
    for client in sorted(suspects):
        _judge(client)
    return answer


def _ahead(
    event: dict[str, Any], invitation: Callable[[str], str | None], look: Callable[[set[str]], dict[str, _Seen]]
) -> dict[str, _Seen]:
    """Read for the whole batch what its messages need. Where that fails each message reads, and fails, for itself."""
    wanted = set()
    for record in event["Records"]:
        with suppress(Exception):  # told when its turn comes
            wanted.add(invitation(record["body"]))
    try:
        return look({one for one in wanted if one})
    except Exception:  # noqa: BLE001 - whatever it is, each message meets it again or does not
        logger.warning("look_ahead_failed", exc_info=True)
        return {}


def _reported_invitation(body: str) -> str | None:
    news = read_report(body)
    return news.invitation_id if news else None


def _send_one(sent: dict[str, Future[tuple[str, Outcome, str]]], record: SQSRecord) -> None:
    with _telling(record):
        _tell_mail(*sent[record.message_id].result())


def _track_one(seen: dict[str, Standing], suspects: set[str], record: SQSRecord) -> None:
    with _telling(record):
        _track_report(record, seen, suspects)


@contextmanager
def _telling(record: SQSRecord) -> Iterator[None]:
    """Log why a message goes back to the queue; the batch only names it."""
    try:
        yield
    except Exception:
        logger.exception("message_failed", extra={"sqs_message": record.message_id})
        raise


def _send_mail(body: str, seen: dict[str, Situation]) -> tuple[str, Outcome, str]:
    invitation_id, due_at = read_message(body)
    return invitation_id, *_sending().send(invitation_id, due_at, seen.pop(invitation_id, None))


def _tell_mail(invitation_id: str, outcome: Outcome, reason: str) -> None:
    log = logger.warning if outcome in (Outcome.HELD, Outcome.UNKNOWN) else logger.info
    log("mail_due", extra={"invitation": invitation_id, "outcome": outcome.value, "reason": reason})
    metrics.add_metric(f"Mails{outcome.value.capitalize()}", MetricUnit.Count, 1)


def _tell_counts() -> None:
    """Write what the batch came to. Where that fails the batch comes again, and does nothing twice."""
    for client, numbers in _counts().flush().items():
        tell_client_metrics(client, {f"Client{kind.capitalize()}": number for kind, number in numbers.items()})


def _judge(client: str) -> None:
    """Pause a client whose mails ask for it. Where that fails the batch comes again, and is judged again."""
    paused = _watch().judge(client, clock.now())
    if paused:
        logger.error(
            "sending_paused",
            extra={"client": client, "why": paused.why, "share": paused.share, "mails": paused.mails},
        )
        tell_client_metrics(client, {"ClientPauses": 1})


def _track_report(record: SQSRecord, seen: dict[str, Standing], suspects: set[str]) -> None:
    news = read_report(record.body)
    if news is None:
        logger.info("mail_report_ignored", extra={"sqs_message": record.message_id})
        return
    standing = _tracking().track(news, seen)
    if standing is not None and news.report in (Report.BOUNCED, Report.COMPLAINED):
        suspects.add(standing.client)  # a repeated report too: the first may have been broken off before the judging
    log = logger.error if news.report is Report.REJECTED else logger.info
    log(
        "mail_reported",
        extra={
            "invitation": news.invitation_id,
            "mail": mail_name(news.number),
            "report": news.report.value,
            "known": standing is not None,
        },
    )
    metrics.add_metric(f"Reports{news.report.value.capitalize()}", MetricUnit.Count, 1)
