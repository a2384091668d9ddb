"""Rows of a touchpoint that invites by SMS: which address is used, who the person is, what is said where none is."""

from typing import Any

import pytest

from functions.crm_import.columns.canonical import RowReader
from functions.crm_import.columns.recognition import understand
from functions.crm_import.columns.row import Row
from functions.crm_import.errors import FileRejected
from functions.crm_import.messages import translate
from functions.shared.domain.identity import person_key
from functions.shared.domain.interaction import RowOutcome
from tests.worlds.import_world import PEPPER, bundle

HEADER = ("E-mail", "Telefoon", "Klantnummer", "Datum contact")
MAIL, PHONE = "anna@example.org", "+31612345678"


def read(
    mail: str = "", phone: str = "", customer: str = "", by: Any = "sms", sends_sms: bool = True, **client: Any
) -> Row:
    """Read one row of a touchpoint that invites by such channels."""
    told = bundle(touchpoints={"texted": {"invite_by": by}}, **client)
    reader = RowReader(understand(HEADER, told, "texted"), told, "texted", PEPPER, sends_sms=sends_sms)
    return reader.read(1, [mail, phone, customer, "23-11-2026 10:00"])


def key(identity: str) -> str:
    return person_key(PEPPER, "acme", identity)


def address(row: Row) -> str | None:
    assert row.interaction is not None
    return row.interaction.address


def test_a_row_that_has_only_a_number_is_who_has_that_number() -> None:
    row = read(phone="06-12345678")

    assert (row.outcome, address(row)) == (None, PHONE)
    assert row.person == row.address_key == key(PHONE)


def test_who_has_a_mail_address_too_is_the_same_person_on_both_channels() -> None:
    row = read(mail=MAIL, phone="06-12345678")

    assert (row.outcome, address(row)) == (None, PHONE)
    assert (row.person, row.address_key) == (key(MAIL), key(PHONE))


def test_a_client_that_knows_people_by_number_does_so_here_too() -> None:
    row = read(phone=PHONE, customer="K-1", identity="customer_number")

    assert (row.person, row.address_key) == (key("customer:K-1"), key(PHONE))


@pytest.mark.parametrize(
    ("by", "mail", "phone", "used"),
    [
        (["mail", "sms"], MAIL, PHONE, MAIL),
        (["mail", "sms"], "", PHONE, PHONE),
        (["mail", "sms"], "anna@", PHONE, PHONE),
        (["mail", "sms"], MAIL, "", MAIL),
        (["sms", "mail"], MAIL, PHONE, PHONE),
        (["sms", "mail"], MAIL, "020-1234567", MAIL),
        ("sms", "anna@", PHONE, PHONE),
        ("mail", MAIL, PHONE, MAIL),
    ],
)
def test_the_clients_order_decides_among_the_addresses_that_can_be_used(
    by: Any, mail: str, phone: str, used: str
) -> None:
    row = read(mail, phone, by=by)

    assert (row.outcome, address(row), row.address_key) == (None, used, key(used))


@pytest.mark.parametrize(
    ("by", "mail", "phone", "outcome", "why"),
    [
        ("sms", MAIL, "020-1234567", RowOutcome.NO_ADDRESS, "no_phone"),
        ("sms", "", "", RowOutcome.NO_ADDRESS, "no_phone"),
        (["mail", "sms"], "", "n.v.t.", RowOutcome.NO_ADDRESS, "no_address_or_phone"),
        (["mail", "sms"], "anna@", "", RowOutcome.INVALID, "address_half"),
    ],
)
def test_a_row_without_usable_address_says_what_is_missing(
    by: Any, mail: str, phone: str, outcome: RowOutcome, why: str
) -> None:
    row = read(mail, phone, by=by)

    assert (row.outcome, row.why) == (outcome, why)
    assert all("mob" in translate(language, row.why, **row.values) for language in ("nl", "en")) == why.startswith(
        "no_"
    )


def test_where_no_sms_are_sent_a_row_says_so_or_goes_by_mail() -> None:
    only, either = read(MAIL, PHONE, sends_sms=False), read(MAIL, PHONE, by=["sms", "mail"], sends_sms=False)

    assert (only.outcome, only.why, only.address_key) == (RowOutcome.NO_ADDRESS, "no_sms_here", "")
    assert "not switched on" in translate("en", only.why)
    assert (either.outcome, address(either)) == (None, MAIL)


def test_a_file_of_numbers_alone_can_be_read_where_they_are_used_and_nowhere_else() -> None:
    told = bundle(touchpoints={"texted": {"invite_by": "sms"}})

    assert "phone" in understand(("Telefoon", "Datum contact"), told, "texted").sources
    with pytest.raises(FileRejected):
        understand(("Telefoon", "Datum contact"), told, "service")


def test_a_bare_number_is_of_the_clients_country() -> None:
    assert address(read(phone="0460 21 39 22", country="BE")) == "+32460213922"
