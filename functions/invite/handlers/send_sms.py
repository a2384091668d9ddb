"""The Lambda function of the queue of SMS that are due."""

from functools import partial

from functions.invite.batches import BatchHandler
from functions.invite.channels.sms import SmsSettings, make_sending
from functions.invite.handlers import sending
from functions.shared.adapters.binding import bind
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
from functions.shared.domain.channels import SMS


def make_handler(settings: SmsSettings) -> BatchHandler:
    """Return the handler that sends SMS."""
    return sending.make_handler(SMS, partial(make_sending, settings))


bind(Invitation, Contact, FeedbackBlock, OptOut, Suppression, TurnBook, SendingStatus, MailCount)
send = make_handler(SmsSettings.from_env())
