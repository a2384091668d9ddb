"""What sending needs from outside, by role; the adapters add the technology."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from functions.invite.rendering import MailToRender
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.deliveries import RecipientState, Standing
from functions.shared.domain.handover import Handover
from functions.shared.domain.mail import PackedMail


class Invitations(Protocol):
    """Where invitations stand; `find` leaves out those that do not exist."""

    def find(self, invitation_ids: Iterable[str]) -> Mapping[str, Standing]: ...
    def save(self, before: Standing, after: Standing) -> bool: ...
    def pause(self, standing: Standing) -> bool: ...


class People(Protocol):
    """What is known of the people behind invitations; `around` tells it by invitation id."""

    def recipient_states(self, standings: Collection[Standing], now: datetime) -> Mapping[str, RecipientState]: ...
    def keep_contact(self, person: str, until: datetime) -> None: ...


class Clients(Protocol):
    """The published clients; `load` raises NotFound."""

    def load(self, slug: str) -> ClientBundle: ...


class Mailer(Protocol):
    """Whoever takes a mail and brings it: SES."""

    def send(self, mail: PackedMail) -> Handover: ...


_Written = TypeVar("_Written", covariant=True)
_Taken = TypeVar("_Taken", contravariant=True)


class Writer(Protocol[_Written]):
    """Whoever writes what a person gets; `ready` raises BadConfiguration or ValueError where that cannot be sent."""

    def ready(self, bundle: ClientBundle, wanted: MailToRender) -> _Written: ...


class Carrier(Protocol[_Taken]):
    """Whoever takes what was written and brings it: SES, End User Messaging."""

    def send(self, message: _Taken, /) -> Handover: ...


class Addressed(Protocol):
    """Which invitation went to an address, where an answer names nothing but the address that it comes from."""

    def point(self, standing: Standing, address: str, until: datetime) -> None: ...


class Turns(Protocol):
    """Whose turn it is to hand a mail over: `turn` waits until shortly before one, `begin` for its very moment."""

    def turn(self) -> int | None: ...
    def begin(self, turn: int) -> bool: ...
    def back_off(self) -> None: ...


class Pauses(Protocol):
    """Clients whose mails may not leave for now."""

    def is_paused(self, client: str) -> bool: ...


class MailsLeft(Protocol):
    """How many mails of each client left: what its bounces and complaints are a share of."""

    def count_sent(self, client: str, at: datetime) -> None: ...
