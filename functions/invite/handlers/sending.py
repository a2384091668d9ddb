"""What the Lambda functions that send have in common, whatever the channel: a batch of what is due, all at once."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.invite.batches import BatchHandler, logged_failure, observed, prefetch
from functions.invite.service import Sending, SendOutcome
from functions.shared.adapters.mail_queue import read_message
from functions.shared.adapters.observability import logger, metrics
from functions.shared.domain.channels import CHANNELS, Channel
from functions.shared.domain.deliveries import StopReason

BATCH = 10
"""A thread for each message of a batch: it waits for its turn, and then for the network, nearly all of its time."""

_Sent = tuple[str, SendOutcome, str]


def make_handler(
    channel: Channel, make_sending: Callable[[], Sending[Any]], after_batch: Callable[[], None] = lambda: None
) -> BatchHandler:
    """Return the handler that sends what a batch of a channel's queue names.

    `make_sending` is called once, with the first batch; `after_batch` after each, and where it fails the batch comes
    again, and does nothing twice.
    """
    sending = cache(make_sending)
    # An answer that names every record does what an exception would, and the worker stays warm.
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    threads = ThreadPoolExecutor(max_workers=BATCH, thread_name_prefix=channel)

    @observed
    def send(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
        """Send what a batch of the queue names, all at once: each waits for its own turn."""
        use_case = sending()
        prefetched = prefetch(event, lambda body: read_message(body)[0], use_case.prefetch)

        def send_message(body: str) -> _Sent:
            invitation_id, due_at = read_message(body)
            return invitation_id, *use_case.send(invitation_id, due_at, prefetched.pop(invitation_id, None))

        sent = {record["messageId"]: threads.submit(send_message, record["body"]) for record in event["Records"]}
        response = process_partial_response(event, lambda record: _report(channel, sent, record), processor, context)
        after_batch()
        return response

    return send


def _report(channel: Channel, sent: dict[str, Future[_Sent]], record: SQSRecord) -> None:
    with logged_failure(record):
        invitation_id, outcome, reason = sent[record.message_id].result()
        log = (
            logger.warning if outcome in (SendOutcome.HELD, SendOutcome.NOT_TAKEN, SendOutcome.UNKNOWN) else logger.info
        )
        log(f"{channel}_due", invitation=invitation_id, outcome=outcome.value, reason=reason)
        name = f"{CHANNELS[channel].messages.capitalize()}{outcome.value.title().replace('_', '')}"
        metrics.add_metric(name, MetricUnit.Count, 1)
        if outcome is SendOutcome.STOPPED and reason == StopReason.REFUSED:
            metrics.add_metric("InvitationsRefused", MetricUnit.Count, 1)
