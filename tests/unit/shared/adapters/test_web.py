"""One request to somebody else's site: only to checked addresses, and with an end to everything."""

import gzip
import ipaddress
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from functions.shared.adapters import addresses
from functions.shared.adapters.web import Web, check_url
from functions.shared.domain.fetching import FetchFailed

Serve = Callable[[Callable[[socket.socket], None]], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that serves connections on loopback with what a test does with each, and gives the port."""
    listening: list[socket.socket] = []

    def start(answer: Callable[[socket.socket], None]) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)

        def run() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        answer(connection)
                    except OSError:
                        continue

        threading.Thread(target=run, daemon=True).start()
        return int(server.getsockname()[1])

    yield start
    for server in listening:
        server.close()


def said(*parts: bytes) -> Callable[[socket.socket], None]:
    """Return a server that reads a request and says these bytes."""

    def answer(connection: socket.socket) -> None:
        connection.recv(65_536)
        for part in parts:
            connection.sendall(part)

    return answer


def page(body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers, b"", body])


def web(port: int, **more: object) -> Web:
    return Web(resolve=lambda host, _: [("127.0.0.1", port)], tls_context=lambda: None, **more)  # type: ignore[arg-type]


def test_the_request_goes_to_the_checked_address_and_names_the_host(serve: Serve) -> None:
    asked: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        asked.append(connection.recv(65_536))
        connection.sendall(page(b"<p>hello</p>", b'ETag: "1"'))

    found = web(serve(answer)).get("http://reviews.test/shop?page=2#top", {"User-Agent": "Klankbord"})

    assert (found.status, found.body, found.headers["etag"]) == (200, b"<p>hello</p>", '"1"')
    lines = asked[0].decode().split("\r\n")
    assert lines[0] == "GET /shop?page=2 HTTP/1.1"
    assert lines.count("Host: reviews.test") == 1
    assert "User-Agent: Klankbord" in lines


def test_a_name_is_resolved_once_so_that_it_cannot_point_elsewhere_afterwards(serve: Serve) -> None:
    port = serve(said(page(b"x")))
    asked: list[str] = []

    def resolve(host: str, _: int) -> list[tuple[str, int]]:
        asked.append(host)
        return [("127.0.0.1", port)] if len(asked) == 1 else [("127.0.0.2", port)]

    Web(resolve=resolve).get("http://reviews.test/", {})

    assert asked == ["reviews.test"]


def test_the_next_address_is_tried_where_one_does_not_answer(serve: Serve) -> None:
    port = serve(said(page(b"x")))
    closed = socket.create_server(("127.0.0.1", 0))
    unused = closed.getsockname()[1]
    closed.close()

    found = Web(resolve=lambda *_: [("127.0.0.1", unused), ("127.0.0.1", port)]).get("http://reviews.test/", {})

    assert found.body == b"x"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://reviews.test/",
        "gopher://reviews.test/",
        "javascript:alert(1)",
        "//reviews.test/",
        "/relative",
        "",
        "http://",
        "http://user:pass@reviews.test/",
        "http://reviews.test:8080/",
        "https://reviews.test:22/",
        "http://reviews.test/a b",
        "http://reviews.test/\r\nX-Other: 1",
        "http://[::1/",
        "http://reviews.test:port/",
        f"http://{'a' * 64}.test/",
    ],
)
def test_an_address_that_is_not_a_web_page_is_not_fetched(url: str) -> None:
    with pytest.raises(FetchFailed):
        check_url(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - not to bind to
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:169.254.169.254",
        "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "2001:0:a9fe:a9fe::1",
        "64:ff9b:1::a00:1",
        "fec0::1",
        "192.88.99.1",
        "192.31.196.1",
        "2620:4f:8000::1",
    ],
)
def test_an_address_inside_a_network_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("93.184.215.14", 0)), (0, 0, 0, "", (address, 0))]
    )

    with pytest.raises(PermissionError):
        addresses.resolve("reviews.test", 443)
    with pytest.raises(FetchFailed, match="not a public address"):
        Web().get("https://reviews.test/", {})


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"])
def test_an_address_on_the_internet_is_allowed(address: str) -> None:
    assert addresses.is_public(ipaddress.ip_address(address))


def test_every_address_is_checked_also_where_the_page_s_address_is_a_number() -> None:
    for host in ("127.0.0.1", "[::1]", "169.254.169.254"):
        with pytest.raises(FetchFailed, match="not a public address"):
            Web().get(f"http://{host}/latest/meta-data/", {})


def test_a_body_larger_than_allowed_is_not_read_to_its_end(serve: Serve) -> None:
    sent = 0

    def answer(connection: socket.socket) -> None:
        nonlocal sent
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 200_000_000:
            sent += connection.send(b"x" * 65_536)

    with pytest.raises(FetchFailed, match="larger than"):
        web(serve(answer), most_bytes=100_000).get("http://reviews.test/", {})

    assert sent < 50_000_000


def test_a_bomb_of_gzip_is_not_unpacked(serve: Serve) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)

    with pytest.raises(FetchFailed, match="larger than"):
        web(serve(said(page(bomb, b"Content-Encoding: gzip"))), most_bytes=1_000_000).get("http://reviews.test/", {})


def test_a_packed_page_is_unpacked(serve: Serve) -> None:
    port = serve(said(page(gzip.compress(b"<p>hello</p>" * 1000), b"Content-Encoding: gzip")))

    assert web(port).get("http://reviews.test/", {}).body == b"<p>hello</p>" * 1000


@pytest.mark.parametrize(
    "answer",
    [
        page(zlib.compress(b"x"), b"Content-Encoding: deflate"),
        page(b"not packed", b"Content-Encoding: gzip"),
        page(gzip.compress(b"x" * 1000, mtime=0)[:-5], b"Content-Encoding: gzip"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 1000 + b"\r\n",
        b"",
    ],
)
def test_half_an_answer_is_no_answer(serve: Serve, answer: bytes) -> None:
    with pytest.raises(FetchFailed):
        web(serve(said(answer))).get("http://reviews.test/", {})


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n<p>"])
def test_a_server_that_drips_is_cut_off(serve: Serve, begin: bytes) -> None:
    enough = threading.Event()

    def answer(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(begin)
        while not enough.wait(0.02):
            connection.sendall(b"x")

    try:
        with pytest.raises(FetchFailed, match="too long"):
            web(serve(answer), whole_seconds=0.2).get("http://reviews.test/", {})
    finally:
        enough.set()


def test_in_the_cloud_certificates_and_their_names_are_checked() -> None:
    context = addresses.tls_context()

    assert context is not None
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a key and a certificate for reviews.test."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "reviews.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("reviews.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.mark.parametrize(("host", "reached"), [("reviews.test", True), ("other.test", False)])
def test_the_certificate_must_be_of_the_name_although_the_connection_goes_to_an_address(
    serve: Serve, certificate: Path, host: str, reached: bool
) -> None:
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(certificate)
    asked: list[str] = []
    server_side.sni_callback = lambda _, name, __: asked.append(name)

    def answer(connection: socket.socket) -> None:
        with server_side.wrap_socket(connection, server_side=True) as secured:
            said(page(b"secret"))(secured)

    port = serve(answer)
    trusting = ssl.create_default_context(cafile=str(certificate))
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    checked = Web(resolve=lambda *_: [("127.0.0.1", port)], tls_context=lambda: trusting)

    if reached:
        assert checked.get(f"https://{host}/", {}).body == b"secret"
    else:
        with pytest.raises(FetchFailed, match="certificate"):
            checked.get(f"https://{host}/", {})
    assert asked == [host]
