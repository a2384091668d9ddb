"""What makes reading a row quick gives what the plain way gives."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.crm_import.chunk_files import pack_decisions, pack_rows, unpack_decisions, unpack_rows
from functions.crm_import.columns.canonical import RowReader
from functions.crm_import.columns.cells import clean, cleaned
from functions.crm_import.columns.moments import moment_reader
from functions.crm_import.columns.recognition import understand
from functions.crm_import.columns.row import Row
from functions.crm_import.readers.table import MAX_CELL_LENGTH, Broken
from functions.shared.domain.identity import invitation_id, invitation_ids, person_key, person_keys
from functions.shared.domain.interaction import Decision, Interaction, RowOutcome
from tests.worlds.import_world import NOW, PEPPER, World, bundle

CELL = st.text(st.sampled_from(" \t\n\xa0\u2028\ufeff\x00\"'ab\xe9\u0131"), max_size=8)
NAME = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
HEADER = ("E-mail", "Datum contact", "Klantnr", "Naam", "Team", "Behandelaar", "Opmerking")


@given(st.binary(min_size=1, max_size=80), NAME, st.lists(NAME, min_size=1, max_size=3))
def test_the_keys_of_many_people_are_the_keys_of_each(pepper: bytes, client: str, identities: Sequence[str]) -> None:
    key = person_keys(pepper, client)

    assert [key(one) for one in identities] == [person_key(pepper, client, one) for one in identities]


@given(NAME, NAME, st.lists(NAME, min_size=1, max_size=3))
def test_the_ids_of_many_invitations_are_the_ids_of_each(client: str, touchpoint: str, names: Sequence[str]) -> None:
    named = invitation_ids(client, touchpoint)

    assert [named(one) for one in names] == [invitation_id(client, touchpoint, one) for one in names]


@given(st.lists(CELL, min_size=1, max_size=5))
def test_a_row_that_is_looked_at_as_a_whole_is_as_clean_as_each_of_its_cells(cells: list[str]) -> None:
    assert cleaned(cells) == [clean(cell) for cell in cells]


def test_a_row_has_a_limit_for_each_cell_and_none_for_all_together() -> None:
    assert cleaned(["x" * MAX_CELL_LENGTH] * 3) == ["x" * MAX_CELL_LENGTH] * 3
    assert cleaned(["a", "x" * (MAX_CELL_LENGTH + 1)]) is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("jan@klant.example", "", "kapot@@x", " ZOE@klant.example", "n/a")),
            st.sampled_from(("23-11-2026 10:00", "", "morgen", "29-03-2026 02:30")),
            *[CELL] * 5,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_rows_come_out_of_a_chunk_as_they_went_in(table: list[tuple[str, ...]]) -> None:
    own = bundle()
    reader = RowReader(understand(HEADER, own, "service"), own, "service", PEPPER)
    rows = [reader.read(number, list(cells)) for number, cells in enumerate(table, 1)]
    rows += [reader.read(9, Broken("cells", {"count": 3, "expected": 2}))]

    assert unpack_rows(pack_rows(rows)) == rows


def test_decisions_come_out_of_a_chunk_as_they_went_in() -> None:
    decisions = [
        Decision(1, RowOutcome.INVITED, send_at=NOW, interaction_id="D-1", team="Blauw"),
        Decision(2, RowOutcome.BLOCKED, "Niet nog eens", eligible_again_at=NOW),
    ]

    assert list(unpack_decisions(pack_decisions(decisions))) == decisions


def test_what_is_shown_of_a_row_tells_nothing_of_a_person() -> None:
    told = Interaction("i-1", "acme", "service", NOW, "jan@klant.example", last_name="Jansen", facts={"Auto": "geel"})

    shown = repr(Row(1, interaction=told))

    assert "i-1" in shown
    assert not any(word in shown for word in ("jan@", "Jansen", "geel"))


def test_a_moment_that_was_read_before_is_the_same_again_and_a_wrong_one_wrong_again() -> None:
    read = moment_reader(bundle().client.zone)

    assert read("23-11-2026 10:00") == read("23-11-2026 10:00") == datetime(2026, 11, 23, 9, tzinfo=UTC)
    for _ in range(2):
        with pytest.raises(ValueError, match="no moment"):
            read("morgen")


def test_half_a_surrogate_pair_in_json_costs_neither_the_file_nor_the_row() -> None:
    odd = '"Klantnr": "4\\ud8002", "Te\\udc00xt": "x\\ud800"'
    row = '{"E-mail": "jan@klant.example", "Datum contact": "23-11-2026", ' + odd + "}"
    world = World()

    summary, lines = world.upload(f"[{row}]".encode())

    assert [line["outcome"] for line in lines] == ["invited"]
    assert "Te?xt" in summary["columns"]
    (invitation,) = world.tables.invitations.values()
    assert invitation.interaction.customer_id == "4?2"
