"""The queue of chunks that wait for admission."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from functions.shared.domain.errors import TryAgain
from functions.shared.domain.upload import ChunkPointer

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

_AT_ONCE = 10


class SqsChunkQueue:
    """Sends pointers: {"bucket", "key", "upload_id", "chunk"}.

    The chunks of a file are a group, which on a standard queue makes it a fair one: while the many chunks of a large
    file are underway, those of other files go before the rest of them.
    """

    def __init__(self, sqs: "SQSClient", queue_url: str, bucket: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._bucket = bucket

    def send(self, pointers: Sequence[ChunkPointer]) -> None:
        """Send pointers. Raises TryAgain unless all of them were taken."""
        for start in range(0, len(pointers), _AT_ONCE):
            entries: list[SendMessageBatchRequestEntryTypeDef] = [
                {"Id": str(number), "MessageBody": self._body(pointer), "MessageGroupId": pointer.upload_id}
                for number, pointer in enumerate(pointers[start : start + _AT_ONCE])
            ]
            answer = self._sqs.send_message_batch(QueueUrl=self._queue_url, Entries=entries)
            if answer.get("Failed"):
                raise TryAgain(f"{len(answer['Failed'])} chunks were not taken by the queue.")

    def _body(self, pointer: ChunkPointer) -> str:
        return json.dumps(
            {"bucket": self._bucket, "key": pointer.key, "upload_id": pointer.upload_id, "chunk": pointer.chunk}
        )


def read_pointer(body: str) -> ChunkPointer:
    """Return the pointer that a message carries."""
    content = json.loads(body)
    return ChunkPointer(content["key"], content["upload_id"], int(content["chunk"]))
