"""SMS on the deployed system: from a file with phone numbers to a text, a page, a reminder, and STOP."""

import json
import random
import re
import shutil
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from infra.local.stack import LocalStack
from infra.local.visitor import Visitor
from tests.conftest import EXAMPLE_CLIENTS

pytestmark = pytest.mark.stack
CLIENT, NUMBER = "draad", "+3197010240777"
SMS_WORDS = """
sms:
  invitation: "{client}: how was {product|our visit}? {link} No more questions? Reply STOP."
  reminder: "{client}: once more, how was it? {link} No more questions? Reply STOP."
"""


@pytest.fixture(scope="module")
def texting(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """Return the running system with a client more: `install` asks by SMS, `support` by mail or else by SMS."""
    folder = tmp_path_factory.mktemp("clients") / CLIENT
    shutil.copytree(EXAMPLE_CLIENTS / "pebble", folder)
    client = folder / "client.yaml"
    told = client.read_text().replace("client: pebble", f'client: {CLIENT}\nsms_number: "{NUMBER}"')
    told = told.replace("country: GB", "country: NL").replace("holidays:\n  worked: [May Day]\n", "")
    client.write_text(told)
    for name, channels in (("install", "sms"), ("support", "[mail, sms]")):
        touchpoint = folder / "touchpoints" / f"{name}.yaml"
        lines = [line for line in touchpoint.read_text().splitlines() if not line.startswith("mapping:")]
        touchpoint.write_text("\n".join([*lines, f"invite_by: {channels}", ""]))
    shutil.rmtree(folder / "mappings")
    for texts in (folder / "texts").iterdir():
        texts.write_text(texts.read_text() + SMS_WORDS)
    stack.publish(folder)
    return stack


def number() -> str:
    """Return a Dutch mobile number that no other test has, in E.164."""
    return f"+3161{random.SystemRandom().randrange(10**7):07d}"


def invite(stack: LocalStack, *contacts: tuple[str, str], touchpoint: str = "install") -> list[dict[str, str]]:
    """Upload a contact of this day for each (mail address, phone), and return the lines of the receipt."""
    day = stack.now().strftime("%d-%m-%Y")
    rows = "".join(f"{mail};{phone};{uuid.uuid4().hex[:10]};{day}\r\n" for mail, phone in contacts)
    name = f"{uuid.uuid4().hex}.csv"
    stack.upload(CLIENT, touchpoint, name, f"E-mailadres;Mobiel;Zaaknummer;Datum contact\r\n{rows}".encode())
    _, lines = stack.receipt(CLIENT, touchpoint, name)
    return lines


def outcomes(lines: list[dict[str, str]]) -> list[str]:
    return [line["outcome"] for line in lines]


def national(phone: str) -> str:
    return "0" + phone.removeprefix("+31")


def sms_to(stack: LocalStack, phone: str) -> list[dict[str, Any]]:
    return [sms for sms in stack.sms() if sms["to"] == phone]


def days(stack: LocalStack, count: int) -> None:
    stack.travel(timedelta(days=count))
    stack.settle()


def control(stack: LocalStack, **settings: Any) -> None:
    body = json.dumps(settings).encode()
    urllib.request.urlopen(urllib.request.Request(f"{stack.outputs.outbox_url}/control", body, method="POST"))


def fetch(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        return str(answer.read().decode())


def invitation(stack: LocalStack, sms: dict[str, Any]) -> dict[str, Any]:
    item = stack.client("dynamodb").get_item(
        TableName=stack.outputs.tables["Invitation"], Key={"invitation_id": {"S": sms["context"]["invitation"]}}
    )
    return {name: next(iter(value.values())) for name, value in item["Item"].items()}


def test_a_file_of_numbers_gives_texts_with_a_link_that_works_and_a_reminder_to_the_silent(
    texting: LocalStack,
) -> None:
    stack, answers, silent, landline = texting, number(), number(), "020-1234567"
    lines = invite(stack, ("", national(answers)), ("", silent), ("anna@example.org", landline))
    assert outcomes(lines) == ["invited", "invited", "no_address"]
    assert "mobile" in lines[2]["reason"]

    days(stack, 3)

    (sms,) = sms_to(stack, answers)
    assert sms["from"] == NUMBER
    assert "Reply STOP" in sms["text"]
    assert sms["parts"] <= 3
    (link,) = re.findall(r"https?://\S+", sms["text"])
    assert "<form" in fetch(link)
    assert not [mail for mail in stack.messages() if "anna@example.org" in mail["to"]]
    standing = invitation(stack, sms)
    assert (standing["sent_by"], standing["state"]) == ("sms", "delivered")
    assert answers not in json.dumps(standing)

    visitor = Visitor()
    page = visitor.open(link)
    stack.travel(timedelta(minutes=1))  # as long as a person takes
    visitor.submit(page, {"nps": "9"})
    days(stack, 12)

    assert invitation(stack, sms)["state"] == "completed"
    assert len(sms_to(stack, answers)) == 1
    first, second = sms_to(stack, silent)
    assert "once more" in second["text"]
    assert re.findall(r"https?://\S+", first["text"]) == re.findall(r"https?://\S+", second["text"])
    assert second["context"]["mail"] == "reminder-1"


def test_stop_counts_from_that_second_for_the_number_and_the_person(texting: LocalStack) -> None:
    stack, phone = texting, number()
    mail = f"success+{uuid.uuid4().hex[:10]}@simulator.amazonses.com"
    assert outcomes(invite(stack, (mail, phone))) == ["invited"]
    days(stack, 3)
    (sms,) = sms_to(stack, phone)

    stack.receive_sms(phone, NUMBER, "Stop!")
    stack.settle()

    assert invitation(stack, sms)["state"] == "opted_out"
    days(stack, 12)
    assert len(sms_to(stack, phone)) == 1
    assert outcomes(invite(stack, ("", phone), (mail, number()))) == ["opted_out", "opted_out"]


def test_another_answer_stops_nothing(texting: LocalStack) -> None:
    stack, phone = texting, number()
    invite(stack, ("", phone))
    days(stack, 3)

    stack.receive_sms(phone, NUMBER, "Was helemaal goed, bedankt")
    stack.settle()
    days(stack, 12)

    assert len(sms_to(stack, phone)) == 2


def test_a_number_that_does_not_exist_is_suppressed_and_one_that_is_off_is_not(texting: LocalStack) -> None:
    stack, wrong, off = texting, number(), number()
    control(stack, fates={wrong: "invalid", off: "unreachable"})
    invite(stack, ("", wrong), ("", off))

    days(stack, 3)

    (sms,) = sms_to(stack, wrong)
    assert invitation(stack, sms)["state"] == "bounced"
    assert outcomes(invite(stack, ("", wrong), ("", off))) == ["suppressed", "blocked"]
    control(stack, fates={})


def test_who_stopped_at_aws_is_opted_out_here_as_soon_as_an_sms_is_refused(texting: LocalStack) -> None:
    stack, phone = texting, number()
    invite(stack, ("", phone))
    control(stack, sms_failing=[{"type": "ConflictException", "reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT"}])

    days(stack, 3)

    assert not sms_to(stack, phone)
    assert outcomes(invite(stack, ("", phone))) == ["opted_out"]


def test_mail_goes_first_where_the_client_prefers_it(texting: LocalStack) -> None:
    stack, phone, other = texting, number(), number()
    mail = f"success+{uuid.uuid4().hex[:10]}@simulator.amazonses.com"
    assert outcomes(invite(stack, (mail, phone), ("", other), touchpoint="support")) == ["invited", "invited"]

    days(stack, 3)

    assert not sms_to(stack, phone)
    assert [one for one in stack.messages() if mail in one["to"]]
    assert sms_to(stack, other)


def test_a_paused_client_sends_no_sms_until_it_is_resumed(texting: LocalStack) -> None:
    stack, phone = texting, number()
    invite(stack, ("", phone))
    table, client = stack.outputs.tables["SendingStatus"], {"client": {"S": CLIENT}}
    dynamo = stack.client("dynamodb")
    dynamo.put_item(TableName=table, Item={**client, "paused_at": {"N": "1"}, "why": {"S": "operator"}})
    try:
        days(stack, 3)
        assert not sms_to(stack, phone)
    finally:
        dynamo.delete_item(TableName=table, Key=client)
        dynamo.put_item(TableName=table, Item={**client, "resumed_at": {"N": "2"}})

    stack.invoke("invite-dispatch")
    stack.settle()
    stack.invoke("invite-dispatch")
    stack.settle()
    days(stack, 1)

    assert sms_to(stack, phone)


def test_the_numbers_stand_nowhere_but_in_contacts(texting: LocalStack) -> None:
    stack, phone = texting, number()
    invite(stack, ("", phone))
    days(stack, 3)
    stack.receive_sms(phone, NUMBER, "STOP")
    stack.settle()
    assert sms_to(stack, phone)

    dynamo = stack.client("dynamodb")
    digits = phone.removeprefix("+31")
    for model, table in stack.outputs.tables.items():
        items = dynamo.scan(TableName=table)["Items"]
        assert (digits in json.dumps(items, default=str)) == (model == "Contact"), model
    log = (stack.room.path / "logs" / "emulator.log").read_text(errors="replace")
    functions_said = [line for line in log.splitlines() if '"service"' in line]
    assert functions_said
    assert not [line for line in functions_said if digits in line]


def test_the_desk_shows_what_was_texted(texting: LocalStack) -> None:
    stack, phone = texting, number()
    invite(stack, ("", phone))
    days(stack, 3)

    page = fetch(f"{stack.outputs.outbox_url}/sms")

    assert phone in page
    assert f'<a href="{stack.outputs.survey_url}/s/' in page
