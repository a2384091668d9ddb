"""The objects of an import: uploads, the rows on their way, receipts and facts."""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.shared.domain import object_keys
from functions.shared.domain.errors import NotFound
from functions.shared.domain.figures import Figures

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_BLOCK = 256 * 1024
_AT_ONCE = 8
_AHEAD = 16
_IN_MEMORY = 8 * 1024 * 1024
_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "gz": "application/gzip"}


class S3Files:
    """The upload bucket, and the facts of the data bucket. The buckets' own default encryption holds for all of it."""

    def __init__(self, s3: "S3Client", upload_bucket: str, data_bucket: str) -> None:
        self._s3 = s3
        self._uploads = upload_bucket
        self._data = data_bucket

    def open(self, key: str, version: str | None) -> tuple[int, Iterator[bytes]]:
        """Return an upload's size in bytes and its contents block by block, none read ahead. Raises NotFound."""
        which: dict[str, Any] = {"VersionId": version} if version else {}
        answer = self._get(key, **which)
        return answer["ContentLength"], answer["Body"].iter_chunks(_BLOCK)

    def get(self, key: str) -> bytes:
        """Return a small object of the upload bucket. Raises NotFound."""
        body: bytes = self._get(key)["Body"].read()
        return body

    def get_each(self, keys: Iterable[str]) -> Iterator[bytes]:
        """Yield small objects of the upload bucket in the order of their keys, a few read ahead. Raises NotFound."""
        coming: deque[Future[bytes]] = deque()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for key in keys:
                coming.append(pool.submit(self.get, key))
                if len(coming) == _AHEAD:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()

    def put(self, key: str, body: bytes) -> None:
        """Write an object of the upload bucket."""
        self._s3.put_object(Bucket=self._uploads, Key=key, Body=body, ContentType=_type(key))

    def put_stream(self, key: str, parts: Iterable[bytes]) -> None:
        """Write an object of the upload bucket in bounded memory: large ones pass through the disk."""
        # Once a file; loading it would be a tenth of every cold start.
        from boto3.s3.transfer import TransferConfig, create_transfer_manager

        with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
            for part in parts:
                file.write(part)
            file.seek(0)
            with create_transfer_manager(self._s3, TransferConfig()) as transfers:
                transfers.upload(file, self._uploads, key, {"ContentType": _type(key)}).result()

    def put_facts_once(self, key: str, body: bytes) -> bool:
        """Write an object of the data bucket unless it is there; say whether it was written."""
        try:
            self._s3.put_object(Bucket=self._data, Key=key, Body=body, ContentType=_type(key), IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("PreconditionFailed", "412"):
                raise
            return False
        return True

    def get_facts(self, key: str) -> bytes:
        """Return an object of the data bucket that is there."""
        body: bytes = self._s3.get_object(Bucket=self._data, Key=key)["Body"].read()
        return body

    def figures(self, client: str) -> Figures | None:
        """Return what the client's own invitations came to, from the data bucket; None where nothing is there."""
        try:
            answer = self._s3.get_object(Bucket=self._data, Key=object_keys.figures(client))
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise
        return Figures.from_json(json.loads(answer["Body"].read()))

    def _get(self, key: str, **which: Any) -> Any:
        try:
            return self._s3.get_object(Bucket=self._uploads, Key=key, **which)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchVersion", "MethodNotAllowed", "404"):
                raise NotFound("There is no object of this key in the upload bucket.") from error
            raise


def _type(key: str) -> str:
    return _TYPES.get(key.rpartition(".")[2], "application/octet-stream")
