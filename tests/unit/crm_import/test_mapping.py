import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.crm_import.columns.addresses import BadAddress, mailable_addresses, unmailable
from functions.crm_import.columns.canonical import RowReader
from functions.crm_import.columns.moments import moment_reader
from functions.crm_import.columns.people import split_name
from functions.crm_import.columns.recognition import understand
from functions.crm_import.columns.row import Row
from functions.crm_import.errors import FileRejected
from functions.crm_import.header_names import recognise
from functions.crm_import.messages import SENTENCES, translate
from functions.crm_import.readers.table import MAX_CELL_LENGTH
from functions.shared.adapters.admission_items import contact_item, invitation_item
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.identity import person_key
from functions.shared.domain.interaction import Interaction, RowOutcome
from functions.shared.domain.upload import PlannedInvitation
from tests.worlds.import_world import NOW, PEPPER, bundle

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
PLAIN = {"E-mail": "jan@klant.example", "Datum contact": "23-11-2026 10:00"}


def row(cells: dict[str, str], own: ClientBundle | None = None, touchpoint: str | None = "service") -> Row:
    own = own or bundle()
    columns = understand(tuple(cells), own, touchpoint)
    return RowReader(columns, own, touchpoint, PEPPER).read(1, list(cells.values()))


def interaction(cells: dict[str, str], **where: Any) -> Interaction:
    found = row(cells, **where).interaction
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("E-mailadres", "email"),
        ("EMAIL", "email"),
        ("emailaddress1", "email"),  # Dynamics
        ("Requester email", "email"),  # Zendesk
        ("Email__c", "email"),  # Salesforce
        ("SMTP_ADDR", "email"),  # SAP
        ("E-mail werk", "email"),  # AFAS
        ("Klantnr.", "customer_id"),
        ("KUNNR", "customer_id"),
        ("Datum contact", "occurred_at"),
        ("Date/Time Closed", "occurred_at"),
        ("createdon", "occurred_at"),
        ("Voornaam", "first_name"),
        ("Tussenvoegsel", "infix"),
        ("Surname", "last_name"),
        ("Case Origin", "channel"),
        ("Behandelaar", "employee_name"),
        ("Afdeling", "team"),
        ("Reden contact", "contact_reason"),
        ("Ticket ID", "interaction_id"),
        ("Polisvorm", None),
    ],
)
def test_headers_are_recognised_as_exports_name_them(header: str, field: str | None) -> None:
    found = recognise(header)

    assert (found[1] if found else None) == field


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        pytest.param(
            "Case Number,Case Owner,Contact Name,Contact: Email,Account Name,Subject,Case Origin,Date/Time Opened,"
            "Date/Time Closed,Case Record Type",
            "interaction_id,employee_name,name,email,,,channel,,occurred_at,contact_reason",
            id="salesforce",
        ),
        pytest.param(
            "Aanvraagnummer,Aanvraageigenaar,Naam contactpersoon,E-mailadres contactpersoon,Accountnaam,Onderwerp,"
            "Datum/tijd geopend,Datum/tijd gesloten,Aanvraagherkomst",
            "interaction_id,employee_name,name,email,,,,occurred_at,channel",
            id="salesforce in Dutch",
        ),
        pytest.param(
            "(Do Not Modify) Case,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Case Title,Case Number,"
            "Origin,Customer,Email (Customer) (Contact),Owner,Status Reason,Created On,Resolved On",
            ",,,,interaction_id,channel,name,email,employee_name,,,occurred_at",
            id="dynamics",
        ),
        pytest.param(
            "Aanvraagtitel,Aanvraagnummer,Oorsprong,E-mail (Contactpersoon) (Contactpersoon),Eigenaar,Gemaakt op",
            ",interaction_id,channel,email,employee_name,occurred_at",
            id="dynamics in Dutch",
        ),
        pytest.param(
            "Ticket ID,Ticket name,Pipeline,Create date,Close date,Ticket owner,Source,Associated Contact",
            "interaction_id,,,,occurred_at,employee_name,channel,email",
            id="hubspot",
        ),
        pytest.param(
            "Ticket-ID,Ticketnaam,Aanmaakdatum,Sluitdatum,Ticketeigenaar,Bron,E-mailadres,Voornaam,Achternaam",
            "interaction_id,,,occurred_at,employee_name,channel,email,first_name,last_name",
            id="hubspot in Dutch",
        ),
        pytest.param(
            "Id,Requester,Requester id,Requester email,Assignee,Group,Subject,Via,Ticket type,Created at,Solved at",
            ",name,customer_id,email,employee_name,team,,channel,contact_reason,,occurred_at",
            id="zendesk",
        ),
        pytest.param(
            "Ticket-id,Aanvrager,E-mail aanvrager,Toegewezen aan,Groep,Onderwerp,Kanaal,Gemaakt op,Opgelost op",
            "interaction_id,name,email,employee_name,team,,channel,,occurred_at",
            id="zendesk in Dutch",
        ),
        pytest.param(
            "Dossieritem,Type dossieritem,Naam,E-mail zakelijk,Verkooprelatie,Onderwerp,Instuurdatum,Datum gereed,"
            "Verantwoordelijke,Afdeling",
            "interaction_id,contact_reason,name,email,customer_id,,,occurred_at,employee_name,team",
            id="afas",
        ),
        pytest.param(
            "QMNUM,KUNNR,NAME_FIRST,NAME_LAST,SMTP_ADDR,SPRAS,ERDAT,QMDAT,PERNR,MATNR",
            "interaction_id,customer_id,first_name,last_name,email,language,,occurred_at,employee_id,product",
            id="sap",
        ),
        pytest.param(
            "Meldingsnummer,Zakenpartner,Naam 1,E-mailadres,Meldingsdatum,Servicegroep",
            "interaction_id,customer_id,name,email,occurred_at,team",
            id="sap in Dutch",
        ),
    ],
)
def test_a_whole_export_is_understood_as_its_system_names_it(header: str, fields: str) -> None:
    names = tuple(header.split(","))

    columns = understand(names, bundle(), "service")

    assert [columns.explained[name]["field"] or "" for name in names] == fields.split(",")


