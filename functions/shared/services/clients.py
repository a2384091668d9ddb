"""The published clients, by role; functions.shared.adapters.client_store has them."""

from typing import Protocol

from functions.shared.domain.client import ClientBundle


class Clients(Protocol):
    """The published clients."""

    def load(self, slug: str) -> ClientBundle:
        """Return a client as it is published now; raise NotFound."""


class ListedClients(Clients, Protocol):
    """The published clients, and which there are."""

    def slugs(self) -> list[str]:
        """Return the names of all published clients."""
