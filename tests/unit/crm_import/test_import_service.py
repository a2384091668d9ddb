import gzip
import json
from collections.abc import Iterable
from datetime import timedelta

import pytest

from functions.crm_import.receipts.progress import tell_progress
from functions.crm_import.receipts.receipt import HEADER, safe_cell, waiting_rows
from functions.shared.domain.feedback_block import BlockState
from functions.shared.domain.identity import person_key
from functions.shared.domain.upload import UploadRecord
from tests.worlds.import_world import NOW, PEPPER, World, bundle, contact, csv_file, outcomes

KEY = "uploads/acme/service/file.csv"


def person(address: str) -> str:
    return person_key(PEPPER, "acme", address)


def many(count: int, first: int = 0) -> bytes:
    return csv_file(*(contact(f"p{number}@klant.example") for number in range(first, first + count)))


def test_every_row_gets_a_line_in_the_order_of_the_file() -> None:
    world = World()
    world.tables.opted_out = {person("nee@klant.example")}
    world.tables.suppressed = {person("weg@klant.example")}
    world.tables.blocks = {person("pas@klant.example"): BlockState("other", NOW + timedelta(days=40))}

    summary, lines = world.upload(
        csv_file(
            contact("jan@klant.example"),
            contact("weg@klant.example"),
            contact("jan@klant.example"),
            contact("nee@klant.example"),
            contact("pas@klant.example"),
            contact("onbekend"),
            contact("jan@klant.example", at="22-11-2026 09:00"),
            contact("oud@klant.example", at="01-10-2026 09:00"),
            contact("morgen@klant.example", at="25-11-2026 09:00"),
            contact("kapot@@klant.example"),
        )
    )

    assert outcomes(lines) == [
        "invited",
        "suppressed",
        "duplicate",
        "opted_out",
        "blocked",
        "no_address",
        "blocked",
        "stale",
        "stale",
        "invalid",
    ]
    assert [line["row"] for line in lines] == [str(number) for number in range(1, 11)]
    assert tuple(lines[0]) == HEADER
    assert lines[0]["send_at"] == "2026-11-24T12:00:00+01:00"
    assert lines[4]["eligible_again_at"] == "2027-01-03T12:00:00+01:00"
    assert lines[6]["eligible_again_at"] == "2027-02-24T12:00:00+01:00"
    assert all(line["reason"] for line in lines[1:])
    assert (summary["state"], summary["rows"], summary["outcomes"]["blocked"]) == ("complete", 10, 2)
    assert summary["outcomes"] == {name: outcomes(lines).count(name) for name in sorted(set(outcomes(lines)))}


def test_an_admitted_person_has_a_block_a_contact_and_a_planned_invitation() -> None:
    world = World()

    world.upload(csv_file(contact("jan@klant.example")))

    (invitation,) = world.tables.invitations.values()
    assert world.tables.contacts[person("jan@klant.example")].interaction.address == "jan@klant.example"
    assert world.tables.blocks[invitation.person].invitation_id == invitation.invitation_id
    assert invitation.planned_at == NOW
    assert invitation.expires_at == NOW + timedelta(days=21)


def test_nobody_is_asked_twice_within_the_block_and_anybody_after_it() -> None:
    world = World()
    world.upload(csv_file(contact("jan@klant.example")))

    world.travel(days=91)
    _, blocked = world.upload(csv_file(contact("jan@klant.example", at="22-02-2027 09:00")), KEY + "2")
    world.travel(days=1)
    _, asked = world.upload(csv_file(contact("jan@klant.example", at="23-02-2027 09:00")), KEY + "3")

    assert (outcomes(blocked), outcomes(asked)) == (["blocked"], ["invited"])


def test_the_same_file_under_another_name_gets_the_same_receipt() -> None:
    world = World()
    body = csv_file(
        contact("jan@klant.example"), contact("an@klant.example"), contact("jan@klant.example", "22-11-2026")
    )
    _, first = world.upload(body)

    world.travel(hours=3)
    _, second = world.upload(body, "uploads/acme/service/kopie.csv")

    assert second == first
    assert len(world.tables.invitations) == 2
    assert len(world.facts) == 1


def test_an_interaction_that_was_invited_from_an_earlier_file_is_a_duplicate() -> None:
    world = World()
    world.upload(csv_file(contact("jan@klant.example")))

    _, lines = world.upload(csv_file(contact("jan@klant.example"), contact("an@klant.example")), KEY + "2")

    assert outcomes(lines) == ["duplicate", "invited"]


