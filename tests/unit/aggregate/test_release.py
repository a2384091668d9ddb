"""What is published of answers, over time, gives nobody away: it is of whole batches."""

import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.aggregate import queries
from functions.aggregate.page import make_report
from functions.aggregate.report import gather
from functions.shared.domain import object_keys
from functions.shared.domain.client import Thresholds
from functions.shared.domain.release_batches import batches
from tests.worlds.aggregate_world import NOW, Clients, World, bundle


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "room")


def answered(world, name, score=9, day="2026-11-02", *, team="N", touchpoint="claims", **values):
    world.put(
        world.invitation(name, team=team, touchpoint=touchpoint),
        world.response(name, score, f"{day}T10:00", touchpoint=touchpoint, **values),
    )


def told(world):
    """(touchpoint, team, dt): n, by batch."""
    counts = Counter()
    for row in world.rows("released_scores"):
        counts[row["touchpoint"], row["team"], row["dt"]] += row["n"]
    return dict(counts)


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9)), unique_by=lambda day: day[0]), st.integers(5, 12))
def test_a_batch_has_enough_answers_and_none_is_in_two(days, least):
    days = [(f"{day:02}", n) for day, n in sorted(days)]

    found = batches(days, least)

    held = [sum(n for day, n in days if one.after < day <= one.until) for one in found]
    assert all(n >= least for n in held)
    assert sum(held) == (sum(n for _, n in days) if found else 0)
    assert bool(found) == (sum(n for _, n in days) >= least)
    assert all(one.until == following.after for one, following in pairwise(found))


def test_answers_wait_until_there_are_enough_of_their_touchpoint_and_team(world):
    for number in range(4):
        answered(world, f"a{number}", day=f"2026-11-0{2 + number}")
        answered(world, f"b{number}", team="S")
    world.run()
    assert told(world) == {}

    answered(world, "a4", day="2026-11-06")
    world.run()

    assert told(world) == {("claims", "N", "2026-11-06"): 5}
    assert {row["response_id"] for row in world.rows("released_responses")} == {f"a{number}" for number in range(5)}


def test_days_of_the_past_are_told_at_their_own_time(world):
    for number in range(30):
        answered(world, f"a{number}", day=f"2026-{10 + number // 15}-{1 + number % 15:02}")

    world.run()

    found = told(world)
    assert len(found) == 6
    assert set(found.values()) == {5}
    assert ("claims", "N", "2026-10-05") in found


def test_a_change_is_told_with_the_next_batch_and_not_before(world):
    for number in range(5):
        answered(world, f"a{number}", 9, answers={"solved": "at_once"})
    world.run()
    before = world.bucket.under("datasets/released_")

    world.put(world.response("a0", 2, "2026-11-02T10:00", answers={"solved": "not_yet"}))
    world.put(world.response("a1", 9, "2026-11-02T10:00", state="suspect"))
    world.run()
    assert world.bucket.under("datasets/released_") == before

    for number in range(5):
        answered(world, f"b{number}", 8, "2026-11-05")
    world.run()

    rows = {row["dt"]: row for row in world.rows("released_scores")}
    late = rows["2026-11-05"]
    assert (late["n"], late["promoters"], late["passives"], late["detractors"]) == (4, -2, 5, 1)
    assert sum(row["n"] for row in rows.values()) == 9
    solved = Counter()
    for row in world.rows("released_answers"):
        solved[row["answer"]] += row["n"] if row["question"] == "solved" else 0
    assert +solved == {"at_once": 5}, "What a0 said, and what a1 took back, waits for others who answer that question."
    assert "a1" not in {row["response_id"] for row in world.rows("released_responses")}


