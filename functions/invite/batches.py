"""What the handlers of queues have in common: one read for a batch, and why a message went back to the queue."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar, cast

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.shared.adapters.observability import logger, metrics, tracer

_Read = TypeVar("_Read")
_Handler = TypeVar("_Handler", bound=Callable[..., Any])

BatchHandler = Callable[[dict[str, Any], LambdaContext], PartialItemFailureResponse]


def observed(handler: _Handler) -> _Handler:
    """Trace a handler, without its answer, and publish the metrics of each call."""
    return cast("_Handler", tracer.capture_lambda_handler(capture_response=False)(metrics.log_metrics(handler)))


def prefetch(
    event: dict[str, Any], invitation_of: Callable[[str], str | None], read: Callable[[set[str]], dict[str, _Read]]
) -> dict[str, _Read]:
    """Read for a whole batch, by invitation id, what its messages need.

    Where that fails nothing is returned: each message reads, and fails, for itself.
    """
    wanted = set()
    for record in event["Records"]:
        with suppress(Exception):  # the message is refused when its turn comes
            wanted.add(invitation_of(record["body"]))
    try:
        return read({invitation_id for invitation_id in wanted if invitation_id})
    except Exception:  # noqa: BLE001 - whatever it is, each message meets it again or does not
        logger.warning("look_ahead_failed", exc_info=True)
        return {}


@contextmanager
def logged_failure(record: SQSRecord, event: str = "message_failed") -> Iterator[None]:
    """Log why a message goes back to the queue; the answer for the batch only names it."""
    try:
        yield
    except Exception:
        logger.exception(event, sqs_message=record.message_id)
        raise