def test_a_name_as_it_stands_is_surer_than_one_without_its_brackets() -> None:
    columns = understand(("Email (Customer) (Contact)", "Email", "Datum"), bundle(), "service")

    assert columns.sources["email"].header == "Email"


def test_the_receipt_says_how_each_column_was_understood() -> None:
    columns = understand(("Mail", "Datum", "Gesloten op", "Polisvorm", ""), bundle(), "service")

    assert columns.explained == {
        "Mail": {"field": "email", "how": "recognised"},
        "Datum": {"field": None, "how": "ignored"},
        "Gesloten op": {"field": "occurred_at", "how": "recognised"},
        "Polisvorm": {"field": None, "how": "ignored"},
    }
    assert list(columns.explained) == ["Mail", "Datum", "Gesloten op", "Polisvorm"]


def test_colleagues_share_the_key_of_their_mail_domain_and_neighbours_at_a_provider_do_not() -> None:
    jan, piet = (row(PLAIN | {"E-mail": f"{name}@bedrijf.example"}).domain_key for name in ("jan", "piet"))

    assert jan == piet != ""
    assert "bedrijf" not in jan
    assert row(PLAIN | {"E-mail": "jan@ander.example"}).domain_key not in ("", jan)
    assert row(PLAIN | {"E-mail": "jan@gmail.com"}).domain_key == ""
    assert row(PLAIN | {"E-mail": "", "Klantnr": "7"}).domain_key == ""


def test_nothing_is_kept_of_a_column_that_nobody_named() -> None:
    found = row(PLAIN | {"BSN": "123456782", "Opmerking": "x" * (MAX_CELL_LENGTH + 1), "Onderwerp": "bel Jan Jansen"})

    assert found.outcome is None
    assert found.interaction is not None
    assert (found.interaction.facts, found.interaction.contact_reason) == ({}, None)