def test_a_period_that_takes_back_more_than_it_holds_has_no_counts_below_zero(world):
    for number in range(6):
        answered(world, f"a{number}", 9, "2026-10-01")
        answered(world, f"s{number}", 9, "2026-11-05", team="S")
    world.run()
    for number in range(3):
        world.put(world.response(f"a{number}", 2, "2026-10-01T10:00"))
    for number in range(6):
        answered(world, f"b{number}", 3, "2026-11-05")
    world.run()

    with opened(world) as connection:
        rows = queries.score_table(connection, "acme", "team", since="2026-11-01")
        trend = queries.trend(connection, "acme", "week", Thresholds(), "2026-11-01")

    told = [counts for row in rows for counts in (row.counts, row.rest) if counts] + [one.counts for one in trend]
    assert {row.value for row in rows if row.counts} == {"N", "S"}
    assert all(min(one.detractors, one.passives, one.promoters) >= 0 for one in told)


def test_an_answer_that_moves_to_another_team_is_taken_back_and_told_there(world):
    for number in range(5):
        world.put(world.response(f"a{number}", 9))  # its invitation is not known yet
    world.run()
    assert told(world) == {("claims", "", "2026-11-02"): 5}

    for number in range(5):
        world.put(world.invitation(f"a{number}", team="N"))
    for number in range(5):
        answered(world, f"n{number}", day="2026-11-04")
        answered(world, f"x{number}", day="2026-11-04", team=None)
    world.run()

    # Five are taken back from those without a team, as five others came.
    assert told(world) == {("claims", "", "2026-11-02"): 5, ("claims", "N", "2026-11-04"): 10}


def test_answers_that_wait_for_long_are_told_without_team_and_then_without_touchpoint(world):
    for team, touchpoint in (("N", "claims"), ("S", "claims"), ("T", "service")):
        for number in range(3):
            answered(world, f"{team}{number}", team=team, touchpoint=touchpoint)
    world.run(now=datetime.fromisoformat("2026-11-29T10:00Z"))
    assert told(world) == {}

    world.run(now=datetime.fromisoformat("2026-12-01T10:00Z"))
    assert told(world) == {("claims", "", "2026-11-02"): 6}

    for number in range(2):
        answered(world, f"u{number}", team="U", touchpoint="claims")
    world.run(now=datetime.fromisoformat("2027-01-01T10:00Z"))
    assert told(world) == {("claims", "", "2026-11-02"): 6, ("", "", "2026-11-02"): 5}


def test_who_answered_a_question_is_not_told_by_those_of_a_batch_who_did_not(world):
    for number in range(8):
        answered(world, f"a{number}", answers={"ease": 7} if number < 3 else {})
    world.run()
    assert "ease" not in {row["question"] for row in world.rows("released_answers")}

    for number in range(6):
        answered(world, f"b{number}", day="2026-11-04", team="S", answers={"ease": 6} if number < 2 else {})
    world.run()

    ease = {(row["dt"], row["answer"]): row["n"] for row in world.rows("released_answers") if row["question"] == "ease"}
    assert ease == {("2026-11-04", "7"): 3, ("2026-11-04", "6"): 2}


def test_a_wave_is_told_where_each_has_enough(world):
    for number in range(12):
        answered(world, f"a{number}", wave="first" if number < 7 else "reminder")
        answered(world, f"b{number}", team="S", wave="first" if number < 8 else "reminder")
    world.run()

    counts = {(row["team"], row["wave"]): row["n"] for row in world.rows("released_scores")}
    assert counts == {("N", "first"): 7, ("N", "reminder"): 5, ("S", ""): 12}


def test_the_scores_beside_comments_leave_enough_others(world):
    for number in range(7):
        answered(world, f"a{number}", number, answers={"why": f"words {number}"})
    world.run()

    scores = [row["comment_score"] for row in world.rows("released_responses")]
    assert len([score for score in scores if score is not None]) == 2
    with opened(world) as connection:
        comments = queries.comments(connection, "acme", ["claims"], 12)
    assert len(comments) == 7
    assert sorted(one.score for one in comments if one.score is not None) == sorted(s for s in scores if s is not None)


