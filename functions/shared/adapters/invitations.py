"""Where invitations stand with their mails, in DynamoDB."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import datetime
from itertools import islice
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.item_reads import RawItem, optional_value, read_items
from functions.shared.adapters.pynamodb_connection import table_connection
from functions.shared.adapters.tables import DUE_SHARDS, Invitation, due_shard, paused_shard, read_channel
from functions.shared.domain.channels import Channel
from functions.shared.domain.deliveries import DeliveryState
from functions.shared.domain.invitation import RANK, InvitationState

_ATTRIBUTES = {field.name: getattr(Invitation, field.name) for field in fields(DeliveryState)}
_AT_ONCE = 8
"""Updates at the same time, where there are many."""
_GUARDED = ("due_at", "sending", "lease_until", "reminders_sent", "accepted_at", "delivered_at", "bounced_at")
"""What a change is decided from: the write is refused where one of these, or the rank, has changed since the read."""


class DynamoInvitations:
    """Standings by invitation id. Every write is conditional on the delivery that it was decided from."""

    def __init__(self, channel: Channel) -> None:
        """Take the channel whose messages are due here."""
        self._channel = channel

    def find(self, invitation_ids: Iterable[str]) -> Mapping[str, DeliveryState]:
        """Return where invitations stand, those that exist, by one consistent read of them all."""
        items = read_items({Invitation: invitation_ids})[Invitation]
        return {invitation_id: _delivery(item) for invitation_id, item in items.items()}

    def save(self, before: DeliveryState, after: DeliveryState) -> bool:
        """Write what differs, unless the invitation has changed since it was read; say whether it was written."""
        actions = list(_differences(before, after))
        if not actions:
            return True
        return _updated(before.invitation_id, actions, _unchanged(before))

    def pause(self, delivery: DeliveryState) -> bool:
        """Take a due mail out of the dispatcher's sight while its client is paused, unless the invitation has changed
        since it was read; say whether it was done. It stays due, beside the other mails of its client."""
        shard = [Invitation.due_shard.set(paused_shard(delivery.client, delivery.channel))]
        return _updated(delivery.invitation_id, shard, _unchanged(delivery))

    def resume(self, client: str, most: int) -> int:
        """Let at most so many of a client's paused mails be dispatched again, the oldest first; return how many."""
        shard = paused_shard(client, self._channel)
        waiting = [item.invitation_id for item in Invitation.due.query(shard, limit=most)]
        if not waiting:
            return 0

        def back(invitation_id: str) -> bool:
            still = Invitation.due_shard == shard
            return _updated(invitation_id, [Invitation.due_shard.set(due_shard(invitation_id, self._channel))], still)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return sum(pool.map(back, waiting))

    def due(self, now: datetime, most: int) -> list[tuple[str, int]]:
        """Return (invitation id, due moment in epoch seconds) of at most so many that are due, the oldest first."""
        names = [f"{shard:02x}" for shard in range(DUE_SHARDS)]
        shards = [_due(due_shard(name, self._channel), now, most) for name in names]
        oldest = islice(heapq.merge(*shards), most)
        return [(invitation_id, int(due_at.timestamp())) for due_at, invitation_id in oldest]


def _updated(invitation_id: str, actions: Sequence[Action], condition: Condition) -> bool:
    """Run a conditional update that sends nothing back; say whether its condition held."""
    table = table_connection(Invitation)  # Model.update would have the whole item sent back
    with conditional() as write:
        table.update_item(invitation_id, actions=actions, condition=condition)
    return write.held


def _due(shard: str, now: datetime, most: int) -> Iterator[tuple[datetime, str]]:
    for item in Invitation.due.query(shard, Invitation.due_at <= now, limit=most):
        yield item.due_at, item.invitation_id


def _delivery(item: RawItem) -> DeliveryState:
    values: dict[str, Any] = {name: optional_value(item, attribute) for name, attribute in _ATTRIBUTES.items()}
    values["state"] = InvitationState(values["state"])
    values["channel"] = read_channel(values["channel"])
    values["reminders_sent"] = int(values["reminders_sent"] or 0)
    return DeliveryState(**values)


def _differences(before: DeliveryState, after: DeliveryState) -> Iterator[Action]:
    for field in fields(DeliveryState):
        name, value = field.name, getattr(after, field.name)
        if value == getattr(before, name):
            continue
        attribute = getattr(Invitation, name)
        if value is None:
            yield attribute.remove()
        else:
            yield attribute.set(_stored(value))
        if name == "state":
            yield Invitation.rank.set(RANK[value])
        if name == "due_at" and (value is None) != (before.due_at is None):
            shard = Invitation.due_shard
            yield shard.remove() if value is None else shard.set(due_shard(after.invitation_id, after.channel))


def _unchanged(before: DeliveryState) -> Condition:
    condition: Condition = Invitation.rank == RANK[before.state]
    for name in _GUARDED:
        value, attribute = getattr(before, name), getattr(Invitation, name)
        condition &= attribute.does_not_exist() if value is None else attribute == _stored(value)
    return condition


def _stored(value: Any) -> Any:
    return value.value if isinstance(value, InvitationState) else value
