"""A client, its customers and an SES in memory, for the tests of mail. The clock stands still until it is moved."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from functions.invite.rendering import MailRenderer, MailToRender
from functions.invite.service import Sending
from functions.invite.tracking import Tracking
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.deliveries import ContactDetails, DeliveryState, RecipientState
from functions.shared.domain.errors import NotFound
from functions.shared.domain.identity import LinkKeys
from functions.shared.domain.invitation import InvitationState
from functions.shared.domain.mail import PackedMail
from functions.shared.domain.names import PersonName
from functions.shared.domain.reputation import Fault
from functions.shared.domain.send_results import Allowance, SendAccepted, SendResult
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts
from infra.mail_templates import SOURCE, compile_mail
from tests.worlds.consent import FakeBlocks, FakeOptOuts

INVITATION = "6f1d0f3e-6a0c-5a55-9a44-5b1c4a3a0d11"
KEYS = LinkKeys({1: b"key of tokens"})
SURVEY = "https://survey.example/v1"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""10:00 in Amsterdam, inside the window."""

_PALETTE = {
    "primary": "#0b4f6c",
    "on_primary": "#ffffff",
    "background": "#eef3f6",
    "surface": "#ffffff",
    "text": "#1b2a33",
    "muted": "#52636d",
}
_NIGHT = {
    "primary": "#8fd0e8",
    "on_primary": "#0b2530",
    "background": "#0b161d",
    "surface": "#10242f",
    "text": "#eef3f6",
    "muted": "#a9bac4",
}
_LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><path fill="#0b4f6c" d="M0 0h40v40z"/></svg>'
MAIL = {
    "subject": "Hoe was {touchpoint}?",
    "preheader": "Eén minuut over {product|ons contact}.",
    "heading": "Uw mening",
    "greeting": "Geachte {salutation} {last_name},",
    "greeting_without_name": "Geachte klant,",
    "body": ("U sprak met {team|ons}.", "Vertel het ons & help {client}."),
}
_ENGLISH = {
    "subject": "How was {touchpoint}?",
    "preheader": "One minute.",
    "heading": "Your opinion",
    "greeting": "Hi {first_name},",
    "greeting_without_name": "Hi there,",
    "body": ("Tell us about {product|your call}.",),
}


def texts(mail: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "invitation": mail,
        "reminder": mail | {"subject": f"Nog eens: {mail['subject']}"},
        "button": "Naar de vragen",
        "signature": ("Groet,", "{client}"),
        "opt_out": "Geen vragen meer van {client}",
        "intro": "Uw mening",
        "thanks_heading": "Dank",
        "thanks": ("Dank u.",),
    } | changes


def bundle(texts_nl: dict[str, Any] | None = None, **client: Any) -> ClientBundle:
    """Return a Dutch client with one touchpoint, and whatever of client.yaml a test wants otherwise."""
    return ClientBundle.model_validate(
        {
            "version": "1",
            "client": {
                "client": "vaart",
                "name": "Vaart Verzekeringen",
                "country": "NL",
                "timezone": "Europe/Amsterdam",
                "languages": ("nl", "en"),
                "tone": "formal",
                "sender": {"name": "Vaart", "address": "vraag@vaart.example", "reply_to": "klant@vaart.example"},
                "contact": "crm@vaart.example",
            }
            | client,
            "touchpoints": {
                "schade": {
                    "touchpoint": "schade",
                    "name": {"nl": "uw schade", "en": "your claim"},
                    "questionnaire": "kort",
                }
            },
            "mappings": {},
            "questionnaires": {
                "kort": {
                    "questionnaire": "kort",
                    "version": 1,
                    "questions": (
                        {
                            "id": "nps",
                            "type": "nps",
                            "text": {"nl": "Beveelt u ons aan?", "en": "Would you recommend us?"},
                            "low": {"nl": "Nee", "en": "No"},
                            "high": {"nl": "Ja", "en": "Yes"},
                        },
                    ),
                }
            },
            "texts": {"nl": texts_nl or texts(MAIL), "en": texts(_ENGLISH)},
            "brand": {
                "logo": "logo.svg",
                "logo_alt": "Vaart",
                "light": _PALETTE,
                "dark": _NIGHT,
                "font": 'Arial, "Helvetica Neue", sans-serif',
            },
            "logo_svg": _LOGO,
        }
    )