def test_the_page_says_how_many_wait(world):
    for number in range(8):
        answered(world, f"a{number}", team="N" if number < 6 else "S")
    world.run()

    folder = world.room / "page"
    world.bucket.fetch(world.bucket.under("datasets/"), folder)
    assert "2 antwoorden die binnen zijn, wachten op andere" in make_report(world.clients.load("acme"), folder, NOW)


def test_nothing_is_released_of_a_client_that_was_withdrawn(world):
    for number in range(4):
        answered(world, f"a{number}")
    world.run()
    world.clients = Clients()
    answered(world, "a4")
    world.run()

    assert told(world) == {}
    assert len(world.rows("responses")) == 5


def test_a_raised_threshold_holds_for_what_comes_and_what_was_told_stays(world):
    for number in range(5):
        answered(world, f"a{number}")
    world.run()
    world.clients = Clients(bundle(thresholds=Thresholds(score=8)))
    for number in range(7):
        answered(world, f"b{number}", day="2026-11-05")
    world.run()
    assert told(world) == {("claims", "N", "2026-11-02"): 5}

    answered(world, "b7", day="2026-11-06")
    world.run()
    assert told(world) == {("claims", "N", "2026-11-02"): 5, ("claims", "N", "2026-11-06"): 8}


class CutOff(MemoryError):
    """The function is gone."""


@pytest.mark.parametrize("put", range(1, 22))
def test_a_run_that_breaks_off_releases_all_of_a_batch_or_nothing(world, put):
    """At whichever of its puts: the next ends as if it had not been."""
    for number in range(9):
        answered(world, f"a{number}", day=f"2026-11-0{2 + number % 3}", answers={"ease": 7})
    write, left = world.bucket.write, iter(range(put))

    def breaking(key, body, content_type=""):
        if next(left, None) is None and key.startswith(("current/", "datasets/")) and "lease" not in key:
            raise CutOff
        write(key, body, content_type)

    world.bucket.write = breaking
    with pytest.raises(CutOff):
        world.run()
    world.bucket.write = write
    world.run(now=NOW + timedelta(minutes=5))

    assert told(world) == {("claims", "N", "2026-11-03"): 6, ("claims", "N", "2026-11-04"): 3} or told(world) == {
        ("claims", "N", "2026-11-04"): 9
    }
    assert sum(row["n"] for row in world.rows("released_answers") if row["question"] == "ease") == 9
    assert not world.bucket.under("current/staged/")


def opened(world):
    folder = world.room / "opened"
    world.bucket.fetch(world.bucket.under("datasets/"), folder)
    return queries.open_datasets(folder)


# --- the attack


EVERY = 4
"""Days between two runs."""


