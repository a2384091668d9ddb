"""The Lambda function of the queue of mails that are due."""

from functools import partial

from functions.invite.batches import BatchHandler
from functions.invite.channels.mail import MailSettings, make_sending
from functions.invite.client_metrics import flush_counts
from functions.invite.handlers import sending
from functions.shared.adapters.binding import bind
from functions.shared.adapters.mail_counts import DynamoMailCounts
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
from functions.shared.domain.channels import MAIL


def make_handler(settings: MailSettings) -> BatchHandler:
    """Return the handler that sends mails, and counts them for each client."""
    counts = DynamoMailCounts()
    return sending.make_handler(MAIL, partial(make_sending, settings, counts), partial(flush_counts, counts))


bind(Invitation, Contact, FeedbackBlock, OptOut, Suppression, TurnBook, SendingStatus, MailCount)
send = make_handler(MailSettings.from_env())