def test_a_file_that_is_delivered_again_changes_nothing() -> None:
    world = World()
    first = world.upload(many(1200))
    before = dict(world.tables.invitations)

    world.travel(days=2)
    world.read(KEY)

    assert world.queue == []
    assert world.receipt() == first
    assert world.tables.invitations == before


def test_a_chunk_that_is_delivered_again_changes_nothing() -> None:
    world = World()
    world.objects[KEY] = many(1200)
    world.read(KEY)
    pointers = list(world.queue)
    for pointer in pointers:
        world.admit(pointer)
    first = world.receipt()

    world.travel(days=2)
    for pointer in pointers * 2:
        world.admit(pointer)

    assert world.receipt() == first
    assert first[0]["outcomes"] == {"invited": 1200}


def test_a_read_that_stopped_halfway_is_done_again_and_the_chunks_that_were_decided_are_not() -> None:
    world = World()
    world.objects[KEY] = many(2500)
    world.read(KEY)
    first_attempt = list(world.queue)
    world.admit(world.queue.pop(0))
    world.queue.clear()  # the worker died before the other messages were sent

    world.read(KEY)
    assert [pointer.chunk for pointer in world.queue] == [1, 2]
    for pointer in [*world.queue, *first_attempt]:
        world.admit(pointer)

    assert world.receipt()[0]["outcomes"] == {"invited": 2500}


def test_a_duplicate_is_seen_across_chunks() -> None:
    world = World()
    rows = [contact(f"p{number}@klant.example") for number in range(1500)]

    _, lines = world.upload(csv_file(*rows, rows[3], contact("onbekend"), contact("onbekend")))

    assert outcomes(lines)[1500:] == ["duplicate", "no_address", "no_address"]
    assert outcomes(lines).count("invited") == 1500


def test_a_rehearsal_says_what_would_happen_and_writes_only_its_receipt() -> None:
    world = World({"acme": bundle(touchpoints={"service": {"rules": {"quota": {"per_day": 1100}}}})})
    rows = [contact(f"p{number}@klant.example") for number in range(1200)]
    body = csv_file(*rows, contact("p1@klant.example", "22-11-2026 08:00"))

    rehearsed = world.upload(body, "rehearse/acme/service/file.csv")
    again = world.upload(body, "rehearse/acme/service/file.csv")
    tables = world.tables
    assert (tables.invitations, tables.contacts, tables.blocks, world.facts) == ({}, {}, {}, {})
    assert tables.admitted("acme/service/2026-11-24") == 0
    real = world.upload(body)

    assert rehearsed == again
    assert rehearsed[0].pop("forecast")["invitations"] == 1100
    assert rehearsed[0].pop("rehearsal") is True
    assert rehearsed == real
    assert rehearsed[0]["outcomes"] == {"blocked": 1, "invited": 1100, "over_quota": 100}


def test_each_touchpoint_has_its_own_sample_and_freshness() -> None:
    world = World({"acme": bundle(touchpoints={"few": {"rules": {"sample_share": 0.25, "freshness_days": 2}}})})

    summary, _ = world.upload(many(1000), "uploads/acme/few/file.csv")
    _, old = world.upload(csv_file(contact("oud@klant.example", "20-11-2026 10:00")), "uploads/acme/few/old.csv")

    assert 200 < summary["outcomes"]["invited"] < 300
    assert summary["outcomes"]["sampled_out"] == 1000 - summary["outcomes"]["invited"]
    assert outcomes(old) == ["stale"]


def test_each_touchpoints_own_rules_go_before_the_clients_defaults_also_within_one_file() -> None:
    own = {
        "strict": {"rules": {"freshness_days": 2, "quota": {"per_day": 1}}},
        "closed": {"rules": {"sample_share": 0}},
    }
    world = World({"acme": bundle(touchpoints=own, freshness_days=5)})
    header = ("E-mail", "Datum contact", "Touchpoint")
    rows = [
        (f"{touchpoint}{number}@klant.example", day, touchpoint)
        for touchpoint in ("service", "strict", "closed")
        for number, day in enumerate(("23-11-2026", "23-11-2026", "20-11-2026", "10-11-2026"))
    ]

    _, lines = world.upload(csv_file(*rows, header=header), "uploads/acme/alles.csv")

    assert outcomes(lines[:4]) == ["invited", "invited", "invited", "stale"]
    assert outcomes(lines[4:8]) == ["invited", "over_quota", "stale", "stale"]
    assert outcomes(lines[8:]) == ["sampled_out", "sampled_out", "sampled_out", "stale"]


