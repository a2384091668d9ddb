"""Facts in, datasets out."""

from datetime import timedelta

import duckdb
import pytest

from functions.aggregate.datasets.registry import DATASETS
from functions.aggregate.publication import Publication
from functions.aggregate.state import State, lease_key, state_key
from functions.shared.adapters.data_bucket import ndjson
from functions.shared.domain.dataset_run import DatasetRun
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.object_keys import stream_facts
from tests.worlds.aggregate_world import NOW, REGION, Clients, World, at, bundle


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "room")


def one(rows, **wanted):
    (row,) = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return row


def test_an_answer_becomes_a_row_with_what_its_invitation_knows(world):
    world.put(
        world.invitation("a", team="Noord", product="Auto", channel="phone", contact_reason="hagel", employee_key="k"),
        world.response("a", 9, answers={"why": "Vlot. Bel 06-12345678.", "ease": 6, "happy": 4}),
    )

    world.run()

    row = one(world.rows("responses"), response_id="a")
    assert (row["dt"], row["team"], row["product"], row["channel"]) == ("2026-11-02", "Noord", "Auto", "phone")
    assert (row["score"], row["bucket"], row["csat"], row["ces"]) == (9, "promoter", 4, 6)
    assert row["comment"] == "Vlot. Bel [phone]."
    assert row["minutes_to_answer"] == 23 * 60
    assert row["employee_key"] is None
    assert str(row["answered_at"]) == "2026-11-02 10:00:00"


def test_what_was_typed_and_collected_before_it_was_masked_is_published_masked(world):
    fact = world.invitation("a", contact_reason="bel 06-12345678", product="auto 12-ABC-3")
    raw = ndjson([{**fact.values, "sequence": fact.sequence}])
    world.bucket.write(stream_facts("invitation", "acme", fact.day, fact.sequence, fact.sequence), raw)
    world.put(world.response("a"))

    world.run()

    row = one(world.rows("responses"), response_id="a")
    assert (row["contact_reason"], row["product"]) == ("bel [phone]", "auto [plate]")
    assert {row["value"] for row in world.rows("scores_daily") if row["dimension"] == "product"} == {"auto [plate]"}


def test_an_answer_that_nobody_was_invited_for_is_counted_by_its_channel_and_is_no_part_of_the_funnel(world):
    world.put(world.invitation("a"), world.response("a", 9), world.response("visitor", 3, wave=None, door="kiosk"))
    world.run()
    kept = set(world.bucket.under("current/journeys/"))
    funnel = world.rows("funnel_daily")

    world.put(
        world.response("visitor", 10, wave=None, door="kiosk"), world.response("other", 8, wave=None, door="kiosk")
    )
    world.run()

    row = one(world.rows("responses"), response_id="visitor")
    assert (row["score"], row["invitation_id"], row["wave"], row["channel"]) == (10, None, None, "kiosk")
    assert one(world.rows("responses"), response_id="a")["invitation_id"] == "a"
    assert one(world.rows("scores_daily"), dimension="all")["n"] == 3
    assert one(world.rows("scores_daily"), dimension="channel", value="kiosk")["n"] == 2
    assert world.rows("funnel_daily") == funnel
    assert kept == set(world.bucket.under("current/journeys/"))
    assert sorted(key.split("/")[3] for key in kept) == ["dt=2026-11-01", "dt=uninvited-2026-11"]


def test_rows_that_an_earlier_release_kept_without_a_column_are_read_on(world, tmp_path):
    world.put(world.invitation("a", channel="mail"), world.response("a", 9), world.invitation("b"))
    world.run()
    (key,) = world.bucket.under("current/journeys/")
    path = tmp_path / "kept.parquet"
    path.write_bytes(world.bucket.read(key)[0])
    kept = duckdb.read_parquet(str(path)).project("* EXCLUDE (door)")
    kept.write_parquet(str(tmp_path / "earlier.parquet"))
    world.bucket.write(key, (tmp_path / "earlier.parquet").read_bytes())

    world.put(world.response("b", 3))
    world.run()

    assert {row["response_id"]: row["score"] for row in world.rows("responses")} == {"a": 9, "b": 3}


