"""SMS: what sends it, over AWS End User Messaging at a rate and a price of ours, and where it waits to be sent."""

import time
from dataclasses import dataclass
from functools import partial

from functions.invite.channels.queues import ChannelQueue
from functions.invite.rate_limiter import RateLimiter
from functions.invite.service import Sending
from functions.invite.sms.rendering import SmsRenderer
from functions.shared.adapters import aws, clock
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.end_user_messaging import EndUserMessaging, SmsAccount, sms_client
from functions.shared.adapters.environment import Settings, optional, required
from functions.shared.adapters.feedback_blocks import DynamoFeedbackBlocks
from functions.shared.adapters.invitations import DynamoInvitations
from functions.shared.adapters.keys import load_link_keys
from functions.shared.adapters.notice_queue import SqsNotices
from functions.shared.adapters.opt_outs import DynamoOptOuts
from functions.shared.adapters.people import DynamoPeople
from functions.shared.adapters.rate_limiter_states import DynamoRateLimiterStates
from functions.shared.adapters.refusals import DynamoRefusals
from functions.shared.adapters.sending_states import DynamoSendingStates
from functions.shared.adapters.sms_numbers import DynamoNumbers
from functions.shared.domain.channels import SMS
from functions.shared.domain.sms import Sms
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts


@dataclass(frozen=True)
class SmsSettings(Settings):
    """What sending SMS takes from the deployment: `sms_rate` in SMS a second, `sms_max_price` in dollars a part."""

    config_bucket: str
    notice_queue_url: str
    token_keys_secret: str
    survey_url: str
    sms_configuration_set: str
    sms_rate: float
    sms_max_price: str


class NotCounted:
    """A client's pause is about its mail: SMS are no part of what bounces and complaints are a share of."""

    def count_sent(self, client: str, at: object) -> None:
        """Count nothing."""


def make_sending(settings: SmsSettings) -> Sending[Sms]:
    """Return what sends one SMS that is due."""
    return Sending(
        invitations=DynamoInvitations(SMS),
        people=DynamoPeople(),
        opt_outs=OptOuts(DynamoOptOuts()),
        blocks=FeedbackBlocks(DynamoFeedbackBlocks()),
        clients=ClientStore(aws.client("s3"), settings.config_bucket),
        renderer=SmsRenderer(),
        sender=EndUserMessaging(sms_client(), settings.sms_configuration_set, settings.sms_max_price),
        rate_limiter=RateLimiter(DynamoRateLimiterStates(SMS), SmsAccount(settings.sms_rate), time.time, time.sleep),
        keys=load_link_keys(settings.token_keys_secret),
        survey_url=settings.survey_url,
        clock=clock.now,
        pauses=DynamoSendingStates(),
        counts=NotCounted(),
        refusals=DynamoRefusals(SqsNotices(aws.client("sqs"), settings.notice_queue_url)),
        recipient_log=DynamoNumbers(),
    )


def queue_from_env() -> ChannelQueue | None:
    """Return the queue of SMS that are due, or None where this deployment sends none."""
    url = optional("SMS_QUEUE_URL")
    return ChannelQueue(SMS, url, partial(SmsAccount, float(required("SMS_RATE")))) if url else None
