"""Move the clock of a running system through what is planned, instead of past it.

One jump of 91 days would send an invitation, its reminder and what follows all at the same moment. Travel goes from
due moment to due moment, lets the system do what is due there, and goes on; so every mail carries its own time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.shared.adapters.tables import DUE_SHARDS, DueIndex, Invitation, due_shard
from functions.shared.domain.channels import CHANNELS
from infra.local import clock
from infra.local.stack import LocalStack

GROUP = timedelta(minutes=1)
"""What is due within so short a time of each other is handled in one stop, as the schedule does."""
_SHARDS = tuple(due_shard(f"{shard:02x}", channel) for channel in CHANNELS for shard in range(DUE_SHARDS))
_BATCH_SECONDS = 900.0
"""The most that a batch of mails may take, on the real clock."""
_MANY_STOPS = 60
"""After so many stops the group doubles at each next one, so that a long batch does not take for ever."""


@dataclass
class Journey:
    """What a travel did: `stops` are the moments at which something was due, with the number of mails sent there."""

    left: datetime
    arrived: datetime
    stops: list[tuple[datetime, int]] = field(default_factory=list)


def travel(
    stack: LocalStack,
    by: timedelta,
    tell: Callable[[str], None] = lambda line: None,
    at_stop: Callable[[], None] = lambda: None,
) -> Journey:
    """Move the clock ahead by `by`, doing on the way what is due; at the end make the reports and read the reviews.

    `at_stop` runs after each batch of mails; it may move the clock ahead a little itself.
    """
    if by < timedelta(0):
        raise ValueError("The clock only moves ahead.")
    left = clock.now(stack.workdir)
    target = left + by
    group = GROUP
    journey = Journey(left, target)
    _stop(stack, journey, tell)
    while (due := _next_due(stack, clock.now(stack.workdir))) and due <= target:
        clock.move_to(stack.workdir, min(target, due + group))
        if _stop(stack, journey, tell):
            at_stop()
        if len(journey.stops) > _MANY_STOPS:
            group *= 2
    clock.move_to(stack.workdir, max(target, clock.now(stack.workdir)))
    _stop(stack, journey, tell)
    stack.invoke("review-scrape")
    stack.settle(_BATCH_SECONDS)
    stack.aggregate(_BATCH_SECONDS)
    return journey


def _stop(stack: LocalStack, journey: Journey, tell: Callable[[str], None]) -> int:
    """Let everything be sent that is due, as the schedule would minute by minute; return how many mails left."""
    at = clock.now(stack.workdir)
    mails, texts = stack.mail_count(), len(stack.sms())
    overdue = None
    while True:
        stack.invoke("invite-dispatch")
        stack.settle(_BATCH_SECONDS)
        left = _count_due(stack, clock.now(stack.workdir))
        if not left or left == overdue:
            break
        overdue = left
    mails, texts = stack.mail_count() - mails, len(stack.sms()) - texts
    if mails or texts:
        journey.stops.append((at, mails + texts))
        tell(f"{at:%Y-%m-%d %H:%M} UTC  {mails} mails{f', {texts} SMS' if texts else ''}")
    return mails + texts


def _next_due(stack: LocalStack, after: datetime) -> datetime | None:
    """Return the first moment after `after` at which an invitation waits for a mail."""
    due_times = [
        item["due_at"]["N"] for shard in _SHARDS for item in _due(stack, shard, "due_at > :at", after, Limit=1)["Items"]
    ]
    return datetime.fromtimestamp(min(map(float, due_times)), UTC) if due_times else None


def _count_due(stack: LocalStack, until: datetime) -> int:
    return sum(_due(stack, shard, "due_at <= :at", until, Select="COUNT")["Count"] for shard in _SHARDS)


def _due(stack: LocalStack, shard: str, condition: str, at: datetime, **more: object) -> Any:
    return stack.client("dynamodb").query(
        TableName=stack.outputs.tables[Invitation.__name__],
        IndexName=DueIndex.Meta.index_name,
        KeyConditionExpression=f"due_shard = :shard AND {condition}",
        ExpressionAttributeValues={":shard": {"S": shard}, ":at": {"N": str(at.timestamp())}},
        **more,
    )