def test_what_people_typed_is_masked_where_a_client_wants_it_kept() -> None:
    mapping = {
        "fields": {
            "email": "E-mail",
            "occurred_at": "Datum contact",
            "contact_reason": "Onderwerp",
            "product": "Polis",
        },
        "facts": ["Opmerking", "Bedrag"],
    }
    own = bundle(touchpoints={"service": {"mapping": "free"}}, mappings={"free": mapping})
    typed = {"Onderwerp": "bel 06-12345678", "Polis": "auto 12-ABC-3", "Opmerking": "mail a@b.nl", "Bedrag": "1.250,00"}

    found = interaction(PLAIN | typed, own=own)

    assert (found.contact_reason, found.product) == ("bel [phone]", "auto [plate]")
    assert found.facts == {"Opmerking": "mail [e-mail]", "Bedrag": "1.250,00"}


def test_an_address_that_is_given_as_the_id_of_an_interaction_is_not_kept_as_that() -> None:
    cells = PLAIN | {"Ticket id": "jan@klant.example/7"}
    first, again, another = row(cells), row(cells), row(cells | {"Ticket id": "jan@klant.example/8"})

    assert first.interaction is not None
    assert "@" not in first.interaction.interaction_id
    assert first.invitation_id == again.invitation_id != another.invitation_id


@pytest.mark.parametrize(
    "text", ["x", "é", "\U0001f600", '"', "\\"], ids=["ascii", "accent", "emoji", "quote", "escape"]
)
def test_a_row_that_is_taken_fits_in_the_items_that_are_written_of_it(text: str) -> None:
    names = {f"Kolom {number} {text * 150}": text * 9_400 for number in range(4)}
    mapping = {"fields": {"email": "E-mail", "occurred_at": "Datum contact", "team": "Team"}, "facts": [*names]}
    own = bundle(touchpoints={"service": {"mapping": "free"}}, mappings={"free": mapping})

    def with_facts(count: int) -> Row:
        cells = dict(list(names.items())[:count]) | {"Team": text * 1000}
        return row(PLAIN | cells, own)

    fat = with_facts(4)
    assert (fat.outcome, fat.why) == (RowOutcome.INVALID, "row_too_long")
    assert "30.000" in translate("nl", fat.why, **fat.values)
    largest = with_facts(3)
    assert largest.outcome is None
    assert largest.interaction is not None
    planned = PlannedInvitation(
        invitation_id=largest.invitation_id,
        person=largest.person,
        address_key=largest.address_key,
        employee_key=None,
        interaction=largest.interaction,
        upload="d" * 64,
        row=1,
        imported_at=NOW,
        planned_at=NOW,
        expires_at=NOW,
    )
    for item in (invitation_item(planned), contact_item(planned)):
        assert sum(len(name) + _stored_bytes(value) for name, value in item.items()) < 400_000


def _stored_bytes(value: str) -> int:
    """Return how much a value counts for DynamoDB, at the most."""
    ((_, raw),) = json.loads(value).items()
    return len(raw.encode())


def test_a_mapping_says_which_column_is_what_in_the_clients_words() -> None:
    cells = {"mail": "Jan@Klant.example", "Dag": "23.11.2026", "Uur": "9:05", "KANAAL": "t", "Extra": "x", "Rest": "y"}

    found = interaction(cells, touchpoint="mapped")
    columns = understand(tuple(cells), bundle(), "mapped")

    assert found.address == "jan@klant.example"
    assert found.occurred_at == datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
    assert (found.channel, found.language, found.facts) == ("phone", "nl", {"Extra": "x"})
    assert columns.explained == {
        "mail": {"field": "email", "how": "mapping"},
        "Dag": {"field": "occurred_at", "how": "mapping"},
        "Uur": {"field": "occurred_at", "how": "mapping"},
        "KANAAL": {"field": "channel", "how": "mapping"},
        "Extra": {"field": None, "how": "fact"},
        "Rest": {"field": None, "how": "ignored"},
        "Team": {"field": "team", "how": "missing"},
    }


def test_a_value_that_the_mapping_does_not_name_stays_as_it_is() -> None:
    cells = {"Mail": "jan@klant.example", "Dag": "23.11.2026", "Uur": "09:05", "Kanaal": "Balie"}

    assert interaction(cells, touchpoint="mapped").channel == "Balie"