def test_a_row_gets_the_outcome_of_the_first_rule_in_order() -> None:
    rules = {"service": {"rules": {"quota": {"per_day": 1}}}}
    world = World({"acme": bundle(touchpoints=rules)})
    key = {name: person_key(PEPPER, "acme", f"{name}@klant.example") for name in ("no", "gone", "asked")}
    world.tables.opted_out = {key["no"]}
    world.tables.suppressed = {key["no"], key["gone"]}
    for held in key.values():
        world.tables.blocks[held] = BlockState("another", NOW + timedelta(days=200))
    rows = [
        *(contact("kapot@@x", "1-1-2026"), contact("", "1-1-2026"), contact("no@klant.example", "1-1-2026")),
        *(contact(f"{name}@klant.example") for name in ("no", "gone", "asked", "new", "newer")),
    ]

    _, lines = world.upload(csv_file(*rows, rows[3]))

    assert outcomes(lines) == [
        *("invalid", "no_address", "stale", "opted_out", "suppressed", "blocked", "invited", "over_quota"),
        "duplicate",
    ]


def test_a_second_block_that_an_answer_set_holds_after_the_first_would_have_ended() -> None:
    world = World()
    world.upload(csv_file(contact("jan@klant.example")))
    ((person, block),) = world.tables.blocks.items()
    world.tables.blocks[person] = BlockState(block.invitation_id, NOW + timedelta(days=180))

    world.travel(days=120)  # past the three months
    _, lines = world.upload(csv_file(contact("jan@klant.example", "23-03-2027 10:00")), KEY + "2")
    world.travel(days=61)
    _, later = world.upload(csv_file(contact("jan@klant.example", "23-05-2027 10:00")), KEY + "3")

    assert (outcomes(lines), lines[0]["eligible_again_at"][:10]) == (["blocked"], "2027-05-23")
    assert outcomes(later) == ["invited"]


def test_a_quota_is_counted_over_files_by_the_local_day_and_month() -> None:
    rules = {"rules": {"quota": {"per_day": 3, "per_month": 5}}}
    world = World({"acme": bundle(touchpoints={"service": rules})})

    _, monday = world.upload(many(4), KEY)
    world.travel(hours=13)  # past midnight in Amsterdam
    _, tuesday = world.upload(many(4, first=10), KEY + "2")

    assert outcomes(monday) == ["invited"] * 3 + ["over_quota"]
    assert outcomes(tuesday) == ["invited"] * 2 + ["over_quota"] * 2
    assert monday[3]["reason"] != tuesday[3]["reason"]


def test_a_file_may_name_the_touchpoint_in_a_column() -> None:
    header = ("E-mail", "Datum contact", "Touchpoint")
    body = csv_file(
        ("a@klant.example", "23-11-2026", "service"), ("b@klant.example", "23-11-2026", "nergens"), header=header
    )
    world = World()

    summary, lines = world.upload(body, "uploads/acme/alles.csv")

    assert (summary["touchpoint"], outcomes(lines)) == (None, ["invited", "invalid"])
    assert [one.interaction.touchpoint for one in world.tables.invitations.values()] == ["service"]


@pytest.mark.parametrize(
    ("key", "body", "says"),
    [
        (KEY, b"", "empty"),
        (KEY, b"PK\x03\x04" + bytes(range(256)), "breaks off"),
        ("uploads/nobody/service/file.csv", many(1), "There is no client nobody"),
        ("uploads/acme/elsewhere/file.csv", many(1), "Its touchpoints are: mapped, service"),
        (KEY, csv_file(("Jan", "23-11-2026"), header=("Naam", "Datum contact")), "Naam, Datum contact"),
        ("uploads/acme/file.csv", many(1), "add a column touchpoint"),
    ],
)
def test_a_file_that_cannot_be_used_gets_a_receipt_with_a_sentence_and_leaves_nothing(
    key: str, body: bytes, says: str
) -> None:
    world = World()

    summary, lines = world.upload(body, key)

    assert (summary["state"], summary["rows"], summary["outcomes"], lines) == ("failed", 0, {}, [])
    assert says in summary["message"]
    assert (world.records, world.queue, world.tables.invitations) == ({}, [], {})
    assert [name for name in world.objects if name.startswith("work/")] == []


