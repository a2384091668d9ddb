"""Write to a client's contact what became of a file, its invitations and its sending, and to its readers each week."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Protocol

from functions.invite.notices.digest_letter import digest_letter
from functions.invite.notices.list_letter import list_letter
from functions.invite.notices.receipt_letter import Rows, receipt_letter
from functions.invite.notices.refusal_letter import refusal_letter
from functions.invite.notices.rendering import NoticeRenderer
from functions.invite.notices.sending_letter import sending_letter
from functions.invite.roles import Mailer
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.deliveries import RefusedInvitation
from functions.shared.domain.errors import NotFound, TryAgain
from functions.shared.domain.mail import Mail, packed
from functions.shared.domain.notices import DigestNotice, Notice, ReceiptNotice, RefusalNotice, SendingNotice
from functions.shared.domain.report_links import ReportLinks
from functions.shared.domain.send_results import SendAccepted
from functions.shared.services.clients import Clients


class ReceiptFiles(Protocol):
    """The receipts of uploads by key, in `bucket`. Both raise NotFound."""

    @property
    def bucket(self) -> str: ...
    def summary(self, key: str) -> Mapping[str, Any]: ...
    def lines(self, key: str) -> Iterable[Mapping[str, str]]: ...


class Once(Protocol):
    """Does work once for each name. What raises is tried again."""

    def do(self, name: str, work: Callable[[], Any]) -> None: ...


class Refused(Protocol):
    """Invitations that were refused between two moments (epoch seconds)."""

    def between(self, client: str, since: int, until: int) -> Sequence[RefusedInvitation]: ...


class LaterNotices(Protocol):
    """Where a notice waits whose time is not over."""

    def put_later(self, notice: RefusalNotice, now: datetime) -> None: ...


class TellOutcome(StrEnum):
    """What came of a notice: the log's event."""

    TOLD = "notice_told"
    WAITING = "notice_waits"
    WITHOUT_CLIENT = "notice_without_client"


@dataclass(frozen=True)
class Notifying:
    """The use case, with what it works on."""

    clients: Clients
    receipts: ReceiptFiles
    renderer: NoticeRenderer
    mailer: Mailer
    report_links: ReportLinks
    once: Once
    refused: Refused
    later: LaterNotices
    clock: Callable[[], datetime]

    def tell(self, notice: Notice) -> TellOutcome:
        """Send a notice's mail, once however often it is told, or put it back until its time is over.

        Raises NotFound for a receipt that is not there, and TryAgain where SES did not take the mail: nobody knows of
        some of those whether it left after all, and a second mail to the client is better than none.
        """
        try:
            bundle = self.clients.load(notice.client)
        except NotFound:
            return TellOutcome.WITHOUT_CLIENT
        now = self.clock()
        if isinstance(notice, RefusalNotice) and now.timestamp() < notice.until:
            self.later.put_later(notice, now)
            return TellOutcome.WAITING
        if isinstance(notice, DigestNotice):
            for reader in bundle.client.readers:
                who = hashlib.sha256(reader.casefold().encode()).hexdigest()[:16]
                self.once.do(f"{notice.name}/{who}", partial(self._send_digest, bundle, notice, reader))
        else:
            self.once.do(notice.name, lambda: self._send(bundle, notice))
        return TellOutcome.TOLD

    def _send_digest(self, bundle: ClientBundle, notice: DigestNotice, reader: str) -> None:
        link, until = self.report_links.to(notice.client, reader, self.clock())
        letter = digest_letter(bundle, self.renderer.words(bundle), notice, link, until)
        self._hand_over(replace(self.renderer.render(bundle, letter, "digest"), to_address=reader))

    def _send(self, bundle: ClientBundle, notice: ReceiptNotice | RefusalNotice | SendingNotice) -> None:
        if isinstance(notice, ReceiptNotice):
            mail = self._receipt(bundle, notice)
        elif isinstance(notice, RefusalNotice):
            refused = self.refused.between(notice.client, notice.since, notice.until)
            if not refused:
                return
            mail = self.renderer.render(bundle, refusal_letter(bundle, self.renderer.words(bundle), refused), "refused")
        else:
            letter = sending_letter(bundle, self.renderer.words(bundle), notice)
            mail = self.renderer.render(bundle, letter, notice.notice)
        self._hand_over(mail)

    def _hand_over(self, mail: Mail) -> None:
        answer = self.mailer.send(packed(mail))
        if not isinstance(answer, SendAccepted):
            raise TryAgain(f"SES did not take the notice: {answer.reason}.")

    def _receipt(self, bundle: ClientBundle, notice: ReceiptNotice) -> Mail:
        summary = self.receipts.summary(notice.receipt)
        if summary["state"] == "partial":
            # A slower worker wrote what it knew; whoever wrote the whole puts that right.
            raise TryAgain("The receipt is being written again.")
        words, place = self.renderer.words(bundle), (self.receipts.bucket, notice.receipt)
        if "list" in summary:
            letter = list_letter(bundle, words, summary, *place)
        else:
            rows = Rows.of(self.receipts.lines(notice.receipt.removesuffix("json") + "csv"))
            letter = receipt_letter(bundle, words, summary, rows, *place)
        return self.renderer.render(bundle, letter, "receipt")
