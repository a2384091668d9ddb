"""The domain that a client's mail is from, and that its DNS records stand under."""

from pathlib import Path

from functions.shared.domain.client import Client
from operations.onboarding.errors import CannotOnboard

PUBLIC_PROVIDERS = frozenset((Path(__file__).parent / "public_providers.txt").read_text(encoding="utf-8").split())
"""Domains that anybody may have an address at: their DNS is nobody's to change."""


def sender_domain(client: Client) -> str:
    """Return the domain of a client's sender, in lower case and as DNS writes it.

    Raises CannotOnboard for a public mail provider, whose DNS cannot be changed.
    """
    domain = client.sender.address.rpartition("@")[2].lower().encode("idna").decode()
    if domain in PUBLIC_PROVIDERS:
        raise CannotOnboard(
            f"{client.name} sends from an address at {domain}, a public mail provider: nobody can set its DNS records, "
            f"and such mail is refused by those who check. Give `sender` in client.yaml an address on a domain of "
            f"the client's own."
        )
    return domain


def reports_address(client: Client, domain: str) -> str:
    """Return where DMARC reports go: the client's contact where that needs no record at another domain."""
    at = client.contact.rpartition("@")[2].lower()
    near = at == domain or at.endswith(f".{domain}") or domain.endswith(f".{at}")
    return client.contact if near else f"postmaster@{domain}"
