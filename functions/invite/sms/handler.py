"""AWS in, AWS out: the queue of SMS that are due, and the SMS that come in."""

import json
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.invite.pacing import Pace
from functions.invite.service import Outcome, Sending
from functions.invite.sms.rendering import SmsWriter
from functions.invite.sms.replying import InboundSms, SmsReplying
from functions.shared.adapters import aws, clock
from functions.shared.adapters.binding import bind
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.end_user_messaging import EndUserMessaging, SmsAccount, sms_client
from functions.shared.adapters.environment import required
from functions.shared.adapters.feedback_blocks import DynamoFeedbackBlocks
from functions.shared.adapters.invitations import DynamoInvitations
from functions.shared.adapters.keys import load_keys
from functions.shared.adapters.mail_queue import read_message
from functions.shared.adapters.observability import logger, metrics, tracer
from functions.shared.adapters.opt_outs import DynamoOptOuts
from functions.shared.adapters.people import DynamoPeople
from functions.shared.adapters.rate_limiter_states import DynamoTurnBooks
from functions.shared.adapters.sending_states import DynamoSendingStates
from functions.shared.adapters.sms_numbers import DynamoNumbers
from functions.shared.adapters.tables import (
    Contact,
    FeedbackBlock,
    Invitation,
    OptOut,
    SendingStatus,
    Suppression,
    TurnBook,
)
from functions.shared.domain.channels import SMS
from functions.shared.domain.sms import Sms
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts

_due = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
_inbound = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
_hands = ThreadPoolExecutor(max_workers=10, thread_name_prefix="sms")


class _Uncounted:
    """A client's pause is about its mail: SMS are no part of what bounces and complaints are a share of."""

    def left(self, client: str, at: object) -> None:
        """Count nothing."""


@lru_cache(maxsize=1)
def _sending() -> Sending[Sms]:
    bind(Invitation, Contact, FeedbackBlock, OptOut, Suppression, TurnBook, SendingStatus)
    return Sending(
        invitations=DynamoInvitations(SMS),
        people=DynamoPeople(),
        opt_outs=OptOuts(DynamoOptOuts()),
        blocks=FeedbackBlocks(DynamoFeedbackBlocks()),
        clients=ClientStore(aws.client("s3"), required("CONFIG_BUCKET")),
        renderer=SmsWriter(),
        mailer=EndUserMessaging(sms_client(), required("SMS_CONFIGURATION_SET"), required("SMS_MAX_PRICE")),
        pace=Pace(DynamoTurnBooks(SMS), SmsAccount(float(required("SMS_RATE"))), time.time, time.sleep),
        keys=load_keys(required("PEPPER_SECRET"), required("TOKEN_KEYS_SECRET")),
        survey_url=required("SURVEY_URL"),
        clock=clock.now,
        pauses=DynamoSendingStates(),
        counts=_Uncounted(),
        addressed=DynamoNumbers(),
    )


@lru_cache(maxsize=1)
def _replying() -> SmsReplying:
    bind(Invitation, Contact, OptOut)
    return SmsReplying(
        invitations=DynamoInvitations(SMS),
        numbers=DynamoNumbers(),
        opt_outs=OptOuts(DynamoOptOuts()),
        clients=ClientStore(aws.client("s3"), required("CONFIG_BUCKET")),
        keys=load_keys(required("PEPPER_SECRET"), required("TOKEN_KEYS_SECRET")),
    )


@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def send(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Send the SMS that a batch of the queue names, all at once: each waits for its own turn."""
    sending = _sending()
    seen = {}
    with suppress(Exception):  # each message meets it again or does not
        seen = sending.look({read_message(record["body"])[0] for record in event["Records"]})

    def one(body: str) -> tuple[str, Outcome, str]:
        invitation_id, due_at = read_message(body)
        return invitation_id, *sending.send(invitation_id, due_at, seen.get(invitation_id))

    sent = {record["messageId"]: _hands.submit(one, record["body"]) for record in event["Records"]}
    return process_partial_response(event, partial(_tell, sent), _due, context)


def _tell(sent: dict[str, Future[tuple[str, Outcome, str]]], record: SQSRecord) -> None:
    try:
        invitation_id, outcome, reason = sent[record.message_id].result()
    except Exception:
        logger.exception("message_failed", extra={"sqs_message": record.message_id})
        raise
    log = logger.warning if outcome in (Outcome.HELD, Outcome.UNKNOWN) else logger.info
    log("sms_due", extra={"invitation": invitation_id, "outcome": outcome.value, "reason": reason})
    metrics.add_metric(f"Sms{outcome.value.capitalize()}", MetricUnit.Count, 1)


@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def take(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Take in the SMS that came to clients' numbers."""
    return process_partial_response(event, _take_one, _inbound, context)


def _take_one(record: SQSRecord) -> None:
    try:
        told = json.loads(record.body)
        sms = InboundSms(told["originationNumber"], told["destinationNumber"], told["messageBody"])
        taken = _replying().take(sms, clock.now())
    except Exception:
        logger.exception("sms_not_taken", extra={"sqs_message": record.message_id})
        raise
    fields = {"clients": taken.clients, "invitations": taken.invitations, "outcome": taken.outcome.value}
    logger.info("sms_taken", extra=fields)
    metrics.add_metric("SmsReplies" + taken.outcome.value.title().replace("_", ""), MetricUnit.Count, 1)
