"""The published clients, as the functions read them: from the config bucket, kept while they have not changed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.shared.domain import object_keys
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RECHECK_SECONDS = 20.0
"""So long a bundle is used without asking whether it is still the published one."""


@dataclass
class _Kept:
    etag: str
    bundle: ClientBundle
    checked_at: float


class ClientStore:
    """Client bundles by slug, cached by ETag for the life of a function's worker."""

    def __init__(self, s3: "S3Client", bucket: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Take the S3 client, the config bucket and a clock in seconds that never runs backwards."""
        self._s3 = s3
        self._bucket = bucket
        self._monotonic = monotonic
        self._kept: dict[str, _Kept] = {}

    def load(self, slug: str) -> ClientBundle:
        """Return the published bundle of a client, at most RECHECK_SECONDS old. Raises NotFound."""
        now = self._monotonic()
        kept = self._kept.get(slug)
        if kept and now - kept.checked_at < RECHECK_SECONDS:
            return kept.bundle
        request = {"Bucket": self._bucket, "Key": object_keys.current_bundle(slug)}
        if kept:
            request["IfNoneMatch"] = kept.etag
        try:
            answer = self._s3.get_object(**request)  # type: ignore[arg-type]
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if kept and code in ("304", "NotModified"):
                kept.checked_at = now
                return kept.bundle
            if code in ("NoSuchKey", "404"):
                self._kept.pop(slug, None)
                raise NotFound(
                    f"There is no client {slug}; publish its folder, or correct the name where the file was put."
                ) from error
            raise
        bundle = ClientBundle.model_validate_json(answer["Body"].read())
        self._kept[slug] = _Kept(answer["ETag"], bundle, now)
        return bundle

    def slugs(self) -> list[str]:
        """Return the published clients, in order."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=object_keys.CLIENTS)
        keys = (item["Key"] for page in pages for item in page.get("Contents", ()))
        parts = (key.removeprefix(object_keys.CLIENTS).split("/") for key in keys)
        return sorted({part[0] for part in parts if part[1:] == ["bundle.json"]})
