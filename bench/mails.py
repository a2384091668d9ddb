"""Mails: CPU for a mail, and the size of an invitation. `python -m bench.mails`

Ours is the deployed code as it is, ten mails a batch: reads, rules, lease, rendering, SES, acceptance. The peer does
the same by hand: a Jinja2 environment and its templates parsed for every mail, the standard library's EmailMessage,
single gets, plain updates and one `send_email`, with boto3. Both talk to clients whose transport is answered in the
process (bench/stubbed_aws.py): nothing waits for a network, TLS is not counted, SES takes every mail. Both are timed
in one run, in turns. The limit for the size is where Gmail cuts a mail off.
"""

import base64
import json
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import boto3
from jinja2 import Environment, FileSystemLoader

from bench.stubbed_aws import REGION, Request, StubbedAws, stubbed
from functions.invite.rendering import MailRenderer, MailToRender
from functions.invite.service import Sending, SendOutcome
from functions.shared.adapters.binding import Names, bind
from functions.shared.adapters.client_files import read_folder
from functions.shared.adapters.feedback_blocks import DynamoFeedbackBlocks
from functions.shared.adapters.invitations import DynamoInvitations
from functions.shared.adapters.mail_counts import DynamoMailCounts
from functions.shared.adapters.mailer import SesMailer, ses_client
from functions.shared.adapters.opt_outs import DynamoOptOuts
from functions.shared.adapters.people import DynamoPeople
from functions.shared.adapters.sending_states import DynamoSendingStates
from functions.shared.adapters.tables import (
    Contact,
    FeedbackBlock,
    Invitation,
    MailCount,
    OptOut,
    SendingStatus,
    Suppression,
)
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.identity import LinkKeys, sign_token
from functions.shared.domain.invitation import InvitationState
from functions.shared.domain.mail import packed
from functions.shared.domain.names import PersonName
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts
from infra.logos import with_logos
from infra.mail_templates import SOURCE, compile_mail

ROOT = Path(__file__).resolve().parents[1]
MAILS = 100
RUNS = 3
BATCH = 10
GMAIL_CUTS_AT = 102_400
NOW = datetime(2026, 11, 24, 11, tzinfo=UTC)
SURVEY = "https://survey.example/v1"
KEYS = LinkKeys({1: b"key"})
MODELS = (Invitation, Contact, FeedbackBlock, OptOut, Suppression, SendingStatus, MailCount)
_ENVIRONMENT = {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}


