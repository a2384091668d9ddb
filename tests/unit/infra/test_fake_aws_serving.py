"""The fake AWS as a server: where it listens, what it says of itself, how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import urllib3
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.local.fake_aws.serving import LostResponse, Server, internal_error
from infra.local.workdir import CHECKOUT


def fail(request: Request) -> Response:
    raise RuntimeError("the reason")


def lose(request: Request) -> Response:
    return LostResponse()


APPLICATION = Starlette(routes=[Route("/fail", fail), Route("/lose", lose)], exception_handlers={500: internal_error})


def test_a_server_is_bound_to_loopback_before_it_serves() -> None:
    server = Server(APPLICATION)

    with pytest.raises(OSError, match="in use"):
        socket.create_server(("127.0.0.1", server.port))
    with socket.create_server(("127.0.0.2", server.port)):
        server.start().stop()


def test_a_stopped_server_releases_its_port_though_a_client_keeps_its_connection() -> None:
    server = Server(APPLICATION).start()
    pool = urllib3.PoolManager(retries=False)
    pool.request("GET", f"{server.url}/nothing")

    began = time.monotonic()
    server.stop()

    assert time.monotonic() - began < 2
    Server(APPLICATION, server.port).start().stop()


def test_a_handler_that_fails_is_answered_and_its_traceback_logged(capfd: pytest.CaptureFixture[str]) -> None:
    server = Server(APPLICATION).start()
    response = urllib3.PoolManager(retries=False).request("GET", f"{server.url}/fail")
    server.stop()

    assert (response.status, response.headers["X-Content-Type-Options"]) == (500, "nosniff")
    assert "RuntimeError: the reason" in capfd.readouterr().err


def test_a_lost_response_ends_the_connection() -> None:
    server = Server(APPLICATION).start()

    with pytest.raises(urllib3.exceptions.ProtocolError):
        urllib3.PoolManager(retries=False).request("GET", f"{server.url}/lose")

    server.stop()


def test_the_process_tells_where_it_listens_logs_no_requests_and_ends_when_asked(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "infra.local.fake_aws", "--local-dir", str(tmp_path), "--endpoint", "http://[::1]"]
    process = subprocess.Popen(
        command, cwd=CHECKOUT, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    told = json.loads(process.stdout.readline())
    pool = urllib3.PoolManager(retries=False)
    statuses = [pool.request("GET", told[name]).status for name in ("outbox_url", "report_url")]

    process.send_signal(signal.SIGTERM)
    said, complaints = process.communicate(timeout=10)

    assert statuses == [200, 200]
    assert told == json.loads((tmp_path / "fake_aws.json").read_text())
    assert (process.returncode, said, complaints) == (0, "", "")
