"""Addresses on one machine: the fictional review sites (`*.example`) are the one that the fake AWS serves on loopback.

The local asset holds this file in the place of functions/shared/adapters/addresses.py; a cloud asset never does.
"""

import os
import ssl


def resolve(host: str, port: int) -> list[tuple[str, int]]:
    """Return the loopback address of the review site for a host under .example; refuse every other host."""
    if not host.endswith(".example"):
        raise PermissionError(f"{host} cannot be reached from one machine; only the review sites of the examples can")
    return [("127.0.0.1", int(os.environ["KLANKBORD_REVIEW_SITE_PORT"]))]


def tls_context() -> ssl.SSLContext | None:
    """Return None: the review site on loopback speaks https in plain."""
    return None