def test_what_a_later_release_left_to_write_waits_for_it_and_stops_nothing(world):
    world.put(world.invitation("a"), world.response("a", 9))
    state = State()
    state.expect({"cases": {"2026-11-02"}})
    world.bucket.write(state_key("acme"), state.to_json())
    theirs = "datasets/cases/client=acme/dt=2026-11-02/part-0.parquet"
    world.bucket.write(theirs, b"of a later release")

    first, second = world.run(), world.run()
    world.run(rebuild=True)

    assert one(world.rows("responses"), response_id="a")["score"] == 9
    assert (list(first.unknown_datasets), list(second.unknown_datasets)) == (["cases"], ["cases"])
    assert (first.reported, second.reported) == (True, False)
    assert world.bucket.read(theirs)[0] == b"of a later release"


def test_a_dataset_has_the_columns_of_its_definition(world):
    world.put(world.invitation("a", team="t"), world.response("a"), world.review("r"))

    world.run()

    types = {"string": str, "bigint": int, "double": float, "boolean": bool}
    for dataset in DATASETS:
        for row in world.rows(dataset.name):
            assert list(row) == [column.name for column in dataset.all_columns]
            for column in dataset.columns:
                if row[column.name] is not None and column.type in types:
                    assert type(row[column.name]) is types[column.type], column


def test_scores_are_counted_one_dimension_at_a_time(world):
    world.put(
        *(
            world.invitation(name, team=team, channel="mail")
            for name, team in (("a", "N"), ("b", "N"), ("c", "Z"), ("d", None))
        ),
        world.response("a", 9, answers={"happy": 5, "ease": 2}),
        world.response("b", 6),
        world.response("c", 7),
        world.response("d", 10),
    )

    world.run()

    rows = world.rows("scores_daily")
    counts = lambda row: (row["n"], row["detractors"], row["passives"], row["promoters"])  # noqa: E731
    assert {(row["dimension"], row["value"]) for row in rows} == {
        ("all", ""),
        ("channel", "mail"),
        ("team", "N"),
        ("team", "Z"),
    }
    assert counts(one(rows, dimension="all")) == (4, 1, 1, 2)
    assert counts(one(rows, dimension="team", value="N")) == (2, 1, 0, 1)
    whole = one(rows, dimension="all")
    assert (whole["csat_n"], whole["csat_sum"], whole["csat_top"]) == (1, 5, 1)
    assert (whole["ces_n"], whole["ces_sum"], whole["ces_top"]) == (1, 2, 0)


def test_employees_are_in_the_datasets_only_where_the_client_says_so(tmp_path):
    world = World(tmp_path / "room", bundle(per_employee=True))
    world.put(world.invitation("a", employee_key="key-1"), world.response("a"))

    world.run()

    assert one(world.rows("scores_daily"), dimension="employee")["value"] == "key-1"
    assert one(world.rows("responses"), response_id="a")["employee_key"] == "key-1"


def test_switching_results_per_employee_off_takes_them_out_of_every_day(tmp_path):
    world = World(tmp_path / "room", bundle(per_employee=True))
    world.put(world.invitation("a", employee_key="key-1"), world.response("a"))
    world.run()

    world.clients = Clients(bundle(per_employee=False, version="2"))
    world.run()

    assert not [row for row in world.rows("scores_daily") if row["dimension"] == "employee"]
    assert all(row["employee_key"] is None for row in world.rows("responses"))


def test_a_suspect_answer_is_kept_apart_and_counted_as_a_number(world):
    world.put_outcomes("f-00001", world.outcome(), world.outcome())
    world.put(world.invitation("a"), world.invitation("b"), world.response("a", state="suspect"), world.response("b"))

    world.run()

    assert one(world.rows("scores_daily"), dimension="all")["n"] == 1
    assert {row["state"] for row in world.rows("responses")} == {"suspect", "complete"}
    funnel = one(world.rows("funnel_daily"), dimension="all")
    assert (funnel["suspect"], funnel["completed"]) == (1, 1)


@pytest.mark.parametrize("score", [11, -1, 9.5])
def test_a_score_that_is_none_is_refused_and_not_rounded(world, score):
    world.put(world.invitation("a"), world.response("a", score, answers={"happy": 4}))

    world.run()

    assert one(world.rows("responses"), response_id="a")["score"] is None
    assert one(world.rows("scores_daily"), dimension="all")["n"] == 0