def test_a_file_that_breaks_off_in_the_middle_leaves_nothing_half_done() -> None:
    world = World()
    body = (
        many(3000) + "zoë@klant.example;23-11-2026;A\n".encode() * 5000 + b"zo\xeb@klant.example;23-11-2026;A\n" * 5000
    )

    summary, lines = world.upload(body)

    assert (summary["state"], lines, world.records, world.tables.invitations) == ("failed", [], {}, {})
    assert "E-mail" in summary["columns"]


def test_the_receipt_speaks_the_clients_language() -> None:
    world = World({"acme": bundle(languages=("nl", "en"))})

    assert "Het bestand is leeg" in world.upload(b"")[0]["message"]
    _, lines = world.upload(csv_file(contact("geen")), KEY + "2")
    assert lines[0]["reason"] == "geen e-mailadres en geen klantnummer"


@pytest.mark.parametrize("key", ["uploads/jan@klant.example/a/b.csv", "uploads//jan@klant.example/b.csv", "jan@klant"])
def test_a_folder_that_is_no_clients_is_not_told_to_the_log(key: str) -> None:
    world = World()
    world.objects[key] = many(1)

    assert "jan" not in str(world.read(key))


def test_a_file_in_no_clients_folder_gets_its_receipt_too() -> None:
    world = World()

    world.objects["uploads/los.csv"] = many(1)
    world.read("uploads/los.csv")

    assert "put the file under uploads/" in world.receipt("uploads/los.csv")[0]["message"]


def test_a_file_that_is_gone_does_not_spoil_the_receipt_that_it_had() -> None:
    world = World()
    first = world.upload(many(2))
    del world.objects[KEY]

    world.read(KEY)
    world.read(KEY + "-never-there")

    assert world.receipt() == first
    assert world.receipt(KEY + "-never-there")[0]["state"] == "failed"


def test_a_header_without_rows_is_complete_and_says_so() -> None:
    summary, lines = World().upload(csv_file())

    assert (summary["state"], summary["rows"], lines) == ("complete", 0, [])
    assert "no rows" in summary["message"]


def test_while_a_chunk_waits_the_receipt_says_which_rows() -> None:
    world = World()
    world.objects[KEY] = many(3200)
    world.read(KEY)
    for pointer in (world.queue[0], world.queue[3]):
        world.admit(pointer)

    tell_progress(world.find(world.queue[0].upload_id), world.admit_stores, due="now")
    summary, lines = world.receipt()
    assert (summary["state"], summary["rows"], summary["outcomes"]) == ("partial", 3200, {"invited": 1200})
    assert "1001-3000" in summary["message"]
    assert len(lines) == 1200
    for pointer in world.queue:
        world.admit(pointer)

    assert world.receipt()[0]["outcomes"] == {"invited": 3200}
    assert world.receipt()[0]["state"] == "complete"


def test_a_large_file_has_a_receipt_with_counts_from_the_start_that_is_renewed_at_each_tenth() -> None:
    world = World()
    body = many(25_000)
    world.objects[KEY] = body
    world.read(KEY)
    written = [world.receipt()[0]]
    for pointer in world.queue:
        world.admit(pointer)
        if (now := world.receipt()[0]) != written[-1]:
            written.append(now)

    assert [one["state"] for one in written] == ["partial"] * 10 + ["complete"]
    assert [sum(one["outcomes"].values()) for one in written] == [
        *(0, 3000, 5000, 8000, 10000, 13000, 15000, 18000, 20000, 23000, 25000)
    ]
    assert "1-25000" in written[0]["message"]
    assert "3001-25000" in written[1]["message"]
    assert written[-1]["coverage"]["teams"] == [{"team": "Blauw", "rows": 25000, "with_address": 25000, "share": 1.0}]


def test_a_step_that_is_written_late_does_not_hide_that_the_file_is_complete() -> None:
    world = World()
    world.objects[KEY] = many(25_000)
    world.read(KEY)
    *earlier, last = world.queue
    for pointer in earlier:
        world.admit(pointer)
    put = world.put_stream

    def finished_meanwhile(key: str, parts: Iterable[bytes]) -> None:
        lines = list(parts)
        world.put_stream = put  # type: ignore[method-assign]
        world.admit(last)
        put(key, lines)

    world.put_stream = finished_meanwhile  # type: ignore[method-assign]
    tell_progress(world.find(last.upload_id), world.admit_stores, due="now")

    assert world.receipt()[0]["state"] == "complete"
    assert len(world.receipt()[1]) == 25_000


