"""SMS on the deployed system: from a file with phone numbers to a text, a page, a reminder, and STOP."""

import json
import random
import re
import shutil
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.shared.adapters.sending_states import KEPT_SECONDS
from infra.local.stack import LocalStack
from infra.local.travel import travel
from operations.visitor import Visitor
from tests.conftest import EXAMPLE_CLIENTS, running_system
from tests.stack.test_opt_outs import take_list

pytestmark = pytest.mark.stack
CLIENT, NUMBER = "draad", "+3197010240777"
PAST_HOLIDAYS = 4
"""Days after which what was planned is due, on whatever day the tests run: Christmas before a Sunday takes three."""
SMS_WORDS = """
sms:
  invitation: "{client}: how was {product|our visit}? {link} No more questions? Reply STOP."
  reminder: "{client}: once more, how was it? {link} No more questions? Reply STOP."
"""


@pytest.fixture(scope="module")
def texting(workdirs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """Return a running system whose one client asks by SMS at `install`, and at `support` by mail or else by SMS."""
    folder = tmp_path_factory.mktemp("clients") / CLIENT
    shutil.copytree(EXAMPLE_CLIENTS / "pebble", folder)
    client = folder / "client.yaml"
    told = client.read_text().replace("client: pebble", f'client: {CLIENT}\nsms_number: "{NUMBER}"')
    told = told.replace("country: GB", "country: NL").replace("holidays:\n  worked: [May Day]\n", "")
    told = told.replace("fact: Reopens", "customer: Reopens")  # there is no mapping that keeps it
    client.write_text(told)
    for name, channels in (("install", "sms"), ("support", "[mail, sms]")):
        touchpoint = folder / "touchpoints" / f"{name}.yaml"
        lines = [line for line in touchpoint.read_text().splitlines() if not line.startswith("mapping:")]
        touchpoint.write_text("\n".join([*lines, f"invite_by: {channels}", ""]))
    shutil.rmtree(folder / "mappings")
    for texts in (folder / "texts").iterdir():
        texts.write_text(texts.read_text() + SMS_WORDS)
    with running_system(workdirs / "sms", folder) as running:
        yield running


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
    travel(stack, timedelta(days=count))
    stack.settle()


def control(stack: LocalStack, **settings: Any) -> None:
    body = json.dumps(settings).encode()
    urllib.request.urlopen(urllib.request.Request(f"{stack.outputs.outbox_url}/control", body, method="POST"))


def pause(stack: LocalStack, **state: dict[str, str]) -> None:
    """Write a client's state, and wait until no sender believes another one."""
    item = {"client": {"S": CLIENT}, **state}
    stack.client("dynamodb").put_item(TableName=stack.outputs.tables["SendingStatus"], Item=item)
    time.sleep(KEPT_SECONDS)


def invitation(stack: LocalStack, sms: dict[str, Any]) -> dict[str, Any]:
    item = stack.client("dynamodb").get_item(
        TableName=stack.outputs.tables["Invitation"], Key={"invitation_id": {"S": sms["context"]["invitation"]}}
    )
    return {name: next(iter(value.values())) for name, value in item["Item"].items()}


@dataclass(frozen=True)
class Wave:
    """A wave as it went: who was in it, what the receipt said, and how each stood after the first SMS."""

    people: dict[str, str]
    """By part in the story: the phone number."""
    mail_of_leaver: str
    receipt: list[dict[str, str]]
    first: dict[str, dict[str, Any]]
    """By part: the first SMS."""
    then: dict[str, dict[str, Any]]
    """By part: the invitation after it."""


@pytest.fixture(scope="module")
def wave(texting: LocalStack) -> Wave:
    """Invite, let everybody do what is theirs to do, and let the reminders' day pass."""
    stack = texting
    people = {part: number() for part in ("answers", "silent", "leaves", "chats", "wrong", "off")}
    mail = f"success+{uuid.uuid4().hex[:10]}@simulator.amazonses.com"
    control(stack, fates={people["wrong"]: "invalid", people["off"]: "unreachable"})
    contacts = {part: ("", national(phone)) for part, phone in people.items()}
    contacts["leaves"] = (mail, people["leaves"])
    receipt = invite(stack, *contacts.values(), ("anna@example.org", "020-1234567"))
    days(stack, PAST_HOLIDAYS)
    first = {part: sms_to(stack, phone)[0] for part, phone in people.items()}
    then = {part: invitation(stack, sms) for part, sms in first.items()}

    visitor = Visitor()
    page = visitor.open(link(first["answers"]))
    travel(stack, timedelta(minutes=1))  # as long as a person takes
    visitor.submit(page, {"nps": "9"})
    stack.receive_sms(people["leaves"], NUMBER, "Stop!")
    stack.receive_sms(people["chats"], NUMBER, "Was helemaal goed, bedankt")
    days(stack, 12)
    control(stack, fates={})
    return Wave(people, mail, receipt, first, then)


def link(sms: dict[str, Any]) -> str:
    (found,) = re.findall(r"https?://\S+", sms["text"])
    return str(found)


def test_a_mobile_number_is_invited_and_a_landline_has_no_address(texting: LocalStack, wave: Wave) -> None:
    assert outcomes(wave.receipt) == ["invited"] * 6 + ["no_address"]
    assert "mobile" in wave.receipt[-1]["reason"]
    assert not [mail for mail in texting.messages() if "anna@example.org" in mail["to"]]


def test_an_sms_comes_from_the_clients_number_with_its_words_and_a_link(wave: Wave) -> None:
    sms = wave.first["answers"]

    assert sms["from"] == NUMBER
    assert sms["text"].startswith("Pebble Mobile: ")
    assert "Reply STOP" in sms["text"]
    assert sms["parts"] <= 3
    assert (wave.then["answers"]["sent_by"], wave.then["answers"]["state"]) == ("sms", "delivered")
    assert wave.people["answers"] not in json.dumps(wave.then["answers"])


def test_who_answers_on_the_page_is_reminded_no_more_and_who_is_silent_is(texting: LocalStack, wave: Wave) -> None:
    answered, silent = (sms_to(texting, wave.people[part]) for part in ("answers", "silent"))

    assert len(answered) == 1
    assert invitation(texting, answered[0])["state"] == "completed"
    (response,) = texting.client("dynamodb").scan(TableName=texting.outputs.tables["Response"])["Items"]
    assert (response["door"]["S"], response["score"]["N"]) == ("sms", "9")
    assert [sms["context"]["mail"] for sms in silent] == ["invitation", "reminder-1"]
    assert "once more" in silent[1]["text"]
    assert link(silent[0]) == link(silent[1])


def test_stop_counts_from_that_second_for_the_number_and_the_person(texting: LocalStack, wave: Wave) -> None:
    phone = wave.people["leaves"]

    assert len(sms_to(texting, phone)) == 1
    assert invitation(texting, wave.first["leaves"])["state"] == "opted_out"
    later = invite(texting, ("", phone), (wave.mail_of_leaver, number()))
    assert outcomes(later) == ["opted_out", "opted_out"]


def test_another_answer_stops_nothing(texting: LocalStack, wave: Wave) -> None:
    assert len(sms_to(texting, wave.people["chats"])) == 2


def test_a_number_that_does_not_exist_is_suppressed_and_a_phone_that_is_off_is_not(
    texting: LocalStack, wave: Wave
) -> None:
    assert wave.then["wrong"]["state"] == "bounced"
    assert len(sms_to(texting, wave.people["wrong"])) == 1
    later = invite(texting, ("", wave.people["wrong"]), ("", wave.people["off"]))
    assert outcomes(later) == ["suppressed", "blocked"]


def test_numbers_stand_in_the_contacts_and_nowhere_else(texting: LocalStack, wave: Wave) -> None:
    dynamo = texting.client("dynamodb")
    log = (texting.workdir.path / "logs" / "emulator.log").read_text(errors="replace")
    said = [line for line in log.splitlines() if '"service"' in line]
    assert said

    for phone in wave.people.values():
        digits = phone.removeprefix("+31")
        for model, table in texting.outputs.tables.items():
            items = json.dumps(dynamo.scan(TableName=table)["Items"], default=str)
            assert (digits in items) == (model == "Contact"), model
        assert not [line for line in said if digits in line]


def test_the_fake_aws_shows_what_was_texted(texting: LocalStack, wave: Wave) -> None:
    with urllib.request.urlopen(f"{texting.outputs.outbox_url}/sms") as answer:
        page = answer.read().decode()

    assert wave.people["silent"] in page
    assert f'<a href="{texting.outputs.survey_url}/s/' in page


def test_a_list_of_mobile_numbers_stops_planned_sms_and_later_files(texting: LocalStack) -> None:
    listed = number()
    assert outcomes(invite(texting, ("", listed))) == ["invited"]

    summary, lines = take_list(texting, f"{uuid.uuid4().hex}.csv", f"Mobiel\n{national(listed)}\n".encode(), CLIENT)

    assert (summary["state"], outcomes(lines)) == ("complete", ["opted_out"])
    days(texting, PAST_HOLIDAYS)
    assert not sms_to(texting, listed)
    assert outcomes(invite(texting, ("", listed))) == ["opted_out"]


def test_who_stopped_at_aws_is_opted_out_here(texting: LocalStack) -> None:
    stopped = number()
    assert outcomes(invite(texting, ("", stopped))) == ["invited"]
    control(texting, sms_failing=[{"type": "ConflictException", "reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT"}])
    days(texting, PAST_HOLIDAYS)
    assert not sms_to(texting, stopped)
    assert outcomes(invite(texting, ("", stopped))) == ["opted_out"]


def test_mail_goes_first_and_a_pause_holds(texting: LocalStack) -> None:
    stack, by_mail, by_sms = texting, number(), number()
    mail = f"success+{uuid.uuid4().hex[:10]}@simulator.amazonses.com"
    pause(stack, paused_at={"N": "1"}, why={"S": "operator"})
    assert outcomes(invite(stack, (mail, by_mail), ("", by_sms), touchpoint="support")) == ["invited", "invited"]
    days(stack, PAST_HOLIDAYS)
    assert not sms_to(stack, by_sms)

    pause(stack, resumed_at={"N": "2"})
    stack.invoke("invite-dispatch")  # which lets them go, and dispatches what it can see already
    days(stack, PAST_HOLIDAYS)

    assert not sms_to(stack, by_mail)
    assert [one for one in stack.messages() if mail in one["to"]]
    assert sms_to(stack, by_sms)
