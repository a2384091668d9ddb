"""Reports of clients, for the readers to whom a link was mailed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.shared.domain import object_keys
from functions.shared.domain.identity import LinkKeys
from functions.shared.domain.report_links import read_report_token
from functions.shared.services.clients import Clients


class ReportObjects(Protocol):
    """The data bucket (functions.shared.adapters.data_bucket.DataBucket)."""

    def read(self, key: str) -> tuple[bytes, str] | None: ...


@dataclass(frozen=True)
class OpenedReport:
    """A report for whoever holds the link; empty where the time of the link is over."""

    client: str
    html: str


@dataclass(frozen=True)
class Reports:
    """Reports behind signed links."""

    keys: LinkKeys
    clients: Clients
    objects: ReportObjects
    now: Callable[[], datetime]

    def open(self, token: str) -> OpenedReport | None:
        """Return what a link opens; None for a token that is none, of nobody's any more, or before the first report.

        Raises NotFound where the client was withdrawn.
        """
        signed = read_report_token(self.keys, token)
        if signed is None or not signed.is_of_a_reader(self.clients.load(signed.client).client):
            return None
        if signed.until <= self.now():
            return OpenedReport(signed.client, "")
        found = self.objects.read(object_keys.report(signed.client))
        return OpenedReport(signed.client, found[0].decode()) if found else None
