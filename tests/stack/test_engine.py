"""The local system as a person or a crash treats it: in workdirs of its own, beside the shared one."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
import urllib3

from infra.local import clock, processes
from infra.local.outputs import NotUp, Outputs
from infra.local.stack import LocalStack
from infra.local.workdir import CHECKOUT, Workdir
from tests.stack.probe import Probe

pytestmark = pytest.mark.stack

START_AND_LEAVE = """
import sys
from pathlib import Path
from infra.local.stack import LocalStack
LocalStack.start(Path(sys.argv[1]), with_parent=sys.argv[2] == "with parent")
print("up", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def workdir(workdirs: Path, request: pytest.FixtureRequest) -> Iterator[Workdir]:
    """Return an empty workdir of the test's own; nothing runs in it afterwards."""
    workdir = Workdir(workdirs / request.node.name[:60])
    yield workdir
    processes.stop_all(workdir)


@pytest.fixture(scope="module")
def lone_workdir(workdirs: Path) -> Iterator[Workdir]:
    """Return the workdir of the system `lone`."""
    workdir = Workdir(workdirs / "lone")
    yield workdir
    processes.stop_all(workdir)


@pytest.fixture
def lone(lone_workdir: Workdir) -> LocalStack:
    """Return a system that a test may break or stop: that which the test before left running, else a new one."""
    try:
        return LocalStack.connect(lone_workdir.path)
    except NotUp:
        return LocalStack.start(lone_workdir.path)


def begin(workdir: Workdir, how: str, **environment: str) -> subprocess.Popen[str]:
    """Begin to start a system from another process."""
    return subprocess.Popen(
        [sys.executable, "-c", START_AND_LEAVE, str(workdir.path), how],
        cwd=CHECKOUT,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def starter(workdir: Workdir, how: str, **environment: str) -> subprocess.Popen[str]:
    """Start a system from another process and return that process once the system is up."""
    process = begin(workdir, how, **environment)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    """Kill it the hard way."""
    process.kill()
    process.communicate()


def of_kind(workdir: Workdir, module: str) -> psutil.Process:
    """Return the workdir's process that runs a module."""
    (found,) = [process for process in processes.of_workdir(workdir) if module in process.cmdline()]
    return found


def gone(workdir: Workdir, within: float) -> bool:
    """Tell whether nothing of the workdir runs any more within so many seconds."""
    deadline = time.monotonic() + within
    while processes.of_workdir(workdir):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_the_outputs_hold_the_public_surface(stack: LocalStack) -> None:
    outputs = json.loads(stack.workdir.outputs.read_text())

    assert {"endpoint", "region", "upload_bucket", "data_bucket", "survey_url", "outbox_url", "report_url"} <= set(
        outputs
    )
    assert outputs["clients"]["vaart"] == {
        "touchpoints": {"schade": {"mapping": True}, "klantenservice": {"mapping": False}}
    }
    assert outputs["clients"]["pebble"] == {
        "touchpoints": {"support": {"mapping": True}, "install": {"mapping": False}}
    }
    for address in (outputs["outbox_url"], outputs["report_url"], f"{outputs['outbox_url']}/messages"):
        assert urllib3.request("GET", address).status == 200


def test_only_loopback_is_listened_on(stack: LocalStack) -> None:
    listening = {
        connection.laddr.ip
        for process in processes.of_workdir(stack.workdir)
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }

    assert listening == {"127.0.0.1"}


def test_two_systems_run_side_by_side_and_share_nothing(stack: LocalStack, lone: LocalStack) -> None:
    lone.client("s3").put_object(Bucket=lone.outputs.data_bucket, Key="only/here", Body=b"")
    clock.move(lone.workdir, timedelta(hours=1))

    buckets = {bucket["Name"] for bucket in stack.client("s3").list_buckets()["Buckets"]}
    assert lone.outputs.endpoint != stack.outputs.endpoint
    assert lone.outputs.outbox_url != stack.outputs.outbox_url
    assert lone.outputs.data_bucket not in buckets
    assert lone.now() - stack.now() > timedelta(minutes=50)


@pytest.mark.parametrize("module", ["infra.local.emulator_server", "infra.local.fake_aws"])
def test_a_killed_part_does_not_stop_the_next_start(lone: LocalStack, module: str) -> None:
    Probe(lone).say()
    before = processes.of_workdir(lone.workdir)
    of_kind(lone.workdir, module).send_signal(signal.SIGKILL)

    again = LocalStack.start(lone.workdir.path)

    assert not [process for process in before if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    assert again.client("s3").list_buckets()["Buckets"]


def test_stopping_leaves_no_process_and_no_address_and_another_system_runs_on(
    lone: LocalStack, stack: LocalStack
) -> None:
    Probe(lone).say()

    lone.stop()

    assert processes.of_workdir(lone.workdir) == []
    with pytest.raises(NotUp, match="make up"):
        Outputs.read(lone.workdir)
    assert stack.client("s3").list_buckets()["Buckets"]


def test_a_start_that_was_killed_half_way_does_not_stop_the_next(workdir: Workdir) -> None:
    process = begin(workdir, "alone")
    deadline = time.monotonic() + 30
    while not processes.of_workdir(workdir):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    kill(process)

    again = LocalStack.start(workdir.path)

    assert again.client("s3").list_buckets()["Buckets"]
    again.stop()
    assert processes.of_workdir(workdir) == []


def test_a_system_outlives_the_command_that_started_it(workdir: Workdir) -> None:
    kill(starter(workdir, "alone"))

    assert LocalStack.connect(workdir.path).client("s3").list_buckets()["Buckets"]


def test_a_system_that_was_started_with_its_parent_ends_with_it(workdir: Workdir) -> None:
    process = starter(workdir, "with parent")
    Probe(LocalStack.connect(workdir.path)).say()

    kill(process)

    assert gone(workdir, within=10)


def test_a_running_system_leaves_no_file_outside_its_workdir(workdir: Workdir, tmp_path: Path) -> None:
    places = {name: tmp_path / name for name in ("home", "tmp")}
    for place in places.values():
        place.mkdir()
    process = starter(workdir, "alone", HOME=str(places["home"]), TMPDIR=str(places["tmp"]))
    Probe(LocalStack.connect(workdir.path)).say()

    kill(process)

    assert [file for place in places.values() for file in place.rglob("*")] == []


def test_a_stranger_with_a_forgotten_process_id_is_left_alone(workdir: Workdir) -> None:
    workdir.clear()
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    (workdir.path / "processes.json").write_text(json.dumps([stranger.pid]))

    ended = processes.stop_all(workdir)

    assert (ended, stranger.poll()) == (0, None)
    stranger.kill()
    stranger.communicate()
