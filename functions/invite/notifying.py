"""Write to a client's contact what became of a file, or that its sending was paused or goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from functions.shared.domain.client import ClientBundle
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.handover import Accepted, Handover
from functions.shared.domain.mail import Mail, PackedMail, packed
from functions.shared.domain.notices import Notice, ReceiptNotice


class Clients(Protocol):
    """The published clients; `load` raises NotFound."""

    def load(self, slug: str) -> ClientBundle: ...


class Mailer(Protocol):
    """Whoever takes a mail and brings it."""

    def send(self, mail: PackedMail) -> Handover: ...


class Once(Protocol):
    """Does work once for each name. What raises is tried again."""

    def do(self, name: str, work: Callable[[], Any]) -> None: ...


@dataclass(frozen=True)
class Notifying:
    """The use case, with what it works on."""

    clients: Clients
    mailer: Mailer
    once: Once

    def tell(self, notice: Notice) -> None:
        """Send a notice's mail, once however often it is told.

        Raises NotFound for a client that is not published, and TryAgain where SES did not take the mail: nobody knows
        of some of those whether it left after all, and a second mail to the client is better than none.
        """
        self.once.do(notice.name, lambda: self._send(notice))

    def _send(self, notice: Notice) -> None:
        bundle = self.clients.load(notice.client)
        answer = self.mailer.send(packed(_plain(bundle, notice)))
        if not isinstance(answer, Accepted):
            raise TryAgain(f"SES did not take the notice: {answer.reason}.")


def _plain(bundle: ClientBundle, notice: Notice) -> Mail:
    kind = "receipt" if isinstance(notice, ReceiptNotice) else notice.notice
    client = bundle.client
    return Mail(
        sender_name=client.sender.name,
        sender_address=client.sender.address,
        reply_to=client.sender.reply_to,
        to_name="",
        to_address=client.contact,
        language=client.languages[0],
        subject=f"{client.name}: {kind}",
        text=f"{notice}\n",
        html=f"<p>{notice}</p>\n",
        images=(),
        opt_out_link=None,
        tags=(("notice", kind), ("client", client.client)),
    )