class History:
    """A random client over some weeks, told again and again; `content` says what each response holds."""

    def __init__(self, seed):
        draw = random.Random(seed)  # noqa: S311
        self.visits = []
        self.content = {}
        for number in range(70):
            name = f"r{number:02}"
            day = 1 + draw.randint(0, 19)
            self.content[name] = {
                "score": draw.choice((0, 3, 6, 7, 8, 9, 10)),
                "answers": {
                    **({"ease": draw.randint(1, 7)} if draw.random() < 0.5 else {}),
                    **({"happy": draw.randint(1, 5)} if draw.random() < 0.8 else {}),
                    **({"why": f"words of {name}"} if draw.random() < 0.4 else {}),
                },
            }
            team, touchpoint = draw.choice(
                (("N", "claims"), ("N", "service"), ("S", "claims"), ("T", "service"), (None, "claims"))
            )
            wave = draw.choice(("first", "first", "reminder"))
            if draw.random() < 0.2:
                changes = {"score": draw.choice((1, 7, 10))} if draw.random() < 0.7 else {"state": "suspect"}
                self.content[name] |= {"changed_on": day + draw.randint(1, 8), "changes": changes}
            self.visits.append((day, name, team, touchpoint, wave))
        self.visits.sort()

    def publish(self, room, content):
        """Run every few days; return all that people see, each time, and the batches at the end."""
        world = World(room, bundle(readers=["a@acme.nl"], target=20))
        seen, first = [], {}
        for until in range(3, 28, EVERY):
            for day, name, team, touchpoint, wave in self.visits:
                if until - EVERY < day <= until:
                    world.put(
                        world.invitation(name, "2026-10-01T10:00", team=team, touchpoint=touchpoint, delivered_at=1)
                    )
                for told in versions(content[name], day, until):
                    world.put(
                        world.response(
                            name, answered=f"2026-11-{day:02}T10:00", touchpoint=touchpoint, wave=wave, **told
                        )
                    )
            now = datetime.fromisoformat("2026-11-01T12:00Z") + timedelta(days=until)
            world.run(now=now, report=True)
            with opened(world) as connection:
                report = gather(connection, world.clients.load("acme"), now)
            words = sorted((one.touchpoint, str(one.score)) for one in report.comments if one.score is not None)
            seen.append(
                {
                    "report": replace(report, comments=[], made_at=NOW),
                    "comments": words,
                    "datasets": [world.rows(name) for name in ("released_scores", "released_answers")],
                    "figures": world.bucket.objects[object_keys.figures("acme")][0],
                    "digests": list(world.notices),
                }
            )
            for row in world.rows("released_responses"):
                batch = (row["touchpoint"], row["team"], row["wave"], row["released_on"])
                told = first.setdefault(row["response_id"], {"batch": batch, "beside": False})
                told["beside"] |= row["comment_score"] is not None
        return seen, first


def versions(content, day, until):
    """What a response of a day says in the days that end with `until`, each version once."""
    first = {"score": content["score"], "answers": content["answers"]}
    changed_on = max(day, content["changed_on"]) if "changes" in content else None
    for moment, told in ((day, first), (changed_on, first | content.get("changes", {}))):
        if moment is not None and until - EVERY < moment <= until:
            yield told


@pytest.mark.parametrize("seed", [1, 2])
def test_whoever_adds_and_subtracts_all_that_was_ever_published_finds_groups_as_large_as_the_threshold(tmp_path, seed):
    """What was published would be the same, to the last digit, had the people of a batch answered for each other.

    So nothing that can be reckoned from it tells one of them from the others; and each batch, without those whose
    score stands beside their comment, has as many people as the threshold.
    """
    history = History(seed)
    seen, released = history.publish(tmp_path / "one", history.content)
    groups = defaultdict(list)
    for name, told in released.items():
        if not told["beside"]:
            groups[told["batch"]].append(name)
    assert len(groups) >= 6
    assert min(map(len, groups.values())) >= 5

    swapped = dict(history.content)
    for members in groups.values():
        # Whose answer was withdrawn can be seen: it is not there any more, and neither are its words.
        names = [name for name in members if "state" not in history.content[name].get("changes", {})]
        for name, other in zip(names, names[1:] + names[:1], strict=True):
            # The words stay: they are shown, masked, whoever wrote them.
            words = {key: text for key, text in history.content[name]["answers"].items() if key == "why"}
            given = {key: value for key, value in history.content[other]["answers"].items() if key != "why"}
            swapped[name] = {**history.content[other], "answers": given | words}
    assert swapped != history.content
    again, _ = history.publish(tmp_path / "two", swapped)

    assert again == seen


def test_the_attack_finds_what_is_told_of_one(tmp_path):
    """It would see a difference: one answer more, of another score."""
    history = History(1)
    seen, released = history.publish(tmp_path / "one", history.content)
    one, other = list(released)[:2]
    changed = {**history.content, one: {"score": 0, "answers": {}}, other: {"score": 0, "answers": {}}}

    assert history.publish(tmp_path / "two", changed)[0] != seen
