"""The Lambda function of the SMS that come to clients' numbers."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.invite.batches import BatchHandler, logged_failure, observed
from functions.invite.sms.replying import InboundSms, SmsReplying
from functions.shared.adapters import aws, clock
from functions.shared.adapters.binding import bind
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.environment import Settings
from functions.shared.adapters.invitations import DynamoInvitations
from functions.shared.adapters.keys import load_pepper
from functions.shared.adapters.observability import logger, metrics
from functions.shared.adapters.opt_outs import DynamoOptOuts
from functions.shared.adapters.sms_numbers import DynamoNumbers
from functions.shared.adapters.tables import Contact, Invitation, OptOut
from functions.shared.domain.channels import SMS
from functions.shared.services.opt_outs import OptOuts


@dataclass(frozen=True)
class SmsReplySettings(Settings):
    """What taking in SMS takes from the deployment."""

    config_bucket: str
    pepper_secret: str


def make_handler(settings: SmsReplySettings) -> BatchHandler:
    """Return the handler that takes in SMS."""
    replying = cache(lambda: _make(settings))
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    @observed
    def take(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
        """Take in the SMS that came to clients' numbers."""
        return process_partial_response(event, lambda record: _take_sms(record, replying), processor, context)

    return take


def _make(settings: SmsReplySettings) -> SmsReplying:
    return SmsReplying(
        invitations=DynamoInvitations(SMS),
        numbers=DynamoNumbers(),
        opt_outs=OptOuts(DynamoOptOuts()),
        clients=ClientStore(aws.client("s3"), settings.config_bucket),
        pepper=load_pepper(settings.pepper_secret),
    )


def _take_sms(record: SQSRecord, replying: Callable[[], SmsReplying]) -> None:
    with logged_failure(record, "sms_not_taken"):
        message = json.loads(record.body)
        sms = InboundSms(message["originationNumber"], message["destinationNumber"], message["messageBody"])
        taken = replying().take(sms, clock.now())
    logger.info("sms_taken", clients=taken.clients, invitations=taken.invitations, outcome=taken.outcome.value)
    metrics.add_metric("SmsReplies" + taken.outcome.value.title().replace("_", ""), MetricUnit.Count, 1)


bind(Invitation, Contact, OptOut)
take = make_handler(SmsReplySettings.from_env())
