"""One HTTP request to somebody else's site, to an address that was checked, with an end to everything.

The connection goes to the checked address itself, with the site's name in TLS and in the Host header, so that a name
that points elsewhere a moment later changes nothing. Redirects are not followed here.
"""

import contextlib
import http.client
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

from functions.shared.adapters import addresses
from functions.shared.domain.fetching import FetchFailed

MAX_BYTES = 5 * 1024 * 1024
"""The largest body, as it comes and unpacked."""
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
"""The longest silence of a server."""
WHOLE_SECONDS = 20.0
"""The most time one request may take, whatever the server does."""

_PORTS = {"http": 80, "https": 443}
_PART = 64 * 1024

Resolve = Callable[[str, int], list[tuple[str, int]]]


@dataclass(frozen=True)
class HttpAnswer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Web:
    """Makes single GET requests. Safe to share between threads."""

    def __init__(
        self,
        resolve: Resolve = addresses.resolve,
        tls_context: Callable[[], ssl.SSLContext | None] = addresses.tls_context,
        most_bytes: int = MAX_BYTES,
        whole_seconds: float = WHOLE_SECONDS,
    ) -> None:
        """Take how names become checked addresses, and the limits of one request."""
        self._resolve = resolve
        self._tls = tls_context()
        self._most_bytes = most_bytes
        self._whole_seconds = whole_seconds

    def get(self, url: str, headers: Mapping[str, str]) -> HttpAnswer:
        """GET a page once. Raises FetchFailed for an address that is not allowed, no connection, too much, too late."""
        parts = check_url(url)
        host = str(parts.hostname)
        deadline = time.monotonic() + self._whole_seconds
        try:
            with self._connected(parts.scheme, host) as connected, _ended_at(connected, deadline):
                answer = self._exchange(connected, parts, host, headers)
                if time.monotonic() >= deadline:
                    # A connection that was cut looks like a body that ended.
                    raise TimeoutError
                return answer
        except PermissionError as error:
            raise FetchFailed(f"{host} is not a public address, so it is not fetched.") from error
        except ssl.SSLError as error:
            raise FetchFailed(f"{host} does not show a valid certificate.") from error
        except (OSError, http.client.HTTPException) as error:
            if time.monotonic() >= deadline or isinstance(error, TimeoutError):
                raise FetchFailed(f"{host} took too long to answer.") from error
            raise FetchFailed(f"{host} cannot be reached: {type(error).__name__}.") from error

    @contextlib.contextmanager
    def _connected(self, scheme: str, host: str) -> Iterator[socket.socket]:
        failure: OSError = OSError(f"{host} has no address")
        for address, port in self._resolve(host, _PORTS[scheme]):
            try:
                plain = socket.create_connection((address, port), CONNECT_SECONDS)
            except OSError as error:
                failure = error
                continue
            plain.settimeout(ANSWER_SECONDS)
            with plain:
                if scheme == "http" or self._tls is None:
                    yield plain
                    return
                with self._tls.wrap_socket(plain, server_hostname=host) as secured:
                    yield secured
                    return
        raise failure

    def _exchange(
        self, connected: socket.socket, parts: SplitResult, host: str, headers: Mapping[str, str]
    ) -> HttpAnswer:
        connection = http.client.HTTPConnection(host)
        connection.sock = connected
        target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        own = {"Accept": "text/html", "Accept-Encoding": "gzip", "Connection": "close"}
        connection.request("GET", target, headers={"Host": host, **own, **headers})
        answer = connection.getresponse()
        received = {name.lower(): value for name, value in answer.getheaders()}
        return HttpAnswer(answer.status, received, self._body(answer, received.get("content-encoding", "")))

    def _body(self, answer: http.client.HTTPResponse, encoding: str) -> bytes:
        coding = encoding.strip().lower()
        if coding not in ("", "identity", "gzip", "x-gzip"):
            raise FetchFailed(f"The page is packed as {coding[:20]}, which was not asked for.")
        unpack = zlib.decompressobj(wbits=31) if coding.endswith("gzip") else None
        raw = 0
        body = bytearray()
        while part := answer.read1(_PART):
            raw += len(part)
            try:
                body += unpack.decompress(part, self._most_bytes + 1 - len(body)) if unpack else part
            except zlib.error as error:
                raise FetchFailed("The page is packed wrongly.") from error
            if raw > self._most_bytes or len(body) > self._most_bytes:
                raise FetchFailed(f"The page is larger than {self._most_bytes} bytes.")
        if answer.length or (unpack and raw and not unpack.eof):
            raise FetchFailed("The page ends too early.")
        return bytes(body)


def check_url(url: str) -> SplitResult:
    """Take an address apart. Raises FetchFailed where it is not plain http or https on the usual port of a host."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        if host:
            host.encode("idna")
    except ValueError as error:
        raise FetchFailed("The address of the page is no address.") from error
    if parts.scheme not in _PORTS:
        raise FetchFailed(f"Only http and https are fetched, not {parts.scheme[:20] or 'nothing'}.")
    if not host or parts.username is not None or port not in (None, _PORTS[parts.scheme]):
        raise FetchFailed("The address of the page has no host, a user, or an unusual port.")
    if any(character <= " " or character == "\x7f" for character in url):
        raise FetchFailed("The address of the page holds spaces or control characters.")
    return parts


@contextlib.contextmanager
def _ended_at(connected: socket.socket, deadline: float) -> Iterator[None]:
    """Cut a connection at a moment, so that a server that sends a byte a second does not hold the function."""

    def cut() -> None:
        with contextlib.suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, deadline - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
