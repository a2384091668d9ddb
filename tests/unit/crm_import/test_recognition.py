from datetime import timedelta

import pytest

from functions.crm_import.header_names import recognise
from functions.shared.domain.identity import person_key
from tests.unit.crm_import.test_opt_out_lists import Lists, text
from tests.worlds.import_world import NOW, PEPPER, World, bundle, csv_file, outcomes


@pytest.mark.parametrize(
    ("field", "headers"),
    [
        (
            "occurred_at",
            "Ticket Closed Date|Date Closed|Closed: Date and Time|Datum van contact|Ticket: Solved at|closed_date|"
            "ClosedDateTime|ticketCloseDate|Gesprek datum|Kontakt Datum|Datum sluiting ticket|crm_closed_at|"
            "cr5f2_closeddate|Bezoek: datum|Date de l'appel|Erstellt am|Date de clôture|Abschlussdatum",
        ),
        (
            "email",
            "E-mail van de klant|Klant: e-mail|klantemailadres|Customer E-mail Address|cr5f2_emailaddress|"
            "Email Address (Primary)|ContactEmail__c|Adresse e-mail du client|KundenEmail|E-mail adres|"
            "Kunden-E-Mail-Adresse|sf_contact_email|Courriel",
        ),
        ("customer_id", "Nummer klant|Klant-nr.|Kunden-Nummer|numéro du client|N° client|crm klantnummer"),
        (
            "last_name",
            "Customer last name|contact_last_name|Nom de famille du client|Nachname Kunde",
        ),
        ("first_name", "Voornaam klant|first_name_contact|Prénom|Vorname"),
        ("phone", "Telefoon mobiel klant|customer_phone_number|Contact: Mobile Phone|phone number (mobile)|Handy"),
        ("interaction_id", "Ticket Number|Nummer ticket|case_number"),
        ("product", "Name of product|Produit"),
    ],
)
def test_a_header_is_known_by_its_words_in_any_order_with_others_around_them(field: str, headers: str) -> None:
    for header in headers.split("|"):
        recognised = recognise(header)

        assert recognised is not None, header
        assert recognised[1] == field, (header, recognised)


@pytest.mark.parametrize(
    "header",
    [
        "Owner Email",
        "Agent e-mail",
        "E-mail medewerker",
        "Account manager email",
        "Email opt out",
        "Email sent date",
        "Date of birth",
        "Geboortedatum",
        "Contract date",
        "Ticket name",
        "Alternative email",
        "Email status",
        "Contact: Created Date",
        "Due date",
        "Invoice date",
        "Postal code",
        "Customer segment",
        "Customer since",
        "Team leader",
        "Reply-to email",
        "Subject",
        "Notes",
        "Order number",
        "Invoice number",
        "Product code",
        "Account name",
        "Last name of employee",
        "Agent first name",
        "Partner email",
        "Phone extension",
        "Klantsoort",
        "Opdrachtgever",
        "Next appointment date",
        "Closed",
        "Time",
        "Nummer",
        "Call reason code",
        "From email",
        "Closed by",
        "IBAN",
    ],
)
def test_a_header_that_names_somebody_or_something_else_is_not_taken_for_the_customers(header: str) -> None:
    assert recognise(header) is None


def test_a_name_as_it_stands_is_surer_than_one_among_other_words() -> None:
    one, other = recognise("E-mail"), recognise("E-mail van de klant")

    assert one is not None
    assert other is not None
    assert one < other


def rows(count: int = 3, **columns: str) -> bytes:
    cells = [
        [value.format(n=n, day=f"{NOW - timedelta(days=1 + n % 5):%d-%m-%Y}") for value in columns.values()]
        for n in range(count)
    ]
    return csv_file(*cells, header=tuple(name.replace("_", " ") for name in columns))


ASK = "{n}-klant@klant.example"


