import csv
import io
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from examples.companies import TEAMS, team_of
from examples.crm_files import contacts, counts, main, write
from examples.exports import EXPORTS
from examples.people import person
from examples.respondents import likely_score, react
from examples.reviews import reviews
from functions.crm_import.columns.canonical import RowReader
from functions.crm_import.columns.recognition import understand
from functions.crm_import.columns.row import Row
from functions.crm_import.readers.formats import read_table
from functions.shared.adapters.client_files import read_folder
from functions.shared.domain.interaction import RowOutcome

CLIENTS = Path(__file__).parents[3] / "examples" / "clients"
AS_OF = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
PLACES = list(EXPORTS)
ROWS = 240


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    written = write(tmp_path_factory.mktemp("crm"), AS_OF, rows=ROWS, seed=7)
    return {(path.parts[-3], path.parts[-2]): path for path in written}


def imported(place: tuple[str, str], path: Path) -> list[Row]:
    """The file as the import reads it."""
    bundle = read_folder(CLIENTS / place[0])
    table = read_table([path.read_bytes()])
    reader = RowReader(understand(table.header, bundle, place[1]), bundle, place[1], b"pepper")
    return [reader.read(number, cells) for number, cells in enumerate(table.rows, 1)]


def test_every_touchpoint_of_the_examples_has_an_export() -> None:
    assert set(EXPORTS) == {
        (folder.name, touchpoint) for folder in CLIENTS.iterdir() for touchpoint in read_folder(folder).touchpoints
    }
    assert set(EXPORTS) == set(TEAMS)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, files: dict[tuple[str, str], Path]) -> None:
    again = write(tmp_path, AS_OF, rows=ROWS, seed=7)

    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in files.values()]
    assert write(tmp_path / "b", AS_OF, rows=ROWS, seed=8)[0].read_bytes() != again[0].read_bytes()


@pytest.mark.parametrize("place", PLACES)
def test_a_file_has_the_blemishes_that_are_promised(place: tuple[str, str], files: dict[tuple[str, str], Path]) -> None:
    found = Counter(one.blemish for one in contacts(*place, AS_OF, ROWS, 7, 0))
    rows = imported(place, files[place])
    promised = counts(ROWS)

    assert {name: found[name] for name in promised} == promised
    assert len(rows) == ROWS
    outcomes = Counter(row.outcome for row in rows)
    assert outcomes[RowOutcome.INVALID] == promised["broken address"] + promised["unreadable moment"]
    assert outcomes[RowOutcome.NO_ADDRESS] == promised["empty address"] + promised["no address in words"]


@pytest.mark.parametrize("place", PLACES)
def test_every_field_of_a_row_is_understood(place: tuple[str, str], files: dict[tuple[str, str], Path]) -> None:
    read = [row.interaction for row in imported(place, files[place]) if row.interaction]

    for name in ("channel", "employee_id", "employee_name", "team", "product", "contact_reason", "language"):
        assert all(getattr(one, name) for one in read), name
    assert {one.team for one in read} == {team.name for team in TEAMS[place]}
    assert any(one.infix for one in read) or place[0] == "pebble"
    assert sum(one.customer_id is None for one in read) > 0


def test_salutations_and_codes_become_words(files: dict[tuple[str, str], Path]) -> None:
    read = [row.interaction for row in imported(("vaart", "schade"), files["vaart", "schade"]) if row.interaction]

    assert {one.salutation for one in read} == {"heer", "mevrouw", None}
    assert {one.channel for one in read} == {"telefoon", "website", "e-mail", "adviseur"}


def test_vaart_writes_as_dutch_systems_do(files: dict[tuple[str, str], Path]) -> None:
    raw = files["vaart", "klantenservice"].read_bytes()
    text = raw.decode("cp1252")

    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    assert text.startswith("E-mailadres;Klantnr.;Aanhef;")
    assert "€" in text
    assert "\r\n" in text


def test_pebble_writes_as_british_ones_do(files: dict[tuple[str, str], Path]) -> None:
    raw = files["pebble", "support"].read_bytes()

    assert raw.startswith(b"\xef\xbb\xbfTicket ID,Account Number,")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert any("\n" in row["Subject"] for row in rows)
    assert any(not row["Requester Name"].isascii() for row in rows)


def test_nobody_who_exists_is_written_to(files: dict[tuple[str, str], Path]) -> None:
    for place in PLACES:
        addresses = [one.address for one in contacts(*place, AS_OF, 2000, 7, 0) if one.blemish != "broken address"]
        hosts = {address.rpartition("@")[2].lower() for address in addresses if "@" in address}
        assert all(
            host in ("example.com", "example.org", "example.net", "simulator.amazonses.com")
            or host.endswith(".example")
            for host in hosts
        )


def test_simulator_addresses_have_labels() -> None:
    found = [one.address for one in contacts("vaart", "schade", AS_OF, 1000, 7, 0) if one.blemish == "bounce"]

    assert len(set(found)) == len(found) == 10
    assert all(address.startswith("bounce+") for address in found)


def test_copies_are_the_same_row_twice(files: dict[tuple[str, str], Path]) -> None:
    text = files["pebble", "install"].read_bytes().decode("utf-8-sig")
    rows = Counter(map(tuple, csv.reader(io.StringIO(text, newline=""))))

    assert sum(times - 1 for times in rows.values()) == counts(ROWS)["copied row"]


def test_moments_are_recent_except_the_blemished() -> None:
    local = AS_OF.astimezone(EXPORTS["vaart", "schade"].zone).replace(tzinfo=None)
    for one in contacts("vaart", "schade", AS_OF, 2000, 7, 0):
        age = local - one.occurred_at
        if one.blemish == "too old":
            assert age > timedelta(days=39)
        elif one.blemish == "in the future":
            assert age < -timedelta(days=1)
        else:
            assert timedelta() <= age < timedelta(days=9)


