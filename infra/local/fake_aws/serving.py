"""HTTP on loopback: an ASGI application, served by hypercorn from a thread of its own."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = "127.0.0.1"
_BACKLOG = 128
_KEEP_ALIVE_SECONDS = 60.0
"""Longer than a client's pool keeps a connection that nobody uses."""
_GRACE_SECONDS = 1.0
"""For the requests that are under way when the server stops."""

Handler = Callable[[Request, bytes], Response]


class Server:
    """Serves an application on loopback; port 0 takes a free one. It is bound as soon as the object is made."""

    def __init__(self, application: ASGIApp, port: int = 0) -> None:
        listening = socket.create_server((LOOPBACK, port), backlog=_BACKLOG)
        self.port = int(listening.getsockname()[1])
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._config = Config()
        self._config.bind = [f"fd://{listening.detach()}"]
        self._config.keep_alive_timeout = _KEEP_ALIVE_SECONDS
        self._config.graceful_timeout = _GRACE_SECONDS
        self._config.loglevel = "WARNING"
        self._application = application
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._serve, name=f"serve {self.url}", daemon=True)

    def start(self) -> "Server":
        """Serve from a thread of its own."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and release the port."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._loop.close()

    def _serve(self) -> None:
        application: Any = NoSniff(self._application)
        self._loop.run_until_complete(serve(application, self._config, shutdown_trigger=self._stopping.wait))


class NoSniff:
    """Tells browsers to believe the content type of every response."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its response back with one header more."""

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Content-Type-Options"] = "nosniff"
            await send(message)

        await self._application(scope, receive, send_with_header)


class LostResponse(Response):
    """A response that is lost on the way: the connection closes before the body that was promised."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head and nothing more; the server then closes the connection."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})


def with_body(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of a handler that takes the whole body. It must not wait: it runs on the event loop."""

    async def endpoint(request: Request) -> Response:
        return handler(request, await request.body())

    return endpoint


def with_body_in_thread(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of a handler that takes the whole body and may wait: it runs in a thread."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(handler, request, await request.body())

    return endpoint


def internal_error(request: Request, error: Exception) -> Response:
    """Return the response to a request whose handler raised; the server logs the traceback."""
    return PlainTextResponse("The fake AWS failed; its log says why.", 500)