def test_coverage_tells_the_share_of_rows_with_a_usable_address_for_each_team() -> None:
    rows = [contact("a@klant.example", team="Blauw"), contact("", team="Blauw"), contact("", team="Rood")]
    rows += [contact("b@klant.example", team=""), contact("kapot@@x", team="Rood")]

    rows += [contact("c@klant.example", at="morgen", team="Rood")]

    summary, _ = World().upload(csv_file(*rows))

    # The last row is no interaction: nobody knows when it was.
    assert summary["outcomes"] == {"invalid": 2, "invited": 2, "no_address": 2}
    assert summary["coverage"] == {
        "rows": 5,
        "with_address": 2,
        "share": 0.4,
        "message": "Contacts with an address that can be used: 2 of 5.",
        "teams": [
            {"team": "Blauw", "rows": 2, "with_address": 1, "share": 0.5},
            {"team": "Rood", "rows": 2, "with_address": 0, "share": 0.0},
        ],
    }


def test_coverage_counts_an_interaction_once_however_often_the_file_names_it() -> None:
    header = ("Zaaknummer", "E-mail", "Datum contact")
    named = (
        ("1", "a@klant.example"),
        ("1", "a@klant.example"),
        ("2", ""),
        ("2", ""),
        ("3", ""),
        ("3", "c@klant.example"),
    )
    body = csv_file(*((case, address, "23-11-2026 10:00") for case, address in named), header=header)
    world = World()

    summary, lines = world.upload(body)
    again, _ = world.upload(body + b"4;d@klant.example;23-11-2026 11:00", "uploads/acme/service/again.csv")

    assert outcomes(lines) == ["invited", "duplicate", "no_address", "no_address", "no_address", "invited"]
    assert (summary["coverage"]["rows"], summary["coverage"]["with_address"]) == (3, 2)
    # What an earlier file told of counts on the receipt of this one: coverage is about the file.
    assert again["outcomes"]["duplicate"] == 3
    assert (again["coverage"]["rows"], again["coverage"]["with_address"]) == (4, 3)


def test_a_low_share_of_addresses_is_said_in_words_with_the_team_to_begin_with() -> None:
    rows = [contact("" if number < 9 else f"p{number}@klant.example", team="Rood") for number in range(12)]
    rows += [contact(f"q{number}@klant.example", team="Blauw") for number in range(6)]

    summary, _ = World().upload(csv_file(*rows))

    assert summary["coverage"]["message"] == (
        "Contacts with an address that can be used: only 9 of 18. After 9 the customer cannot be asked, 9 of"
        " them of Rood. Begin there: ask for the address at each contact, and see that the export holds it."
    )


@pytest.mark.parametrize("per_employee", [False, True])
def test_coverage_per_employee_is_told_by_key_and_only_where_the_client_has_results_per_employee(
    per_employee: bool,
) -> None:
    world = World({"acme": bundle(per_employee=per_employee)})
    header = ("E-mail", "Datum contact", "Medewerker")
    rows = [(address, "23-11-2026 10:00", "Jo Smit") for address in ("a@klant.example", "")]

    world.upload(csv_file(*rows, header=header))

    receipt = world.objects["receipts/acme/service/file.csv.json"].decode()
    assert "Smit" not in receipt
    told = json.loads(receipt)["coverage"].get("employees", [])
    assert [(one["rows"], one["with_address"], one["share"]) for one in told] == [(2, 1, 0.5)] * per_employee
    assert all(len(one["employee_key"]) == 43 for one in told)


def test_a_rehearsal_forecasts_invitations_and_the_width_of_the_interval_for_each_team() -> None:
    rows = [contact(f"p{number}@klant.example", team="Blauw" if number < 800 else "Rood") for number in range(1000)]
    rows.append(contact("klein@klant.example", team="Geel"))

    forecast = World().upload(csv_file(*rows), "rehearse/acme/service/file.csv")[0]["forecast"]

    assert (forecast["response_rate"], forecast["invitations"], forecast["answers"]) == (0.25, 1001, 250)
    assert "25 % of the invited answer" in forecast["assumption"]
    teams = {one.pop("team"): one for one in forecast["teams"]}
    assert list(teams) == ["Blauw", "Rood", "Geel"]
    assert teams["Blauw"] == {"invitations": 800, "answers": 200, "interval_width": 21.5}
    assert teams["Rood"]["interval_width"] > teams["Blauw"]["interval_width"] > forecast["interval_width"]
    assert teams["Geel"] == {"invitations": 1, "answers": 0, "interval_width": None}


