"""The import over S3, SQS and DynamoDB: from the events of AWS to receipts."""

import io
import json
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError

from functions.crm_import import reading
from functions.crm_import.columns import canonical
from functions.crm_import.receipts import receipt
from functions.shared.adapters.admissions import DynamoAdmissions
from functions.shared.adapters.direct_dynamodb import DirectDynamoDb
from functions.shared.adapters.keys import load_pepper
from functions.shared.adapters.observability import logger
from functions.shared.adapters.tables import Contact, FeedbackBlock, Invitation, QuotaCount, Upload
from functions.shared.domain import object_keys
from functions.shared.domain.figures import Figures, InvitationWeek, Measured
from tests.worlds.import_aws import READ, Context, Import, deployed_import, sqs_event
from tests.worlds.import_world import NOW, bundle, contact, csv_file, outcomes

KEY = "uploads/acme/service/klanten week 47.csv"


@pytest.fixture
def crm_import() -> Iterator[Import]:
    with deployed_import() as world:
        yield world


def test_a_file_becomes_contacts_invitations_blocks_and_a_receipt(crm_import: Import) -> None:
    header = ("E-mail", "Datum contact", "Voornaam", "Achternaam", "Team", "Kanaal", "Medewerker", "Polisvorm", "Taal")
    cells = ("Jan@Klant.example", "23-11-2026 10:00", "Jan", "Jansen", "Blauw", "web", "Els", "Extra", "nl")

    summary, lines = crm_import.upload(KEY, csv_file(cells, ("onbekend", "23-11-2026"), header=header))

    assert (summary["file"], summary["state"]) == ("klanten week 47.csv", "complete")
    assert summary["outcomes"] == {"invited": 1, "no_address": 1}
    (invitation,) = Invitation.scan()
    (block,) = FeedbackBlock.scan()
    (person,) = Contact.scan()
    at = NOW
    assert (person.address, person.first_name, person.last_name, person.language) == (
        "jan@klant.example",
        "Jan",
        "Jansen",
        "nl",
    )
    assert person.expires_at == NOW + timedelta(days=90)
    assert (block.person, block.invitation_id) == (invitation.person, invitation.invitation_id)
    assert block.expires_at.isoformat() == "2027-02-24T11:00:00+00:00"
    assert (invitation.state, invitation.rank, invitation.reminders_sent) == ("planned", 10, 0)
    assert (invitation.due_at, invitation.planned_at, invitation.imported_at) == (at, at, at)
    assert invitation.expires_at == at + timedelta(days=21)
    assert (invitation.team, invitation.contact_channel, invitation.facts) == ("Blauw", "web", None)
    assert invitation.interaction_id == lines[0]["interaction_id"]
    assert len(list(Invitation.due.query(invitation.due_shard))) == 1
    assert "jan" not in json.dumps(invitation.to_simple_dict()).lower()


def test_s3s_greeting_and_folder_markers_are_no_uploads(crm_import: Import) -> None:
    hello = sqs_event({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "klankbord-uploads"})

    assert import_module(READ).read(hello, Context()) == {"batchItemFailures": []}
    assert crm_import.read("uploads/acme/service/") == {"batchItemFailures": []}
    assert crm_import.waiting() == []


def test_the_version_that_the_event_names_is_read(crm_import: Import) -> None:
    answer = crm_import.s3.put_object(Bucket="klankbord-uploads", Key=KEY, Body=csv_file(contact("a@klant.example")))
    crm_import.put(KEY, b"")

    crm_import.read(KEY, answer["VersionId"])
    crm_import.admit(*crm_import.waiting())

    assert crm_import.receipt(KEY)[0]["outcomes"] == {"invited": 1}


def test_ten_files_that_name_the_same_people_at_the_same_moment_invite_each_once(crm_import: Import) -> None:
    people = [f"p{number}@klant.example" for number in range(30)]
    messages = []
    for number in range(10):
        key = f"uploads/acme/service/{number}.csv"
        crm_import.put(key, csv_file(*(contact(who, f"23-11-2026 10:{number:02d}") for who in people)))
        crm_import.read(key)
    messages = crm_import.waiting()
    start = threading.Barrier(len(messages))

    def admit(message: dict[str, Any]) -> None:
        start.wait()
        crm_import.admit(message)

    workers = [threading.Thread(target=admit, args=(message,)) for message in messages]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    asked = Counter(invitation.person for invitation in Invitation.scan())
    assert (len(asked), set(asked.values())) == (30, {1})
    assert {block.person: block.invitation_id for block in FeedbackBlock.scan()} == {
        invitation.person: invitation.invitation_id for invitation in Invitation.scan()
    }
    lines = [line for number in range(10) for line in crm_import.receipt(f"uploads/acme/service/{number}.csv")[1]]
    assert Counter(outcomes(lines)) == {"invited": 30, "blocked": 270}


