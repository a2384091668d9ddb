"""What is sent to DynamoDB directly, and what becomes of the responses of a busy or broken one; over loopback."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from unittest.mock import patch
from zlib import crc32

import boto3
import botocore.session
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import ClientError, ConnectionClosedError, NoCredentialsError
from botocore.httpsession import get_cert_path

from functions.shared.adapters.direct_dynamodb import DirectDynamoDb
from functions.shared.adapters.pynamodb_connection import table_connection
from functions.shared.adapters.tables import Contact

READ = '{"RequestItems":{"t":{"Keys":[{"id":{"S":"é"}}]}}}'
FOUND = {"Responses": {"t": [{"id": {"S": "é"}}]}, "UnprocessedKeys": {}}
KEYS = Credentials("AKID", "secret", "token")


class Dynamo(ThreadingHTTPServer):
    """Answers from a list, (status, body) each; None hangs up without a word. Remembers what it was asked."""

    def __init__(self, *answers: tuple[int, dict[str, Any]] | None, crc: int | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.crc = crc
        self.asked: list[tuple[dict[str, str], bytes]] = []
        self.connections = 0

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Dynamo

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((dict(self.headers), body))
        answer = self.server.answers.pop(0)
        if answer is None:
            self.close_connection = True
            return
        told = json.dumps(answer[1]).encode()
        self.send_response(answer[0])
        self.send_header("Content-Length", str(len(told)))
        crc, self.server.crc = self.server.crc, None
        self.send_header("x-amz-crc32", str(crc32(told) if crc is None else crc))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def started() -> Iterator[list[Dynamo]]:
    servers: list[Dynamo] = []
    with patch("botocore.endpoint.time.sleep"):
        yield servers
    for server in servers:
        server.shutdown()
        server.server_close()


def client_to(server: Dynamo, started: list[Dynamo], credentials: Any = KEYS) -> DirectDynamoDb:
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    started.append(server)
    inside = botocore.session.get_session()
    inside._credentials = credentials
    config = Config(retries={"mode": "standard"}, parameter_validation=False)
    client = boto3.Session(botocore_session=inside).client(
        "dynamodb", region_name="eu-west-1", endpoint_url=server.url, config=config
    )
    return DirectDynamoDb(client, credentials)


def refused(code: str) -> tuple[int, dict[str, Any]]:
    return 400, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "no"}


def test_a_request_is_sent_as_it_is_over_one_connection(started: list[Dynamo]) -> None:
    server = Dynamo((200, FOUND), (200, FOUND))
    dynamodb = client_to(server, started)

    answers = [dynamodb.call("BatchGetItem", READ) for _ in range(2)]

    assert answers == [FOUND, FOUND]
    headers, body = server.asked[0]
    assert body == READ.encode()
    assert headers["X-Amz-Target"] == "DynamoDB_20120810.BatchGetItem"
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
    assert server.connections == 1


@pytest.mark.parametrize("keys", [KEYS, Credentials("AKID", "secret")])
def test_a_request_is_signed_as_botocore_signs_it(keys: Credentials, started: list[Dynamo]) -> None:
    dynamodb, now = client_to(Dynamo(), started, keys), datetime(2026, 11, 22, 12, 30, 5, tzinfo=UTC)

    ours = dynamodb.signed("BatchGetItem", READ.encode(), now)

    headers = {name: ours[name] for name in ("Content-Type", "X-Amz-Target", "User-Agent")}
    theirs = AWSRequest("POST", f"{started[0].url}/", headers, READ.encode())
    with patch("botocore.auth.get_current_datetime", lambda: now):
        SigV4Auth(keys, "dynamodb", "eu-west-1").add_auth(theirs)
    assert ours["Authorization"] == theirs.headers["Authorization"]
    assert ours.get("X-Amz-Security-Token") == theirs.headers.get("X-Amz-Security-Token") == keys.token


@pytest.mark.parametrize(
    "trouble",
    [refused("ThrottlingException"), refused("ProvisionedThroughputExceededException"), (500, {}), (503, {}), None],
    ids=str,
)
def test_what_passes_by_itself_is_tried_again_by_the_client(
    trouble: tuple[int, dict[str, Any]] | None, started: list[Dynamo]
) -> None:
    server = Dynamo(trouble, trouble, (200, FOUND))

    found = client_to(server, started).call("BatchGetItem", READ)

    assert found["Responses"] == FOUND["Responses"]
    assert [json.loads(body) for _, body in server.asked] == [json.loads(READ)] * 3


def test_an_answer_that_was_damaged_on_its_way_is_asked_for_again(started: list[Dynamo]) -> None:
    server = Dynamo((200, {"Responses": {}}), (200, FOUND), crc=1)

    assert client_to(server, started).call("BatchGetItem", READ)["Responses"] == FOUND["Responses"]


def test_trouble_that_stays_is_raised_as_the_client_raises_it(started: list[Dynamo]) -> None:
    with pytest.raises(ConnectionClosedError):
        client_to(Dynamo(None, None, None, None), started).call("BatchGetItem", READ)
    with pytest.raises(ClientError, match=r"InternalServerError|500"):
        client_to(Dynamo(*[(500, {})] * 4), started).call("BatchGetItem", READ)


def test_a_refusal_has_its_code_and_the_item_that_stood_in_the_way(started: list[Dynamo]) -> None:
    status, told = refused("ConditionalCheckFailedException")
    no = status, told | {"Item": {"id": {"S": "old"}}}

    with pytest.raises(ClientError) as error:
        client_to(Dynamo(no, no), started).call("PutItem", '{"TableName":"t","Item":{"id":{"S":"new"}}}')

    assert error.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert error.value.response["Item"] == {"id": {"S": "old"}}  # type: ignore[typeddict-item]


def test_credentials_are_renewed_before_they_run_out(started: list[Dynamo]) -> None:
    made: list[str] = []

    def renew() -> dict[str, str]:
        made.append(f"AKID{len(made)}")
        lasts = timedelta(seconds=0 if len(made) == 1 else 3600)
        until = (datetime.now(UTC) + lasts).isoformat()
        return {"access_key": made[-1], "secret_key": "s", "token": "t", "expiry_time": until}

    credentials = RefreshableCredentials.create_from_metadata(renew(), renew, "test")
    server = Dynamo((200, FOUND))

    client_to(server, started, credentials).call("BatchGetItem", READ)

    assert "Credential=AKID1/" in server.asked[0][0]["Authorization"]


def test_credentials_that_ran_out_are_an_error_of_the_client(started: list[Dynamo]) -> None:
    with pytest.raises(ClientError, match="ExpiredTokenException"):
        client_to(Dynamo(*[refused("ExpiredTokenException")] * 4), started).call("BatchGetItem", READ)


def test_a_function_without_credentials_is_told_so(started: list[Dynamo], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")

    with pytest.raises(NoCredentialsError):
        client_to(Dynamo(), started, credentials=None).call("BatchGetItem", READ)


def test_whoever_listens_to_the_client_may_answer_in_its_place(started: list[Dynamo]) -> None:
    server = Dynamo()
    dynamodb = client_to(server, started)
    heard: list[AWSPreparedRequest] = []

    class Raw:
        def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
            yield json.dumps(FOUND).encode()

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        heard.append(request)
        return AWSResponse(request.url, 200, HTTPHeaders(), Raw())

    dynamodb.client.meta.events.register("before-send.dynamodb.BatchGetItem", answer)

    assert dynamodb.call("BatchGetItem", READ) == FOUND
    assert heard[0].body == READ.encode()
    assert server.asked == []


def test_behind_a_proxy_every_request_is_made_by_the_client(
    started: list[Dynamo], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server = Dynamo((200, FOUND))
    dynamodb = client_to(server, started)
    calls: list[Any] = []
    monkeypatch.setattr(dynamodb.client, "batch_get_item", lambda **parameters: calls.append(parameters))

    dynamodb.call("BatchGetItem", READ)

    assert calls == [json.loads(READ)]
    assert server.asked == []


def test_only_a_server_with_a_certificate_that_is_trusted_is_spoken_to(monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client("dynamodb", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    config = client.meta.config

    for bundle in (None, "/certificates.pem"):
        connections: Any = DirectDynamoDb(client, KEYS, bundle)._connections

        assert (connections.scheme, connections.host) == ("https", "dynamodb.eu-west-1.amazonaws.com")
        assert connections.cert_reqs == "CERT_REQUIRED"
        assert connections.ca_certs == (bundle or get_cert_path(True))
        assert connections.timeout.connect_timeout == config.connect_timeout
        assert connections.timeout.read_timeout == config.read_timeout


def test_pynamodb_still_has_what_models_share_a_connection_by() -> None:
    connection = table_connection(Contact).connection

    assert hasattr(connection, "_local")
    assert isinstance(connection._tables, dict)
