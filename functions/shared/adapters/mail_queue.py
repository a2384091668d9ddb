"""The queue of mails that are due: a message names an invitation and the moment at which its mail is due."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Due = tuple[str, int]
_BATCH = 10
_CALLS_AT_ONCE = 8
"""An account of 500 mails a second wants 3,000 calls in the minute between two runs."""


class SqsMailQueue:
    """Due mails on an SQS queue."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self._url = url

    def depth(self) -> int:
        """Return about how many messages wait or are being worked on."""
        response = self._sqs.get_queue_attributes(
            QueueUrl=self._url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return sum(int(number) for number in response.values())

    def put(self, mails: Sequence[Due]) -> list[Due]:
        """Put messages on the queue, ten a call and some calls at once; return those that the queue took."""
        batches = [mails[start : start + _BATCH] for start in range(0, len(mails), _BATCH)]
        with ThreadPoolExecutor(max_workers=_CALLS_AT_ONCE) as hands:
            return [mail for taken in hands.map(self._put_batch, batches) for mail in taken]

    def _put_batch(self, batch: Sequence[Due]) -> list[Due]:
        answer = self._sqs.send_message_batch(
            QueueUrl=self._url,
            Entries=[{"Id": str(n), "MessageBody": message(*mail)} for n, mail in enumerate(batch)],
        )
        return [batch[int(entry["Id"])] for entry in answer.get("Successful", [])]


def message(invitation_id: str, due_at: int) -> str:
    """Return the body of a message."""
    return json.dumps({"invitation_id": invitation_id, "due_at": due_at})


def read_message(body: str) -> Due:
    """Return what a message says. Raises ValueError or KeyError for a body that is no message of ours."""
    content = json.loads(body)
    return str(content["invitation_id"]), int(content["due_at"])