def test_a_day_is_the_clients_own(world):
    world.put(
        world.invitation("a", imported="2026-10-31T23:30"),  # 1 November, 00:30 in Amsterdam
        world.response("a", answered="2026-06-30T22:30"),  # summer time: 1 July, 00:30
    )

    world.run()

    assert one(world.rows("responses"), response_id="a")["dt"] == "2026-07-01"
    assert one(world.rows("funnel_daily"), dimension="all")["dt"] == "2026-11-01"


def test_the_funnel_follows_invitations_from_import_to_answer(world):
    world.put_outcomes(
        "f-00001",
        *[world.outcome("invited", team="N")] * 5,
        world.outcome("blocked", team="N"),
        world.outcome("invalid"),
        world.outcome("no_address", team="Z"),
    )
    moment = at("2026-11-01T12:00")
    world.put(
        world.invitation("answered", team="N"),
        world.invitation("reminded", team="N", delivered_at=moment, reminded_at=moment + 500_000),
        world.invitation("silent", team="N", delivered_at=moment),
        world.invitation("bounced", team="N", delivered_at=moment, bounced_at=moment + 5),
        world.invitation("refused", team="N", delivered_at=moment, opted_out_at=moment + 50, complained_at=moment + 49),
        world.response("answered"),
        world.response("reminded", answered="2026-11-08T10:00", wave="reminder"),
    )

    world.run()

    rows = world.rows("funnel_daily")
    whole, team = one(rows, dimension="all"), one(rows, dimension="team", value="N")
    admitted = {"imported": 8, "invited": 5, "blocked": 1, "invalid": 1, "no_address": 1, "stale": 0}
    mailed = {"accepted": 5, "delivered": 4, "bounced": 1, "complained": 1, "refused": 1, "reminded": 1}
    answered = {"started": 2, "completed": 2, "completed_after_reminder": 1, "suspect": 0}
    assert {name: whole[name] for name in admitted | mailed | answered} == admitted | mailed | answered
    assert {name: team[name] for name in mailed | answered} == mailed | answered
    assert (team["imported"], team["invalid"]) == (6, 0)
    assert one(rows, dimension="team", value="Z")["no_address"] == 1
    assert (whole["with_address"], one(rows, dimension="team", value="Z")["with_address"]) == (6, 0)


def test_a_chunk_that_is_written_again_is_counted_once(world):
    world.put_outcomes("f-00001", world.outcome(), world.outcome("blocked"))
    world.run()

    world.put_outcomes("f-00002", world.outcome())
    world.bucket.write(*next(iter(world.bucket.under("facts/outcomes/client=acme/f-00001").items())))
    world.run()

    assert one(world.rows("funnel_daily"), dimension="all")["imported"] == 3


def test_the_newest_image_wins_whatever_the_order(world):
    old, new = world.response("a", 3), world.response("a", 8)
    world.put(new, world.invitation("a"))
    world.run()

    world.put(old)
    world.run()

    assert one(world.rows("responses"), response_id="a")["score"] == 8


def test_an_answer_that_moves_to_another_day_leaves_the_first(world):
    world.put(world.invitation("a"), world.response("a", state="suspect", answered="2026-11-02T10:00"))
    world.run()

    world.put(world.response("a", answered="2026-11-05T10:00"))
    world.run()

    assert [row["dt"] for row in world.rows("responses")] == ["2026-11-05"]
    assert not world.bucket.under("datasets/responses/client=acme/dt=2026-11-02/")


def test_an_answer_whose_invitation_is_heard_of_later_gets_its_team_then(world):
    world.put(world.response("a"))
    world.run()
    assert one(world.rows("responses"), response_id="a")["team"] is None

    world.put(world.invitation("a", team="N"))
    world.run()

    assert one(world.rows("responses"), response_id="a")["team"] == "N"
    assert one(world.rows("funnel_daily"), dimension="all")["completed"] == 1


def test_a_changed_answer_finds_its_invitation_among_those_of_earlier_runs(world):
    for day in range(1, 6):
        world.put(world.invitation(f"i{day}", imported=f"2026-11-0{day}T10:00", team=f"t{day}"))
    world.run()

    world.put(world.response("i2", answered="2026-11-07T10:00"))
    world.run()

    assert one(world.rows("responses"), response_id="i2")["team"] == "t2"


