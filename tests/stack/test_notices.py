"""Mails to a client's contact, on the deployed system: one for every file whose receipt is final."""

import csv
import io
import json
import uuid
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from infra.local.stack import LocalStack

pytestmark = pytest.mark.stack
PLACE = ("vaart", "klantenservice")
CONTACT = "crm-beheer@vaart.example"


def file_of(stack: LocalStack, mark: str) -> bytes:
    """Return a file with four good rows, a row without an address, a broken address and a moment that is none."""
    at = stack.now().astimezone(ZoneInfo("Europe/Amsterdam")) - timedelta(hours=3)
    moment = f"{at:%d-%m-%Y %H:%M}"
    rows = [(f"{mark}-{n}", f"p{n}.{mark}@notices.example", moment) for n in range(4)]
    rows += [
        (f"{mark}-4", "", moment),
        (f"{mark}-5", "p5 at nowhere", moment),
        (f"{mark}-6", "p6@x.example", "gisteren"),
    ]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";").writerows([("Ticket ID", "E-mail", "Datum contact"), *rows])
    return buffer.getvalue().encode()


def told(stack: LocalStack, name: str) -> list[dict[str, Any]]:
    """Return the mails about a file."""
    return [mail for mail in stack.messages() if mail["to"] == CONTACT and name in mail["subject"]]


def test_a_file_gives_one_mail_with_the_figures_of_its_receipt(stack: LocalStack) -> None:
    name, mark = f"{uuid.uuid4().hex[:10]}.csv", uuid.uuid4().hex[:8]
    body = file_of(stack, mark)

    stack.upload(*PLACE, name, body)
    summary, lines = stack.receipt(*PLACE, name)
    stack.settle()
    stack.upload(*PLACE, name, body)  # told again by S3, or put there again: the same upload
    stack.settle()

    (mail,) = told(stack, name)
    outcomes = summary["outcomes"]
    assert mail["subject"] == f"{name}: {outcomes.get('invited', 0)} van 7 rijen uitgenodigd"
    assert (outcomes["invalid"], outcomes["no_address"]) == (1, 2)
    for words in ("Rijen: 7", "Onbruikbaar: 1", "Geen adres: 2", "Zonder bruikbaar adres: 2."):
        assert words in mail["text"], words
    for line in lines[4:]:
        assert line["reason"][1:] in mail["text"], line
    assert "(rij 7)" in mail["text"]
    assert f"receipts/vaart/klantenservice/{name}.csv" in mail["text"]
    assert stack.outputs.upload_bucket in mail["text"]
    assert mail["headers"]["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in mail["headers"]
    assert mail["tags"] == {"notice": "receipt", "client": "vaart"}
    assert mark not in mail["text"] + mail["html"]
    assert "gisteren" not in mail["text"]


def test_a_file_that_fails_gives_a_mail_with_its_sentence(stack: LocalStack) -> None:
    name = f"{uuid.uuid4().hex[:10]}.csv"

    stack.upload(*PLACE, name, b"%PDF-1.7 no rows at all")
    summary, _ = stack.receipt(*PLACE, name)
    stack.settle()

    (mail,) = told(stack, name)
    assert mail["subject"] == f"{name} is niet verwerkt"
    assert summary["message"] in mail["text"]


def test_a_rehearsal_and_a_client_that_did_not_ask_give_none(stack: LocalStack) -> None:
    name, mark = f"{uuid.uuid4().hex[:10]}.csv", uuid.uuid4().hex[:8]

    stack.upload(*PLACE, name, file_of(stack, mark), rehearse=True)
    stack.upload("pebble", "install", name, b"Account no,Email,Visit date\n1,a@pebble-notices.example,2026-01-01\n")
    stack.receipt(*PLACE, name)
    stack.receipt("pebble", "install", name)
    stack.settle()

    assert [mail for mail in stack.messages() if name in mail["subject"]] == []


def test_a_pause_is_told_once_however_often_its_notice_comes(stack: LocalStack) -> None:
    since = int(stack.now().timestamp())
    notice = {"notice": "paused", "client": "vaart", "since": since, "why": "bounces", "share": 3.25, "mails": 800}
    url, sqs = stack.outputs.queues["notices"], stack.client("sqs")
    before = len(told(stack, "het versturen staat stil"))

    for _ in range(2):
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(notice))
        stack.settle()

    mails = told(stack, "het versturen staat stil")
    assert len(mails) == before + 1
    assert "Van de laatste 800 mails kwam 3,3% terug" in mails[-1]["text"]
