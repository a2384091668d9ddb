"""Customer files: whom they name, what is kept, what each row is told, and what an invitation takes of it."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from examples import customer_files
from functions.crm_import.customers.service import CustomerStores, report_customers_fault, take_customers
from functions.crm_import.lists.reading import ROWS_PER_CHUNK, ListResult
from functions.crm_import.time_budget import TimeBudget
from functions.shared.adapters.client_files import read_folder
from functions.shared.domain.customer_attributes import as_of
from functions.shared.domain.dimension import UNKNOWN
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.identity import person_key
from functions.shared.domain.object_keys import read_customer_file_key
from functions.shared.domain.upload import ReadCheckpoint
from tests.worlds.import_world import EXAMPLES, NOW, PEPPER, World, bundle, csv_file

FILE = "customers/acme/customers.csv"
NAMES = {"en": "x", "nl": "x"}
PLAN = {
    "dimension": "plan",
    "name": NAMES,
    "customer": "Plan",
    "values": [{"value": value, "name": NAMES} for value in ("basic", "plus")],
}
SINCE = {"dimension": "since", "name": NAMES, "customer": "Klant sinds", "bands": {"years": [2]}}


class Files:
    """A world in which customer files arrive."""

    def __init__(self, **client: Any) -> None:
        self.world = World({"acme": bundle(**{"dimensions": [PLAN, SINCE], **client})})
        self.attempts = 0

    @property
    def stores(self) -> CustomerStores:
        return CustomerStores(self.world, self.world, self.world.customers, PEPPER, self.world.notices)

    def take(
        self,
        body: bytes,
        key: str = FILE,
        budget: TimeBudget[ReadCheckpoint] | None = None,
        checkpoint: ReadCheckpoint | None = None,
        version: str = "v1",
    ) -> ListResult:
        self.world.objects[key] = body
        self.attempts += 1
        attempt = f"attempt-{self.attempts}"
        return take_customers(key, version, self.world.now, attempt, self.stores, budget, checkpoint)

    def taken(self, text: str, key: str = FILE, version: str = "v1") -> tuple[dict[str, Any], list[dict[str, str]]]:
        self.take(text.encode(), key, version=version)
        return self.receipt(key)

    def receipt(self, key: str = FILE) -> tuple[dict[str, Any], list[dict[str, str]]]:
        place = read_customer_file_key(key)
        lines = self.world.objects[place.receipt("csv")].decode()
        return json.loads(self.world.objects[place.receipt("json")]), list(csv.DictReader(io.StringIO(lines)))

    def known(self, identity: str, at: datetime = NOW) -> dict[str, str]:
        record = self.world.customers.items.get(person_key(PEPPER, "acme", identity))
        return dict(as_of(record.history, at)) if record else {}

    def invited(
        self, *rows: tuple[str, ...], header: tuple[str, ...] = ("Klantnummer", "E-mail", "Datum contact")
    ) -> Any:
        """Upload contacts; return the dimensions of each invitation by address."""
        self.world.upload(csv_file(*rows, header=header))
        invitations = self.world.tables.invitations.values()
        return {one.interaction.address: dict(one.dimensions) for one in invitations}


def test_what_a_file_says_is_kept_of_the_columns_that_dimensions_name_and_of_no_other() -> None:
    files = Files()

    summary, lines = files.taken("Klantnr.;Naam;Plan;Klant sinds\nK1;Jan;Basic;1-3-2020\n;Piet;Plus;\nK3;x;;\n")

    assert files.known("customer:K1") == {"plan": "Basic", "klantsinds": "1-3-2020"}
    assert [(line["outcome"], line["reason"]) for line in lines] == [
        ("kept", ""),
        ("no_customer", "neither an e-mail address nor a customer number"),
        ("kept", ""),
    ]
    assert (summary["state"], summary["list"], summary["rows"]) == ("complete", "customers", 3)
    assert {name: one["how"] for name, one in summary["columns"].items()} == {
        "Klantnr.": "recognised",
        "Naam": "ignored",
        "Plan": "attribute",
        "Klant sinds": "attribute",
    }
    assert "Jan" not in repr(files.world.customers.items)


def test_an_invitation_takes_what_was_known_at_the_moment_of_the_contact() -> None:
    files = Files()
    files.taken(
        "Klantnr.;E-mail;Peildatum;Plan\nK1;;1-11-2026;basic\nK1;;20-11-2026;plus\n;b@klant.example;1-11-2026;plus\n"
    )

    found = files.invited(
        ("K1", "a@klant.example", "21-11-2026 10:00"),
        ("K2", "b@klant.example", "15-11-2026 10:00"),
        ("K3", "c@klant.example", "15-11-2026 10:00"),
    )

    assert found == {
        "a@klant.example": {"plan": "plus", "since": UNKNOWN},
        "b@klant.example": {"plan": "plus", "since": UNKNOWN},
        "c@klant.example": {"plan": UNKNOWN, "since": UNKNOWN},
    }
    assert files.world.customers.reads == 1 + 1, "One read for the file, and one for the chunk."


@pytest.mark.parametrize("identity", ["address", "customer_number"])
def test_a_later_value_never_reaches_an_earlier_contact(identity: str) -> None:
    files = Files(identity=identity)
    files.taken("Klantnr.;Peildatum;Plan\n00017;18-11-2026;plus\n")

    assert files.invited(("17", "a@klant.example", "17-11-2026 10:00")) == {
        "a@klant.example": {"plan": UNKNOWN, "since": UNKNOWN}
    }


def test_a_file_without_a_date_holds_from_the_clients_day_on() -> None:
    files = Files()
    files.taken("Klantnr.;Plan\nK1;plus\n")

    midnight = datetime(2026, 11, 23, 23, tzinfo=UTC)
    assert files.known("customer:K1", midnight) == {"plan": "plus"}
    assert files.known("customer:K1", midnight - timedelta(seconds=1)) == {}


def test_two_values_for_the_same_moment_are_told_and_the_first_counts() -> None:
    files = Files()

    summary, lines = files.taken("Klantnr.;Plan\nK1;basic\nK1;plus\nK1;basic\n")

    assert [(line["outcome"], line["reason"]) for line in lines[1:]] == [
        ("conflict", "row 1 says something else of the same customer and moment; that row counts"),
        ("duplicate", "stands in row 1 already"),
    ]
    assert (summary["state"], files.known("customer:K1")) == ("attention", {"plan": "basic"})
    assert "(rows 2)" in summary["message"]
    assert [notice.receipt for notice in files.world.notices.waiting] == ["receipts/acme/customers/customers.csv.json"]


def test_rows_far_apart_are_compared_too_and_a_second_attempt_says_the_same() -> None:
    files = Files()
    rows = [f"K{number};plus" for number in range(ROWS_PER_CHUNK)]
    text = "\n".join(["Klantnr.;Plan", *rows, "K0;basic"])

    first = files.taken(text)
    writes = files.world.customers.writes
    again = files.taken(text)

    assert again == first
    assert files.world.customers.writes == writes == ROWS_PER_CHUNK
    assert first[1][-1]["outcome"] == "conflict"


def test_a_file_goes_on_in_another_call() -> None:
    files = Files()
    text = "\n".join(["Klantnr.;Plan", *(f"K{number};plus" for number in range(2 * ROWS_PER_CHUNK + 5))]).encode()
    legs: list[ReadCheckpoint] = []
    stop = TimeBudget(lambda: False, legs.append)

    assert files.take(text, budget=stop).handed_over
    assert files.receipt()[0]["state"] == "partial"
    while legs:
        files.take(text, budget=stop, checkpoint=legs.pop())

    summary, lines = files.receipt()
    assert (summary["state"], len(lines)) == ("complete", 2 * ROWS_PER_CHUNK + 5)


def test_files_that_name_the_same_customers_at_the_same_time_lose_nothing() -> None:
    files = Files()
    files.taken("Klantnr.;Plan\nK1;basic\n")
    other = iter([True])

    def meanwhile() -> None:
        if next(other, False):
            files.taken("Klantnr.;Klant sinds\nK1;1-1-2020\n", key="customers/acme/other.csv")

    files.world.customers.before = meanwhile
    files.world.now += timedelta(days=1)
    files.taken("Klantnr.;Plan\nK1;plus\n", version="v2")

    assert files.known("customer:K1", files.world.now) == {"plan": "plus", "klantsinds": "1-1-2020"}


def test_who_can_never_write_tries_again_later() -> None:
    files = Files()

    def always() -> None:
        for key, record in files.world.customers.items.items():
            files.world.customers.items[key] = replace(record, version=record.version + 1)

    files.taken("Klantnr.;Plan\nK1;basic\n")
    files.world.customers.before = always
    with pytest.raises(TryAgain):
        files.take(b"Klantnr.;Plan\nK1;plus\n", version="v2")
    report_customers_fault(FILE, files.stores)
    assert files.receipt()[0]["state"] == "partial"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Naam;Plan\nJan;plus\n", "column_missing"),
        ("Klantnr.;Regio\nK1;Noord\n", "no_customer_column"),
        ("", "empty"),
    ],
)
def test_a_file_of_no_use_is_refused_with_a_sentence(text: str, why: str) -> None:
    files = Files()

    assert files.take(text.encode()).why == why
    assert (files.receipt()[0]["state"], files.world.customers.items) == ("failed", {})
    assert len(files.world.notices.waiting) == 1


def test_without_a_dimension_nothing_is_kept() -> None:
    files = Files(dimensions=())

    assert files.take(b"Klantnr.;Plan\nK1;plus\n").why == "no_customer_dimension"
    assert files.take(b"Klantnr.;Plan\nK1;plus\n", key="customers/nobody/x.csv").why == "unknown_client"
    assert files.take(b"Klantnr.;Plan\nK1;plus\n", key="customers/x.csv").why == "bad_customers_place"
    assert "receipts/customers/x.csv.json" in files.world.objects


def test_rows_that_cannot_be_used_are_told() -> None:
    files = Files()

    _, lines = files.taken(
        "Klantnr.;E-mail;Peildatum;Plan\nK1;;gisteren;plus\nNULL;;;plus\nn.v.t.;b@klant.example;;plus\n;@fout;;plus\n"
    )

    assert [line["outcome"] for line in lines] == ["invalid", "no_customer", "kept", "no_customer"]
    assert lines[0]["reason"] == "the date as of which this holds cannot be read (aaaaaaaa)"


def test_a_mapping_says_which_columns_are_who_and_when() -> None:
    fields = {"customer_id": "Nr", "occurred_at": {"from": "Op", "format": "%Y.%m.%d"}}
    files = Files(customer_mapping="crm")
    files.world.bundles["acme"] = files.world.bundles["acme"].model_copy(
        update={"mappings": bundle(mappings={"crm": {"fields": fields}}).mappings}
    )

    summary, _ = files.taken("Nr;Op;Plan\nK1;2026.11.01;plus\n")

    assert summary["outcomes"] == {"kept": 1}
    assert files.known("customer:K1", datetime(2026, 11, 2, tzinfo=UTC)) == {"plan": "plus"}


def test_what_is_kept_of_a_cell_is_masked_and_short() -> None:
    files = Files()
    files.taken(f"Klantnr.;Plan\nK1;bel 06-12345678\nK2;{'x' * 500}\n")

    assert files.known("customer:K1") == {"plan": "bel [phone]"}
    assert len(files.known("customer:K2")["plan"]) == 100


@pytest.mark.parametrize("client", ["vaart", "pebble"])
def test_the_files_of_the_example_clients_are_understood(client: str, tmp_path: Any) -> None:
    files = Files()
    files.world.bundles = {client: read_folder(EXAMPLES / client)}
    (path,) = [path for path in customer_files.write(tmp_path, NOW, rows=120, seed=7) if path.parent.name == client]

    files.take(path.read_bytes(), f"customers/{client}/{path.name}")

    summary, _ = files.receipt(f"customers/{client}/{path.name}")
    assert (summary["state"], summary["outcomes"].keys()) == ("complete", {"kept"})
    assert sum(one["how"] == "attribute" for one in summary["columns"].values()) == 2
