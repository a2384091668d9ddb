"""What it means to fetch a page from somebody else's site, whatever fetches it."""

from dataclasses import dataclass
from datetime import datetime

from functions.shared.domain.errors import KlankbordError


@dataclass(frozen=True)
class Validators:
    """What a server said about the version of a page, to be said back to it."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Fetched:
    """A page that was fetched; `body` is None where it has not changed since the validators that were sent."""

    url: str
    """Where it was found, after redirects."""
    content_type: str
    body: bytes | None
    validators: Validators


class FetchFailed(KlankbordError):
    """A page could not or may not be fetched; the message says why."""


class ComeBackLater(FetchFailed):
    """The site wants no more requests until a moment."""

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message)
        self.until = until
