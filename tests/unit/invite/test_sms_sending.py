"""The sender's rules hold for SMS as they do for mail; what is a channel's own is its answers and its counts."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from functions.invite.service import Sending
from functions.invite.sms.rendering import SmsRenderer
from functions.invite.sms.replying import InboundSms, SmsReplying, SmsReplyOutcome
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.deliveries import ContactDetails, DeliveryReport, DeliveryState, ReportKind
from functions.shared.domain.identity import person_key
from functions.shared.domain.invitation import InvitationState
from functions.shared.domain.names import PersonName
from functions.shared.domain.send_results import RecipientOptedOut, SendAccepted, SendDeferred, SendRejected, SendResult
from functions.shared.domain.sms import Sms
from functions.shared.services.opt_outs import OptOuts
from tests.unit.shared.domain.test_sms import NUMBER, texting
from tests.worlds.consent import FakeOptOuts
from tests.worlds.mail_world import INVITATION, KEYS, MONDAY, SURVEY, World, planned, renderer

PHONE = "+31612345678"
PHONE_KEY = person_key(b"pepper", "vaart", PHONE)


@dataclass
class SmsWorld:
    """The world of mail, with an operator of SMS in the place of SES, and what the function for answers needs."""

    mail: World
    answers: list[SendResult] = field(default_factory=list)
    sent: list[Sms] = field(default_factory=list)
    pointed: dict[str, str] = field(default_factory=dict)
    noted: dict[str, datetime] = field(default_factory=dict)

    @property
    def opt_outs(self) -> OptOuts:
        return OptOuts(FakeOptOuts(self.mail.opted_out, marked=self.noted))

    def send(self, sms: Sms, /) -> SendResult:
        answer = self.answers.pop(0) if self.answers else SendAccepted(f"sms-{len(self.sent)}")
        if isinstance(answer, SendAccepted):
            self.sent.append(sms)
        return answer

    def record(self, delivery: DeliveryState, address: str, until: datetime) -> None:
        self.pointed[delivery.address_key] = delivery.invitation_id

    def invitation_of(self, address_key: str) -> str | None:
        return self.pointed.get(address_key)

    def slugs(self) -> list[str]:
        return ["vaart"]

    def load(self, slug: str) -> ClientBundle:
        return self.mail.load(slug)

    def due(self) -> tuple[str, str]:
        world = self.mail
        sending = Sending(
            invitations=world,
            people=world,
            opt_outs=self.opt_outs,
            blocks=world.feedback_blocks,
            clients=world,
            renderer=SmsRenderer(),
            sender=self,
            rate_limiter=world,
            keys=KEYS,
            survey_url=SURVEY,
            clock=lambda: world.now,
            pauses=world,
            counts=world,
            refusals=world,
            recipient_log=self,
        )
        due = world.delivery.due_at or world.now
        outcome, reason = sending.send(INVITATION, int(due.timestamp()))
        return outcome.value, reason

    def answer(self, body: str, sender: str = PHONE, number: str = NUMBER) -> SmsReplyOutcome:
        world = self.mail
        replying = SmsReplying(world, self, self.opt_outs, self, b"pepper")
        return replying.take(InboundSms(sender, number, body), world.now).outcome


@pytest.fixture
def world(tmp_path: Path) -> SmsWorld:
    mail = World(renderer(tmp_path), texting()).invite(planned(channel="sms", address_key=PHONE_KEY))
    name = PersonName("Mevr.", "Anna", "de", "Vries")
    mail.contacts["person-key"] = ContactDetails(PHONE, name, None, MONDAY + timedelta(days=80))
    return SmsWorld(mail)


def test_an_invitation_goes_by_sms_with_the_link_and_is_due_for_its_reminder(world: SmsWorld) -> None:
    assert world.due() == ("sent", "sms-0")

    (sms,) = world.sent
    assert f"{SURVEY}/s/" in sms.body
    assert sms.to == PHONE
    delivery = world.mail.delivery
    assert (delivery.state, delivery.next_mail) == (InvitationState.ACCEPTED, 1)
    assert delivery.due_at == MONDAY + timedelta(days=7, hours=-1)  # Saturday: the next working day at nine
    assert world.pointed == {PHONE_KEY: INVITATION}


def test_a_contact_that_was_asked_on_another_channel_since_gets_no_sms(world: SmsWorld) -> None:
    contact = world.mail.contacts["person-key"]
    world.mail.contacts["person-key"] = replace(contact, address="anna@example.org")

    assert world.due() == ("stopped", "no_contact")
    assert not world.sent


def test_an_sms_of_a_paused_client_waits(world: SmsWorld) -> None:
    world.mail.paused.add("vaart")

    assert world.due() == ("held", "paused")
    assert not world.sent
    assert world.mail.paused_messages == {INVITATION}


def test_who_opted_out_at_the_operator_is_opted_out_here(world: SmsWorld) -> None:
    world.answers.append(RecipientOptedOut("ConflictException DESTINATION_PHONE_NUMBER_OPTED_OUT"))

    assert world.due() == ("stopped", "opted_out")
    assert world.mail.opted_out == {"person-key": "keyword", PHONE_KEY: "keyword"}
    assert world.mail.delivery.withheld_reason == "opted_out"
    assert world.mail.delivery.due_at is None


def test_an_sms_that_is_refused_for_good_ends_its_invitation_and_frees_the_person(world: SmsWorld) -> None:
    world.answers.append(SendRejected("ValidationException PRICE_OVER_THRESHOLD"))

    assert world.due() == ("stopped", "refused")
    assert "person-key" not in world.mail.blocks


def test_a_month_that_is_spent_holds_the_sms_for_an_hour(world: SmsWorld) -> None:
    world.answers.append(SendDeferred("ServiceQuotaExceededException", closed=True))

    assert world.due() == ("held", "ServiceQuotaExceededException")
    assert world.mail.delivery.due_at == MONDAY + timedelta(hours=1)
    assert world.mail.backed_off == 1


def test_a_throttled_sms_is_tried_again_at_another_turn(world: SmsWorld) -> None:
    world.answers.append(SendDeferred("ThrottlingException", throttled=True))

    assert world.due()[0] == "sent"
    assert len(world.sent) == 1


@pytest.mark.parametrize("report", [ReportKind.BOUNCED, ReportKind.DELIVERED, ReportKind.SENT])
def test_reports_of_sms_are_no_part_of_what_pauses_a_clients_mail(world: SmsWorld, report: ReportKind) -> None:
    delivery_report = DeliveryReport(report, INVITATION, 0, MONDAY, MONDAY, costs=False)

    world.mail.tracking().track(delivery_report)

    assert world.mail.counted == []
    assert world.mail.faults == {}


def test_an_invalid_number_is_not_texted_again_and_its_person_may_be_asked_elsewhere(world: SmsWorld) -> None:
    world.due()

    world.mail.tracking().track(DeliveryReport(ReportKind.BOUNCED, INVITATION, 0, MONDAY, MONDAY, costs=False))

    assert world.mail.suppressed == {PHONE_KEY: "bounce"}
    assert world.mail.delivery.due_at is None
    assert "person-key" not in world.mail.blocks


def test_stop_counts_for_the_number_the_person_and_the_invitation(world: SmsWorld) -> None:
    world.due()

    assert world.answer("Stop.") is SmsReplyOutcome.OPTED_OUT

    assert world.mail.opted_out == {PHONE_KEY: "keyword", "person-key": "keyword"}
    assert list(world.noted) == [INVITATION]
    world.mail.now = world.mail.delivery.due_at or MONDAY
    world.mail.opted_out.pop(PHONE_KEY)  # the person's no alone is enough
    assert world.due() == ("stopped", "opted_out")
    assert len(world.sent) == 1


def test_stop_from_a_number_that_was_never_texted_counts_for_the_number(world: SmsWorld) -> None:
    assert world.answer("AFMELDEN", sender="+31687654321") is SmsReplyOutcome.OPTED_OUT

    assert world.mail.opted_out == {person_key(b"pepper", "vaart", "+31687654321"): "keyword"}
    assert not world.noted


def test_what_is_no_request_or_came_to_nobody_changes_nothing(world: SmsWorld) -> None:
    assert world.answer("Dank u, prima geholpen") is SmsReplyOutcome.UNREAD
    assert world.answer("STOP", number="+3197010240999") is SmsReplyOutcome.UNKNOWN

    assert not world.mail.opted_out


def test_nothing_of_an_sms_that_came_in_is_shown(world: SmsWorld) -> None:
    assert PHONE not in repr(InboundSms(PHONE, NUMBER, "STOP, zei Anna"))
    assert "Anna" not in repr(InboundSms(PHONE, NUMBER, "STOP, zei Anna"))
