"""The data bucket, as the aggregate reads and writes it."""

import gzip
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

AT_ONCE = 8
"""Objects that are fetched or stored side by side."""
_GONE = ("NoSuchKey", "404", "NotFound")
_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")


@dataclass(frozen=True)
class StoredObject:
    """An object of a listing; `modified` in epoch seconds."""

    key: str
    size: int
    modified: float


class DataBucket:
    """Objects by key; a folder on disk is the other side of what is fetched and stored."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def listing(self, prefix: str, after: str = "") -> Iterator[StoredObject]:
        """Yield the objects under a prefix in the order of their keys, those up to and with `after` left out."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix, StartAfter=after)
        for page in pages:
            for item in page.get("Contents", ()):
                yield StoredObject(item["Key"], item["Size"], item["LastModified"].timestamp())

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names that come next under a prefix, up to a slash and without it."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix, Delimiter="/")
        for page in pages:
            for folder in page.get("CommonPrefixes", ()):
                yield folder["Prefix"].removeprefix(prefix).rstrip("/")

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return the contents and the ETag of an object, or None where there is none."""
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if _code(error) in _GONE:
                return None
            raise
        return answer["Body"].read(), answer["ETag"]

    def write(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        """Put an object, in the place of what was there."""
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)

    def write_if(self, key: str, body: bytes, etag: str | None) -> bool:
        """Put an object only if it still has this ETag (None: only if there is none); say whether it was put."""
        condition: Any = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
        try:
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, **condition)
        except ClientError as error:
            if _code(error) in (*_TAKEN, *_GONE):
                return False
            raise
        return True

    def fetch(self, keys: Iterable[str], folder: Path) -> dict[str, Path]:
        """Copy objects into a folder, each under its own key; return where those that exist now are."""

        def one(key: str) -> tuple[str, Path] | None:
            try:
                answer = self._s3.get_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if _code(error) in _GONE:
                    return None
                raise
            target = folder / key
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                shutil.copyfileobj(answer["Body"], file)
            return key, target

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(loaded for loaded in pool.map(one, keys) if loaded)

    def store(self, files: Mapping[str, Path]) -> None:
        """Put files under their keys."""

        def one(item: tuple[str, Path]) -> None:
            with item[1].open("rb") as file:
                self._s3.put_object(Bucket=self._bucket, Key=item[0], Body=file)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(one, files.items()))

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; one that is not there is no mistake."""
        for key in keys:
            self._s3.delete_object(Bucket=self._bucket, Key=key)


def ndjson(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """Return lines of JSON, packed: the same lines give the same bytes."""
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code"))
