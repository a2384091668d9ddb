"""Compact sets: of the interactions of a file, and of the people of a rehearsal."""

import tracemalloc
import uuid
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from functions.crm_import.fingerprints import Fingerprints
from functions.crm_import.rehearsal.stores import RehearsedAdmissions
from functions.crm_import.seen import Seen
from functions.shared.domain.identity import person_key
from functions.shared.domain.upload import Claim
from tests.worlds.import_world import NOW, PEPPER, Tables

NUMBERS = st.lists(st.integers(0, (1 << 61) - 1) | st.integers(0, 5), max_size=200)


@given(NUMBERS, NUMBERS)
def test_it_holds_what_was_added_and_nothing_else(added: list[int], asked: list[int]) -> None:
    numbers = Fingerprints(1)
    held: set[int] = set()

    for one in added:
        assert numbers.add(one) is ((one or 1) not in held)
        held.add(one or 1)

    assert [one in numbers for one in asked + added] == [(one or 1) in held for one in asked + added]
    assert all(one in Fingerprints.of_bytes(numbers.to_bytes()) for one in added)


def test_it_grows_beyond_what_was_expected() -> None:
    numbers = Fingerprints(10)

    assert all(numbers.add(number << 20) for number in range(1, 5000))
    assert not any(numbers.add(number << 20) for number in range(1, 5000))


def test_the_table_of_a_file_is_as_large_at_its_beginning_as_at_its_end() -> None:
    seen, largest = Seen(file_bytes=30_000_000), Seen(file_bytes=1_000_000_000)
    made = len(seen.to_bytes())

    for number in range(20_000):
        seen.add(str(uuid.uuid5(uuid.NAMESPACE_URL, str(number))))

    assert made == len(seen.to_bytes()) == len(largest.to_bytes()) == 8 << 23


def test_a_rehearsal_knows_whom_it_would_have_invited_in_a_few_bytes_each() -> None:
    people = [person_key(PEPPER, "acme", f"p{number}@klant.example") for number in range(20_000)]
    until = NOW + timedelta(days=90)
    tracemalloc.start()
    admissions = RehearsedAdmissions(Tables(), len(people))

    for first in range(0, len(people), 1000):
        claims = [Claim(person, f"i-{person}", "d/1") for person in people[first : first + 1000]]
        admissions.claim(claims, NOW, until)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    known = admissions.known([("again", people[7], ""), ("new", person_key(PEPPER, "acme", "x@klant.example"), "")])
    assert known["again"].blocks.keys() == {people[7]}
    assert known["again"].blocks[people[7]].expires_at == until
    assert "new" not in known or not known["new"].blocks
    assert held < 25 * len(people)