@pytest.mark.parametrize(
    ("header", "touchpoint", "says"),
    [
        (("Naam", "Datum"), "service", ["e-mail address", "Naam, Datum", "to E-mail address"]),
        (("E-mail", "Naam"), "service", ["moment of the contact", "E-mail, Naam", "to Contact date"]),
        (("E-mail", "Datum"), "mapped", ["e-mail address", "E-mail, Datum", "mapping own expects Mail"]),
        (("Mail", "Datum"), "mapped", ["moment of the contact", "expects Dag, Uur"]),
        (("E-mail", "Datum"), None, ["add a column touchpoint"]),
        (("Mail", "Dag", "Uur", "dag"), "mapped", ["names the column Dag twice"]),
    ],
)
def test_a_missing_column_is_told_with_what_was_found_and_what_to_do(
    header: tuple[str, ...], touchpoint: str | None, says: list[str]
) -> None:
    with pytest.raises(FileRejected) as caught:
        understand(header, bundle(), touchpoint)

    assert all(part in str(caught.value) for part in says), str(caught.value)


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize(("header", "field"), [("header_person", "email"), ("header_occurred_at", "occurred_at")])
def test_the_name_that_is_advised_for_a_column_is_recognised(language: str, header: str, field: str) -> None:
    found = recognise(translate(language, header))

    assert found is not None
    assert found[1] == field


def test_a_touchpoint_column_names_it_by_slug_or_by_name() -> None:
    for text, slug in (("service", "service"), ("Mapped", "mapped"), ("SERVICE nl", "service")):
        assert interaction(PLAIN | {"Touchpoint": text}, touchpoint=None).touchpoint == slug
    unknown = row(PLAIN | {"Touchpoint": "elsewhere"}, touchpoint=None)
    assert (unknown.outcome, unknown.why) == (RowOutcome.INVALID, "unknown_row_touchpoint")
    assert row(PLAIN | {"Touchpoint": ""}, touchpoint=None).why == "missing_touchpoint"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("23-11-2026 10:00", "2026-11-23T10:00+01:00"),
        ("23-11-2026 10:00:59", "2026-11-23T10:00:59+01:00"),
        ("3-1-2026", "2026-01-03T00:00+01:00"),
        ("01/07/2026 14:30", "2026-07-01T14:30+02:00"),
        ("01/07/2026, 14:30", "2026-07-01T14:30+02:00"),
        ("01.07.2026 14.30 uur", "2026-07-01T14:30+02:00"),
        ("01-07-26 14:30", "2026-07-01T14:30+02:00"),
        ("2026-07-01T14:30:00", "2026-07-01T14:30+02:00"),
        ("2026-07-01 14:30:00.123", "2026-07-01T14:30:00.123+02:00"),
        ("2026-07-01T14:30:00Z", "2026-07-01T14:30+00:00"),
        ("2026-07-01T14:30:00-05:00", "2026-07-01T14:30-05:00"),
        ("2026-7-1 9:05", "2026-07-01T09:05+02:00"),
        # 02:30 does not exist on 29 March 2026, and is there twice on 25 October.
        ("29-03-2026 02:30", "2026-03-29T03:30+02:00"),
        ("25-10-2026 02:30", "2026-10-25T02:30+02:00"),
        ("2026-10-25T02:30+01:00", "2026-10-25T02:30+01:00"),
    ],
)
def test_dutch_british_and_iso_moments_are_understood_on_the_clients_clock(text: str, moment: str) -> None:
    assert moment_reader(AMSTERDAM)(text) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "text", ["gisteren", "31-02-2026", "12/31/2026", "2026-13-01", "23-11-2026 25:00", "4634", "²-11-2026"]
)
def test_what_is_no_moment_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        moment_reader(AMSTERDAM)(text)


