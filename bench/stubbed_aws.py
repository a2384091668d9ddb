"""AWS without a network: botocore signs and serialises as always, and what it would send is answered here, at once."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.httpsession import URLLib3Session

REGION = "eu-west-1"


class _Body(io.BytesIO):
    """A response's body as urllib3 gives it."""

    def stream(self, size: int = 65_536, decode_content: bool | None = None) -> Iterator[bytes]:
        while block := self.read(size):
            yield block


class StubbedAws:
    """S3 keeps objects; DynamoDB knows nobody and takes every write, of which it keeps those of one table."""

    def __init__(self, kept_table: str = "") -> None:
        self.objects: dict[str, bytes] = {}
        self.messages: list[dict[str, Any]] = []
        self.writes = 0
        self._kept_table = kept_table
        self._kept: dict[str, Any] = {}
        self._decided: list[str] = []

    def answer(self, request: AWSPreparedRequest) -> tuple[int, dict[str, str], bytes]:
        """Answer a request with success."""
        target = request.headers.get("X-Amz-Target")
        if target is None:
            return self._s3(request)
        told = json.loads(_bytes(request.body))
        operation = _text(target).rpartition(".")[2]
        answer: dict[str, Any] = getattr(self, f"_{operation.lower()}", lambda _: {})(told)
        return 200, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(answer).encode()

    def _s3(self, request: AWSPreparedRequest) -> tuple[int, dict[str, str], bytes]:
        url = urlsplit(request.url)
        key = unquote(url.path).lstrip("/")
        if request.method == "PUT":
            body = _bytes(request.body)
            chunked = "aws-chunked" in _text(request.headers.get("Content-Encoding", ""))
            self.objects[key] = _unchunked(body) if chunked else body
            return 200, {"ETag": '"x"'}, b""
        body = self.objects[key]
        return 200, {"ETag": '"x"', "Content-Length": str(len(body))}, body

    def _sendmessagebatch(self, told: dict[str, Any]) -> dict[str, Any]:
        self.messages += [json.loads(entry["MessageBody"]) for entry in told["Entries"]]
        return {"Successful": [{"Id": entry["Id"], "MessageId": "m"} for entry in told["Entries"]], "Failed": []}

    def _batchexecutestatement(self, told: dict[str, Any]) -> dict[str, Any]:
        self.writes += len(told["Statements"])
        return {"Responses": [{} for _ in told["Statements"]]}

    def _batchwriteitem(self, told: dict[str, Any]) -> dict[str, Any]:
        self.writes += sum(map(len, told["RequestItems"].values()))
        return {"UnprocessedItems": {}}

    def _batchgetitem(self, told: dict[str, Any]) -> dict[str, Any]:
        return {"Responses": {table: [] for table in told["RequestItems"]}, "UnprocessedKeys": {}}

    def _putitem(self, told: dict[str, Any]) -> dict[str, Any]:
        self.writes += 1
        if told["TableName"] == self._kept_table:
            self._kept = told["Item"]
        return {}

    def _getitem(self, told: dict[str, Any]) -> dict[str, Any]:
        return {"Item": self._kept} if told["TableName"] == self._kept_table else {}

    def _updateitem(self, told: dict[str, Any]) -> dict[str, Any]:
        self.writes += 1
        for value in told.get("ExpressionAttributeValues", {}).values():
            self._decided += value.get("NS", [])
        self._kept["done"] = {"NS": self._decided}
        return {"Attributes": self._kept}


@contextmanager
def stubbed(aws: StubbedAws) -> Iterator[None]:
    """Let every botocore client of this process talk to `aws`."""

    def send(_: URLLib3Session, request: Any) -> AWSResponse:
        status, headers, body = aws.answer(request)
        return AWSResponse(request.url, status, HTTPHeaders.from_dict(headers), _Body(body))

    with patch.object(URLLib3Session, "send", send):
        yield


def _bytes(body: Any) -> bytes:
    if hasattr(body, "read"):
        return bytes(body.read())
    return body.encode() if isinstance(body, str) else bytes(body or b"")


def _text(header: str | bytes) -> str:
    return header.decode() if isinstance(header, bytes) else header


def _unchunked(body: bytes) -> bytes:
    """Take apart what botocore sends to S3 with a checksum at its end: length, CR LF, data, CR LF, until length 0."""
    data, place = b"", 0
    while True:
        end = body.index(b"\r\n", place)
        length = int(body[place:end].partition(b";")[0], 16)
        if not length:
            return data
        data += body[end + 2 : end + 2 + length]
        place = end + 2 + length + 2