def test_a_later_upload_is_about_mostly_the_same_people_and_other_contacts(tmp_path: Path) -> None:
    first = contacts("vaart", "schade", AS_OF, 400, 7, 0)
    later = contacts("vaart", "schade", AS_OF + timedelta(days=30), 400, 7, 1)

    before, after = ({one.person.address for one in people} for people in (first, later))
    assert 0.75 < len(before & after) / len(after) < 0.95
    assert {one.occurred_at for one in first if not one.blemish}.isdisjoint(one.occurred_at for one in later)


def test_an_address_belongs_to_one_person() -> None:
    pool = [person("pebble", index, 7).address for index in range(3000)]

    assert len(set(pool)) == len(pool)


def test_the_command_writes_twenty_thousand_rows_of_one_touchpoint(tmp_path: Path) -> None:
    said: list[str] = []

    main(
        ["--out", str(tmp_path), "--rows", "20000", "--as-of", "2026-11-23T10:00", "--touchpoint", "klantenservice"],
        said.append,
    )

    (path,) = tmp_path.rglob("*.csv")
    assert path.name == "contacten_20261123_1100.csv"
    assert (
        sum(1 for _ in csv.reader(io.StringIO(path.read_bytes().decode("cp1252"), newline=""), delimiter=";")) == 20_001
    )
    assert said[0].startswith(f"{path}: 20000 rows, ")


def test_a_moment_without_a_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="as_of needs a zone"):
        write(tmp_path, AS_OF.replace(tzinfo=None), rows=10, seed=7)


def test_better_teams_get_better_scores() -> None:
    for (_, touchpoint), teams in TEAMS.items():
        ranked = sorted(teams, key=lambda team: team.quality)
        worst, best = (
            mean(likely_score(f"{number}", touchpoint, team.name, 7).score for number in range(300))
            for team in (ranked[0], ranked[-1])
        )
        assert best - worst > 1.5
        assert len(teams) >= 6


def test_somebody_is_always_served_by_the_same_team() -> None:
    assert team_of("vaart", "schade", "A@example.com ") == team_of("vaart", "schade", "a@example.com")


def mail(number: int, kind: str = "invitation", client: str = "vaart", to: str = "") -> dict[str, Any]:
    return {
        "id": f"m{number}",
        "to": [to or f"somebody.{number}@example.com"],
        "subject": "Hoe heeft u ons contact ervaren?",
        "text": "",
        "html": '<html lang="nl" dir="auto"><div>Schadeafhandeling: enkele korte vragen.</div></html>',
        "tags": {"client": client, "mail": kind, "invitation": f"i{number}"},
    }


def test_people_answer_as_often_as_people_do() -> None:
    reactions = [react(mail(number), 7) for number in range(2000)]
    reminded = [react(mail(number, "reminder-1"), 7) for number in range(2000)]

    answered, later = (sum(one is not None and not one.opts_out for one in each) for each in (reactions, reminded))
    assert 0.3 < answered / 2000 < 0.5
    assert 0.15 < later / 2000 < answered / 2000
    assert 20 < sum(one is not None and one.opts_out for one in reactions) < 60


def test_what_people_answer_is_what_the_questionnaire_offers() -> None:
    questions = {
        question.id: question
        for folder in CLIENTS.iterdir()
        for questionnaire in read_folder(folder).questionnaires.values()
        for question in questionnaire.questions
    }
    asked = set()
    for number in range(500):
        reaction = react(mail(number), 7)
        for name, value in (reaction.answers if reaction else {}).items():
            question = questions[name]
            asked.add(name)
            if question.type == "scale":
                assert question.lowest <= int(value) <= question.highest
            elif question.type == "nps":
                assert 0 <= int(value) <= 10
            elif question.type == "choice":
                assert value in {option.value for option in question.options}
            else:
                assert 0 < len(value) <= question.max_length
    assert asked == set(questions)


def test_people_react_the_same_each_time() -> None:
    assert [react(mail(number), 7) for number in range(50)] == [react(mail(number), 7) for number in range(50)]


@pytest.mark.parametrize(
    "unread",
    [mail(1, to="bounce+1@simulator.amazonses.com"), mail(1, client="somebody-else")],
    ids=["simulator", "other"],
)
def test_nobody_reads_the_mail_of_a_machine_or_of_another_client(unread: dict[str, Any]) -> None:
    assert react(unread, 7) is None


@pytest.mark.parametrize("slug", ["vaart", "pebble"])
def test_reviews_keep_their_words_as_time_goes_by(slug: str) -> None:
    now, later = ({one["id"]: one for one in reviews(slug, AS_OF + timedelta(days=days))} for days in (0, 60))

    assert len(now) >= 20
    edited = [name for name in now.keys() & later.keys() if now[name] != later[name]]
    removed = now.keys() - later.keys()
    assert 1 <= len(edited) <= 3
    assert len(removed) <= 2
    assert len(later.keys() - now.keys()) >= 7
    json.dumps(list(now.values()))


@pytest.mark.parametrize("slug", ["vaart", "pebble"])
def test_reviews_look_like_those_of_a_real_site(slug: str) -> None:
    found = reviews(slug, AS_OF)

    assert {one["rating"] for one in found} == {1, 2, 3, 4, 5}
    assert {one["language"] for one in found} == {"nl", "en"}
    unreadable = [one for one in found if not one["written_on"][:4].isdigit()]
    assert len(unreadable) == 1
    assert all(one["written_on"] <= "2026-11-23" for one in found if one not in unreadable)
    assert len({one["text"] for one in found}) == len(found)