def test_a_run_touches_only_the_days_that_changed(world):
    world.put(world.invitation("a"), world.response("a"), world.invitation("b"))
    world.run()
    world.bucket.puts.clear()

    world.put(world.response("b", answered="2026-11-09T10:00"))
    world.run()

    written = {key.split("/", 1)[1] for key in world.bucket.puts if key.startswith("datasets/")}
    assert written == {
        "responses/client=acme/dt=2026-11-09/part-0.parquet",
        "answers/client=acme/dt=2026-11-09/part-0.parquet",
        "scores_daily/client=acme/dt=2026-11-09/part-0.parquet",
        "answers_daily/client=acme/dt=2026-11-09/part-0.parquet",
        "funnel_daily/client=acme/dt=2026-11-01/part-0.parquet",
    }


def test_a_run_without_news_writes_no_dataset_and_no_report(world):
    world.put(world.invitation("a"), world.response("a"))
    world.run()
    world.bucket.puts.clear()
    world.reported.clear()

    summary = world.run()

    assert (summary.facts, summary.days, summary.reported) == (0, 0, False)
    assert not [key for key in world.bucket.puts if key.startswith(("datasets/", "reports/"))]


def test_a_client_that_is_published_anew_gets_a_new_report(world):
    world.run()
    assert world.reported == ["acme"]

    world.clients = Clients(bundle(version="2"))
    world.run()

    assert world.reported == ["acme", "acme"]


def put_divided(world, day):
    """Answers of a day that can be told by region."""
    for number in range(20):
        values = {"team": "N", "dimensions": {"region": ("north", "south")[number % 2]}}
        name = f"d{day}-{number}"
        world.put(world.invitation(name, **values), world.response(name, 9, f"{day}T10:00"))


def test_a_rebuild_gives_the_same_bytes(world):
    world.put_outcomes("f-00001", world.outcome(team="N"))
    world.put(world.invitation("a", team="N"), world.response("a", answers={"why": "x"}), world.review("r"))
    world.put(*(world.response(f"b{number}", wave=None) for number in range(5)))
    world.clients = Clients(bundle(dimensions=[REGION]))
    put_divided(world, "2026-11-02")
    world.run()
    before = world.bucket.under("datasets/")

    world.run(rebuild=True)

    assert len(before) == len(DATASETS)
    assert world.bucket.under("datasets/") == before


def test_a_rebuild_takes_away_a_day_that_the_facts_do_not_tell_of(world):
    world.put(world.invitation("a"), world.response("a"))
    world.run()
    stray = "datasets/scores_daily/client=acme/dt=2020-01-01/part-0.parquet"
    world.bucket.write(stray, b"stray")

    world.run(rebuild=True)

    assert not world.bucket.under(stray)
    assert world.rows("scores_daily")


def test_a_client_that_is_published_after_its_facts_gets_its_own_days(tmp_path):
    world = World(tmp_path / "room", bundle("other"))
    world.put(world.invitation("a"), world.response("a", answered="2026-11-02T23:30"))
    world.run()

    world.clients = Clients(bundle("other"), bundle("acme"))
    world.run()

    assert [row["dt"] for row in world.rows("responses")] == ["2026-11-03"]


def test_every_file_of_a_dataset_has_the_same_columns_whatever_the_day_holds(world, tmp_path):
    world.put_outcomes("f-00001", world.outcome(team="N"), world.outcome(imported="2026-11-05T10:00"))
    world.put(
        world.invitation("a", team="N", product="Auto", channel="phone", contact_reason="hagel"),
        world.response("a", answers={"why": "x", "ease": 6, "happy": 4}),
        world.invitation("b", imported="2026-11-05T10:00"),
        world.response("b", answered="2026-11-06T10:00", wave=None, language=None),
        world.review("r", text="x", title="y"),
        world.review("s", rating=None, written="2026-11-07T10:00", language=None),
    )
    world.clients = Clients(bundle(dimensions=[REGION]))
    for day, wave in (("2026-11-02", None), ("2026-11-09", "first")):
        put_divided(world, day)
        said = {"why": "x"} if wave else {}
        world.put(
            *(world.response(f"{day}-{number}", 9, f"{day}T10:00", wave=wave, answers=said) for number in range(7))
        )
        world.run()
    world.run()
    paths = world.bucket.fetch(world.bucket.under("datasets/"), tmp_path)

    for dataset in DATASETS:
        schemas = [
            duckdb.execute(
                "SELECT name, type, repetition_type, converted_type FROM parquet_schema($1)", [str(path)]
            ).fetchall()
            for key, path in paths.items()
            if key.startswith(f"datasets/{dataset.name}/")
        ]
        assert len(schemas) > 1, dataset.name
        assert all(schema == schemas[0] for schema in schemas)
        assert [name for name, *_ in schemas[0][1:]] == [column.name for column in dataset.all_columns]
        assert {repetition for _, _, repetition, _ in schemas[0][1:]} == {"OPTIONAL"}


