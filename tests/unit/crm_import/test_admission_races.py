"""The feedback block under every interleaving and crash: the real service over stores whose operations are atomic."""

from collections import Counter
from collections.abc import Callable

import pytest
from greenlet import getcurrent, greenlet
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.shared.domain.feedback_block import block_keys
from functions.shared.domain.upload import ChunkPointer
from tests.worlds.import_world import Tables, World, bundle, contact, csv_file

PEOPLE = ("anna@klant.example", "bert@klant.example")

rows = st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(0, 2)), min_size=1, max_size=4)
files = st.lists(rows, min_size=1, max_size=4)
schedules = st.lists(st.integers(0, 7), max_size=80)
kills = st.sets(st.integers(0, 60), max_size=3)


class Killed(BaseException):
    """A worker that is gone, as by a timeout or a lack of memory: no handler runs."""


class Crew:
    """Workers that admit chunks at the same time: before each operation on a table somebody else may be next."""

    def __init__(self, world: World, killed_at: set[int]) -> None:
        self.world = world
        self.killed_at = killed_at
        self.steps = 0
        self.scheduler = getcurrent()
        world.tables.before = self._before

    def run(self, pointers: list[ChunkPointer], schedule: list[int]) -> None:
        """Let a worker per chunk run in the order of the schedule, and then to their end one after the other."""
        workers = [greenlet(self._worker(pointer)) for pointer in pointers]
        for turn in schedule:
            alive = [worker for worker in workers if not worker.dead]
            if alive:
                alive[turn % len(alive)].switch()
        for worker in workers:
            while not worker.dead:
                worker.switch()

    def _worker(self, pointer: ChunkPointer) -> Callable[[], None]:
        def work() -> None:
            try:
                self.world.admit(pointer)
            except Killed:
                return

        return work

    def _before(self, operation: str) -> None:
        self.scheduler.switch()
        self.steps += 1
        if self.steps in self.killed_at:
            raise Killed


def uploaded(world: World, contents: list[list[tuple[str, int]]]) -> list[ChunkPointer]:
    for number, lines in enumerate(contents):
        key = f"uploads/acme/service/{number}.csv"
        world.objects[key] = csv_file(
            *(contact(who, f"23-11-2026 10:0{minute}", f"Team {number}") for who, minute in lines)
        )
        world.read(key)
    return world.queue


def settled(world: World, pointers: list[ChunkPointer]) -> None:
    """The queue delivers again what was not finished, and one more time what was."""
    world.tables.before = lambda operation: None
    for pointer in pointers * 2:
        world.admit(pointer)


def assert_each_person_is_asked_once(tables: Tables, people: set[str]) -> None:
    asked = Counter(one.person for one in tables.invitations.values())
    assert set(asked.values()) <= {1}, "two invitations in one block"
    assert len(asked) == len(people)
    assert {person: block.invitation_id for person, block in tables.blocks.items()} == {
        one.person: one.invitation_id for one in tables.invitations.values()
    }, "blocked without an invitation, or invited without a block"
    assert set(tables.contacts) == set(asked)


@settings(max_examples=200, deadline=None)
@given(files, schedules, kills, st.booleans())
def test_each_person_is_asked_once_whatever_the_interleaving_and_wherever_workers_die(
    contents: list[list[tuple[str, int]]], schedule: list[int], killed_at: set[int], stale_reads: bool
) -> None:
    world = World(tables=Tables(stale_reads=stale_reads))
    pointers = uploaded(world, contents)

    Crew(world, killed_at).run(pointers, schedule)
    settled(world, pointers)

    assert_each_person_is_asked_once(world.tables, {who for lines in contents for who, _ in lines})
    lines = [line for number in range(len(contents)) for line in world.receipt(f"uploads/acme/service/{number}.csv")[1]]
    assert len(lines) == sum(map(len, contents))
    assert {line["outcome"] for line in lines} <= {"invited", "blocked", "duplicate"}
    assert sum(line["outcome"] == "invited" for line in lines) == len(world.tables.invitations)


@settings(max_examples=100, deadline=None)
@given(files, schedules, kills, st.integers(0, 2))
def test_a_quota_holds_whatever_the_interleaving_and_wherever_workers_die(
    contents: list[list[tuple[str, int]]], schedule: list[int], killed_at: set[int], seats: int
) -> None:
    world = World({"acme": bundle(touchpoints={"service": {"rules": {"quota": {"per_day": seats}}}})})
    pointers = uploaded(world, contents)

    Crew(world, killed_at).run(pointers, schedule)
    settled(world, pointers)

    tables = world.tables
    assert len(tables.invitations) <= seats
    assert set(tables.blocks) == {one.person for one in tables.invitations.values()}
    held = tables.seats.get("acme/service/2026-11-24", {})
    assert sum(held.values()) == len(tables.invitations)
    assert set(held) <= {""}, "a holder that will never ask again stands in the item"


named_rows = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from(PEOPLE)), min_size=1, max_size=4)
"""(interaction, customer number, address) each."""


