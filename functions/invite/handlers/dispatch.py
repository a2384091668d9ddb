"""The Lambda function of the schedule: every minute, what is due goes on the queue of its channel."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.invite.batches import observed
from functions.invite.channels.queues import ChannelQueue
from functions.invite.channels.registry import queues_from_env
from functions.invite.dispatching import Dispatching
from functions.invite.reputation import PausedClients
from functions.shared.adapters import aws, clock
from functions.shared.adapters.binding import bind
from functions.shared.adapters.invitations import DynamoInvitations
from functions.shared.adapters.mail_queue import SqsMailQueue
from functions.shared.adapters.observability import logger, metrics
from functions.shared.adapters.sending_states import DynamoSendingStates
from functions.shared.adapters.tables import Invitation, SendingStatus
from functions.shared.domain.channels import CHANNELS, MAIL


def make_handler(queues: Sequence[ChannelQueue]) -> Callable[[dict[str, Any], LambdaContext], dict[str, int]]:
    """Return the handler that fills these queues. It remembers what it put on them for the life of its worker."""
    work = {queue.channel: cache(lambda queue=queue: (_sweep(queue), _dispatching(queue))) for queue in queues}

    @observed
    def dispatch(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
        """Put what is due on the queue of its channel; return how many mails."""
        dispatched = {}
        for channel, make in work.items():
            sweep, dispatching = make()
            paused, due_again = sweep.run()
            put = dispatched[channel] = dispatching.run(clock.now())
            messages = CHANNELS[channel].messages
            fields: dict[str, Any] = {messages: put, f"{messages}_due_again": due_again}
            logger.info(f"{messages}_dispatched", **fields)
            metrics.add_metric(f"{messages.capitalize()}Dispatched", MetricUnit.Count, put)
            _tell_waiting(messages, dispatching)
            if channel == MAIL:
                metrics.add_metric("ClientsPaused", MetricUnit.Count, len(paused))
                if paused or due_again:
                    logger.info("clients_paused", clients=paused, mails_due_again=due_again)
        return {"dispatched": dispatched.get(MAIL, 0)}

    return dispatch


def _tell_waiting(messages: str, dispatching: Dispatching) -> None:
    """Tell how long what is due has waited, and whether the account takes anything at all."""
    name, oldest, allowance = messages.capitalize(), dispatching.oldest_due_at, dispatching.allowance
    waited = max(0.0, clock.now().timestamp() - oldest) / 60 if oldest is not None else 0.0
    metrics.add_metric(f"{name}OverdueMinutes", MetricUnit.Count, waited)
    if allowance:
        metrics.add_metric(f"{name}Closed", MetricUnit.Count, int(not allowance.enabled))
        metrics.add_metric(f"{name}DayIsFull", MetricUnit.Count, int(allowance.remaining_today == 0))
        if not allowance.enabled:
            logger.error("account_takes_nothing", messages=messages)


def _sweep(queue: ChannelQueue) -> PausedClients:
    return PausedClients(DynamoSendingStates(), DynamoInvitations(queue.channel))


def _dispatching(queue: ChannelQueue) -> Dispatching:
    return Dispatching(
        DynamoInvitations(queue.channel), SqsMailQueue(aws.client("sqs"), queue.url), queue.make_account()
    )


bind(Invitation, SendingStatus)
dispatch = make_handler(queues_from_env())