def test_clients_do_not_mix(tmp_path):
    world = World(tmp_path / "room", bundle("acme"), bundle("other"))
    world.put(world.invitation("a"), world.invitation("b", client="other"), world.response("b", client="other"))

    world.run_all()

    assert not world.rows("responses")
    assert one(world.rows("responses", "other"), response_id="b")["score"] == 9


def test_a_review_has_its_normalised_rating_and_an_edit_replaces_it(world):
    world.put(
        world.review("r1", 10, text="Top! Mail jan@voorbeeld.nl"), world.review("r2", 4, written="2026-11-04T10:00")
    )
    world.run()
    first = one(world.rows("reviews"), native_id="r1")
    assert (first["rating"], first["source"], first["review_id"], first["dt"]) == (
        1,
        "site",
        "acme/site/r1",
        "2026-11-03",
    )
    assert first["text"] == "Top! Mail [e-mail]"

    world.put(world.review("r1", 1, written="2026-11-04T10:00", version=2), world.review("r2", 4, removed=True))
    world.run()

    rows = world.rows("reviews")
    assert {(row["native_id"], row["dt"], row["version"], row["removed"]) for row in rows} == {
        ("r1", "2026-11-04", 2, False),
        ("r2", "2026-11-03", 1, True),
    }


def test_of_a_client_only_one_run_works_at_a_time(world):
    world.run()
    world.bucket.write(lease_key("other"), b'{"until": %d}' % (NOW.timestamp() + 10))
    world.run()
    world.bucket.write(lease_key("acme"), b'{"until": %d}' % (NOW.timestamp() + 10))

    with pytest.raises(TryAgain, match="busy"):
        world.run()
    world.run(now=NOW + timedelta(seconds=11))


def test_the_lease_is_given_back_when_a_run_fails(world, monkeypatch):
    def broken(*_):
        raise Broken

    monkeypatch.setattr(world, "_report", broken)
    with pytest.raises(Broken):
        world.run()

    monkeypatch.undo()
    assert world.run().reported


class Broken(Exception):
    """What is nobody's own, such as a bucket that cannot be reached."""


def three_clients(room):
    world = World(room, bundle("acme"), bundle("bold"), bundle("calm"))
    for client, days in (("acme", 40), ("bold", 1), ("calm", 3)):
        for day in range(days):
            name, date = f"{client}-{day}", f"2026-{9 + day // 30:02}-{day % 30 + 1:02}"
            world.put(
                world.invitation(name, f"{date}T10:00", client=client),
                world.response(name, answered=f"{date}T12:00", client=client),
            )
    return world


def test_a_client_whose_data_fail_holds_up_no_other_and_is_tried_again(tmp_path, monkeypatch):
    world = three_clients(tmp_path / "room")
    made = Publication.publish

    def publish(self, pending, fetch):
        if self._client == "bold":
            raise duckdb.ConversionException("jan@klant.example is no number")
        return made(self, pending, fetch)

    monkeypatch.setattr(Publication, "publish", publish)
    done = world.run_all()

    assert {client: one.reported for client, one in done.items()} == {"acme": True, "bold": False, "calm": True}
    assert done["bold"].failed.startswith("ConversionException at ")
    assert "jan@" not in done["bold"].failed
    assert len(world.rows("responses", "acme")) == 40
    monkeypatch.undo()
    done = world.run_all()
    assert {client: (one.failed, one.reported) for client, one in done.items()} == {"bold": ("", True)}
    assert len(world.rows("responses", "bold")) == 1


def test_a_report_that_fails_is_its_clients_alone(tmp_path, monkeypatch):
    world = three_clients(tmp_path / "room")
    made = world._report
    monkeypatch.setattr(world, "_report", lambda one, *more: 1 / (one.client.client != "calm") and made(one, *more))

    done = world.run_all()

    assert [client for client, one in done.items() if one.failed] == ["calm"]
    assert [client for client, one in done.items() if one.reported] == ["acme", "bold"]
    monkeypatch.undo()
    assert [client for client, one in world.run_all().items() if one.reported] == ["calm"]


