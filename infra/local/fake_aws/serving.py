"""A small HTTP server for one machine: an application is a function from Request to Answer."""

import json
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Request:
    """One request; `path` is decoded, `query` holds the last value of each parameter."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What goes back; a body of several parts is sent as they come, in chunks."""

    body: bytes | Iterable[bytes] = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class Disconnect(Exception):
    """Close the connection without an answer."""


Application = Callable[[Request], Answer]


def json_answer(content: Any, status: int = 200, **headers: str) -> Answer:
    """Return content as JSON."""
    return Answer(json.dumps(content).encode(), status, "application/json", headers)


def redirect(location: str) -> Answer:
    """Send the browser elsewhere."""
    return Answer(b"", 303, headers={"Location": location})


class Server(ThreadingHTTPServer):
    """Serves an application on loopback; port 0 takes a free one."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, application: Application, port: int = 0) -> None:
        super().__init__((LOOPBACK, port), _handler(application))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self.server_address[1]}"

    def start(self) -> "Server":
        """Serve from a thread of its own."""
        threading.Thread(target=self.serve_forever, args=(0.1,), name=f"fake AWS {self.url}", daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop serving and let go of the port."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet about clients that hang up."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def _handler(application: Application) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "klankbord-fake-aws"
        sys_version = ""
        disable_nagle_algorithm = True
        wbufsize = -1
        timeout = 60

        def answer(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            request = Request(
                self.command,
                unquote(url.path),
                {name: values[-1] for name, values in parse_qs(url.query, keep_blank_values=True).items()},
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length) if length else b"",
            )
            try:
                answer = application(request)
            except Disconnect:
                self.close_connection = True
                return
            except Exception:  # noqa: BLE001 - the log says which, the next request is served
                traceback.print_exc()
                answer = Answer(b"The fake AWS stumbled; its log says why.", 500, "text/plain; charset=utf-8")
            self._send(answer)

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("X-Content-Type-Options", "nosniff")
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if isinstance(answer.body, bytes):
                if answer.status not in (204, 304):
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)
            else:
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for part in answer.body:
                    if part:
                        self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
                self.wfile.write(b"0\r\n\r\n")
            self.wfile.flush()

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the names http.server calls

        def log_message(self, *_: Any) -> None:
            """Say nothing: the log is for what goes wrong."""

    return Handler