@pytest.mark.parametrize(
    ("layout", "text", "moment"),
    [
        ("%m/%d/%Y %H:%M", "07/01/2026 14:30", "2026-07-01T14:30+02:00"),
        ("%d %B %Y %H:%M", "01 July 2026 14:30", "2026-07-01T14:30+02:00"),
        ("%d-%m-%Y %H:%M %z", "01-07-2026 14:30 +0000", "2026-07-01T14:30+00:00"),
        ("%Y%m%d", "20260701", "2026-07-01T00:00+02:00"),
        # Real dates and times of a workbook, in one cell or in two.
        ("%d.%m.%Y %H:%M", "2026-07-01T14:30:05", "2026-07-01T14:30:05+02:00"),
        ("%d.%m.%Y %H:%M", "2026-07-01 14:30:00", "2026-07-01T14:30+02:00"),
        ("%d %B %Y %H:%M", "2026-07-01T00:00:00 14:30:00", "2026-07-01T14:30+02:00"),
        ("%d-%m-%Y", "2026-07-01", "2026-07-01T00:00+02:00"),
    ],
)
def test_the_mappings_layout_wins(layout: str, text: str, moment: str) -> None:
    read = moment_reader(AMSTERDAM, layout)

    assert read(text) == datetime.fromisoformat(moment)
    with pytest.raises(ValueError, match=r".*"):
        read("2026-07-01T14:30")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Jan.de.Vries+poll@Klant.Example ", "jan.de.vries+poll@klant.example"),
        ("o'brien@klant.example", "o'brien@klant.example"),
        ("jan@münchen.example", "jan@xn--mnchen-3ya.example"),
        ("Jan <jan@klant.example>", "jan@klant.example"),
        ("Jan de Vries (jan@klant.example)", "jan@klant.example"),
        ('"jan@klant.example" <jan@klant.example>', "jan@klant.example"),
        ("jan@klant.example<mailto:jan@klant.example>", "jan@klant.example"),
        ("mailto:jan@klant.example?subject=Dag", "jan@klant.example"),
        ("<jan@klant.example>", "jan@klant.example"),
        ("jan@klant.example (werk)", "jan@klant.example"),
        ("jan@klant.example.", "jan@klant.example"),
        ("'jan@klant.example'", "jan@klant.example"),
        ("\u200bjan@klant.example\u200b", "jan@klant.example"),
        ("jan@klant\u00ad.example", "jan@klant.example"),
        ("j\u2060an@klant.example", "jan@klant.example"),
        ("\u202ajan@klant.example\u202c", "jan@klant.example"),
        ("jan@faß.example", "jan@xn--fa-hia.example"),
        ("jan@ΒΌΛΟς.example", "jan@xn--nxasmm1c.example"),
        ("", None),
        ("onbekend", None),
        ("n.v.t.", None),
    ],
)
def test_an_address_is_normalised(text: str, address: str | None) -> None:
    assert mailable_addresses(text) == ((address,) if address else ())


@pytest.mark.parametrize(
    ("text", "addresses", "left"),
    [
        ("jan@klant.example; piet@klant.example", ("jan@klant.example", "piet@klant.example"), 0),
        ("jan@klant.example, piet@klant.example", ("jan@klant.example", "piet@klant.example"), 0),
        ("jan@klant.example piet@klant.example", ("jan@klant.example", "piet@klant.example"), 0),
        ("jan@klant.example / piet@klant.example", ("jan@klant.example", "piet@klant.example"), 0),
        ("jan@klant.example en piet@klant.example", ("jan@klant.example", "piet@klant.example"), 0),
        ("Jan <jan@klant.example>; Piet <piet@klant.example>", ("jan@klant.example", "piet@klant.example"), 0),
        ("jan@klant.example, jan@klant.example", ("jan@klant.example",), 0),
        ("Jan <jan@klant.example>; piet@klant.example", ("jan@klant.example", "piet@klant.example"), 0),
        ("piet@klant.example, Jan <jan@klant.example>", ("piet@klant.example", "jan@klant.example"), 0),
        ("jan@klant.example <piet@klant.example>", ("piet@klant.example", "jan@klant.example"), 0),
        ("jan@klant.example (piet@klant.example)", ("jan@klant.example", "piet@klant.example"), 0),
        ('"Vries, Jan; jan@oud.example" <jan@klant.example>', ("jan@klant.example",), 0),
        (" ".join(f"p{n}@klant.example" for n in range(25)), tuple(f"p{n}@klant.example" for n in range(25)), 0),
        ("n/a; piet@klant.example", ("piet@klant.example",), 0),
        ("kapot@; piet@klant.example", ("piet@klant.example",), 1),
        ("josé@klant.example; piet@klant.example", ("piet@klant.example",), 1),
        ("jan@klant.example\nbcc: x@y.example", ("jan@klant.example",), 1),
    ],
)
def test_all_addresses_of_a_cell_are_found(text: str, addresses: tuple[str, ...], left: int) -> None:
    assert mailable_addresses(text) == addresses
    assert unmailable(text) == left


