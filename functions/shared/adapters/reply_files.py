"""The mails that came in, as SES keeps them."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.shared.domain.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Replies:
    """Mails by key, in the bucket that SES writes to."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def read(self, key: str, most: int) -> tuple[bytes, bool]:
        """Return the first `most` bytes of a mail, and whether they are all of it. Raises NotFound."""
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise NotFound("The mail is no longer there.") from error
            raise
        with answer["Body"] as body:
            return body.read(most), answer["ContentLength"] <= most