class _Aws(StubbedAws):
    """Invitations that are due, each with its contact and its block; SES takes every mail."""

    def answer(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        if request.url.endswith("/outbound-emails"):
            return 200, {"Content-Type": "application/json"}, b'{"MessageId": "0102"}'
        return super().answer(request)

    def _batchgetitem(self, told: dict[str, Any]) -> dict[str, Any]:
        found = {
            table: [item for key in asked["Keys"] if (item := _item(table, key))]
            for table, asked in told["RequestItems"].items()
        }
        return {"Responses": found, "UnprocessedKeys": {}}

    def _getitem(self, told: dict[str, Any]) -> dict[str, Any]:
        item = _item(told["TableName"], told["Key"])
        return {"Item": item} if item else {}

    def _updateitem(self, told: dict[str, Any]) -> dict[str, Any]:
        return {}


class _OneClient:
    """The client whose mails are measured; there is always a turn."""

    def __init__(self, bundle: ClientBundle) -> None:
        self._bundle = bundle

    def load(self, slug: str) -> ClientBundle:
        return self._bundle

    def next_slot(self) -> int:
        return 1

    def wait_for(self, slot: int, waited: Callable[[], None]) -> bool:
        return True

    def back_off(self) -> None:
        raise AssertionError("nothing here throttles")

    def note(self, delivery: object, at: object) -> None:
        raise AssertionError("nothing is refused here")


def lines() -> Iterator[dict[str, Any]]:
    """Yield the measurements: ratios are ours over the peer's, so that less is better."""
    os.environ.update(_ENVIRONMENT, **{Names.variable(model): model.__name__ for model in MODELS})
    bind(*MODELS)
    answering = _Aws()
    with tempfile.TemporaryDirectory() as folder, stubbed(answering):
        templates = Path(folder)
        compile_mail(SOURCE, templates)
        bundle = _bundle("vaart")
        renderer = MailRenderer(templates)
        for name, ours, peer in (
            ("mail_rendered_and_handed_over", _our_handover(renderer, bundle), _plain_handover(templates, bundle)),
            ("mail_sent", _our_sending(renderer, bundle), _plain_sending(templates, bundle)),
        ):
            yield _line(name, *_timed(ours, peer, answering), "ms CPU a mail, transport stubbed")
        for slug, touchpoint in (("vaart", "schade"), ("pebble", "support")):
            html = renderer.render_mail(_bundle(slug), _mail(touchpoint, str(uuid.UUID(int=0)))).html
            yield _line(f"mail_html_{slug}", len(html.encode()), GMAIL_CUTS_AT, "bytes, peer: where Gmail cuts")


def _our_handover(renderer: MailRenderer, bundle: ClientBundle) -> Callable[[list[str]], None]:
    mailer = SesMailer(ses_client(), "set")

    def run(ids: list[str]) -> None:
        for invitation_id in ids:
            mailer.send(packed(renderer.render_mail(bundle, _mail("schade", invitation_id))))

    return run


def _our_sending(renderer: MailRenderer, bundle: ClientBundle) -> Callable[[list[str]], None]:
    one = _OneClient(bundle)
    mailer = SesMailer(ses_client(), "set")
    counts = DynamoMailCounts()
    sending = Sending(
        invitations=DynamoInvitations("mail"),
        people=DynamoPeople(),
        opt_outs=OptOuts(DynamoOptOuts()),
        blocks=FeedbackBlocks(DynamoFeedbackBlocks()),
        clients=one,
        renderer=renderer,
        sender=mailer,
        rate_limiter=one,
        keys=KEYS,
        survey_url=SURVEY,
        clock=lambda: NOW,
        pauses=DynamoSendingStates(),
        counts=counts,
        refusals=one,
    )

    def run(ids: list[str]) -> None:
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            seen = sending.prefetch(batch)
            for invitation_id in batch:
                outcome, reason = sending.send(invitation_id, int(NOW.timestamp()), seen[invitation_id])
                if outcome is not SendOutcome.SENT:
                    raise AssertionError(f"{outcome} {reason}")
            counts.flush()

    return run


def _plain_handover(templates: Path, bundle: ClientBundle) -> Callable[[list[str]], None]:
    ses = boto3.client("sesv2")

    def run(ids: list[str]) -> None:
        for invitation_id in ids:
            _plain_mail(ses, templates, bundle, invitation_id)

    return run


def _plain_sending(templates: Path, bundle: ClientBundle) -> Callable[[list[str]], None]:
    ses, tables = boto3.client("sesv2"), boto3.resource("dynamodb")
    invitations, blocks = tables.Table("Invitation"), tables.Table("FeedbackBlock")

    def run(ids: list[str]) -> None:
        for invitation_id in ids:
            invitation = invitations.get_item(Key={"invitation_id": invitation_id}, ConsistentRead=True)["Item"]
            person: dict[str, Any] = {"person": invitation["person"]}
            found = [
                tables.Table(name).get_item(Key=key, ConsistentRead=True).get("Item")
                for name, key in (
                    ("Contact", person),
                    ("FeedbackBlock", person),
                    ("OptOut", person),
                    ("Suppression", {"address_key": invitation["address_key"]}),
                )
            ]
            if [bool(item) for item in found] != [True, True, False, False] or invitation["state"] != "planned":
                raise AssertionError(found)
            _plain_update(invitations, {"invitation_id": invitation_id}, "state", "sending", "rank < :new", 20)
            _plain_mail(ses, templates, bundle, invitation_id)
            _plain_update(blocks, person, "expires_at", 1, "invitation_id = :new", invitation_id)
            _plain_update(invitations, {"invitation_id": invitation_id}, "state", "accepted", "rank < :new", 30)

    return run


def _plain_update(table: Any, key: dict[str, str], name: str, value: object, condition: str, new: object) -> None:
    table.update_item(
        Key=key,
        UpdateExpression="SET #name = :value",
        ConditionExpression=condition,
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues={":value": value, ":new": new},
    )


def _plain_mail(ses: Any, templates: Path, bundle: ClientBundle, invitation_id: str) -> None:
    view = _plain_view(bundle, invitation_id)
    html = Environment(loader=FileSystemLoader(templates), autoescape=True).get_template("mail.html").render(view)
    text = Environment(loader=FileSystemLoader(templates)).get_template("mail.txt").render(view)  # noqa: S701
    sender = bundle.client.sender
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(sender.name, addr_spec=sender.address)
    message["To"] = Address("Anna de Vries", addr_spec="anna@example.org")
    message["Reply-To"] = sender.reply_to
    message["Subject"] = view["subject"]
    message["List-Unsubscribe"] = f"<{view['opt_out_link']}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    _, shown = message.iter_parts()
    for cid, encoded in (("logo", bundle.logo_png), ("logo-dark", bundle.logo_dark_png)):
        if encoded and isinstance(shown, EmailMessage):
            shown.add_related(base64.b64decode(encoded), "image", "png", cid=f"<{cid}>")
    ses.send_email(
        FromEmailAddress=sender.address,
        Destination={"ToAddresses": ["anna@example.org"]},
        Content={"Raw": {"Data": message.as_bytes()}},
        ConfigurationSetName="set",
        EmailTags=[{"Name": "invitation", "Value": invitation_id}],
    )


def _plain_view(bundle: ClientBundle, invitation_id: str) -> dict[str, Any]:
    texts, brand, language = bundle.texts["nl"], bundle.brand, "nl"
    question: Any = bundle.questionnaires[bundle.touchpoints["schade"].questionnaire].questions[0]
    words, link = texts.invitation, f"{SURVEY}/s/{sign_token(KEYS, 'answer', invitation_id)}"
    logo = {"width": 120, "height": 40}
    return {
        **{name: getattr(words, name) for name in ("subject", "preheader", "heading", "greeting", "body")},
        **{f"light_{name}": colour for name, colour in brand.light},
        **{f"dark_{name}": colour for name, colour in brand.dark},
        **{name: getattr(texts, name) for name in ("button", "signature", "opt_out")},
        "language": language,
        "direction": "ltr",
        "start": "left",
        "client": bundle.client.name,
        "question": question.text[language],
        "low": question.low[language],
        "high": question.high[language],
        "font": brand.font,
        "radius": brand.radius,
        "card_radius": brand.radius,
        "logo_alt": brand.logo_alt,
        "logo": {"cid": "logo", **logo},
        "dark_logo": {"cid": "logo-dark", **logo},
        "scores": [(n, f"{link}?score={n}", f"Cijfer {n} van 10") for n in range(11)],
        "link": link,
        "opt_out_link": f"{SURVEY}/u/{sign_token(KEYS, 'opt-out', invitation_id)}",
    }


def _bundle(slug: str) -> ClientBundle:
    return with_logos(read_folder(ROOT / "examples" / "clients" / slug))


def _mail(touchpoint: str, invitation_id: str) -> MailToRender:
    return MailToRender(
        invitation_id=invitation_id,
        number=0,
        name="invitation",
        touchpoint=touchpoint,
        address="anna@example.org",
        person=PersonName("mevr.", "Anna", "de", "Vries"),
        language=None,
        product=None,
        team=None,
        link=f"{SURVEY}/s/{sign_token(KEYS, 'answer', invitation_id)}",
        opt_out_link=f"{SURVEY}/u/{sign_token(KEYS, 'opt-out', invitation_id)}",
    )


def _item(table: str, key: dict[str, dict[str, str]]) -> dict[str, Any] | None:
    """Return the item of a table as DynamoDB would: everybody is invited and known, nobody said no."""
    moment = str(int((NOW + timedelta(days=20)).timestamp()))
    values: dict[str, dict[str, str | int]] = {
        "Invitation": {
            "person": key.get("invitation_id", {}).get("S", ""),
            "address_key": key.get("invitation_id", {}).get("S", ""),
            "client": "vaart",
            "touchpoint": "schade",
            "state": InvitationState.PLANNED.value,
            "rank": InvitationState.PLANNED.rank,
            "due_at": int(NOW.timestamp()),
            "expires_at": int(moment),
            "reminders_sent": 0,
        },
        "Contact": {
            "address": "anna@example.org",
            "salutation": "mevr.",
            "first_name": "Anna",
            "infix": "de",
            "last_name": "Vries",
            "expires_at": int((NOW + timedelta(days=90)).timestamp()),
        },
        "FeedbackBlock": {"invitation_id": key.get("person", {}).get("S", ""), "expires_at": int(moment)},
    }
    if table not in values:
        return None
    kinds = {name: "S" if isinstance(value, str) else "N" for name, value in values[table].items()}
    return key | {name: {kinds[name]: str(value)} for name, value in values[table].items()}


def _timed(
    ours: Callable[[list[str]], None], peer: Callable[[list[str]], None], answering: StubbedAws
) -> tuple[float, float]:
    """Return the median milliseconds of CPU a mail of both, taking turns, when both are warm; without the answering."""
    ids = [str(uuid.UUID(int=n)) for n in range(MAILS)]
    spent: dict[int, list[float]] = {0: [], 1: []}
    for _ in range(RUNS):
        for which, run in enumerate((ours, peer)):
            run(ids[:BATCH])
            begin, stubs = time.process_time(), answering.spent
            run(ids)
            own = time.process_time() - begin - (answering.spent - stubs)
            spent[which].append(own * 1000 / MAILS)
    return statistics.median(spent[0]), statistics.median(spent[1])


def _line(name: str, ours: float, peer: float, unit: str) -> dict[str, Any]:
    return {"name": name, "ours": round(ours, 2), "peer": round(peer, 2), "ratio": round(ours / peer, 3), "unit": unit}


if __name__ == "__main__":
    for line in lines():
        print(json.dumps(line), flush=True)
