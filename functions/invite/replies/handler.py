"""The Lambda function of the mails that come in where replies go to."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.invite.batches import BatchHandler, observed
from functions.invite.replies.service import MAX_ATTACHED, Replying
from functions.shared.adapters import aws, clock
from functions.shared.adapters.binding import bind
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.environment import Settings
from functions.shared.adapters.invitations import DynamoInvitations
from functions.shared.adapters.keys import load_link_keys, load_pepper
from functions.shared.adapters.mail_streams import S3MailStreams
from functions.shared.adapters.mailer import SesMailer, ses_client
from functions.shared.adapters.observability import logger, metrics
from functions.shared.adapters.opt_outs import DynamoOptOuts
from functions.shared.adapters.reply_files import S3Replies
from functions.shared.adapters.tables import Invitation, OptOut
from functions.shared.domain.channels import MAIL
from functions.shared.domain.errors import NotFound
from functions.shared.domain.object_keys import event_key
from functions.shared.services.opt_outs import OptOuts


@dataclass(frozen=True)
class ReplySettings(Settings):
    """What taking in replies takes from the deployment."""

    config_bucket: str
    reply_bucket: str
    reply_domain: str
    ses_configuration_set: str
    pepper_secret: str
    token_keys_secret: str


def make_handler(settings: ReplySettings) -> BatchHandler:
    """Return the handler that takes in mails."""
    made = cache(lambda: (S3Replies(aws.client("s3"), settings.reply_bucket), _make(settings)))
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def take_record(record: SQSRecord) -> None:
        # S3 says hello with an s3:TestEvent, which has no Records.
        for notification in json.loads(record.body).get("Records", ()):
            _take_mail(event_key(notification["s3"]["object"]["key"]), *made())

    @observed
    def take(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
        """Take in the mails that messages of their queue tell of."""
        return process_partial_response(event, take_record, processor, context)

    return take


def _make(settings: ReplySettings) -> Replying:
    s3 = aws.client("s3")
    streams = S3MailStreams(s3, settings.config_bucket)
    return Replying(
        invitations=DynamoInvitations(MAIL),
        opt_outs=OptOuts(DynamoOptOuts()),
        clients=ClientStore(s3, settings.config_bucket),
        mailer=SesMailer(ses_client(), settings.ses_configuration_set, streams),
        pepper=load_pepper(settings.pepper_secret),
        keys=load_link_keys(settings.token_keys_secret),
        domain=settings.reply_domain,
    )


def _take_mail(key: str, files: S3Replies, replying: Replying) -> None:
    fields: dict[str, Any] = {"reply": key}  # the name that SES gave it
    try:
        raw, whole = files.read(key, MAX_ATTACHED)
        taken = replying.take(raw, clock.now(), whole=whole)
    except NotFound:
        logger.warning("reply_gone", **fields)
        return
    except Exception:
        logger.exception("reply_not_taken", **fields)
        raise
    fields |= {"client": taken.client, "invitation": taken.invitation, "outcome": taken.outcome.value}
    logger.info("reply_taken", **fields)
    metrics.add_metric("Replies" + taken.outcome.value.title().replace("_", ""), MetricUnit.Count, 1)


bind(Invitation, OptOut)
take = make_handler(ReplySettings.from_env())
