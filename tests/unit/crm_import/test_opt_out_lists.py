"""Lists of people who said no: who is opted out, what each row is told, and what a comparison tells."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from openpyxl import Workbook

from functions.crm_import.columns.canonical import RowReader
from functions.crm_import.columns.recognition import understand
from functions.crm_import.lists.reading import ROWS_PER_CHUNK, ListResult
from functions.crm_import.opt_outs.columns import ListReader, understand_list
from functions.crm_import.opt_outs.service import ListStores, report_opt_out_fault, take_list
from functions.crm_import.time_budget import TimeBudget
from functions.shared.domain.errors import BadInput
from functions.shared.domain.identity import person_key
from functions.shared.domain.object_keys import OptOutKey, read_opt_out_key
from functions.shared.domain.opt_outs import OptOutRecord
from functions.shared.domain.upload import ReadCheckpoint
from tests.worlds.import_world import NOW, PEPPER, World, bundle, outcomes

LIST = "opt-outs/acme/afmeldingen.csv"
MATCH = "opt-outs/acme/match/klanten.csv"


class Records:
    """The table of opt-outs in memory."""

    def __init__(self) -> None:
        self.items: dict[str, OptOutRecord] = {}
        self.most = 0

    def add_all(self, records: Sequence[OptOutRecord]) -> Mapping[str, OptOutRecord]:
        self.most = max(self.most, len(records))
        stood = {one.key: self.items[one.key] for one in records if one.key in self.items}
        self.items |= {one.key: one for one in records if one.key not in self.items}
        return stood

    def find(self, keys: Iterable[str]) -> Mapping[str, OptOutRecord]:
        return {key: self.items[key] for key in keys if key in self.items}


class Lists:
    """A world in which lists arrive."""

    def __init__(self, **client: Any) -> None:
        self.world = World({"acme": bundle(**client)})
        self.records = Records()
        self.attempts = 0

    def take(
        self,
        body: bytes,
        key: str = LIST,
        budget: TimeBudget[ReadCheckpoint] | None = None,
        checkpoint: ReadCheckpoint | None = None,
        version: str | None = "v1",
    ) -> ListResult:
        self.world.objects[key] = body
        self.attempts += 1
        stores = ListStores(self.world, self.world, self.records, PEPPER, self.world.notices)
        return take_list(key, version, self.world.now, f"attempt-{self.attempts}", stores, budget, checkpoint)

    def taken(self, body: bytes, key: str = LIST) -> tuple[dict[str, Any], list[dict[str, str]]]:
        self.take(body, key)
        return self.receipt(key)

    def receipt(self, key: str = LIST) -> tuple[dict[str, Any], list[dict[str, str]]]:
        place = read_opt_out_key(key)
        lines = self.world.objects[place.receipt("csv")].decode()
        return json.loads(self.world.objects[place.receipt("json")]), list(csv.DictReader(io.StringIO(lines)))

    def stands(self, identity: str) -> OptOutRecord | None:
        return self.records.items.get(person_key(PEPPER, "acme", identity))


def text(*lines: str) -> bytes:
    return "\n".join(lines).encode()


TEXTING = {"touchpoints": {"texted": {"invite_by": "sms"}}}


def test_a_client_that_invites_by_sms_names_people_by_their_mobile_numbers_too() -> None:
    lists = Lists(**TEXTING)
    rows = (
        ";06 1234 5678",
        "jan@klant.example;+31 6 8765 4321",
        "anna@klant.example;020 123 4567",
        ";020 123 4567",
        ";",
    )

    summary, lines = lists.taken(text("E-mail;Mobiel", *rows))

    assert summary["columns"]["Mobiel"] == {"field": "phone", "how": "recognised"}
    assert [line["outcome"] for line in lines] == ["opted_out"] * 3 + ["no_address"]
    assert lines[3]["reason"] == "neither an e-mail address nor a number of a mobile phone"
    stopped = ("+31612345678", "+31687654321", "jan@klant.example", "anna@klant.example")
    assert all(lists.stands(identity) for identity in stopped)
    assert len(lists.records.items) == len(stopped)
    _, compared = lists.taken(text("Mobiel", "0031612345678", "0611111111", "-"), key=MATCH)
    assert [line["outcome"] for line in compared] == ["opted_out", "not_opted_out", "no_address"]
    assert compared[2]["reason"] == "no number of a mobile phone"


def test_a_client_that_invites_by_mail_alone_has_no_use_for_a_mobile_number() -> None:
    lists = Lists()

    summary, lines = lists.taken(text("Mobiel", "0612345678"))

    assert (summary["state"], lines) == ("failed", [])


def test_everybody_on_a_list_is_opted_out_from_now_on() -> None:
    lists = Lists()

    summary, lines = lists.taken(text("E-mailadres", "Anna@Klant.example", " bert@klant.example "))

    assert outcomes(lines) == ["opted_out", "opted_out"]
    assert lines[0]["since"] == "2026-11-24T12:00:00+01:00"
    assert lines[0]["how"] == "file"
    record = lists.stands("anna@klant.example")
    assert record
    assert (record.client, record.since, record.how, record.row) == ("acme", NOW, "file", 1)
    assert summary == {
        "file": "afmeldingen.csv",
        "client": "acme",
        "list": "opt-outs",
        "state": "complete",
        "message": "",
        "rows": 2,
        "outcomes": {"opted_out": 2},
        "columns": {"E-mailadres": {"field": "email", "how": "recognised"}},
    }


def test_a_row_that_names_nobody_says_why_and_the_others_go_on() -> None:
    lists = Lists()

    _, lines = lists.taken(text("email;naam", "geen adres;Anna", "a@@b;Bert", ";Chris", "dora@klant.example;Dora"))

    assert outcomes(lines) == ["no_address", "invalid", "no_address", "opted_out"]
    assert lines[1]["reason"] == "email: this is not a valid e-mail address: there is more than one @ in it"
    assert len(lists.records.items) == 1


def test_the_same_person_twice_is_told_so_and_the_first_no_stands() -> None:
    lists = Lists()
    first = text("email;date", "anna@klant.example;1-3-2026", "ANNA@klant.example;2-3-2026")

    _, lines = lists.taken(first)
    lists.world.travel(days=3)
    _, later = lists.taken(text("email", "anna@klant.example"), "opt-outs/acme/later.csv")

    assert outcomes(lines) == ["opted_out", "duplicate"]
    assert lines[1]["reason"] == "stands earlier in this list"
    assert outcomes(later) == ["duplicate"]
    assert later[0]["reason"] == "had opted out already"
    assert later[0]["since"] == lines[0]["since"] == "2026-03-01T00:00:00+01:00"


def test_the_same_list_delivered_again_gives_the_same_receipt() -> None:
    lists = Lists()
    body = text("email", "anna@klant.example", "nobody", "anna@klant.example")
    first = lists.taken(body)
    lists.world.travel(hours=1)

    assert lists.taken(body) == first


def test_an_opt_out_of_the_page_is_left_as_it_is() -> None:
    lists = Lists()
    key = person_key(PEPPER, "acme", "anna@klant.example")
    lists.records.items[key] = OptOutRecord(key, "acme", NOW - timedelta(days=9), "page")

    _, lines = lists.taken(text("email;datum", "anna@klant.example;1-1-2020"))

    assert (lines[0]["outcome"], lines[0]["how"]) == ("duplicate", "page")
    assert lists.records.items[key].since == NOW - timedelta(days=9)


@pytest.mark.parametrize(
    ("header", "cell", "since"),
    [
        ("Afgemeld op", "1-3-2026 14:05", datetime(2026, 3, 1, 13, 5, tzinfo=UTC)),
        ("UNSUB_TIME", "2026-03-01T14:05:00Z", datetime(2026, 3, 1, 14, 5, tzinfo=UTC)),
        ("Created date", "1-3-2019", NOW),
        ("Since", "1-3-2031", NOW),
        ("Since", "", NOW),
        ("Since", "vorig jaar", NOW),
    ],
)
def test_a_no_counts_since_the_date_that_is_told_and_never_later_than_now(
    header: str, cell: str, since: datetime
) -> None:
    lists = Lists()

    _, lines = lists.taken(text(f"email;{header}", f"anna@klant.example;{cell}"))

    record = lists.stands("anna@klant.example")
    assert record
    assert record.since == since
    assert outcomes(lines) == ["opted_out"]
    assert bool(lines[0]["reason"]) == (cell == "vorig jaar")


def test_where_persons_are_known_by_number_both_the_number_and_the_address_are_opted_out() -> None:
    lists = Lists(identity="customer_number")
    rows = ("K1;anna@klant.example", "K2;", ";chris@klant.example", "K4;no@@address", ";n/a")

    _, lines = lists.taken(text("klantnummer;email", *rows))

    assert outcomes(lines) == ["opted_out"] * 3 + ["partly", "no_address"]
    assert "not a valid" in lines[3]["reason"]
    named = ("customer:K1", "anna@klant.example", "customer:K2", "chris@klant.example", "customer:K4")
    assert set(lists.records.items) == {person_key(PEPPER, "acme", one) for one in named}


def test_a_new_number_at_an_address_that_said_no_is_opted_out_once_more() -> None:
    lists = Lists(identity="customer_number")
    lists.taken(text("email", "anna@klant.example"))

    _, lines = lists.taken(text("klantnr;email", "K1;anna@klant.example"), "opt-outs/acme/2.csv")

    assert outcomes(lines) == ["opted_out"]
    assert lists.stands("customer:K1")


def test_where_persons_are_known_by_address_a_number_alone_says_why_it_is_not_enough() -> None:
    lists = Lists()

    _, lines = lists.taken(text("klantnummer;email", "K1;"))

    assert outcomes(lines) == ["no_address"]
    assert "by their address" in lines[0]["reason"]
    assert not lists.records.items


@pytest.mark.parametrize("identity", ["address", "customer_number"])
@pytest.mark.parametrize(
    ("number", "address"),
    [
        ("K1", "Anna@Klant.example"),
        (" K\u00a01\u200b ", "  anna@klant.example\t"),
        ("", "Jan <jan@bücher.example>"),
        ("0012", ""),
    ],
)
def test_a_list_and_a_crm_file_name_the_same_person_by_the_same_keys(identity: str, number: str, address: str) -> None:
    client = bundle(identity=identity)
    header = ("klantnummer", "email", "datum contact")
    cells = [number, address, "23-11-2026 10:00"]

    listed = ListReader(understand_list(header, client), client, PEPPER).read(1, list(cells))
    row = RowReader(understand(header, client, "service"), client, "service", PEPPER).read(1, list(cells))

    if row.address_key or identity == "customer_number":
        assert set(listed.keys) == {row.person, row.former_key, row.address_key} - {""}
    else:
        assert listed.keys == ()


def test_a_list_may_be_a_workbook_json_xml_or_packed() -> None:
    book, buffer = Workbook(), io.BytesIO()
    book.active.append(["E-mail"])
    book.active.append(["anna@klant.example"])
    book.save(buffer)
    packed = gzip.compress(text("email", "bert@klant.example"), mtime=0)
    json_list = b'[{"email": "chris@klant.example"}, {"email": "dora@klant.example"}]'
    xml = b"<all><one><email>ed@klant.example</email></one><one><email>f@klant.example</email></one></all>"
    lists = Lists()

    for number, body in enumerate((buffer.getvalue(), packed, json_list, xml)):
        summary, _ = lists.taken(body, f"opt-outs/acme/{number}")
        assert (summary["state"], set(summary["outcomes"])) == ("complete", {"opted_out"})

    assert len(lists.records.items) == 6


def test_a_mapping_names_the_columns_in_the_clients_words() -> None:
    mapping = {"fields": {"email": "Wie", "occurred_at": {"from": "Wanneer", "format": "%Y%m%d"}}}
    lists = Lists(opt_out_mapping="nee")
    lists.world.bundles["acme"] = bundle(mappings={"nee": mapping}, opt_out_mapping="nee")

    summary, lines = lists.taken(text("Wie;Wanneer;email", "anna@klant.example;20260301;x@y.example"))
    refused, _ = lists.taken(text("email", "anna@klant.example"), "opt-outs/acme/2.csv")

    assert lines[0]["since"] == "2026-03-01T00:00:00+01:00"
    assert summary["columns"]["Wie"] == {"field": "email", "how": "mapping"}
    assert summary["columns"]["email"] == {"field": None, "how": "ignored"}
    assert refused["state"] == "failed"
    assert "The mapping nee expects Wie" in refused["message"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (text("naam", "Anna"), "A column for the e-mail address (or the customer number) is missing"),
        (text("anna@klant.example", "bert@klant.example"), "does not look like a header"),
        (b"%PDF-1.7 ...", "kind that is not read"),
        (text("email"), ""),
    ],
)
def test_a_list_that_cannot_be_used_gets_a_sentence(body: bytes, said: str) -> None:
    lists = Lists()

    summary, lines = lists.taken(body)

    assert lines == []
    assert said in summary["message"]
    assert (summary["state"] == "failed") == bool(said)
    assert not lists.records.items


def test_what_was_read_of_a_list_that_breaks_off_counts_and_stands_on_the_receipt() -> None:
    whole = gzip.compress(text("email", *(f"p{n}@klant.example" for n in range(100 * ROWS_PER_CHUNK))), mtime=0)
    lists = Lists(languages=("nl",))

    summary, lines = lists.taken(whole[: len(whole) // 2])

    assert summary["state"] == "failed"
    counted = f"{len(lines):,}".replace(",", ".")
    assert f"De {counted} rijen daarvoor zijn verwerkt" in summary["message"]
    assert len(lines) == len(lists.records.items) > ROWS_PER_CHUNK


def test_an_unknown_client_and_a_wrong_place_are_told() -> None:
    lists = Lists()

    unknown = lists.take(text("email"), "opt-outs/nobody/a.csv")
    assert (unknown.why, unknown.client) == ("unknown_client", "")
    assert "no client nobody" in json.loads(lists.world.objects["receipts/nobody/opt-outs/a.csv.json"])["message"]
    assert lists.take(text("email"), "opt-outs/a.csv").why == "bad_list_place"
    assert any("opt-outs/<client>/" in body.decode() for body in lists.world.objects.values())


def test_a_list_that_is_gone_leaves_an_earlier_receipt_alone() -> None:
    lists = Lists()
    first = lists.taken(text("email", "anna@klant.example"))
    del lists.world.objects[LIST]
    stores = ListStores(lists.world, lists.world, lists.records, PEPPER, lists.world.notices)

    found = take_list(LIST, "v1", NOW, "again", stores)

    assert found.why == "gone"
    assert lists.receipt() == first


def test_a_fault_on_our_side_is_told_and_leaves_the_list_for_later() -> None:
    lists = Lists()

    report_opt_out_fault(LIST, ListStores(lists.world, lists.world, lists.records, PEPPER, lists.world.notices))

    summary, lines = lists.receipt()
    assert (summary["state"], lines) == ("partial", [])
    assert "fault on our side" in summary["message"]


def test_a_long_list_is_taken_in_legs_a_thousand_at_a_time_with_the_receipt_of_the_whole() -> None:
    lists = Lists()
    body = text("email", *(f"p{n % 2500}@klant.example" for n in range(3 * ROWS_PER_CHUNK)))
    legs: list[ReadCheckpoint] = []
    budget = TimeBudget(lambda: False, legs.append)

    assert lists.take(body, budget=budget).handed_over
    assert lists.receipt()[0]["state"] == "partial"
    for _ in range(2):
        lists.take(body, budget=budget, checkpoint=legs[-1])
    lists.take(body, budget=budget, checkpoint=legs[-1])

    summary, lines = lists.receipt()
    assert [checkpoint.rows for checkpoint in legs] == [ROWS_PER_CHUNK, 2 * ROWS_PER_CHUNK, 3 * ROWS_PER_CHUNK]
    assert (summary["state"], summary["outcomes"]) == ("complete", {"opted_out": 2500, "duplicate": 500})
    assert [int(line["row"]) for line in lines] == list(range(1, 3 * ROWS_PER_CHUNK + 1))
    assert lists.records.most == ROWS_PER_CHUNK


def test_a_comparison_tells_for_each_row_whether_and_since_when_and_opts_nobody_out() -> None:
    lists = Lists(identity="customer_number")
    key = person_key(PEPPER, "acme", "customer:K1")
    lists.records.items[key] = OptOutRecord(key, "acme", NOW - timedelta(days=1), "one_click")
    rows = ("K1;anna@klant.example", "K2;bert@klant.example", ";n/a", "K3;chris@klant.example")
    lists.taken(text("email", "chris@klant.example"))

    summary, lines = lists.taken(text("klantnr;email", *rows), MATCH)

    assert outcomes(lines) == ["opted_out", "not_opted_out", "no_address", "opted_out"]
    assert [line["how"] for line in lines] == ["one_click", "", "", "file"]
    assert lines[0]["since"] == "2026-11-23T12:00:00+01:00"
    assert summary["list"] == "match"
    assert len(lists.records.items) == 2


def test_no_cell_of_a_receipt_is_a_formula_and_none_of_the_list_is_on_it() -> None:
    lists = Lists()

    lists.taken(text('=cmd|"/c calc"!A1;email', "x;a@@b", "y;anna@klant.example"))
    receipt = lists.world.objects["receipts/acme/opt-outs/afmeldingen.csv.csv"]
    lists.taken(text("=email;e-mail", "x;a@@b"), "opt-outs/acme/2.csv")

    assert b"klant.example" not in receipt
    assert all(b"anna@klant.example" not in body for key, body in lists.world.objects.items() if key != LIST)


def test_a_place_is_taken_apart() -> None:
    assert read_opt_out_key("opt-outs/acme/2026/a b.csv") == OptOutKey(
        "opt-outs/acme/2026/a b.csv", "acme", "2026/a b.csv", match=False
    )
    assert read_opt_out_key(MATCH).receipt("csv") == "receipts/acme/opt-outs/match/klanten.csv.csv"
    assert read_opt_out_key("opt-outs/acme/match").file == "match"
    for wrong in ("opt-outs/a.csv", "uploads/acme/a.csv", "opt-outs//a.csv", "opt-outs/acme/"):
        with pytest.raises(BadInput):
            read_opt_out_key(wrong)


def test_every_address_of_a_cell_is_opted_out_and_what_is_not_understood_asks_for_a_person() -> None:
    lists = Lists()
    rows = ("anna@klant.example; bert@klant.example", "chris\u200b@klant.example", "dora@klant.example, kapot@", "x@@y")

    summary, lines = lists.taken(text("email", *(f'"{row}"' for row in rows)))

    assert outcomes(lines) == ["opted_out", "opted_out", "partly", "invalid"]
    named = ("anna", "bert", "chris", "dora")
    assert set(lists.records.items) == {person_key(PEPPER, "acme", f"{one}@klant.example") for one in named}
    assert summary["state"] == "attention"
    assert "2 lines" in summary["message"]
    assert "3, 4" in summary["message"]
    assert [notice.receipt for notice in lists.world.notices.waiting] == ["receipts/acme/opt-outs/afmeldingen.csv.json"]


def test_a_list_that_was_understood_or_only_compared_mails_nobody() -> None:
    lists = Lists(receipt_mail=True)
    lists.taken(text("email", "anna@klant.example"))
    summary, _ = lists.taken(text("email", "x@@y", "a@klant.example; kapot@"), "opt-outs/acme/match/who.csv")

    assert summary["state"] == "complete"
    assert lists.world.notices.waiting == []


def test_a_list_of_which_nothing_could_be_read_is_told_to_people() -> None:
    lists = Lists(receipt_mail=False)

    lists.taken(b"%PDF-1.7 ...")

    assert len(lists.world.notices.waiting) == 1


@pytest.mark.parametrize("number", ["NULL", "0000", "n.v.t.", "-", "9999999"])
def test_a_placeholder_in_the_place_of_a_number_opts_out_no_stranger(number: str) -> None:
    lists = Lists(identity="customer_number")

    summary, lines = lists.taken(text("klantnummer;email", f"{number};anna@klant.example", f"{number};"))

    assert outcomes(lines) == ["opted_out", "no_address"]
    assert set(lists.records.items) == {person_key(PEPPER, "acme", "anna@klant.example")}
    assert summary["state"] == "attention"


def test_of_a_column_that_stands_twice_both_are_opted_out() -> None:
    lists = Lists()

    lists.taken(text("email;naam;email", "anna@klant.example;Anna;bert@klant.example"))

    assert len(lists.records.items) == 2