def test_a_column_that_alone_holds_moments_or_addresses_is_taken_for_them_and_the_receipt_says_so() -> None:
    summary, lines = World().upload(rows(Wie=ASK, Moment_X="{day} 10:00", Kleur="blauw {n}"))

    assert outcomes(lines) == ["invited"] * 3
    assert summary["columns"]["Wie"] == {"field": "email", "how": "contents"}
    assert summary["columns"]["Moment X"] == {"field": "occurred_at", "how": "contents"}
    assert [remark.partition(" is taken for")[0] for remark in summary["remarks"]] == ["Wie", "Moment X"]
    assert 'occurred_at: "Moment X"' in summary["remarks"][1]


@pytest.mark.parametrize(
    ("columns", "lines"),
    [
        ({"Email": ASK, "Een": "{day}", "Twee": "{day} 12:00"}, ('occurred_at: "Een"', 'occurred_at: "Twee"')),
        ({"Wie": ASK, "Ook": "x" + ASK, "Datum": "{day}"}, ('email: "Wie"', 'email: "Ook"')),
    ],
)
def test_where_two_columns_fit_the_sentence_names_both_with_the_line_for_the_mapping(
    columns: dict[str, str], lines: tuple[str, str]
) -> None:
    summary, decided = World().upload(rows(**columns))

    assert (summary["state"], decided) == ("failed", [])
    for line in lines:
        assert line in summary["message"]


@pytest.mark.parametrize(
    "column",
    [
        {"Behandelaar_adres": ASK},
        {"Wie": "balie@klant.example"},  # the same one or two on every row: those who send
        {"Wie": "geen {n}"},
    ],
)
def test_a_column_of_addresses_that_are_not_customers_is_not_taken(column: dict[str, str]) -> None:
    summary, _ = World().upload(rows(30, **column, Datum="{day}"))

    assert summary["state"] == "failed"
    assert "e-mail address" in summary["message"]


@pytest.mark.parametrize("column", [{"Moment_X": "12-03-1984"}, {"Geboren_op": "{day}"}, {"Getal": "46349"}])
def test_dates_that_are_no_contacts_are_not_taken_for_them(column: dict[str, str]) -> None:
    summary, _ = World().upload(rows(Email=ASK, **column))

    assert summary["state"] == "failed"
    assert "moment of the contact" in summary["message"]


def test_a_mapping_is_not_second_guessed_by_contents() -> None:
    summary, _ = World().upload(rows(Wie=ASK, Dag="{day}", Uur="10:00"), "uploads/acme/mapped/file.csv")

    assert summary["state"] == "failed"
    assert "expects Mail" in summary["message"]


def test_a_touchpoint_that_invites_by_sms_finds_the_mobile_numbers() -> None:
    client = bundle(touchpoints={"service": {"invite_by": ["sms"]}})

    summary, _ = World({"acme": client}).upload(rows(Bel="06 1234567{n}", Datum="{day}"))

    assert summary["columns"]["Bel"] == {"field": "phone", "how": "contents"}


def test_two_columns_of_mobile_numbers_are_a_remark_where_the_addresses_are_known() -> None:
    client = bundle(touchpoints={"service": {"invite_by": ["mail", "sms"]}})
    columns = {"Email": ASK, "Bel": "06 1234567{n}", "Of": "06 2234567{n}", "Datum": "{day}"}

    summary, lines = World({"acme": client}).upload(rows(**columns))

    assert outcomes(lines) == ["invited"] * 3
    assert 'phone: "Bel"' in summary["remarks"][0]
    assert 'phone: "Of"' in summary["remarks"][0]


def test_a_rehearsal_shows_what_was_decided_by_the_contents() -> None:
    summary, _ = World().upload(rows(Wie=ASK, Datum="{day}"), "rehearse/acme/service/file.csv")

    assert summary["rehearsal"]
    assert "Wie is taken for" in summary["remarks"][0]


def test_a_list_of_opt_outs_finds_its_addresses_by_what_stands_in_the_list() -> None:
    lists = Lists()

    summary, lines = lists.taken(text("wie;kleur", "anna@klant.example;rood", "bert@klant.example;blauw"))

    assert outcomes(lines) == ["opted_out", "opted_out"]
    assert summary["columns"]["wie"] == {"field": "email", "how": "contents"}
    assert person_key(PEPPER, "acme", "anna@klant.example") in lists.records.items
