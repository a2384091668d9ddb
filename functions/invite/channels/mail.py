"""Mail: what sends it, over SES, and where it waits to be sent."""

import time
from dataclasses import dataclass
from pathlib import Path

from functions.invite.channels.queues import ChannelQueue
from functions.invite.rate_limiter import RateLimiter
from functions.invite.rendering import MailRenderer
from functions.invite.roles import SentCounts
from functions.invite.service import Sending
from functions.shared.adapters import aws, clock
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.environment import Settings, required
from functions.shared.adapters.feedback_blocks import DynamoFeedbackBlocks
from functions.shared.adapters.invitations import DynamoInvitations
from functions.shared.adapters.keys import load_link_keys
from functions.shared.adapters.mail_streams import S3MailStreams
from functions.shared.adapters.mailer import SesAccount, SesMailer, ses_client
from functions.shared.adapters.notice_queue import SqsNotices
from functions.shared.adapters.opt_outs import DynamoOptOuts
from functions.shared.adapters.people import DynamoPeople
from functions.shared.adapters.rate_limiter_states import DynamoRateLimiterStates
from functions.shared.adapters.refusals import DynamoRefusals
from functions.shared.adapters.sending_states import DynamoSendingStates
from functions.shared.domain.channels import MAIL
from functions.shared.domain.mail import PackedMail
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts

TEMPLATES = Path(__file__).resolve().parents[3] / "frontend" / "mail"


@dataclass(frozen=True)
class MailSettings(Settings):
    """What sending mail takes from the deployment; `reply_domain` is where replies are read, if anywhere."""

    config_bucket: str
    notice_queue_url: str
    token_keys_secret: str
    survey_url: str
    ses_configuration_set: str
    ses_rate_share: float
    reply_domain: str | None
    templates: Path = TEMPLATES


def make_sending(settings: MailSettings, counts: SentCounts) -> Sending[PackedMail]:
    """Return what sends one mail that is due."""
    client, s3 = ses_client(), aws.client("s3")
    return Sending(
        invitations=DynamoInvitations(MAIL),
        people=DynamoPeople(),
        opt_outs=OptOuts(DynamoOptOuts()),
        blocks=FeedbackBlocks(DynamoFeedbackBlocks()),
        clients=ClientStore(s3, settings.config_bucket),
        renderer=MailRenderer(settings.templates),
        sender=SesMailer(client, settings.ses_configuration_set, S3MailStreams(s3, settings.config_bucket)),
        rate_limiter=RateLimiter(
            DynamoRateLimiterStates(MAIL), SesAccount(client, settings.ses_rate_share), time.time, time.sleep
        ),
        keys=load_link_keys(settings.token_keys_secret),
        survey_url=settings.survey_url,
        replies=settings.reply_domain,
        clock=clock.now,
        pauses=DynamoSendingStates(),
        counts=counts,
        refusals=DynamoRefusals(SqsNotices(aws.client("sqs"), settings.notice_queue_url)),
    )


def queue_from_env() -> ChannelQueue:
    """Return the queue of mails that are due; every deployment has one."""
    share = float(required("SES_RATE_SHARE"))
    return ChannelQueue(MAIL, required("SEND_QUEUE_URL"), lambda: SesAccount(ses_client(), share))