def test_waiting_rows_are_told_in_ranges_and_not_without_end() -> None:
    record = UploadRecord("id", KEY, "digest", NOW, rows=90_500, chunks=91, expires_at=NOW, done=frozenset({1, 2, 90}))
    odd = frozenset(range(1, 91, 2))

    assert waiting_rows(record) == "1-1000, 3001-90000"
    assert waiting_rows(UploadRecord("id", KEY, "d", NOW, 90_500, 91, NOW, done=odd)).endswith("38001-39000, ...")


@pytest.mark.parametrize("text", ["=1+1", "+31", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_text_that_a_spreadsheet_would_run_is_prefixed(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert safe_cell(f"a{text}") == f"a{text}"


def test_a_clients_own_number_cannot_run_in_the_receipt() -> None:
    header = ("E-mail", "Datum contact", "Ticket ID")

    _, lines = World().upload(csv_file(("a@klant.example", "23-11-2026", "=cmd|' /C calc'!A0"), header=header))

    assert lines[0]["interaction_id"] == "'=cmd|' /C calc'!A0"


def test_the_facts_tell_every_row_without_a_name_or_an_address() -> None:
    header = ("E-mail", "Datum contact", "Team", "Medewerker", "Product", "Kanaal", "Achternaam")
    rows = [
        ("jan@klant.example", "23-11-2026", "Blauw", "Els Bos", "Fiets", "web", "Jansen"),
        ("kapot@@x.example", "23-11-2026"),
    ]
    world = World()

    world.upload(csv_file(*rows, header=header))

    ((key, body),) = world.facts.items()
    lines = [json.loads(line) for line in gzip.decompress(body).decode().splitlines()]
    assert key.startswith("facts/outcomes/client=acme/")
    assert key.endswith("-00000.ndjson.gz")
    assert [(line["row"], line["outcome"], line["touchpoint"]) for line in lines] == [
        (1, "invited", "service"),
        (2, "invalid", "service"),
    ]
    assert (lines[0]["team"], lines[0]["product"], lines[0]["channel"]) == ("Blauw", "Fiets", "web")
    assert lines[0]["imported_at"] == int(NOW.timestamp())
    assert not any(word in gzip.decompress(body).decode() for word in ("jan@", "Jansen", "Els", "kapot"))


def test_a_queue_carries_where_the_rows_lie_and_nothing_of_them() -> None:
    world = World()
    world.objects[KEY] = many(1)
    world.read(KEY)

    assert vars(world.queue[0]).keys() == {"key", "upload_id", "chunk"}
    assert world.queue[0].key == "work/attempt-1/00000.json"


@pytest.mark.parametrize("number", ["NULL", "0000", "n.v.t.", "onbekend", "-", "9999999", "aaaa"])
def test_a_placeholder_is_nobodys_customer_number(number: str) -> None:
    world = World({"acme": bundle(identity="customer_number")})
    header = ("Klantnummer", "E-mail", "Datum contact")
    rows = [(number, f"p{n}@klant.example", "23-11-2026 10:00") for n in range(3)]

    _, lines = world.upload(csv_file(*rows, (number, "", "23-11-2026 10:00"), header=header))

    assert outcomes(lines) == ["invited", "invited", "invited", "no_address"]
    assert {planned.person for planned in world.tables.invitations.values()} == {
        person(f"p{n}@klant.example") for n in range(3)
    }
    assert all("Klantnummer: what stands here is no customer number" in line["reason"] for line in lines)


def test_of_several_addresses_the_first_that_can_be_mailed_is_asked_and_the_receipt_says_so() -> None:
    world = World()

    _, lines = world.upload(
        csv_file(contact("kapot@; jan@klant.example, piet@klant.example"), contact("josé@x.example"))
    )

    assert outcomes(lines) == ["invited", "invalid"]
    assert "several addresses" in lines[0]["reason"]
    assert "é" in lines[1]["reason"]
    assert [planned.interaction.address for planned in world.tables.invitations.values()] == ["jan@klant.example"]
