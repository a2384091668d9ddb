"""Who may see which rows of the dashboards, and when QuickSight copies the datasets anew."""

import json
from datetime import timedelta

import pytest
from pydantic import ValidationError

from functions.aggregate.dashboards import (
    GAP_SECONDS,
    RULE_DATA_SETS,
    SHOWN_DATASETS,
    refresh_dashboards,
)
from functions.shared.domain import object_keys
from functions.shared.domain.client import DashboardReader
from functions.shared.domain.dashboard_readers import DashboardRule, rules_of
from tests.worlds.aggregate_world import NOW, Clients, MemoryBucket, bundle

OWNER = "arn:aws:quicksight:eu-west-1:111122223333:user/default/Admin/anna"
EVERYTHING = [*RULE_DATA_SETS, *(dataset.name for dataset in SHOWN_DATASETS)]
HOUR = timedelta(hours=1)


class Spice:
    """QuickSight's copies: what was started, and how that ends."""

    def __init__(self):
        self.started = []
        self.ends = {}
        self.refuses = {}

    def refresh(self, name, ingestion):
        if name in self.refuses:
            return self.refuses[name]
        self.started.append((name, ingestion))
        return ""

    def status(self, name, ingestion):
        assert (name, ingestion) in self.started
        return self.ends.get(name, "COMPLETED")


@pytest.fixture
def world():
    bucket = MemoryBucket()
    for dataset in SHOWN_DATASETS:
        bucket.write(object_keys.dataset_partition(dataset.name, "acme", "2026-11-01") + "part.parquet", b"1")
    return bucket, Clients(bundle("acme", dashboard_readers=[{"group": "board"}])), Spice()


def refresh(world, now=NOW):
    return refresh_dashboards(*world, OWNER, now)


def test_whoever_owns_the_dashboards_sees_everything_and_a_reader_what_the_client_says():
    acme = bundle(
        "acme",
        dashboard_readers=[
            {"group": "board"},
            {"user": "jan@acme.example", "touchpoints": ["delivery", "returns"], "teams": ["North", "South, East"]},
        ],
    )

    assert list(rules_of([acme, bundle("bold")], OWNER)) == [
        DashboardRule("Admin/anna", None, None, None, None),
        DashboardRule(None, "board", "acme", None, None),
        DashboardRule("jan@acme.example", None, "acme", "delivery,returns", 'North,"South, East"'),
    ]
    (owner,) = rules_of([], "arn:aws:quicksight:eu-west-1:111122223333:group/default/admins")
    assert owner == DashboardRule(None, "admins", None, None, None)


@pytest.mark.parametrize(
    "reader", [{}, {"user": "a", "group": "b"}, {"group": "a,b"}, {"group": 'a"b'}, {"user": " a"}]
)
def test_a_reader_is_one_user_or_one_group(reader):
    with pytest.raises(ValidationError):
        DashboardReader(**reader)


def test_at_first_everything_is_copied_the_rules_before_the_rest(world):
    bucket, _, spice = world

    assert refresh(world).started == EVERYTHING
    lines = bucket.objects[object_keys.DASHBOARD_RULES][0].decode().splitlines()
    assert [json.loads(line)["client"] for line in lines] == [None, "acme"]
    assert [name for name, _ in spice.started] == EVERYTHING


def test_nothing_is_copied_again_while_nothing_changes(world):
    refresh(world)
    world[0].puts.clear()

    assert refresh(world, NOW + HOUR).started == []
    assert object_keys.DASHBOARD_RULES not in world[0].puts


@pytest.mark.parametrize("change", ["written", "gone"])
def test_only_the_dataset_that_changed_is_copied_again(world, change):
    refresh(world)
    (key,) = (key for key in world[0].objects if "released_answers" in key)
    if change == "written":
        world[0].write(key, b"1")
    else:
        world[0].delete([key])

    assert refresh(world, NOW + HOUR).started == ["released_answers"]
    assert refresh(world, NOW + 2 * HOUR).started == []


def test_a_withdrawn_client_and_its_readers_are_out_of_the_rules(world):
    refresh(world)
    world[1].bundles.clear()

    assert refresh(world, NOW + HOUR).started == list(RULE_DATA_SETS)
    assert b"acme" not in world[0].objects[object_keys.DASHBOARD_RULES][0]


def test_a_data_set_is_not_copied_more_often_than_quicksight_takes(world):
    moments = [NOW + timedelta(minutes=15 * n) for n in range(4 * 24)]
    for moment in moments:
        for key in [key for key in world[0].objects if "released_scores" in key]:
            world[0].write(key, b"1")
        refresh(world, moment)

    copies = [name for name, _ in world[2].started if name == "released_scores"]
    assert len(copies) == 24 * 3600 / GAP_SECONDS == 32


def test_while_a_copy_is_made_no_other_is_begun(world):
    refresh(world)
    world[0].write(object_keys.dataset_partition("reviews", "acme", "2026-11-02") + "part.parquet", b"1")
    world[2].ends["reviews"] = "RUNNING"

    assert refresh(world, NOW + HOUR).started == []
    world[2].ends["reviews"] = "COMPLETED"
    assert refresh(world, NOW + 2 * HOUR).started == ["reviews"]


@pytest.mark.parametrize("end", ["FAILED", "CANCELLED"])
def test_a_copy_that_failed_is_told_each_time_and_made_again(world, end):
    refresh(world)
    world[2].ends["funnel_daily"] = end

    soon = refresh(world, NOW + timedelta(minutes=15))
    later = refresh(world, NOW + HOUR)

    assert (soon.started, soon.failed) == ([], {"funnel_daily": end})
    assert (later.started, later.failed) == (["funnel_daily"], {"funnel_daily": end})


def test_what_quicksight_refuses_is_told_and_the_others_are_copied(world):
    world[2].refuses["rules_by_team"] = "ResourceNotFoundException"

    done = refresh(world)

    assert done.failed == {"rules_by_team": "ResourceNotFoundException"}
    assert done.started == EVERYTHING[1:]
    world[2].refuses.clear()
    assert refresh(world, NOW + HOUR).started == ["rules_by_team"]
