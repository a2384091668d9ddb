"""API Gateway on loopback: HTTP requests become its proxy events, and the function's answers HTTP again."""

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.worlds.survey_world import event

PREFIX = "/_aws/execute-api/abc123/v1"
"""The page must work under a path, as it does on the emulator."""


@contextmanager
def serving(app: Callable[[dict[str, Any], Any], dict[str, Any]]) -> Iterator[str]:
    """Serve a Lambda proxy function; yield its address, without a slash at the end."""
    lock = threading.Lock()

    class Gateway(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode() or None
            proxy_event = event(self.command, self.path.removeprefix(PREFIX), body, dict(self.headers))
            with lock:
                answer = app(proxy_event, None)
            sent = answer["body"].encode()
            if answer.get("isBase64Encoded"):
                sent = base64.b64decode(sent)
            self.send_response(answer["statusCode"])
            for name, value in answer["headers"].items():
                if name != "Strict-Transport-Security":  # loopback has no TLS to insist on
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else sent)

        do_GET = do_POST = do_HEAD = do_PUT = _serve  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
