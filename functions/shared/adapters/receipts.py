"""Receipts, as whoever tells of them reads them: from the upload bucket."""

import csv
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.shared.domain.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Receipts:
    """The summaries and the lines of receipts."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self.bucket = bucket

    def summary(self, key: str) -> dict[str, Any]:
        """Return the JSON of a receipt. Raises NotFound."""
        summary: dict[str, Any] = json.loads(self._get(key).read())
        return summary

    def lines(self, key: str) -> Iterator[dict[str, str]]:
        """Yield the lines of a receipt from its CSV, read as they are asked for. Raises NotFound."""
        parts = self._get(key).iter_lines(chunk_size=65536, keepends=True)
        yield from csv.DictReader(part.decode("utf-8-sig") for part in parts)

    def _get(self, key: str) -> Any:
        try:
            return self._s3.get_object(Bucket=self.bucket, Key=key)["Body"]
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise NotFound("There is no receipt of this key.") from error
            raise
