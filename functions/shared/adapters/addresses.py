"""Which network addresses a function may fetch from, and how."""

import ipaddress
import socket
import ssl

_NOT_ONE_HOST = tuple(
    map(
        ipaddress.ip_network,
        (
            "64:ff9b::/96",  # IPv4 as a NAT64 gateway shows it (RFC 6052)
            "64:ff9b:1::/48",  # the same for local use (RFC 8215)
            "fec0::/10",  # site-local, deprecated (RFC 3879), still routed inside some networks
            "192.88.99.0/24",  # relays of 6to4, deprecated (RFC 7526)
            "192.31.196.0/24",  # AS112 (RFC 7535)
            "192.175.48.0/24",  # AS112 (RFC 7534)
            "2620:4f:8000::/48",  # AS112 (RFC 7534)
        ),
    )
)
"""Networks that the standard library calls global though no site of somebody else is in them."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def resolve(host: str, port: int) -> list[tuple[str, int]]:
    """Return the public (address, port) pairs of a host.

    Raises PermissionError where any of its addresses is private, loopback, link-local or otherwise not global, so
    that no page can send a function to the inside of a network; OSError where the name does not resolve.
    """
    addresses = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    for address in addresses:
        if not is_public(ipaddress.ip_address(address)):
            raise PermissionError(f"{host} points at {address}, which is not a public address")
    return [(address, port) for address in sorted(addresses)]


def is_public(address: Address) -> bool:
    """Tell whether an address is one host on the public internet; an IPv4 one inside IPv6 counts as itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped or address.sixtofour:
            return is_public(address.ipv4_mapped or address.sixtofour)  # type: ignore[arg-type]
        if address.teredo:
            return False
    if any(address.version == network.version and address in network for network in _NOT_ONE_HOST):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def tls_context() -> ssl.SSLContext | None:
    """Return how https is spoken: the certificate and its name are checked. None, on one machine only: in plain."""
    return ssl.create_default_context()