def nl_mail(**changes: Any) -> dict[str, Any]:
    return texts(MAIL | changes)


def to_render(**changes: Any) -> MailToRender:
    """Return an invitation to Anna de Vries, changed as a test wants."""
    values: dict[str, Any] = {
        "invitation_id": INVITATION,
        "number": 0,
        "name": "invitation",
        "touchpoint": "schade",
        "address": "anna@example.org",
        "person": PersonName("Mevr.", "Anna", "de", "Vries"),
        "language": None,
        "product": None,
        "team": None,
        "link": f"{SURVEY}/s/answer-token",
        "opt_out_link": f"{SURVEY}/u/opt-out-token",
    }
    return MailToRender(**values | changes)


def renderer(folder: Path) -> MailRenderer:
    compile_mail(SOURCE, folder)
    return MailRenderer(folder)


def planned(**changes: Any) -> DeliveryState:
    """Return an invitation whose first mail is due on Monday."""
    values: dict[str, Any] = {
        "invitation_id": INVITATION,
        "person": "person-key",
        "address_key": "address-key",
        "client": "vaart",
        "touchpoint": "schade",
        "expires_at": MONDAY + timedelta(days=21),
        "state": InvitationState.PLANNED,
        "due_at": MONDAY,
    }
    return DeliveryState(**values | changes)


class Died(BaseException):
    """The worker is killed: nothing after this line runs."""