@pytest.mark.parametrize(
    ("text", "why", "values"),
    [
        ("josé@klant.example", "address_letter", {"letter": "é"}),
        ("jan\uff20klant.example", "address_letter", {"letter": "\uff20"}),
        ("jan@ｋlant.example", "address_letter", {"letter": "ｋ"}),
        ("jan@ﬁets.example", "address_letter", {"letter": "ﬁ"}),
        ("jan..x\u200b@klant.example", "address_hidden", {"character": "zero-width space, U+200B"}),
        ("jan@\u202eklant", "address_hidden", {"character": "right-to-left override, U+202E"}),
        ("jan de vries@klant.example", "address_space", {}),
        ("jan@klant", "address_no_dot", {}),
    ],
)
def test_an_address_that_cannot_be_mailed_says_why(text: str, why: str, values: dict[str, str]) -> None:
    with pytest.raises(BadAddress) as refused:
        mailable_addresses(text)

    assert (refused.value.why, refused.value.values) == (why, values)


LABEL = st.text("abcxyz0189", min_size=1, max_size=8)
ADDRESS = st.builds(lambda local, label: f"{local}@{label}.example", LABEL, LABEL)
HIDDEN = st.sampled_from(["\u00ad", "\u200b", "\u200e", "\u2060", "\u202a", "\ufeff"])


@given(ADDRESS, st.lists(st.tuples(st.integers(0, 30), HIDDEN), max_size=4), st.sampled_from("nbdam"))
def test_what_nobody_sees_and_what_stands_around_changes_no_address(
    address: str, hidden: list[tuple[int, str]], form: str
) -> None:
    text = address
    for place, character in hidden:
        text = text[: place % (len(text) + 1)] + character + text[place % (len(text) + 1) :]
    forms = {"n": text, "b": f"Jan <{text}>", "d": f'"{address}" <{text}>', "a": f" <{text}> ", "m": f"mailto:{text}"}

    assert mailable_addresses(forms[form]) == (address,)


@given(st.lists(ADDRESS, min_size=1, max_size=5, unique=True), st.sampled_from(["; ", ", ", " ", " / ", "\n", " en "]))
def test_several_addresses_are_read_back(addresses: list[str], between: str) -> None:
    assert mailable_addresses(between.join(addresses)) == tuple(addresses)


@pytest.mark.parametrize(
    "text",
    [
        "jan@",
        "@klant.example",
        "jan@@klant.example",
        "jan..x@klant.example",
        ".jan@klant.example",
        "jan@klant",
        "jan@-klant.example",
        "jan de vries@klant.example",
        "x" * 65 + "@klant.example",
        "jan@" + "a" * 250 + ".example",
    ],
)
def test_a_broken_address_is_not_mailed(text: str) -> None:
    with pytest.raises(BadAddress):
        mailable_addresses(text)


def test_without_an_address_the_interaction_is_kept() -> None:
    found = row(PLAIN | {"E-mail": "onbekend", "Klantnr": "007"})

    assert (found.outcome, found.why) == (RowOutcome.NO_ADDRESS, "no_address")
    assert found.interaction is not None
    assert found.interaction.customer_id == "007"


@pytest.mark.parametrize(
    ("cells", "why", "part"),
    [
        ({"E-mail": "jan@@klant.example"}, "address_two_ats", "E-mail"),
        ({"Datum contact": "morgen"}, "bad_moment", "Datum contact"),
        ({"Datum contact": ""}, "missing_moment", "Datum contact"),
        ({"Team": "x" * (MAX_CELL_LENGTH + 1)}, "cell_too_long", "Team"),
    ],
)
def test_a_bad_row_is_invalid_with_the_column_and_the_reason(cells: dict[str, str], why: str, part: str) -> None:
    found = row(PLAIN | cells)

    assert (found.outcome, found.why) == (RowOutcome.INVALID, why)
    assert part in translate("nl", found.why, **found.values)
    assert "jan@@" not in translate("nl", found.why, **found.values)


