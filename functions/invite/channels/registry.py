"""The channels that invitations are sent by, an entry each; functions/shared/domain/channels.py says what they can."""

from collections.abc import Callable, Mapping

from functions.invite.channels import mail, sms
from functions.invite.channels.queues import ChannelQueue
from functions.shared.domain.channels import MAIL, SMS, Channel

QUEUES: Mapping[Channel, Callable[[], ChannelQueue | None]] = {
    MAIL: mail.queue_from_env,
    SMS: sms.queue_from_env,
}
"""What reads a channel's queue from the environment, None where this deployment does not send by it."""


def queues_from_env() -> tuple[ChannelQueue, ...]:
    """Return the queues of the channels that this deployment sends by; a missing variable stops the function."""
    return tuple(queue for queue_from_env in QUEUES.values() if (queue := queue_from_env()))
