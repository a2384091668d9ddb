"""What is done with a mail that comes in: who is opted out, what reaches the client, what reaches nobody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from functions.invite.replies.reply_mail import FORWARDED, read_reply
from functions.invite.replies.service import MAX_ATTACHED, Replying, ReplyOutcome
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.deliveries import DeliveryState
from functions.shared.domain.errors import NotFound, TryAgain
from functions.shared.domain.identity import LinkKeys, person_key, sign_token
from functions.shared.domain.mail import PackedMail
from functions.shared.domain.replies import answered_invitation, reply_address
from functions.shared.domain.send_results import SendAccepted, SendDeferred, SendResult
from functions.shared.services.opt_outs import OptOuts
from tests.worlds.consent import FakeOptOuts
from tests.worlds.mail_world import INVITATION, MONDAY, bundle, planned

KEYS = LinkKeys({1: b"one", 2: b"two"})
DOMAIN = "reply.example.com"
TO = reply_address(KEYS, INVITATION, DOMAIN)
SES = (
    b"Return-Path: <anna@klant.example>\r\nX-SES-Spam-Verdict: PASS\r\nX-SES-Virus-Verdict: PASS\r\n"
    b"Authentication-Results: amazonses.com; spf=pass; dkim=pass; dmarc=pass header.from=klant.example;\r\n"
)


@dataclass
class World:
    """Everything that a reply can touch."""

    deliveries: dict[str, DeliveryState] = field(default_factory=dict)
    opt_outs: FakeOptOuts = field(default_factory=FakeOptOuts)
    sent: list[PackedMail] = field(default_factory=list)
    answer: SendResult = field(default_factory=lambda: SendAccepted("id"))
    client: ClientBundle = field(default_factory=bundle)

    def find(self, invitation_ids: Iterable[str]) -> Mapping[str, DeliveryState]:
        return {one: self.deliveries[one] for one in invitation_ids if one in self.deliveries}

    @property
    def opted_out(self) -> dict[str, tuple[str, str, datetime]]:
        """By key: client, how, since."""
        return {key: (record.client, record.how, record.since) for key, record in self.opt_outs.records.items()}

    @property
    def ended(self) -> list[str]:
        """The invitations that are marked."""
        return list(self.opt_outs.marked)

    def load(self, slug: str) -> ClientBundle:
        if slug != self.client.client.client:
            raise NotFound(slug)
        return self.client

    def send(self, mail: PackedMail) -> SendResult:
        self.sent.append(mail)
        return self.answer

    def take(self, raw: bytes, whole: bool = True) -> ReplyOutcome:
        replying = Replying(self, OptOuts(self.opt_outs), self, self, KEYS, b"pepper", DOMAIN)
        return replying.take(raw, MONDAY, whole=whole).outcome


@pytest.fixture
def world() -> World:
    delivery = planned(person="person", address_key="address", accepted_at=MONDAY)
    return World({INVITATION: delivery})


def reply(text: str = "Afmelden", to: str = TO, ses: bytes = SES, **headers: str) -> bytes:
    message = EmailMessage(policy=policy.SMTP)
    told = {"From": "Anna de Vries <anna@klant.example>", "To": to, "Subject": "Re: Hoe was uw contact?"}
    for name, value in (told | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        message[name] = value
    message.set_content(text)
    return ses + message.as_bytes()


def test_a_reply_opts_out_the_person_and_the_address_of_the_mail_that_it_answers(world: World) -> None:
    for _ in range(2):
        assert world.take(reply()) is ReplyOutcome.OPTED_OUT

    assert world.opted_out == {"person": ("vaart", "reply", MONDAY), "address": ("vaart", "reply", MONDAY)}
    assert set(world.ended) == {INVITATION}
    assert world.sent == []


def test_whom_a_reply_opts_out_does_not_depend_on_its_from(world: World) -> None:
    world.take(reply(From="somebody@else.example", ses=b"Authentication-Results: amazonses.com; dmarc=fail\r\n"))

    assert set(world.opted_out) == {"person", "address"}


@pytest.mark.parametrize("change", [str.upper, str.lower, lambda to: to.replace("@", ".x@")])
def test_an_address_is_known_in_any_case_and_no_other_one_is(world: World, change: Any) -> None:
    outcome = world.take(reply(to=change(TO)))

    assert (outcome is ReplyOutcome.OPTED_OUT) == (change(TO).lower() == TO)


def test_a_token_of_another_purpose_or_key_is_no_address() -> None:
    other = LinkKeys({1: b"other"})

    assert answered_invitation(KEYS, TO, DOMAIN) == INVITATION
    assert answered_invitation(LinkKeys({1: b"one"}), reply_address(LinkKeys({1: b"one"}), INVITATION, "x.nl"), "x.nl")
    assert answered_invitation(other, TO, DOMAIN) is None
    assert answered_invitation(KEYS, TO, "other.example.com") is None
    assert answered_invitation(KEYS, f"{sign_token(KEYS, 'opt-out', INVITATION)}@{DOMAIN}", DOMAIN) is None
    assert len(TO.partition("@")[0]) <= 64


def test_the_button_of_a_mail_program_opts_out_also_where_the_program_says_so(world: World) -> None:
    raw = reply("Sent by your mail program on your behalf.", Subject="unsubscribe", Auto_Submitted="auto-generated")

    assert world.take(raw) is ReplyOutcome.OPTED_OUT
    assert world.sent == []


def test_a_blind_copy_is_found_where_it_was_delivered_to(world: World) -> None:
    received = (
        f"Received: from mail.klant.example by inbound-smtp.eu-west-1.amazonaws.com\r\n for {TO}; Mon\r\n".encode()
    )

    assert world.take(reply(to="undisclosed@klant.example", ses=received + SES)) is ReplyOutcome.OPTED_OUT


def test_what_is_no_request_reaches_the_clients_mailbox_and_is_answered_to_the_customer(world: World) -> None:
    raw = reply("Wat een mooi formulier, afmelden hoeft niet", Subject="Re: één vraag")

    assert world.take(raw) is ReplyOutcome.FORWARDED

    assert world.opted_out == {}
    (mail,) = world.sent
    sender = world.client.client.sender
    assert (mail.sender_address, mail.to_address, mail.client) == (sender.address, sender.reply_to, "vaart")
    message = message_from_bytes(mail.raw, policy=policy.default)
    assert message["Reply-To"] == "anna@klant.example"
    assert message["From"] == f"Anna de Vries via {sender.name} <{sender.address}>"
    assert message["Subject"] == "Re: één vraag"
    assert message[FORWARDED] == "yes"
    text, original = message.iter_parts()
    assert "Wat een mooi formulier" in text.get_content()
    assert original.get_content() == raw
    assert original.get_filename() == "reply.eml"


def test_a_request_that_says_more_opts_out_and_reaches_people_too(world: World) -> None:
    raw = reply("Graag afmelden. En mijn schade van 3 maart is trouwens nog altijd niet betaald!")

    assert world.take(raw) is ReplyOutcome.OPTED_OUT_AND_FORWARDED
    assert set(world.opted_out) == {"person", "address"}
    assert "De klant is afgemeld" in message_from_bytes(world.sent[0].raw, policy=policy.default).as_string()


def test_a_mail_that_cannot_be_forwarded_waits_and_the_opt_out_stands(world: World) -> None:
    world.answer = SendDeferred("TooManyRequestsException", throttled=True)

    with pytest.raises(TryAgain):
        world.take(reply("Afmelden. En mijn schade van 3 maart is trouwens nog altijd niet betaald!"))

    assert set(world.opted_out) == {"person", "address"}


def test_a_mailbox_that_is_where_replies_come_in_is_no_mailbox(world: World) -> None:
    client = world.client.client
    loop = client.sender.model_copy(update={"reply_to": f"klant@{DOMAIN}"})
    world.client = world.client.model_copy(update={"client": client.model_copy(update={"sender": loop})})

    with pytest.raises(TryAgain, match="reply_to"):
        world.take(reply("Dank u!"))


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner-email=x"},
        {"Precedence": "bulk"},
        {"Precedence": "auto_reply"},
        {"X_Autoreply": "yes"},
        {"List_Id": "<a.example>"},
        {"Subject": "Automatisch antwoord: Afmelden"},
        {"Subject": "Automatic reply: Hoe was uw contact?"},
        {"Subject": "Abwesenheitsnotiz"},
        {"Subject": "Out of office"},
        {"From": "MAILER-DAEMON@klant.example"},
        {"From": "postmaster@klant.example"},
        {FORWARDED: "yes"},
        {"Auto_Submitted": "auto-replied", "Subject": "unsubscribe"},
    ],
)
def test_what_a_machine_answers_opts_nobody_out_and_is_not_sent_on(world: World, headers: dict[str, str]) -> None:
    assert world.take(reply("Afmelden", **headers)) is ReplyOutcome.AUTOMATIC
    assert (world.opted_out, world.sent) == ({}, [])


def test_a_bounce_opts_nobody_out(world: World) -> None:
    empty = SES.replace(b"<anna@klant.example>", b"<>")
    report = reply().replace(
        b"Content-Type: text/plain", b"Content-Type: multipart/report; boundary=x\r\nX-Was: text/plain"
    )

    assert world.take(reply(ses=empty)) is ReplyOutcome.AUTOMATIC
    assert world.take(report) is ReplyOutcome.AUTOMATIC
    assert world.opted_out == {}


def test_mail_to_a_client_opts_out_its_own_address_where_that_is_true(world: World) -> None:
    to = f"vaart@{DOMAIN}"

    assert world.take(reply(to=to)) is ReplyOutcome.OPTED_OUT

    assert set(world.opted_out) == {person_key(b"pepper", "vaart", "anna@klant.example")}
    assert world.ended == []


@pytest.mark.parametrize(
    "ses",
    [
        b"",
        b"Authentication-Results: amazonses.com; spf=pass; dmarc=fail;\r\n",
        b"Authentication-Results: mail.evil.example; dmarc=pass;\r\n",
        b"Authentication-Results: amazonses.com; dmarc=none;\r\nAuthentication-Results: amazonses.com; dmarc=pass;\r\n",
    ],
)
def test_a_from_that_may_be_forged_opts_nobody_out_and_is_read_by_people(world: World, ses: bytes) -> None:
    assert world.take(reply(to=f"vaart@{DOMAIN}", ses=ses)) is ReplyOutcome.FORWARDED

    assert world.opted_out == {}
    assert len(world.sent) == 1


@pytest.mark.parametrize("to", ["nobody@reply.example.com", "vaart@elsewhere.example", "", f"r{'a' * 53}@{DOMAIN}"])
def test_mail_to_nobody_is_left_where_it_is(world: World, to: str) -> None:
    assert world.take(reply(to=to)) is ReplyOutcome.UNKNOWN
    assert (world.opted_out, world.sent) == ({}, [])


def test_a_virus_is_not_sent_on_but_a_no_is_a_no(world: World) -> None:
    sick = SES.replace(b"Virus-Verdict: PASS", b"Virus-Verdict: FAIL")

    assert world.take(reply("Bekijk de bijlage", ses=sick)) is ReplyOutcome.UNSAFE
    assert world.take(reply("Afmelden", ses=sick)) is ReplyOutcome.OPTED_OUT
    assert world.sent == []


def test_a_reply_that_is_too_large_to_go_along_reaches_people_as_text(world: World) -> None:
    assert (
        world.take(reply("Zie bijlage, met foto's van de schade.")[:MAX_ATTACHED], whole=False)
        is ReplyOutcome.FORWARDED
    )

    (part,) = message_from_bytes(world.sent[0].raw, policy=policy.default).iter_parts()
    assert "te groot" in part.get_content()
    assert "foto's van de schade" in part.get_content()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe not a mail",
        SES
        + b"From: \xe9\xe8 <a@b.example>\r\nTo: "
        + TO.encode()
        + b"\r\nSubject: \xff\xfe=?utf-8?b?!!?=\r\n\r\n\xff\xfe",
        SES + b"From: =?x-no?q?a?= <a\r\nTo: " + TO.encode() + b"\r\nContent-Type: multipart/mixed\r\n\r\nno boundary",
        SES
        + b"From: a@b.example\r\nTo: "
        + TO.encode()
        + b"\r\n"
        + b"".join(
            b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (level, level) for level in range(3000)
        ),
        SES + b"From: " + b"a," * 50_000 + b"\r\nTo: " + TO.encode() + b"\r\n\r\n<<<<" + b">" * 100_000,
    ],
    ids=["empty", "bytes", "encodings", "no boundary", "nested", "long"],
)
def test_whatever_comes_in_is_dealt_with(world: World, raw: bytes) -> None:
    assert world.take(raw) in (ReplyOutcome.FORWARDED, ReplyOutcome.UNKNOWN)
    assert world.opted_out == {}


def test_nothing_of_a_mail_is_in_what_is_logged_of_it() -> None:
    told = repr(read_reply(reply("geheim")))

    assert "geheim" not in told
    assert "klant.example" not in told