def test_a_moment_that_is_not_in_the_mappings_layout_is_shown_one_that_is() -> None:
    fields = {"email": "E-mail", "occurred_at": {"from": "Datum contact", "format": "%d/%m/%Y om %H.%M"}}
    own = bundle(mappings={"own": {"fields": fields}}, touchpoints={"service": {"mapping": "own"}})

    found = row(PLAIN, own)

    said = translate("nl", found.why, **found.values)
    assert "zoals 21/11/2026 om 14.05" in said
    assert "iets als 99-99-9999 99:99" in said


def test_a_person_is_the_address_or_the_customer_number_as_the_client_sets_it() -> None:
    by_number = bundle(identity="customer_number")
    cells = PLAIN | {"Klantnr": "42"}

    assert row(cells).person == row(cells).address_key == person_key(PEPPER, "acme", "jan@klant.example")
    assert row(cells, own=by_number).person == person_key(PEPPER, "acme", "customer:42")
    assert row(cells, own=by_number).address_key == person_key(PEPPER, "acme", "jan@klant.example")
    assert row(PLAIN | {"Klantnr": ""}, own=by_number).person == person_key(PEPPER, "acme", "jan@klant.example")


def test_the_same_person_at_the_same_time_is_the_same_interaction() -> None:
    first = row(PLAIN)

    assert row(PLAIN | {"E-mail": " JAN@klant.example"}).invitation_id == first.invitation_id
    assert row(PLAIN | {"Datum contact": "2026-11-23T09:00:00Z"}).invitation_id == first.invitation_id
    assert row(PLAIN | {"Datum contact": "23-11-2026 10:01"}).invitation_id != first.invitation_id
    assert row(PLAIN | {"E-mail": "an@klant.example"}).invitation_id != first.invitation_id
    assert first.interaction is not None
    assert "jan" not in first.interaction.interaction_id


def test_a_given_number_is_the_interactions_id_whatever_else_changed() -> None:
    first = row(PLAIN | {"Ticket ID": "T-1"})

    assert first.interaction is not None
    assert first.interaction.interaction_id == "T-1"
    assert row(PLAIN | {"Ticket ID": "T-1", "Datum contact": "22-11-2026"}).invitation_id == first.invitation_id


def test_cells_travel_as_text_without_control_characters() -> None:
    cells = PLAIN | {"Team": " =HYPERLINK(1)\x00\x1b ", "Product": "<b>{{x}}</b>\n twee", "Polisvorm": "\x07"}

    found = interaction(cells)

    assert (found.team, found.product, found.facts) == ("=HYPERLINK(1)", "<b>{{x}}</b> twee", {})


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Jan de Vries", ("Jan", "de", "Vries")),
        ("Jan Peter van der Berg", ("Jan Peter", "van der", "Berg")),
        ("Vries, Jan de", ("Jan", "de", "Vries")),
        ("Anna Smith", ("Anna", None, "Smith")),
        ("Smith", (None, None, "Smith")),
        ("de Vries", (None, "de", "Vries")),
        ("", (None, None, None)),
    ],
)
def test_a_whole_name_is_taken_apart(name: str, parts: tuple[str | None, ...]) -> None:
    assert split_name(name) == parts


def test_names_in_parts_win_over_a_whole_name() -> None:
    found = interaction(PLAIN | {"Naam": "Iemand Anders", "Voornaam": "Jan", "Achternaam": "Vries"})

    assert (found.first_name, found.infix, found.last_name) == ("Jan", None, "Vries")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Nederlands", "nl"),
        ("NL", "nl"),
        ("nl-be", "nl-BE"),
        ("en_GB", "en-GB"),
        ("Engels", "en"),
        ("Klingon", None),
        ("", None),
    ],
)
def test_a_language_is_understood_by_name_or_code(text: str, language: str | None) -> None:
    assert interaction(PLAIN | {"Taal": text}).language == language


def test_an_employee_is_a_key_and_not_a_name() -> None:
    key = row(PLAIN | {"Medewerker": "Els Bos"}).employee_key

    assert key == person_key(PEPPER, "acme", "employee:Els Bos")
    assert row(PLAIN).employee_key is None
