"""The streams of mail that onboarding set up, as the sender reads them: from the config bucket, kept a short while."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared.domain import object_keys
from functions.shared.domain.mail_stream import MailStream, read_stream

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RECHECK_SECONDS = 20.0
"""So long a stream, or that there is none, is believed without asking again."""


class S3MailStreams:
    """Streams of mail by client."""

    def __init__(self, s3: "S3Client", bucket: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Take the S3 client, the config bucket and a clock in seconds that never runs backwards."""
        self._s3 = s3
        self._bucket = bucket
        self._monotonic = monotonic
        self._kept: dict[str, tuple[float, MailStream | None]] = {}

    def of(self, client: str) -> MailStream | None:
        """Return the stream of a client, at most RECHECK_SECONDS old; None where it is not onboarded yet.

        While the bucket does not answer, what was known before holds. Raises ValueError for a record that cannot be
        read.
        """
        now = self._monotonic()
        kept = self._kept.get(client)
        if kept and now - kept[0] < RECHECK_SECONDS:
            return kept[1]
        try:
            stream = self._read(client)
        except (BotoCoreError, ClientError):
            if kept is None:
                raise
            return kept[1]
        self._kept[client] = now, stream
        return stream

    def _read(self, client: str) -> MailStream | None:
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=object_keys.mail_stream(client))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
                return None
            raise
        return read_stream(answer["Body"].read())
