"""Where the messages of a channel that are due wait to be sent."""

from collections.abc import Callable
from dataclasses import dataclass

from functions.invite.account import Account
from functions.shared.domain.channels import Channel


@dataclass(frozen=True)
class ChannelQueue:
    """A channel's queue in this deployment; `make_account` returns what says how much may be sent."""

    channel: Channel
    url: str
    make_account: Callable[[], Account]
