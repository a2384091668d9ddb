"""DynamoDB's own protocol, for the calls that are made by the thousand: on botocore's keys, signer and connections.

A general client serialises by a model, resolves its endpoint, composes its headers and asks its hooks, again for every
request: three quarters of what admitting a row once cost. A request whose body is JSON already needs none of that.
What does not go smoothly (refused, throttled, cut off, credentials that ran out) is put once more through the client
that this one was made from, so that retries, waiting and errors are those of botocore.
"""

import hashlib
import json
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zlib import crc32

from botocore import xform_name
from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.config import Config
from urllib3 import Retry
from urllib3.exceptions import HTTPError

from functions.shared.adapters import aws

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from mypy_boto3_dynamodb import DynamoDBClient

_TYPE = "application/x-amz-json-1.0"
_VERSION = "DynamoDB_20120810"
_ONCE = Retry(False)
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_method = cache(xform_name)


class DynamoWire:
    """Sends requests as they are. Endpoint, connections, proxies and time limits are those of `client`."""

    def __init__(self, client: "DynamoDBClient", credentials: "Credentials | None") -> None:
        self.client = client
        self._credentials = credentials
        self._url = f"{client.meta.endpoint_url.rstrip('/')}/"
        self._region = client.meta.region_name
        self._events = client.meta.events
        self._agent = str(getattr(client.meta.config, "user_agent", ""))
        anybody: Any = None
        self._host = SigV4Auth(anybody, "dynamodb", self._region).headers_to_sign(AWSRequest("POST", self._url))["host"]
        self._connections, self._target = _connections(client, self._url)

    def call(self, operation: str, body: str) -> Any:
        """Return the answer to an operation (`BatchGetItem`) with parameters as DynamoDB reads them: a text of JSON.

        The operation may reach DynamoDB more than once. Raises what a client's method raises.
        """
        answer = self._first_answer(operation, body.encode())
        if answer is None:
            answer = getattr(self.client, _method(operation))(**json.loads(body))
        return answer

    def batch_get_item(self, **told: Any) -> Any:
        """Return the answer to BatchGetItem, as the client's method of this name does."""
        return self.call("BatchGetItem", _encode(told))

    def signed(self, operation: str, body: bytes, at: datetime) -> dict[str, str]:
        """Return the headers of a request, with the signature (version 4) of this moment."""
        keys: Any = self._credentials and self._credentials.get_frozen_credentials()
        signer = SigV4Auth(keys, "dynamodb", self._region)
        time = at.strftime(SIGV4_TIMESTAMP)
        signing: Any = SimpleNamespace(context={"timestamp": time})
        headers = {"Content-Type": _TYPE, "Host": self._host, "X-Amz-Date": time}
        if keys and keys.token:
            headers["X-Amz-Security-Token"] = keys.token
        headers["X-Amz-Target"] = f"{_VERSION}.{operation}"
        names = ";".join(headers).lower()
        lines = "\n".join([f"{name.lower()}:{value}" for name, value in headers.items()])
        whole = f"POST\n/\n\n{lines}\n\n{names}\n{hashlib.sha256(body).hexdigest()}"
        signature = signer.signature(signer.string_to_sign(signing, whole), signing)
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={signer.scope(signing)}, SignedHeaders={names}, Signature={signature}"
        )
        headers["User-Agent"] = self._agent
        return headers

    def _first_answer(self, operation: str, body: bytes) -> Any | None:
        """Return the answer of the first attempt, or None where it did not bring one."""
        if self._credentials is None:
            return None
        headers = self.signed(operation, body, datetime.now(UTC))
        try:
            status, told, content = self._sent(operation, headers, body)
        except (HTTPError, OSError):
            return None
        if status != 200 or int(told.get("x-amz-crc32", -1)) not in (-1, crc32(content)):
            return None
        return json.loads(content)

    def _sent(self, operation: str, headers: dict[str, str], body: bytes) -> tuple[int, Any, bytes]:
        """Send a request, unless somebody who listens to the client's events answers in its place."""
        request = AWSPreparedRequest("POST", self._url, headers, body, False)  # type: ignore[arg-type]
        for _, answer in self._events.emit(f"before-send.dynamodb.{operation}", request=request):
            if answer is not None:
                return answer.status_code, answer.headers, answer.content
        told = self._connections.urlopen(
            "POST", self._target, body, headers, _ONCE, assert_same_host=False, decode_content=False
        )
        return told.status, told.headers, told.data


def dynamo_wire() -> DynamoWire:
    """Return the wire of this environment: its region, endpoint and credentials."""
    # The check of the parameters halves the speed of large requests.
    client = aws.client("dynamodb", Config(parameter_validation=False, retries={"mode": "standard"}))
    return DynamoWire(client, aws.credentials())


def _connections(client: Any, url: str) -> tuple[Any, str]:
    """Return the pool of connections that a client uses for an address, and the target of its request line.

    What the HTTP session of botocore settles again for each request, from the same settings. It has no public door.
    """
    session = client._endpoint.http_session
    proxy = session._proxy_config.proxy_url_for(url)
    pool = session._get_connection_manager(url, proxy).connection_from_url(url)
    session._setup_ssl_cert(pool, url, session._verify)
    return pool, session._get_request_target(url, proxy)
