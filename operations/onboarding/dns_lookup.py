"""What DNS answers now."""

import socket
from typing import Any

import dns.exception
import dns.name
import dns.resolver

from operations.onboarding.errors import CannotOnboard

_SECONDS = 6.0
"""So long an answer is waited for, over all servers and attempts."""


class NoAnswer(Exception):
    """No server answered: nothing is known of the record. The message says what was seen."""


class Dns:
    """Asks the name servers of this machine, or one that is named."""

    def __init__(self, nameserver: str | None = None) -> None:
        """`nameserver` is HOST or HOST:PORT. Raises CannotOnboard where there is none to ask."""
        try:
            self._resolver = dns.resolver.Resolver(configure=nameserver is None)
        except dns.resolver.NoResolverConfiguration as error:
            raise CannotOnboard("This machine knows no name server: name one, such as --nameserver 1.1.1.1.") from error
        if nameserver:
            host, _, port = nameserver.partition(":")
            try:
                self._resolver.nameservers = [str(socket.getaddrinfo(host, None)[0][4][0])]
                self._resolver.port = int(port or 53)
            except (OSError, ValueError) as error:
                raise CannotOnboard(f"{nameserver} is no name server: write HOST or HOST:PORT.") from error
        self._resolver.lifetime = _SECONDS

    def cname(self, name: str) -> list[str]:
        """Return what a name is another name for, without the point at the end. Raises NoAnswer."""
        return [_host(record.target) for record in self._ask(name, "CNAME")]

    def mx(self, name: str) -> list[str]:
        """Return the mail exchangers of a name as `10 host`. Raises NoAnswer."""
        return sorted(f"{record.preference} {_host(record.exchange)}" for record in self._ask(name, "MX"))

    def txt(self, name: str) -> list[str]:
        """Return the texts of a name, the parts of each joined. Raises NoAnswer."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT")]

    def _ask(self, name: str, kind: str) -> list[Any]:
        try:
            answer = self._resolver.resolve(f"{name}.", kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise NoAnswer(f"no answer ({type(error).__name__})") from error
        # A CNAME on the way belongs to the answer: the texts of the name that it leads to count.
        return list(answer)


def _host(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
