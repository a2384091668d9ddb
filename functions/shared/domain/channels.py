"""The channels by which invitations reach people, and what each of them can do.

An entry here and a module in functions/invite/channels/ make a channel; the module's settings say what its messages may
cost. Words of its own are checked by an entry in functions/shared/domain/channel_texts.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Channel = Literal["mail", "sms"]

MAIL: Channel = "mail"
SMS: Channel = "sms"


@dataclass(frozen=True)
class ChannelSpec:
    """What the code that serves every channel has to know of one."""

    name: Channel
    messages: str
    """What goes out on it, in logs and in the names of metrics."""
    recipient_field: str
    """The canonical field of an upload that holds where people are reached."""
    needs_recipient: str | None
    """What that field is, in the sentence on a mapping without it; None where a customer number will do as well."""
    recipient: re.Pattern[str]
    """What an address on this channel looks like, once it is normalised."""
    reminds: bool
    """Whether reminders follow the invitation."""
    due_prefix: str
    """What its partitions of the due index begin with."""
    opt_out_reply: Literal["reply", "keyword"]
    """How an opt-out by an answer on this channel is kept (functions.shared.domain.opt_outs.How)."""
    has_reputation: bool
    """Whether its bounces and complaints can pause a client."""

    def reaches(self, address: str) -> bool:
        """Say whether this channel can take a message to an address."""
        return self.recipient.match(address) is not None


CHANNELS: Mapping[Channel, ChannelSpec] = {
    MAIL: ChannelSpec(
        name=MAIL,
        messages="mails",
        recipient_field="email",
        needs_recipient=None,
        recipient=re.compile(r".+@", re.DOTALL),
        reminds=True,
        due_prefix="",
        opt_out_reply="reply",
        has_reputation=True,
    ),
    SMS: ChannelSpec(
        name=SMS,
        messages="sms",
        recipient_field="phone",
        needs_recipient="the number that gets the SMS",
        recipient=re.compile(r"\+\d+\Z"),
        reminds=True,
        due_prefix="sms/",
        opt_out_reply="keyword",
        has_reputation=False,
    ),
}