@pytest.mark.parametrize("dies_in", ["keep_contacts", "create"])
def test_a_worker_that_is_killed_between_two_writes_is_made_good_by_the_retry(
    crm_import: Import, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    class Killed(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Killed

    crm_import.put(KEY, csv_file(*(contact(f"p{number}@klant.example") for number in range(40))))
    crm_import.read(KEY)
    (message,) = crm_import.waiting()
    with monkeypatch.context() as patch:
        patch.setattr(DynamoAdmissions, dies_in, dies)
        with pytest.raises(Killed):
            crm_import.admit(message)
    assert (FeedbackBlock.count(), Invitation.count()) == (40, 0)

    crm_import.moment += timedelta(minutes=12)
    crm_import.admit(message)

    assert crm_import.receipt(KEY)[0]["outcomes"] == {"invited": 40}
    assert {block.invitation_id for block in FeedbackBlock.scan()} == {one.invitation_id for one in Invitation.scan()}
    assert Contact.count() == 40


def test_writes_whose_answer_was_lost_and_that_are_sent_again_are_found_to_be_their_own(
    crm_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, sent = DirectDynamoDb.call, Counter[str]()

    def twice(wire: DirectDynamoDb, operation: str, body: str) -> Any:
        sent[operation] += 1
        once(wire, operation, body)
        return once(wire, operation, body)

    monkeypatch.setattr(DirectDynamoDb, "call", twice)
    body = csv_file(
        *(contact(f"p{number}@klant.example") for number in range(60)), contact("p1@klant.example", "1-1-26")
    )

    summary, lines = crm_import.upload(KEY, body)

    assert sent["BatchExecuteStatement"] == 6
    assert summary["outcomes"] == {"invited": 60, "stale": 1}
    assert {line["send_at"] for line in lines[:60]} == {"2026-11-24T12:00:00+01:00"}
    assert {block.person: block.invitation_id for block in FeedbackBlock.scan()} == {
        one.person: one.invitation_id for one in Invitation.scan()
    }
    assert (Invitation.count(), Contact.count(), FeedbackBlock.count()) == (60, 60, 60)


def test_a_block_that_ttl_has_not_deleted_yet_is_claimed_anew(crm_import: Import) -> None:
    crm_import.upload(KEY, csv_file(contact("jan@klant.example")))
    (first,) = FeedbackBlock.scan()

    crm_import.moment += timedelta(days=92)
    _, lines = crm_import.upload(KEY + "2", csv_file(contact("jan@klant.example", "23-02-2027 10:00")))

    (second,) = FeedbackBlock.scan()
    assert outcomes(lines) == ["invited"]
    assert second.invitation_id != first.invitation_id
    assert second.expires_at > first.expires_at


def test_the_chunks_of_each_file_are_a_group_so_that_a_small_file_is_not_behind_a_large_one(crm_import: Import) -> None:
    for key, rows in ((KEY, 2001), (KEY + "2", 1)):
        crm_import.put(key, csv_file(*(contact(f"p{number}@klant.example") for number in range(rows))))
        crm_import.read(key)

    told = crm_import.sqs.receive_message(
        QueueUrl=crm_import.queue_url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
    )["Messages"]

    files = {(json.loads(one["Body"])["upload_id"], one["Attributes"]["MessageGroupId"]) for one in told}
    assert (len(told), len(files)) == (4, 2)
    assert all(upload == group for upload, group in files)


def test_more_people_than_a_batch_holds_are_all_written_and_all_found_again(crm_import: Import) -> None:
    people = [contact(f"p{number}@klant.example") for number in range(260)]
    again = [contact(f"p{number}@klant.example", "22-11-2026 10:00") for number in range(260)]

    _, first = crm_import.upload(KEY, csv_file(*people))
    _, second = crm_import.upload(KEY + "2", csv_file(*again))
    _, copy = crm_import.upload(KEY + "3", csv_file(*people))

    assert set(outcomes(first)) == {"invited"}
    assert set(outcomes(second)) == {"blocked"}
    assert copy == first
    assert Invitation.count() == Contact.count() == 260


def test_a_worker_reads_the_secrets_once_however_many_files_it_reads(
    crm_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def counted(secret: str) -> bytes:
        asked.append(secret)
        return load_pepper(secret)

    monkeypatch.setattr("functions.crm_import.handlers.read.load_pepper", counted)
    for name in ("one", "two", "three"):
        crm_import.put(f"uploads/acme/service/{name}.csv", csv_file(contact(f"{name}@klant.example")))
        crm_import.read(f"uploads/acme/service/{name}.csv")

    assert asked == ["pepper"]


@pytest.fixture
def chunks_of_20(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (reading, receipt):
        monkeypatch.setattr(module, "ROWS_PER_CHUNK", 20)


@pytest.mark.usefixtures("chunks_of_20")
def test_a_poison_chunk_goes_back_to_the_queue_and_at_last_the_receipt_says_what_waits(
    crm_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm_import.put(KEY, csv_file(*(contact(f"p{number}@klant.example") for number in range(21))))
    crm_import.read(KEY)
    good, poison = sorted(crm_import.waiting(), key=lambda message: message["chunk"], reverse=True)
    crm_import.admit(good)
    with monkeypatch.context() as patch:
        patch.setattr(DynamoAdmissions, "known", lambda *_: 1 / 0)
        with pytest.raises(BatchProcessingError):
            crm_import.admit(poison, attempt=4)
        with pytest.raises(crm_import.s3.exceptions.NoSuchKey):
            crm_import.receipt(KEY)
        with pytest.raises(BatchProcessingError):
            crm_import.admit(poison, attempt=5)

    waiting, _ = crm_import.receipt(KEY)
    crm_import.admit(poison)  # the redrive

    assert waiting["state"] == "partial"
    assert "1-20" in waiting["message"]
    assert crm_import.receipt(KEY)[0]["outcomes"] == {"invited": 21}


@pytest.mark.usefixtures("chunks_of_20")
def test_a_chunk_whose_rows_are_gone_waits_with_its_rows_named_until_they_are_put_back(crm_import: Import) -> None:
    crm_import.put(KEY, csv_file(*(contact(f"p{number}@klant.example") for number in range(50))))
    crm_import.read(KEY)
    messages = crm_import.waiting()
    lost = crm_import.s3.get_object(Bucket="klankbord-uploads", Key=messages[1]["key"])["Body"].read()
    crm_import.s3.delete_object(Bucket="klankbord-uploads", Key=messages[1]["key"])
    for message in (messages[0], messages[2]):
        crm_import.admit(message)
    with pytest.raises(BatchProcessingError):
        crm_import.admit(messages[1], attempt=5)

    waiting, lines = crm_import.receipt(KEY)
    crm_import.put(messages[1]["key"], lost)
    crm_import.admit(messages[1])  # the redrive

    assert (waiting["state"], waiting["rows"], waiting["outcomes"]) == ("partial", 50, {"invited": 30})
    assert "21-40" in waiting["message"]
    assert len(lines) == 30
    assert crm_import.receipt(KEY)[0]["outcomes"] == {"invited": 50}
    assert Invitation.count() == 50


def test_a_quota_holds_over_chunks_that_are_admitted_side_by_side() -> None:
    rules = {"service": {"rules": {"quota": {"per_day": 25, "per_month": 1000}}}}
    with deployed_import(bundle(touchpoints=rules)) as crm_import:
        for number in range(6):
            key = f"uploads/acme/service/{number}.csv"
            crm_import.put(key, csv_file(*(contact(f"p{number}-{row}@klant.example") for row in range(10))))
            crm_import.read(key)
        workers = [threading.Thread(target=crm_import.admit, args=(message,)) for message in crm_import.waiting()]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        assert Invitation.count() == FeedbackBlock.count() == 25
        assert QuotaCount.get("acme/service/2026-11-24").admitted == 25
        month = QuotaCount.get("acme/service/2026-11")
        assert (month.admitted, month.seats) == (25, {}), "the item does not grow with the files"


@pytest.mark.parametrize("dies_in", ["claim", "keep_contacts", "create"])
def test_a_retry_does_not_take_a_second_seat(monkeypatch: pytest.MonkeyPatch, dies_in: str) -> None:
    rules = {"service": {"rules": {"quota": {"per_day": 10}}}}
    with deployed_import(bundle(touchpoints=rules)) as crm_import:
        crm_import.put(KEY, csv_file(*(contact(f"p{number}@klant.example") for number in range(8))))
        crm_import.read(KEY)
        (message,) = crm_import.waiting()

        with monkeypatch.context() as patch:
            patch.setattr(DynamoAdmissions, dies_in, lambda *_: 1 / 0)
            for attempt in (1, 2):
                with pytest.raises(BatchProcessingError):
                    crm_import.admit(message, attempt)
        crm_import.admit(message)
        _, others = crm_import.upload(
            KEY + "2", csv_file(*(contact(f"q{number}@klant.example") for number in range(4)))
        )

        assert crm_import.receipt(KEY)[0]["outcomes"] == {"invited": 8}
        assert outcomes(others) == ["invited", "invited", "over_quota", "over_quota"]
        assert QuotaCount.get("acme/service/2026-11-24").admitted == Invitation.count() == 10


def test_a_claim_that_was_lost_gives_its_seat_back(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = {"service": {"rules": {"quota": {"per_day": 3}}}}
    with deployed_import(bundle(touchpoints=rules)) as crm_import:
        crm_import.upload(
            "uploads/acme/mapped/first.csv",
            csv_file(("a@klant.example", "23.11.2026", "10:00"), header=("Mail", "Dag", "Uur")),
        )
        with monkeypatch.context() as patch:
            patch.setattr(DynamoAdmissions, "known", lambda *_: {})  # as a read does that is a moment behind
            _, lines = crm_import.upload(KEY, csv_file(*(contact(f"{who}@klant.example") for who in "abc")))
        _, later = crm_import.upload(KEY + "2", csv_file(*(contact(f"{who}@klant.example") for who in "de")))

        assert outcomes(lines) == ["blocked", "invited", "invited"]
        assert outcomes(later) == ["invited", "over_quota"]
        assert QuotaCount.get("acme/service/2026-11-24").admitted == 3


@pytest.mark.usefixtures("chunks_of_20")
def test_a_rehearsal_writes_nothing_but_its_receipt(crm_import: Import) -> None:
    body = csv_file(
        *(contact(f"p{number}@klant.example") for number in range(50)), contact("p3@klant.example", "1-1-26")
    )

    rehearsed = crm_import.upload("rehearse/acme/service/file.csv", body)

    assert Invitation.count() == Contact.count() == FeedbackBlock.count() == QuotaCount.count() == 0
    assert "Contents" not in crm_import.s3.list_objects_v2(Bucket="klankbord-data")
    assert rehearsed[0]["outcomes"] == {"invited": 50, "stale": 1}
    assert rehearsed[0].pop("forecast")["invitations"] == 50
    assert rehearsed[0].pop("rehearsal") is True
    assert crm_import.upload("uploads/acme/service/file.csv", body) == rehearsed


def test_a_rehearsal_forecasts_with_the_figures_that_the_aggregate_left(crm_import: Import) -> None:
    week = InvitationWeek(date(2026, 9, 7), invited=200, delivered=200, completed=100)
    left = json.dumps(Figures(touchpoints={"service": Measured((week,))}).to_json())
    crm_import.s3.put_object(Bucket="klankbord-data", Key=object_keys.figures("acme"), Body=left)
    body = csv_file(*(contact(f"p{number}@klant.example") for number in range(50)))

    forecast = crm_import.upload("rehearse/acme/service/file.csv", body)[0]["forecast"]

    assert (forecast["response_rate"], forecast["response_rate_of"]["of"], forecast["answers"]) == (
        0.5,
        "touchpoint",
        25,
    )


@pytest.mark.usefixtures("chunks_of_20")
def test_reading_hands_over_to_itself_before_its_time_ends(crm_import: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    body = csv_file(*(contact(f"p{number % 95}@klant.example") for number in range(110)))
    monkeypatch.setenv("HAND_OVER_RESERVE_SECONDS", "400")  # more than there is: each call reads one chunk

    crm_import.put(KEY, body)
    crm_import.read(KEY)
    told = [crm_import.receipt(KEY)[0]]
    legs = 0
    while messages := crm_import.handed_over():
        (message,) = messages
        legs += 1
        for _ in range(2):  # SQS may deliver it twice
            import_module(READ).read(sqs_event(message), Context())
        doubled = crm_import.handed_over()
        assert doubled[1:] == doubled[:-1]
        if doubled:
            crm_import.sqs.send_message(QueueUrl=crm_import.uploads_url, MessageBody=json.dumps(doubled[0]))
    waiting = crm_import.waiting()
    for message in waiting:
        crm_import.admit(message)
    summary, lines = crm_import.receipt(KEY)

    assert (told[0]["state"], told[0]["rows"]) == ("partial", 20)
    assert "20 rows are read" in told[0]["message"]
    assert legs == 6
    assert sorted(message["chunk"] for message in waiting) == sorted([*range(6)] * 2)
    assert [line["row"] for line in lines] == [str(row) for row in range(1, 111)]
    assert summary["outcomes"] == {"duplicate": 15, "invited": 95}
    assert outcomes(lines)[95:] == ["duplicate"] * 15


def test_a_file_that_keeps_failing_through_our_fault_gets_a_receipt_that_says_so(
    crm_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm_import.put(KEY, csv_file(contact("jan@klant.example")))
    with monkeypatch.context() as patch:
        patch.setattr(reading, "pack_rows", lambda rows: 1 / 0)
        for attempt in range(1, 6):
            with pytest.raises(BatchProcessingError):
                crm_import.read(KEY, attempt=attempt)
    fault, _ = crm_import.receipt(KEY)
    crm_import.read(KEY)  # the redrive
    for message in crm_import.waiting():
        crm_import.admit(message)

    assert (fault["state"], fault["rows"]) == ("partial", 0)
    assert "a fault on our side" in fault["message"]
    assert crm_import.receipt(KEY)[0]["state"] == "complete"


@pytest.mark.usefixtures("chunks_of_20")
def test_a_rehearsal_hands_over_to_itself_and_still_knows_what_it_would_have_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rules = {"service": {"rules": {"quota": {"per_day": 50}}}}
    rows = [contact(f"p{number % 60}@klant.example", f"23-11-2026 10:{number // 60:02d}") for number in range(130)]
    whole, handed = "rehearse/acme/service/whole.csv", "rehearse/acme/service/handed.csv"
    with deployed_import(bundle(touchpoints=rules)) as crm_import:
        at_once = crm_import.upload(whole, csv_file(*rows))
        monkeypatch.setenv("HAND_OVER_RESERVE_SECONDS", "400")
        crm_import.put(handed, csv_file(*rows))
        crm_import.read(handed)
        while messages := crm_import.handed_over():
            import_module(READ).read(sqs_event(*messages), Context())
        calls = 0
        while messages := crm_import.waiting():
            crm_import.admit(*messages)
            calls += 1
        in_legs = crm_import.receipt(handed)

        assert calls == 7
        assert in_legs[1] == at_once[1]
        assert in_legs[0] == at_once[0] | {"file": "handed.csv"}
        assert at_once[0]["outcomes"] == {"blocked": 60, "invited": 50, "over_quota": 20}
        assert Invitation.count() == FeedbackBlock.count() == QuotaCount.count() == 0


def test_an_upload_that_ran_out_is_taken_as_a_new_one(crm_import: Import) -> None:
    body = csv_file(contact("jan@klant.example"))
    crm_import.upload(KEY, body)

    crm_import.moment += timedelta(days=20)
    crm_import.read(KEY)
    (message,) = crm_import.waiting()
    crm_import.admit(message)

    (upload,) = Upload.scan()
    assert (upload.state, upload.received_at) == ("complete", crm_import.moment)
    assert crm_import.receipt(KEY)[0]["outcomes"] == {"invited": 1}


def test_no_log_line_carries_a_name_or_an_address(crm_import: Import, capfd: pytest.CaptureFixture[str]) -> None:
    said = io.StringIO()
    before = logger.registered_handler.setStream(said)
    header = ("E-mail", "Datum contact", "Achternaam")

    crm_import.upload(
        KEY, csv_file(("geheim@klant.example", "23-11-2026", "Geheim"), ("geheim@@x", "x"), header=header)
    )

    logger.registered_handler.setStream(before)
    assert "chunk_admitted" in said.getvalue()
    assert "RowsInvited" in (metrics := capfd.readouterr().out)
    assert "geheim" not in (said.getvalue() + metrics).lower()


def test_a_row_that_is_too_large_for_the_table_costs_itself_and_not_its_chunk(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(canonical, "MAX_KEPT_LENGTH", 10**9)  # so that the table is what refuses
    mapping = {
        "fields": {"email": "E-mail", "occurred_at": "Datum contact", "team": "Team"},
        "facts": [f"Vraag {number}" for number in range(50)],
    }
    header = ("E-mail", "Datum contact", "Team", *mapping["facts"])
    rows = [(*contact(f"p{number}@klant.example"), *("kort",) * 50) for number in range(30)]
    rows[7] = (*contact("fat@klant.example"), *("x" * 9_000,) * 50)

    with deployed_import(bundle(touchpoints={"service": {"mapping": "wide"}}, mappings={"wide": mapping})) as world:
        _, lines = world.upload(KEY, csv_file(*rows, header=header))

        assert Counter(outcomes(lines)) == {"invited": 29, "invalid": 1}
        assert outcomes(lines)[7] == "invalid"
        assert Invitation.count() == FeedbackBlock.count() == 29
    assert '"RowsNotStored":[1.0]' in capsys.readouterr().out
