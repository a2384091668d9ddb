"""What an invocation tells a handler: how much time is left, and whether it is the last attempt."""

from collections.abc import Callable

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.shared.adapters.environment import seconds

RESERVE_SECONDS = 45
"""Before its time ends, a function stops and hands over; HAND_OVER_RESERVE_SECONDS says otherwise."""
LAST_ATTEMPT = 5
"""The queue's maxReceiveCount: what fails once more lands with the dead letters."""


def time_left(context: LambdaContext) -> Callable[[], bool]:
    """Return what says whether there is more time than the reserve, in which work is handed over."""
    reserve = 1000 * seconds("HAND_OVER_RESERVE_SECONDS", RESERVE_SECONDS)
    return lambda: context.get_remaining_time_in_millis() > reserve


def is_last_attempt(record: SQSRecord) -> bool:
    """Say whether a message becomes a dead letter if it fails now."""
    return int(record.attributes.approximate_receive_count) >= LAST_ATTEMPT