def test_a_run_whose_time_is_over_again_and_again_comes_to_the_end(tmp_path):
    whole = three_clients(tmp_path / "whole")
    whole.run()
    world = three_clients(tmp_path / "room")
    told = []

    for _ in range(30):
        checks = iter((True, True))
        summary = world.run(has_time=lambda checks=checks: next(checks, False))
        told.append(summary.unfinished)
        if not summary.unfinished:
            break

    assert len(told) > 3
    assert told == [*range(1, len(told)), 0]
    assert summary.reported
    assert world.bucket.under("datasets/") == whole.bucket.under("datasets/")


def test_a_rebuild_that_is_broken_off_goes_on_and_does_not_begin_again(tmp_path):
    world = three_clients(tmp_path / "room")
    world.run()
    before = world.bucket.under("datasets/")
    wanted = DatasetRun("acme", "a rebuild")
    world.bucket.puts.clear()

    for _ in range(30):
        checks = iter((True, True))
        if not world.run_as_asked(wanted, has_time=lambda checks=checks: next(checks, False)).unfinished:
            break
    written = [key for key in world.bucket.puts if key.startswith("datasets/responses/")]

    assert len(set(written)) == 40
    assert len(written) < 80, "Only what was not struck out when the time was over is written again."
    assert world.bucket.under("datasets/") == before


def test_a_run_without_time_for_the_facts_that_wait_is_not_finished(world):
    world.run()
    world.put(world.invitation("a"), world.response("a"))

    assert world.run(has_time=lambda: False).unfinished
    assert not world.run().unfinished
    assert world.rows("responses")


def test_what_a_run_published_before_it_broke_off_is_not_published_again(tmp_path):
    world = three_clients(tmp_path / "room")
    write = world.bucket.write

    def fragile(key, body, content_type=""):
        if key.startswith("datasets/responses/") and "dt=2026-10-10" in key:
            raise Broken(key)
        write(key, body, content_type)

    world.bucket.write = fragile
    with pytest.raises(Broken):
        world.run()
    world.bucket.write = write
    before = {key for key in world.bucket.puts if key.startswith("datasets/responses/")}
    world.bucket.puts.clear()
    world.run()

    after = {key for key in world.bucket.puts if key.startswith("datasets/responses/")}
    parts = sorted(before)[:28]
    assert len(before) > 28
    assert after.isdisjoint(parts)
    assert len(world.rows("responses", "acme")) == 40


def test_an_object_of_facts_that_is_none_is_left_out_and_told_once(world):
    garbage = stream_facts("response", "acme", NOW.date().isoformat(), "1", "2")
    world.put(world.invitation("a"), world.response("a"))
    world.bucket.write(garbage, b"no gzip")

    summary = world.run()

    assert summary.unreadable == [garbage]
    assert one(world.rows("responses"), response_id="a")["score"] == 9
    assert garbage in world.bucket.objects
    assert world.run().unreadable == []


def first_news(world):
    world.put_outcomes("f-00001", world.outcome(team="N"), world.outcome())
    world.put(world.response("late"), world.invitation("a"), world.response("a", answered="2026-11-02T10:00"))
    world.put(world.review("r", written="2026-11-03T10:00"))
    world.run()


def second_news(world):
    world.put(world.invitation("late", team="N"), world.response("a", 2, answered="2026-11-04T10:00"))
    world.put(world.review("r", 3, written="2026-11-05T10:00"))
    world.put_outcomes("f-00002", world.outcome(team="N"))


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """The datasets of a world in which no run breaks off."""
    world = World(tmp_path_factory.mktemp("unbroken"))
    first_news(world)
    second_news(world)
    world.run()
    return world.bucket.under("datasets/")


@pytest.mark.parametrize("puts", range(13))
def test_a_run_that_breaks_off_anywhere_is_finished_by_the_next(world, unbroken, puts):
    first_news(world)
    second_news(world)
    write, left = world.bucket.write, iter(range(puts))

    def fragile(key, body, content_type=""):
        if key != lease_key("acme") and next(left, None) is None:
            raise Broken(key)
        write(key, body, content_type)

    world.bucket.write = fragile
    with pytest.raises(Broken):
        world.run()
    world.bucket.write = write
    world.run()

    assert world.bucket.under("datasets/") == unbroken
