"""The queue of notices, which `invite.notify` makes into mails to a client's contact."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

from functions.shared.domain.errors import BadInput
from functions.shared.domain.notices import Notice, RefusalNotice, of_message, to_message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


MAX_DELAY = 900
"""Seconds, of SQS."""


class SqsNotices:
    """Notices on an SQS queue."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def put(self, notice: Notice) -> None:
        """Put a notice on the queue. Putting it twice makes one mail."""
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(to_message(notice)))

    def put_later(self, notice: RefusalNotice, now: datetime | None = None) -> None:
        """Put a notice on the queue that can be written when its time is over: as late as a queue can."""
        left = MAX_DELAY if now is None else max(0, min(MAX_DELAY, notice.until - int(now.timestamp())))
        body = json.dumps(to_message(notice))
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=body, DelaySeconds=left)


def read_notice(body: str) -> Notice:
    """Return the notice that a message carries. Raises BadInput for a body that is none."""
    try:
        message = json.loads(body)
    except ValueError as error:
        raise BadInput("This message is no notice.") from error
    if not isinstance(message, dict):
        raise BadInput("This message is no notice.")
    return of_message(message)
