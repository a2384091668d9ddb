"""AWS without a network: a client does all of its work down to the socket, and what it sends is answered here, at once.

botocore serialises, signs and hands over to urllib3, http.client writes the request and parses the answer; only the
connection is ours. There is no TLS and no kernel in it. `StubbedAws.spent` is the CPU of the answering itself, which
is nobody's: a measurement takes it off.
"""

import io
import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPMessage, parse_headers
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSHTTPConnection, AWSHTTPSConnection
from urllib3.connection import HTTPConnection, HTTPSConnection

REGION = "eu-west-1"


@dataclass(frozen=True)
class Request:
    """A request as it came over the wire."""

    method: str
    url: str
    headers: HTTPMessage
    body: bytes


class StubbedAws:
    """S3 keeps objects; DynamoDB knows nobody and takes every write, of which it keeps those of one table."""

    def __init__(self, kept_table: str = "") -> None:
        self.objects: dict[str, bytes] = {}
        self.messages: list[dict[str, Any]] = []
        self.writes = 0
        self.spent = 0.0
        self._kept_table = kept_table
        self._kept: dict[str, Any] = {}
        self._decided: list[str] = []

    def answer(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        """Answer a request with success."""
        target = request.headers.get("X-Amz-Target")
        if target is None:
            return self._s3(request)
        told = json.loads(request.body)
        operation = target.rpartition(".")[2]
        answer: dict[str, Any] = getattr(self, f"_{operation.lower()}", lambda _: {})(told)
        return 200, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(answer).encode()

    def _s3(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        key = unquote(urlsplit(request.url).path).lstrip("/")
        if request.method == "PUT":
            chunked = "aws-chunked" in request.headers.get("Content-Encoding", "")
            self.objects[key] = _unchunked(request.body) if chunked else request.body
            return 200, {"ETag": '"x"'}, b""
        return 200, {"ETag": '"x"'}, self.objects[key]

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


class _Connection:
    """The socket of a connection: a request is answered when all of it is written, by the AWS that is stubbed then.

    A client that outlives a measurement (PynamoDB keeps one) keeps its connections.
    """

    def __init__(self) -> None:
        self._sent = bytearray()
        self._request: Request | None = None
        self._answer = b""

    def sendall(self, data: Any) -> None:
        """Take in what the client writes."""
        begin, aws = time.thread_time(), _stubbed[-1]
        self._sent += data
        if self._request is None and b"\r\n\r\n" in self._sent:
            self._request = self._head()
        if self._request is not None and _is_whole(self._request.headers, self._sent):
            chunked = self._request.headers.get("Transfer-Encoding") == "chunked"
            told = _unchunked(bytes(self._sent)) if chunked else bytes(self._sent)
            status, headers, body = aws.answer(replace(self._request, body=told))
            head = {**headers, "Content-Length": str(len(body))}
            lines = (f"HTTP/1.1 {status} OK", *(f"{name}: {value}" for name, value in head.items()), "", "")
            self._sent, self._request = bytearray(), None
            self._answer = "\r\n".join(lines).encode() + body
        aws.spent += time.thread_time() - begin

    def makefile(self, *_: Any) -> io.BufferedReader:
        """Return what there is to read."""
        answer, self._answer = self._answer, b""
        return io.BufferedReader(io.BytesIO(answer))

    def fileno(self) -> int:
        """Return a file that poll() says there is something to read from, or one where there never is."""
        return _ALWAYS if self._answer else _NEVER

    def settimeout(self, _: float | None) -> None:
        """Wait for nothing."""

    def close(self) -> None:
        """Leave nothing behind."""

    def _head(self) -> Request:
        head, _, rest = bytes(self._sent).partition(b"\r\n\r\n")
        line, _, fields = head.partition(b"\r\n")
        method, url, _ = line.decode().split(" ")
        headers = parse_headers(io.BytesIO(fields + b"\r\n\r\n"))
        if headers.get("Expect"):
            self._answer = b"HTTP/1.1 100 Continue\r\n\r\n"
        self._sent = bytearray(rest)
        return Request(method, url, headers, b"")


_stubbed: list[StubbedAws] = []
_NEVER, _HELD_OPEN = os.pipe()
_ALWAYS = os.open(os.devnull, os.O_RDONLY)


@contextmanager
def stubbed(aws: StubbedAws) -> Iterator[None]:
    """Let every client of this process talk to `aws`; one that was connected before goes on elsewhere."""

    def connect(connection: Any) -> None:
        connection.sock = _Connection()
        connection.is_verified = True

    with ExitStack() as patches:
        for kind in (AWSHTTPConnection, AWSHTTPSConnection, HTTPConnection, HTTPSConnection):
            patches.enter_context(patch.object(kind, "connect", connect))
        _stubbed.append(aws)
        try:
            yield
        finally:
            _stubbed.remove(aws)


def _is_whole(headers: HTTPMessage, body: bytearray) -> bool:
    if headers.get("Transfer-Encoding") == "chunked":
        return body.endswith(b"0\r\n\r\n")
    return len(body) >= int(headers.get("Content-Length", 0))


def _unchunked(body: bytes) -> bytes:
    """Take apart what comes in chunks, by HTTP or by S3 with a checksum: length, CR LF, data, CR LF, until length 0."""
    data, place = b"", 0
    while True:
        end = body.index(b"\r\n", place)
        length = int(body[place:end].partition(b";")[0], 16)
        if not length:
            return data
        data += body[end + 2 : end + 2 + length]
        place = end + 2 + length + 2
