"""What sending needs from outside, by role; the adapters add the technology."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from functions.invite.rendering import MailToRender
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.deliveries import DeliveryState, RecipientState
from functions.shared.domain.mail import PackedMail
from functions.shared.domain.send_results import SendResult


class InvitationReader(Protocol):
    """Where invitations are read; `find` leaves out those that do not exist."""

    def find(self, invitation_ids: Iterable[str]) -> Mapping[str, DeliveryState]: ...


class Invitations(InvitationReader, Protocol):
    """Where invitations are read and changed; a change says whether nobody else was first."""

    def save(self, before: DeliveryState, after: DeliveryState) -> bool: ...
    def pause(self, delivery: DeliveryState) -> bool: ...


class People(Protocol):
    """What is known of the people behind invitations; `recipient_states` tells it by invitation id."""

    def recipient_states(
        self, deliveries: Collection[DeliveryState], now: datetime
    ) -> Mapping[str, RecipientState]: ...
    def keep_contact(self, person: str, until: datetime) -> None: ...


class Mailer(Protocol):
    """Whoever takes a mail and brings it: SES."""

    def send(self, mail: PackedMail) -> SendResult: ...


_Written = TypeVar("_Written", covariant=True)
_Taken = TypeVar("_Taken", contravariant=True)


class MessageRenderer(Protocol[_Written]):
    """Whoever writes what a person gets; `ready` raises BadConfiguration or ValueError where that cannot be sent."""

    def render(self, bundle: ClientBundle, wanted: MailToRender) -> _Written: ...


class MessageSender(Protocol[_Taken]):
    """Whoever takes what was written and brings it: SES, End User Messaging."""

    def send(self, message: _Taken, /) -> SendResult: ...


class RecipientLog(Protocol):
    """Which invitation went to an address, where an answer names nothing but the address that it comes from."""

    def record(self, delivery: DeliveryState, address: str, until: datetime) -> None: ...


class SendSlots(Protocol):
    """Whose turn it is to hand a mail over: `turn` waits until shortly before one, `begin` for its very moment."""

    def next_slot(self) -> int | None: ...
    def wait_for(self, slot: int, waited: Callable[[], None]) -> bool: ...
    def back_off(self) -> None: ...


class Pauses(Protocol):
    """Clients whose mails may not leave for now."""

    def is_paused(self, client: str) -> bool: ...


class Refusals(Protocol):
    """Whoever is told of invitations that were admitted and could not be sent."""

    def note(self, delivery: DeliveryState, at: datetime) -> None: ...


class SentCounts(Protocol):
    """How many mails of each client left: what its bounces and complaints are a share of."""

    def count_sent(self, client: str, at: datetime) -> None: ...
