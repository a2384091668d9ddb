"""The queue of clients whose datasets are to be brought up to date."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from functions.shared.domain.dataset_run import DatasetRun
from functions.shared.domain.errors import TryAgain

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_AT_ONCE = 10


class SqsRunQueue:
    """Sends runs: {"client", "rebuild", "report"}."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def send(self, runs: Sequence[DatasetRun], delay: int = 0) -> None:
        """Ask for runs, in `delay` seconds at the earliest. Raises TryAgain unless all of them were taken."""
        for start in range(0, len(runs), _AT_ONCE):
            answer = self._sqs.send_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(number), "MessageBody": json.dumps(asdict(run)), "DelaySeconds": delay}
                    for number, run in enumerate(runs[start : start + _AT_ONCE])
                ],
            )
            if answer.get("Failed"):
                raise TryAgain(f"{len(answer['Failed'])} runs were not taken by the queue.")


def read_run(body: str) -> DatasetRun:
    """Return the run that a message asks for."""
    return DatasetRun(**json.loads(body))
