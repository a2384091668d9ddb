"""What has to be in a client's folder before a channel sends for it: a check for each channel with words of its own.

Mails are checked where they can be rendered (operations/mail_checks.py).
"""

from collections.abc import Callable, Mapping

from functions.shared.domain.channels import SMS, Channel
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.sms_texts import check_sms_texts

CHANNEL_TEXT_CHECKS: Mapping[Channel, Callable[[ClientBundle], list[str]]] = {SMS: check_sms_texts}
"""Each returns the mistakes, a sentence for each; none where no touchpoint invites by the channel."""
