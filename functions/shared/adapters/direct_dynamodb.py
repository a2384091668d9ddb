"""DynamoDB's HTTP protocol, spoken directly: for the calls that the import makes by the thousand.

botocore serialises by a model, resolves the endpoint, composes headers and asks its hooks, again for every request:
three quarters of what admitting a row once cost. A request whose body is JSON already needs none of that. Whatever
does not succeed at once (refused, throttled, cut off, expired credentials) is put once more through botocore's client,
so that retries, waiting and errors are botocore's; behind a proxy every request is. Nothing here uses a private
attribute of botocore.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zlib import crc32

from botocore import xform_name
from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.config import Config
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies
from urllib3 import HTTPConnectionPool, Retry, Timeout, connection_from_url
from urllib3.exceptions import HTTPError

from functions.shared.adapters import aws

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from mypy_boto3_dynamodb import DynamoDBClient

_TYPE = "application/x-amz-json-1.0"
_VERSION = "DynamoDB_20120810"
_NO_RETRIES = Retry(False)
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_method = cache(xform_name)


class DirectDynamoDb:
    """Sends requests as they are, to the endpoint of `client` and within its time limits."""

    def __init__(
        self, client: "DynamoDBClient", credentials: "Credentials | None", ca_bundle: str | None = None
    ) -> None:
        """Take botocore's client, for what does not succeed at once, and a file of certificates to trust."""
        self.client = client
        self._credentials = credentials
        self._url = f"{client.meta.endpoint_url.rstrip('/')}/"
        self._region = client.meta.region_name
        self._events = client.meta.events
        self._user_agent = str(getattr(client.meta.config, "user_agent", ""))
        no_credentials: Any = None
        signer = SigV4Auth(no_credentials, "dynamodb", self._region)
        self._host = signer.headers_to_sign(AWSRequest("POST", self._url))["host"]
        self._connections = None if get_environ_proxies(self._url) else _connections(client, self._url, ca_bundle)

    def call(self, operation: str, body: str) -> Any:
        """Return the response to an operation (`BatchGetItem`) whose parameters are JSON as DynamoDB reads it.

        The operation may reach DynamoDB more than once. Raises what a client's method raises.
        """
        response = self._first_response(operation, body.encode())
        if response is None:
            response = getattr(self.client, _method(operation))(**json.loads(body))
        return response

    def batch_get_item(self, **parameters: Any) -> Any:
        """Return the response to BatchGetItem, as the client's method of this name does."""
        return self.call("BatchGetItem", _encode(parameters))

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
        canonical = f"POST\n/\n\n{lines}\n\n{names}\n{hashlib.sha256(body).hexdigest()}"
        signature = signer.signature(signer.string_to_sign(signing, canonical), signing)
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={signer.scope(signing)}, SignedHeaders={names}, Signature={signature}"
        )
        headers["User-Agent"] = self._user_agent
        return headers

    def _first_response(self, operation: str, body: bytes) -> Any | None:
        """Return the response to the first attempt, or None where it did not succeed."""
        if self._credentials is None or self._connections is None:
            return None
        headers = self.signed(operation, body, datetime.now(UTC))
        try:
            status, fields, content = self._send(self._connections, operation, headers, body)
        except (HTTPError, OSError):
            return None
        if status != 200 or int(fields.get("x-amz-crc32", -1)) not in (-1, crc32(content)):
            return None
        return json.loads(content)

    def _send(
        self, connections: HTTPConnectionPool, operation: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send a request, unless a listener to the client's events responds in DynamoDB's place."""
        request = AWSPreparedRequest("POST", self._url, headers, body, False)  # type: ignore[arg-type]
        for _, stand_in in self._events.emit(f"before-send.dynamodb.{operation}", request=request):
            if stand_in is not None:
                return stand_in.status_code, stand_in.headers, stand_in.content
        response = connections.urlopen("POST", "/", body, headers, _NO_RETRIES, decode_content=False)
        return response.status, response.headers, response.data


def direct_dynamodb() -> DirectDynamoDb:
    """Return the direct client of this environment: its region, endpoint and credentials."""
    # The check of the parameters halves the speed of large requests.
    client = aws.client("dynamodb", Config(parameter_validation=False, retries={"mode": "standard"}))
    return DirectDynamoDb(client, aws.credentials(), aws.ca_bundle())


def _connections(client: Any, url: str, ca_bundle: str | None) -> HTTPConnectionPool:
    config = client.meta.config
    secure = {"cert_reqs": "CERT_REQUIRED", "ca_certs": ca_bundle or get_cert_path(True)}
    return connection_from_url(
        url,
        timeout=Timeout(connect=config.connect_timeout, read=config.read_timeout),
        maxsize=config.max_pool_connections,
        **(secure if url.startswith("https") else {}),
    )
