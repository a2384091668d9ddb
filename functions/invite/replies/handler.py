"""AWS in, AWS out: the mails that come in where replies go to."""

import json
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.invite.replies.service import MOST_ATTACHED, Replying
from functions.shared.adapters import aws, clock
from functions.shared.adapters.binding import bind
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.environment import required
from functions.shared.adapters.invitations import DynamoInvitations
from functions.shared.adapters.keys import load_keys
from functions.shared.adapters.mail_streams import S3MailStreams
from functions.shared.adapters.mailer import SesMailer, ses_client
from functions.shared.adapters.observability import logger, metrics, tracer
from functions.shared.adapters.opt_outs import DynamoOptOuts
from functions.shared.adapters.reply_files import S3Replies
from functions.shared.adapters.tables import Invitation, OptOut
from functions.shared.domain.channels import MAIL
from functions.shared.domain.errors import NotFound
from functions.shared.domain.object_keys import event_key
from functions.shared.services.opt_outs import OptOuts

_replies = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@lru_cache(maxsize=1)
def _replying() -> Replying:
    bind(Invitation, OptOut)
    s3, config_bucket = aws.client("s3"), required("CONFIG_BUCKET")
    return Replying(
        invitations=DynamoInvitations(MAIL),
        opt_outs=OptOuts(DynamoOptOuts()),
        clients=ClientStore(s3, config_bucket),
        mailer=SesMailer(ses_client(), required("SES_CONFIGURATION_SET"), S3MailStreams(s3, config_bucket)),
        keys=load_keys(required("PEPPER_SECRET"), required("TOKEN_KEYS_SECRET")),
        domain=required("REPLY_DOMAIN"),
    )


@lru_cache(maxsize=1)
def _files() -> S3Replies:
    return S3Replies(aws.client("s3"), required("REPLY_BUCKET"))


@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def take(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Take in the mails that messages of their queue tell of."""
    return process_partial_response(event, _take_one, _replies, context)


def _take_one(record: SQSRecord) -> None:
    # S3 says hello with an s3:TestEvent, which has no Records.
    for told in json.loads(record.body).get("Records", ()):
        _take_mail(event_key(told["s3"]["object"]["key"]))


def _take_mail(key: str) -> None:
    fields: dict[str, Any] = {"reply": key}  # the name that SES gave it
    try:
        raw, whole = _files().read(key, MOST_ATTACHED)
        taken = _replying().take(raw, clock.now(), whole=whole)
    except NotFound:
        logger.warning("reply_gone", extra=fields)
        return
    except Exception:
        logger.exception("reply_not_taken", extra=fields)
        raise
    fields |= {"client": taken.client, "invitation": taken.invitation, "outcome": taken.outcome.value}
    logger.info("reply_taken", extra=fields)
    metrics.add_metric("Replies" + taken.outcome.value.title().replace("_", ""), MetricUnit.Count, 1)