@dataclass
class World:
    """Everything that sending and tracking work on, in memory, with a place to break each of them."""

    renderer: MailRenderer
    client: ClientBundle = field(default_factory=bundle)
    deliveries: dict[str, DeliveryState] = field(default_factory=dict)
    blocks: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    contacts: dict[str, ContactDetails] = field(default_factory=dict)
    opted_out: dict[str, str] = field(default_factory=dict)
    suppressed: dict[str, str] = field(default_factory=dict)
    now: datetime = MONDAY
    answers: list[SendResult | BaseException] = field(default_factory=list)
    """What SES says to the next mails; then it accepts."""
    sent: list[PackedMail] = field(default_factory=list)
    reads: int = 0
    writes: int = 0
    die_at_write: int | None = None
    may: bool = True
    backed_off: int = 0
    refused: list[str] = field(default_factory=list)
    paused: set[str] = field(default_factory=set)
    paused_messages: set[str] = field(default_factory=set)
    counted: list[tuple[str, str, datetime]] = field(default_factory=list)
    faults: dict[tuple[str, str, datetime], datetime] = field(default_factory=dict)
    """By kind, mail and moment: when the mail was accepted."""

    # the due index and the invitations

    def find(self, invitation_ids: Iterable[str]) -> Mapping[str, DeliveryState]:
        self.reads += 1
        return {one: self.deliveries[one] for one in invitation_ids if one in self.deliveries}

    def save(self, before: DeliveryState, after: DeliveryState) -> bool:
        self.writes += 1
        if self.writes == self.die_at_write:
            raise Died
        if self.deliveries[before.invitation_id] != before:
            return False
        self.deliveries[before.invitation_id] = after
        return True

    def pause(self, delivery: DeliveryState) -> bool:
        if self.deliveries[delivery.invitation_id] != delivery:
            return False
        self.paused_messages.add(delivery.invitation_id)
        return True

    def resume(self, client: str, most: int) -> int:
        back = sorted(one for one in self.paused_messages if self.deliveries[one].client == client)[:most]
        self.paused_messages -= set(back)
        return len(back)

    # what a client's mails come to

    def is_paused(self, client: str) -> bool:
        return client in self.paused

    def count_sent(self, client: str, at: datetime) -> None:
        self.counted.append(("mails", client, at))

    def count_delivered(self, client: str) -> None:
        self.counted.append(("deliveries", client, self.now))

    def count_fault(self, client: str, fault: Fault, mail: str, accepted_at: datetime, at: datetime) -> None:
        self.faults[fault.value, mail, at] = accepted_at

    # people

    def recipient_states(self, deliveries: Collection[DeliveryState], now: datetime) -> Mapping[str, RecipientState]:
        self.reads += 1
        return {delivery.invitation_id: self._recipient_state(delivery, now) for delivery in deliveries}

    def _recipient_state(self, delivery: DeliveryState, now: datetime) -> RecipientState:
        blocks = {key: self.blocks[key] for key in (delivery.person, delivery.address_key) if key in self.blocks}
        return RecipientState(
            opted_out=delivery.person in self.opted_out or delivery.address_key in self.opted_out,
            suppressed=delivery.address_key in self.suppressed,
            block_holders={key: holder for key, (holder, until) in blocks.items() if until > now},
            contact=self.contacts.get(delivery.person),
        )

    def keep_contact(self, person: str, until: datetime) -> None:
        self.contacts[person] = replace(self.contacts[person], expires_at=until)

    def suppress(self, address_key: str, client: str, reason: str, at: datetime) -> None:
        self.suppressed.setdefault(address_key, reason)

    # clients, SES and its pace

    def load(self, slug: str) -> ClientBundle:
        if slug != self.client.client.client:
            raise NotFound(f"There is no client {slug}.")
        return self.client

    def send(self, mail: PackedMail) -> SendResult:
        answer = self.answers.pop(0) if self.answers else SendAccepted(f"message-{len(self.sent)}")
        if isinstance(answer, SendAccepted):
            self.sent.append(mail)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def next_slot(self) -> int | None:
        return 1 if self.may else None

    def wait_for(self, slot: int, waited: Callable[[], None]) -> bool:
        return self.may

    def back_off(self) -> None:
        self.backed_off += 1

    # use cases

    @property
    def opt_outs(self) -> OptOuts:
        return OptOuts(FakeOptOuts(self.opted_out))

    @property
    def feedback_blocks(self) -> FeedbackBlocks:
        return FeedbackBlocks(FakeBlocks(self.blocks))

    @property
    def delivery(self) -> DeliveryState:
        return self.deliveries[INVITATION]

    def invite(self, delivery: DeliveryState | None = None) -> "World":
        """Let an invitation stand there, admitted: contact, block and all."""
        delivery = delivery or planned()
        self.deliveries[delivery.invitation_id] = delivery
        for key in (delivery.person, delivery.address_key):
            self.blocks[key] = (delivery.invitation_id, self.now + timedelta(days=80))
        self.contacts[delivery.person] = ContactDetails(
            "anna@example.org", PersonName("Mevr.", "Anna", "de", "Vries"), None, self.now + timedelta(days=80)
        )
        return self

    def sending(self) -> Sending[PackedMail]:
        return Sending(
            invitations=self,
            people=self,
            opt_outs=self.opt_outs,
            blocks=self.feedback_blocks,
            clients=self,
            renderer=self.renderer,
            sender=self,
            rate_limiter=self,
            keys=KEYS,
            survey_url=SURVEY,
            clock=lambda: self.now,
            pauses=self,
            counts=self,
            refusals=self,
        )

    def send_due(self) -> tuple[str, str]:
        """Send the mail that is due, as a message from the queue would have it."""
        due = self.delivery.due_at or self.now
        outcome, reason = self.sending().send(INVITATION, int(due.timestamp()))
        return outcome.value, reason

    def tracking(self) -> Tracking:
        return Tracking(self, self, self.opt_outs, self.feedback_blocks, self, self, self)

    def note(self, delivery: DeliveryState, at: datetime) -> None:
        self.refused.append(delivery.invitation_id)


@dataclass
class FixedAccount:
    """An account that may send so much."""

    enabled: bool = True
    rate: float = 14.0
    remaining_today: int | None = None
    asked: int = 0

    def allowance(self) -> Allowance:
        self.asked += 1
        return Allowance(self.enabled, self.rate, self.remaining_today)
