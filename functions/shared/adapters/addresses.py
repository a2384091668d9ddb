"""Which network addresses a function may fetch from."""

import ipaddress
import socket


def resolve(host: str, port: int) -> list[tuple[str, int]]:
    """Return the public (address, port) pairs of a host.

    Raises PermissionError where any of its addresses is private, loopback, link-local or otherwise not global, so
    that no page can send a function to the inside of a network; OSError where the name does not resolve.
    """
    found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    for address in found:
        if not ipaddress.ip_address(address).is_global:
            raise PermissionError(f"{host} points at {address}, which is not a public address")
    return [(address, port) for address in sorted(found)]