def uploaded_by_number(world: World, contents: list[list[tuple[int, int, str]]]) -> list[ChunkPointer]:
    header = ("Ticket id", "Klantnr", "E-mail", "Datum contact")
    for number, lines in enumerate(contents):
        key = f"uploads/acme/service/{number}.csv"
        cells = [(f"t{one}", f"{customer}", who, "23-11-2026 10:00") for one, customer, who in lines]
        world.objects[key] = csv_file(*cells, header=header)
        world.read(key)
    return world.queue


@settings(max_examples=300, deadline=None)
@given(st.lists(named_rows, min_size=1, max_size=3), schedules, kills, st.booleans(), st.booleans(), st.integers(0, 7))
def test_each_customer_and_each_mailbox_is_asked_once_and_nobody_is_blocked_for_an_invitation_of_another(
    contents: list[list[tuple[int, int, str]]],
    schedule: list[int],
    killed_at: set[int],
    stale_reads: bool,
    shared_addresses: bool,
    refused: int,
) -> None:
    client = bundle(identity="customer_number", shared_addresses=shared_addresses)
    tables = Tables(stale_reads=stale_reads)
    tables.refuses = lambda one: one.row == refused
    tables.refuses_contact = lambda one: one.row + 4 == refused
    world = World({"acme": client}, tables=tables)
    pointers = uploaded_by_number(world, contents)

    Crew(world, killed_at).run(pointers, schedule)
    settled(world, pointers)

    invited = list(tables.invitations.values())
    asked = Counter(key for one in invited for key in block_keys(one.person, one.address_key, client.client))
    assert set(asked.values()) <= {1}, "two invitations in one block"
    assert {key: block.invitation_id for key, block in tables.blocks.items()} == {
        key: one.invitation_id for one in invited for key in block_keys(one.person, one.address_key, client.client)
    }, "blocked for an invitation of somebody else, or invited without a block"
    lines = [line for number in range(len(contents)) for line in world.receipt(f"uploads/acme/service/{number}.csv")[1]]
    assert sum(line["outcome"] == "invited" for line in lines) >= len(invited)
    assert {line["outcome"] for line in lines} <= {"invited", "blocked", "duplicate", "invalid"}


@pytest.mark.parametrize("operation", ["read", "claim", "contact", "invitation"])
def test_a_worker_that_dies_before_any_write_is_made_good_by_the_retry(operation: str) -> None:
    world = World()
    pointers = uploaded(world, [[(PEOPLE[0], 0)]])

    def dies(now: str) -> None:
        if now == operation:
            raise Killed

    world.tables.before = dies
    with pytest.raises(Killed):
        world.admit(pointers[0])
    settled(world, pointers)

    assert_each_person_is_asked_once(world.tables, {PEOPLE[0]})
    assert [line["outcome"] for line in world.receipt("uploads/acme/service/0.csv")[1]] == ["invited"]


def test_an_opt_out_between_the_claim_and_the_retry_does_not_leave_a_block_without_an_invitation() -> None:
    world = World()
    pointers = uploaded(world, [[(PEOPLE[0], 0)]])

    def dies(now: str) -> None:
        if now == "invitation":
            raise Killed

    world.tables.before = dies
    with pytest.raises(Killed):
        world.admit(pointers[0])
    world.tables.opted_out = set(world.tables.blocks)
    settled(world, pointers)

    # The sender asks for the opt-out again, and withholds the mail.
    assert_each_person_is_asked_once(world.tables, {PEOPLE[0]})


def test_a_row_that_finds_its_invitation_for_somebody_else_by_now_blocks_nobody_more() -> None:
    world = World(tables=Tables(stale_reads=True))
    body = csv_file(
        ("t1", "7", PEOPLE[0], "23-11-2026 10:00"), header=("Ticket id", "Klantnr", "E-mail", "Datum contact")
    )
    world.upload(body, "uploads/acme/service/first.csv")
    before = set(world.tables.blocks)
    world.bundles["acme"] = bundle(identity="customer_number")

    _, lines = world.upload(body, "uploads/acme/service/second.csv")

    assert [line["outcome"] for line in lines] == ["invited"]
    assert set(world.tables.blocks) == before


@pytest.mark.parametrize(("shared_addresses", "asked"), [(False, 1), (True, 5)])
@pytest.mark.parametrize("files", [1, 5])
def test_one_mailbox_is_asked_once_whatever_numbers_lead_to_it_unless_a_household_shares_it(
    shared_addresses: bool, asked: int, files: int
) -> None:
    world = World({"acme": bundle(identity="customer_number", shared_addresses=shared_addresses)})
    rows = [(f"t{one}", f"{one}", PEOPLE[0], "23-11-2026 10:00") for one in range(1, 6)]
    told: Counter[str] = Counter()
    for place, some in enumerate([rows] if files == 1 else [[row] for row in rows]):
        body = csv_file(*some, header=("Ticket id", "Klantnr", "E-mail", "Datum contact"))
        _, lines = world.upload(body, f"uploads/acme/service/{place}.csv")
        told.update(line["outcome"] for line in lines)

    assert told["invited"] == len(world.tables.invitations) == asked
    assert told["blocked"] == 5 - asked
